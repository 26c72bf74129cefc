import type { EntitySchema } from "../entity/entity-schema.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { missingValue, unknownReference } from "./message-text.ts";
import { canonicalKey } from "./record-key.ts";
import type { RecordContent, RowStore } from "./row-store.ts";

/** Why the business refuses a record: one line of the infolog. */
export interface RecordProblem {
  readonly field: string;
  readonly text: string;
}

export interface RecordCheckOptions {
  readonly setup: EnvironmentSetup;
  readonly rows: RowStore;
  readonly entity: EntitySchema;
  /** The record's company, '' for shared entities. */
  readonly company: string;
}

/** References known to exist are remembered up to this many values. */
const rememberedReferences = 50_000;

/**
 * What an entity demands of every record, wherever it comes from (the target step of an import, a write through
 * OData): mandatory fields, references, business rules. One instance serves the records of one company; it
 * remembers references it has found, so it must not outlive the step or request it was made for.
 */
export class RecordCheck {
  readonly #options: RecordCheckOptions;
  readonly #mandatory: readonly string[];
  readonly #found = new Set<string>();

  constructor(options: RecordCheckOptions) {
    this.#options = options;
    this.#mandatory = [...options.entity.fields.values()]
      .filter((field) => field.mandatory || field.key)
      .map(({ name }) => name);
  }

  /**
   * All problems of a record. `given` are the fields the writer sets, whose references are looked up; `content` is
   * the record as it would stand in the table.
   */
  problems(given: RecordContent, content: RecordContent): RecordProblem[] {
    const { entity, setup } = this.#options;
    const problems = this.#mandatory
      .filter((field) => (content[field] ?? "").trim() === "")
      .map((field) => ({ field, text: missingValue(entity, field) }));
    for (const relation of setup.relations(entity)) {
      const values = relation.fields.map((field) => given[field] ?? "");
      if (values.some((value) => value.trim() === "")) continue;
      if (this.#refersToRecord(relation.entity, relation.targetFields, values)) continue;
      const field = relation.fields[0] ?? "";
      problems.push({ field, text: unknownReference(entity, field, values.join(", "), relation.entity) });
    }
    const valueOf = (field: string): string => content[field] ?? "";
    for (const rule of setup.rules(entity.label)) {
      if (!rule.holds(valueOf)) continue;
      const text = rule.message.replace(/\{([A-Z0-9_]+)\}/g, (_whole, field: string) => valueOf(field));
      problems.push({ field: rule.field, text });
    }
    return problems;
  }

  /** Without validation the table itself still refuses a record without its key. */
  missingKeys(content: RecordContent): RecordProblem[] {
    const { entity } = this.#options;
    return entity.keys
      .filter((field) => (content[field] ?? "").trim() === "")
      .map((field) => ({ field, text: missingValue(entity, field) }));
  }

  #refersToRecord(label: string, fields: readonly string[], values: readonly string[]): boolean {
    const { setup, rows } = this.#options;
    const table = setup.tableKeys(label);
    // A table this environment does not have cannot be checked.
    if (table === undefined) return true;
    const name = `${label}\u001f${canonicalKey(values)}`;
    if (this.#found.has(name)) return true;
    const wanted = Object.fromEntries(fields.map((field, index) => [field, values[index] ?? ""]));
    const company = table.scope === "shared" ? "" : this.#options.company;
    const exists = rows.exists({ label, scope: table.scope, keys: table.keys }, company, wanted);
    if (exists && this.#found.size < rememberedReferences) this.#found.add(name);
    return exists;
  }
}

/**
 * The record's values with the number the environment gives to a field that comes empty (the lot id of a sales
 * order line). Source: Microsoft's documentation says that such fields may be left empty.
 */
export function withNumber(
  given: RecordContent,
  { setup, rows, entity, company }: RecordCheckOptions,
): RecordContent {
  const numbered = setup.numberedField(entity.label);
  if (numbered === undefined || (given[numbered.field] ?? "") !== "") return given;
  const number = rows.nextNumber(`${entity.label}.${company}`);
  return { ...given, [numbered.field]: `${numbered.prefix}${String(number).padStart(8, "0")}` };
}
