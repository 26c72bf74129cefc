import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EntitySchema } from "../entity/entity-schema.ts";
import type { Clock } from "../errors/clock.ts";
import { transaction } from "./database.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { EntityRun, ExecutionError, ExecutionStore } from "./execution-store.ts";
import { infolog, missingValue, unknownReference } from "./message-text.ts";
import { canonicalKey } from "./record-key.ts";
import type { RecordContent, RowStore, StagingRow } from "./row-store.ts";

export interface TargetContext {
  readonly database: DatabaseSync;
  readonly executions: ExecutionStore;
  readonly rows: RowStore;
  readonly setup: EnvironmentSetup;
  readonly clock: Clock;
  /** True once the environment goes down: the step stops between two batches and goes on at the next start. */
  stopping(): boolean;
}

/** Rows of one transaction. The last row done is part of it, so a killed run goes on exactly where it was. */
const batchRows = 500;
/** References known to exist are remembered up to this many values. */
const rememberedReferences = 50_000;

/**
 * Staging to target for one entity: validation, then insert or update by key. Every row either becomes a record or
 * an execution error. Returns false when it was stopped before its end.
 */
export async function writeEntity(context: TargetContext, run: EntityRun, company: string): Promise<boolean> {
  const { executions, rows, clock, database } = context;
  const entity = context.setup.entity(run.label);
  if (entity === undefined) return true;
  executions.change(run.number, {
    targetStatus: "Executing",
    targetStartedAt: run.targetStartedAt ?? clock.now(),
  });
  const writer = new EntityWriter(context, run, entity, entity.scope === "shared" ? "" : company);
  let { created, updated, failed, lastRow } = run;
  for (;;) {
    if (context.stopping()) return false;
    const batch = rows.staged(run.number, lastRow, batchRows);
    const last = batch.at(-1);
    if (last === undefined) break;
    lastRow = last.row;
    transaction(database, () => {
      const errors: ExecutionError[] = [];
      for (const row of batch) {
        const result = writer.write(row);
        if (result === "created") created += 1;
        else if (result === "updated") updated += 1;
        else {
          failed += 1;
          errors.push(result);
        }
      }
      executions.addErrors(run.number, errors);
      executions.change(run.number, { created, updated, failed, lastRow });
    });
    await nextTurn();
  }
  executions.change(run.number, {
    targetStatus: failed > 0 ? "Error" : "Finished",
    targetEndedAt: clock.now(),
  });
  return true;
}

class EntityWriter {
  readonly #context: TargetContext;
  readonly #run: EntityRun;
  readonly #entity: EntitySchema;
  readonly #company: string;
  readonly #mandatory: readonly string[];
  readonly #found = new Set<string>();

  constructor(context: TargetContext, run: EntityRun, entity: EntitySchema, company: string) {
    this.#context = context;
    this.#run = run;
    this.#entity = entity;
    this.#company = company;
    this.#mandatory = [...entity.fields.values()]
      .filter((field) => field.mandatory || field.key)
      .map(({ name }) => name);
  }

  /** Writes one staged row, or says why it was not written. */
  write(row: StagingRow): "created" | "updated" | ExecutionError {
    const { rows } = this.#context;
    const { label, keys } = this.#entity;
    const given = this.#content(row);
    const key = canonicalKey(
      keys.length === 0 ? Object.values(given) : keys.map((name) => given[name] ?? ""),
    );
    const existing = rows.target(label, this.#company, key);
    const content = { ...existing, ...given };
    const problems = this.#run.runBusinessValidation
      ? this.#problems(given, content)
      : this.#missingKeys(content);
    if (problems.length > 0) {
      const { field } = problems[0] ?? { field: "" };
      const message = infolog(problems.map((problem) => problem.text));
      return { stage: "target", row: row.row, recordId: row.recordId, field, message };
    }
    if (existing === undefined) {
      rows.insert(label, this.#company, key, content);
      return "created";
    }
    rows.update(label, this.#company, key, content);
    return "updated";
  }

  #content(row: StagingRow): RecordContent {
    const content: Record<string, string> = {};
    for (const [index, field] of this.#run.fields.entries()) content[field] = row.values[index] ?? "";
    const numbered = this.#context.setup.numberedField(this.#entity.label);
    if (numbered !== undefined && (content[numbered.field] ?? "") === "") {
      const number = this.#context.rows.nextNumber(`${this.#entity.label}.${this.#company}`);
      content[numbered.field] = `${numbered.prefix}${String(number).padStart(8, "0")}`;
    }
    return content;
  }

  #problems(given: RecordContent, content: RecordContent): { field: string; text: string }[] {
    const entity = this.#entity;
    const problems = this.#mandatory
      .filter((field) => (content[field] ?? "").trim() === "")
      .map((field) => ({ field, text: missingValue(entity, field) }));
    for (const relation of this.#context.setup.relations(entity)) {
      const values = relation.fields.map((field) => given[field] ?? "");
      if (values.some((value) => value.trim() === "")) continue;
      if (this.#refersToRecord(relation.entity, relation.targetFields, values)) continue;
      const field = relation.fields[0] ?? "";
      problems.push({ field, text: unknownReference(entity, field, values.join(", "), relation.entity) });
    }
    const valueOf = (field: string): string => content[field] ?? "";
    for (const rule of this.#context.setup.rules(entity.label)) {
      if (!rule.holds(valueOf)) continue;
      const text = rule.message.replace(/\{([A-Z0-9_]+)\}/g, (_whole, field: string) => valueOf(field));
      problems.push({ field: rule.field, text });
    }
    return problems;
  }

  /** Without validation the table itself still refuses a record without its key. */
  #missingKeys(content: RecordContent): { field: string; text: string }[] {
    return this.#entity.keys
      .filter((field) => (content[field] ?? "").trim() === "")
      .map((field) => ({ field, text: missingValue(this.#entity, field) }));
  }

  #refersToRecord(label: string, fields: readonly string[], values: readonly string[]): boolean {
    const table = this.#context.setup.tableKeys(label);
    // A table this environment does not have cannot be checked.
    if (table === undefined) return true;
    const name = `${label}\u001f${canonicalKey(values)}`;
    if (this.#found.has(name)) return true;
    const wanted = Object.fromEntries(fields.map((field, index) => [field, values[index] ?? ""]));
    const company = table.scope === "shared" ? "" : this.#company;
    const exists = this.#context.rows.exists(
      { label, scope: table.scope, keys: table.keys },
      company,
      wanted,
    );
    if (exists && this.#found.size < rememberedReferences) this.#found.add(name);
    return exists;
  }
}
