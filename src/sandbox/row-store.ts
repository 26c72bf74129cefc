import type { DatabaseSync, StatementSync } from "node:sqlite";
import { canonicalKey, canonicalValue } from "./record-key.ts";
import type { TableKeys } from "./environment-setup.ts";

export interface StagingRow {
  /** 1-based number of the row in the data file, header not counted. */
  readonly row: number;
  /** Row it is nested in, of the parent entity's run: F&O's ParentRowId. */
  readonly parentRow?: number | undefined;
  /** Canonical key, null where the row has none (yet): such rows cannot be duplicates. */
  readonly key: string | null;
  readonly recordId: string;
  /** Values in the order of the run's fields. */
  readonly values: readonly string[];
}

/** Values of a target record by field. */
export type RecordContent = Readonly<Record<string, string>>;

/** Staging and target tables. Statements are prepared once: they run for every row. */
export class RowStore {
  readonly #insertStaging: StatementSync;
  readonly #readStaging: StatementSync;
  readonly #removeStaging: StatementSync;
  readonly #getTarget: StatementSync;
  readonly #insertTarget: StatementSync;
  readonly #updateTarget: StatementSync;
  readonly #database: DatabaseSync;
  /** One search per list of fields that are not a key. */
  readonly #searches = new Map<string, StatementSync>();
  readonly #listTarget: StatementSync;
  readonly #nextNumber: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // SQLite's own upper() knows ASCII only; F&O's collation takes ü and Ü as equal.
    database.function("canonical_text", { deterministic: true }, (value) =>
      typeof value === "string" ? canonicalValue(value) : "",
    );
    this.#insertStaging = database.prepare(
      "INSERT INTO staging_row (entity_run, row, parent_row, key, record_id, content) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#readStaging = database.prepare(
      "SELECT row, parent_row, key, record_id, content FROM staging_row WHERE entity_run = ? AND row > ? ORDER BY row LIMIT ?",
    );
    this.#removeStaging = database.prepare("DELETE FROM staging_row WHERE entity_run = ?");
    this.#getTarget = database.prepare(
      "SELECT content FROM target_row WHERE label = ? AND company = ? AND key = ?",
    );
    this.#insertTarget = database.prepare(
      "INSERT INTO target_row (label, company, key, content) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#updateTarget = database.prepare(
      "UPDATE target_row SET content = ? WHERE label = ? AND company = ? AND key = ?",
    );
    this.#listTarget = database.prepare(
      "SELECT company, content FROM target_row WHERE label = ? ORDER BY company, key",
    );
    this.#nextNumber = database.prepare(
      "INSERT INTO number_sequence (name, next) VALUES (?, 2) ON CONFLICT DO UPDATE SET next = next + 1 RETURNING next - 1 AS number",
    );
  }

  /** False when another row of the run has the same key. */
  stage(run: number, row: StagingRow): boolean {
    const content = JSON.stringify(row.values);
    const parentRow = row.parentRow ?? null;
    return this.#insertStaging.run(run, row.row, parentRow, row.key, row.recordId, content).changes === 1;
  }

  /** The next staged rows after row number `after`. */
  staged(run: number, after: number, limit: number): readonly StagingRow[] {
    return this.#readStaging.all(run, after, limit).map((row) => ({
      row: row["row"] as number,
      parentRow: (row["parent_row"] as number | null) ?? undefined,
      key: row["key"] as string | null,
      recordId: row["record_id"] as string,
      values: JSON.parse(row["content"] as string) as string[],
    }));
  }

  unstage(run: number): void {
    this.#removeStaging.run(run);
  }

  target(label: string, company: string, key: string): RecordContent | undefined {
    const row = this.#getTarget.get(label, company, key);
    return row === undefined ? undefined : (JSON.parse(row["content"] as string) as RecordContent);
  }

  /** False when a record with this key stands there already; it is left alone. */
  insert(label: string, company: string, key: string, content: RecordContent): boolean {
    return this.#insertTarget.run(label, company, key, JSON.stringify(content)).changes === 1;
  }

  update(label: string, company: string, key: string, content: RecordContent): void {
    this.#updateTarget.run(JSON.stringify(content), label, company, key);
  }

  /** Whether a record has these values; by its key where the fields are the key. */
  exists(table: TableKeys & { readonly label: string }, company: string, values: RecordContent): boolean {
    const { label, keys } = table;
    const fields = Object.keys(values);
    if (keys.length === fields.length && keys.every((key) => key in values)) {
      const key = canonicalKey(keys.map((name) => values[name] ?? ""));
      return this.#getTarget.get(label, company, key) !== undefined;
    }
    const wanted = fields.map((field) => canonicalValue(values[field] ?? ""));
    return this.#search(fields).get(label, company, ...wanted) !== undefined;
  }

  /** All records of a table, company by company. */
  *records(label: string): Generator<{ readonly company: string; readonly content: RecordContent }> {
    for (const row of this.#listTarget.iterate(label)) {
      yield {
        company: row["company"] as string,
        content: JSON.parse(row["content"] as string) as RecordContent,
      };
    }
  }

  /** The next number of a sequence, from 1. */
  nextNumber(sequence: string): number {
    return this.#nextNumber.get(sequence)?.["number"] as number;
  }

  #search(fields: readonly string[]): StatementSync {
    const name = fields.join(",");
    const known = this.#searches.get(name);
    if (known !== undefined) return known;
    // Field names come from entity schemas and are letters, digits and underscores.
    const conditions = fields.map((field) => `AND canonical_text(json_extract(content, '$."${field}"')) = ?`);
    const search = this.#database.prepare(
      `SELECT 1 FROM target_row WHERE label = ? AND company = ? ${conditions.join(" ")} LIMIT 1`,
    );
    this.#searches.set(name, search);
    return search;
  }
}
