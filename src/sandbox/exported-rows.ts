import type { DatabaseSync } from "node:sqlite";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { exportedValue } from "./exported-value.ts";
import type { RecordContent } from "./row-store.ts";

const pageRows = 500;

export interface ExportedRowsOptions {
  readonly database: DatabaseSync;
  readonly entity: EntitySchema;
  /** Legal entity of the export; shared entities have none. */
  readonly company: string;
  readonly fields: readonly string[];
}

/**
 * The records of an entity in key order, one page of the database at a time: an export may take long, and the tables
 * change meanwhile.
 */
export function* exportedRows(options: ExportedRowsOptions): Generator<readonly string[]> {
  const { database, entity, fields } = options;
  const company = entity.scope === "shared" ? "" : options.company;
  const columns = fields.map((name) => {
    const field = entity.fields.get(name);
    return { name, field, members: entity.enums.get(field?.enumName ?? "") ?? [] };
  });
  const page = database.prepare(
    "SELECT key, content FROM target_row WHERE label = ? AND company = ? AND key > ? ORDER BY key LIMIT ?",
  );
  for (let after = "", more = true; more;) {
    const rows = page.all(entity.label, company, after, pageRows);
    for (const row of rows) {
      const content = JSON.parse(row["content"] as string) as RecordContent;
      yield columns.map(({ name, field, members }) => exportedValue(field, content[name] ?? "", members));
      after = row["key"] as string;
    }
    more = rows.length === pageRows;
  }
}

/**
 * Columns of an exported file: the key in key order, then the rest by the alphabet, as real exports show them. An
 * entity whose fields nobody knows has the columns its records have.
 */
export function exportedFields(
  database: DatabaseSync,
  entity: EntitySchema,
  mapped: readonly string[],
): string[] {
  const known = mapped.length > 0 ? mapped : [...entity.fields.keys()];
  const fields = new Set(known.length > 0 ? known : fieldsInUse(database, entity.label));
  const keys = entity.keys.filter((key) => fields.has(key) || known.length === 0);
  const rest = [...fields].filter((field) => !keys.includes(field));
  return [...keys, ...rest.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))];
}

function fieldsInUse(database: DatabaseSync, label: string): string[] {
  const rows = database
    .prepare("SELECT DISTINCT each.key FROM target_row, json_each(content) AS each WHERE label = ?")
    .all(label);
  return rows.map((row) => row["key"] as string);
}
