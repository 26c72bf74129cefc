import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EntitySchema } from "../entity/entity-schema.ts";
import type { Clock } from "../errors/clock.ts";
import { transaction } from "./database.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { EntityRun, ExecutionError, ExecutionStore } from "./execution-store.ts";
import { infolog, parentMissing } from "./message-text.ts";
import { ParentRecords } from "./parent-record.ts";
import { RecordCheck, withNumber, type RecordProblem } from "./record-check.ts";
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
  readonly #check: RecordCheck;
  readonly #parents: ParentRecords;

  constructor(context: TargetContext, run: EntityRun, entity: EntitySchema, company: string) {
    this.#context = context;
    this.#run = run;
    this.#entity = entity;
    this.#company = company;
    this.#check = new RecordCheck({ setup: context.setup, rows: context.rows, entity, company });
    this.#parents = new ParentRecords(context, run);
  }

  /** Writes one staged row, or says why it was not written. */
  write(row: StagingRow): "created" | "updated" | ExecutionError {
    const { rows } = this.#context;
    const { label, keys } = this.#entity;
    const inherited = this.#parents.inherited(row);
    if (inherited === undefined) return refusal(row, [{ field: "", text: parentMissing }]);
    const given = this.#content(row, inherited);
    const key = canonicalKey(
      keys.length === 0 ? Object.values(given) : keys.map((name) => given[name] ?? ""),
    );
    const existing = rows.target(label, this.#company, key);
    const content = { ...existing, ...given };
    const problems = this.#run.runBusinessValidation
      ? this.#check.problems(given, content)
      : this.#check.missingKeys(content);
    if (problems.length > 0) return refusal(row, problems);
    if (existing === undefined) {
      rows.insert(label, this.#company, key, content);
      return "created";
    }
    rows.update(label, this.#company, key, content);
    return "updated";
  }

  #content(row: StagingRow, inherited: RecordContent): RecordContent {
    const content: Record<string, string> = { ...inherited };
    for (const [index, field] of this.#run.fields.entries()) {
      const value = row.values[index] ?? "";
      if (value !== "" || inherited[field] === undefined) content[field] = value;
    }
    const { setup, rows } = this.#context;
    return withNumber(content, { setup, rows, entity: this.#entity, company: this.#company });
  }
}

function refusal(row: StagingRow, problems: readonly RecordProblem[]): ExecutionError {
  const message = infolog(problems.map((problem) => problem.text));
  return { stage: "target", row: row.row, recordId: row.recordId, field: problems[0]?.field ?? "", message };
}
