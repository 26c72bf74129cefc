import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { transaction } from "./database.ts";

export type ExecutionStatus =
  "NotRun" | "Executing" | "Succeeded" | "PartiallySucceeded" | "Failed" | "Canceled";

/** Status of one step of one entity. Source: the enum in Microsoft's integration samples. */
export type StepStatus = "NotStarted" | "Waiting" | "Executing" | "Error" | "Finished" | "NotRun";

export interface Execution {
  readonly number: number;
  readonly id: string;
  readonly project: string;
  readonly company: string;
  readonly executeTarget: boolean;
  readonly status: ExecutionStatus;
}

/** What the manifest says of one entity, as it is executed. */
export interface EntityRunPlan {
  readonly label: string;
  /** Entity of the same package whose records these are nested in, for members of a composite entity. */
  readonly parentLabel?: string | null;
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
  readonly sourceFormat: string;
  readonly file: string;
  /** Staged fields, in the order of a staging row's content. */
  readonly fields: readonly string[];
  readonly failLevelOnError: boolean;
  readonly failExecutionUnitOnError: boolean;
  readonly runBusinessLogic: boolean;
  readonly runBusinessValidation: boolean;
}

export interface EntityRun extends Omit<EntityRunPlan, "parentLabel"> {
  readonly number: number;
  readonly execution: number;
  /** Number of the run of the parent entity, for members of a composite entity. */
  readonly parentRun: number | null;
  readonly stagingStatus: StepStatus;
  readonly targetStatus: StepStatus;
  readonly stagingStartedAt: number | null;
  readonly stagingEndedAt: number | null;
  readonly targetStartedAt: number | null;
  readonly targetEndedAt: number | null;
  readonly toBeProcessed: number;
  readonly staged: number;
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  /** Last staging row whose target step is done. */
  readonly lastRow: number;
  readonly errorFile: string | null;
  readonly keysFile: string | null;
  /** How often the keys file was asked for since it was ordered. */
  readonly keysAnswers: number;
}

export type EntityRunChange = Partial<
  Pick<
    EntityRun,
    | "stagingStatus"
    | "targetStatus"
    | "stagingStartedAt"
    | "stagingEndedAt"
    | "targetStartedAt"
    | "targetEndedAt"
    | "toBeProcessed"
    | "staged"
    | "created"
    | "updated"
    | "failed"
    | "lastRow"
    | "errorFile"
    | "keysFile"
    | "keysAnswers"
  >
>;

export interface ExecutionError {
  readonly stage: "staging" | "target";
  readonly row: number;
  readonly recordId: string;
  readonly field: string;
  readonly message: string;
}

const columns: Readonly<Record<keyof EntityRunChange, string>> = {
  stagingStatus: "staging_status",
  targetStatus: "target_status",
  stagingStartedAt: "staging_started_at",
  stagingEndedAt: "staging_ended_at",
  targetStartedAt: "target_started_at",
  targetEndedAt: "target_ended_at",
  toBeProcessed: "to_be_processed",
  staged: "staged",
  created: "created",
  updated: "updated",
  failed: "failed",
  lastRow: "last_row",
  errorFile: "error_file",
  keysFile: "keys_file",
  keysAnswers: "keys_answers",
};

/** Projects, executions, their entities and errors. */
export class ExecutionStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  hasProject(name: string): boolean {
    return this.#database.prepare("SELECT 1 FROM project WHERE name = ?").get(name) !== undefined;
  }

  saveProject(name: string, description: string): void {
    this.#database
      .prepare(
        "INSERT INTO project (name, description) VALUES (?, ?) ON CONFLICT DO UPDATE SET description = excluded.description",
      )
      .run(name, description);
  }

  projects(): readonly { readonly name: string; readonly description: string }[] {
    const rows = this.#database.prepare("SELECT name, description FROM project ORDER BY name").all();
    return rows.map((row) => ({ name: text(row, "name"), description: text(row, "description") }));
  }

  find(id: string): Execution | undefined {
    const row = this.#database.prepare("SELECT * FROM execution WHERE id = ?").get(id);
    return row === undefined ? undefined : toExecution(row);
  }

  /** Executions from old to new; only those with the given status, if one is given. */
  executions(status?: ExecutionStatus): readonly Execution[] {
    const rows = this.#database
      .prepare("SELECT * FROM execution WHERE ?1 IS NULL OR status = ?1 ORDER BY number")
      .all(status ?? null);
    return rows.map(toExecution);
  }

  /** Records an execution together with its entities, all not started. */
  create(
    execution: Omit<Execution, "number" | "status"> & {
      readonly createdAt: number;
      readonly notFoundAnswers: number;
    },
    plans: readonly EntityRunPlan[],
  ): Execution {
    return transaction(this.#database, () => {
      const { id, project, company, executeTarget, createdAt, notFoundAnswers } = execution;
      const inserted = this.#database
        .prepare(
          "INSERT INTO execution (id, project, company, execute_target, status, not_found_answers, created_at) VALUES (?, ?, ?, ?, 'Executing', ?, ?)",
        )
        .run(id, project, company, executeTarget ? 1 : 0, notFoundAnswers, createdAt);
      const number = Number(inserted.lastInsertRowid);
      const runs = new Map<string | null, number>();
      for (const plan of plans) {
        runs.set(plan.label, this.#insertRun(number, plan, runs.get(plan.parentLabel ?? null) ?? null));
      }
      return { number, id, project, company, executeTarget, status: "Executing" };
    });
  }

  setStatus(execution: number, status: ExecutionStatus): void {
    this.#database.prepare("UPDATE execution SET status = ? WHERE number = ?").run(status, execution);
  }

  remove(execution: number): void {
    this.#database.prepare("DELETE FROM execution WHERE number = ?").run(execution);
  }

  /** Whether this status request still comes too early; counts it. */
  takeNotFoundAnswer(execution: number): boolean {
    const result = this.#database
      .prepare(
        "UPDATE execution SET not_found_answers = not_found_answers - 1 WHERE number = ? AND not_found_answers > 0",
      )
      .run(execution);
    return result.changes > 0;
  }

  /** The entities of an execution in the order they are executed in. */
  runs(execution: number): readonly EntityRun[] {
    const rows = this.#database
      .prepare(
        "SELECT * FROM entity_run WHERE execution = ? ORDER BY execution_unit, level, sequence, number",
      )
      .all(execution);
    return rows.map(toRun);
  }

  run(number: number): EntityRun | undefined {
    const row = this.#database.prepare("SELECT * FROM entity_run WHERE number = ?").get(number);
    return row === undefined ? undefined : toRun(row);
  }

  change(run: number, change: EntityRunChange): void {
    const entries = Object.entries(change) as [keyof EntityRunChange, string | number | null][];
    const assignments = entries.map(([name]) => `${columns[name]} = ?`).join(", ");
    this.#database
      .prepare(`UPDATE entity_run SET ${assignments} WHERE number = ?`)
      .run(...entries.map(([, value]) => value), run);
  }

  addErrors(run: number, errors: readonly ExecutionError[]): void {
    const insert = this.#database.prepare(
      "INSERT INTO execution_error (entity_run, stage, row, record_id, field, message) VALUES (?, ?, ?, ?, ?, ?)",
    );
    for (const error of errors) {
      insert.run(run, error.stage, error.row, error.recordId, error.field, error.message);
    }
  }

  /** Whether a row of a run did not become a record. */
  rowFailed(run: number, row: number): boolean {
    const found = this.#database
      .prepare("SELECT 1 FROM execution_error WHERE entity_run = ? AND row = ?")
      .get(run, row);
    return found !== undefined;
  }

  *errors(run: number): Generator<ExecutionError> {
    const rows = this.#database
      .prepare("SELECT * FROM execution_error WHERE entity_run = ? ORDER BY number")
      .iterate(run);
    for (const row of rows) {
      yield {
        stage: text(row, "stage") === "staging" ? "staging" : "target",
        row: integer(row, "row"),
        recordId: text(row, "record_id"),
        field: text(row, "field"),
        message: text(row, "message"),
      };
    }
  }

  log(execution: number, label: string, line: string): void {
    this.#database
      .prepare("INSERT INTO execution_log (execution, label, text) VALUES (?, ?, ?)")
      .run(execution, label, line);
  }

  /** What F&O shows under View execution log: problems of a step as a whole. No documented request returns it. */
  logLines(execution: number): readonly string[] {
    const rows = this.#database
      .prepare("SELECT label, text FROM execution_log WHERE execution = ? ORDER BY number")
      .all(execution);
    return rows.map((row) => `${text(row, "label")}: ${text(row, "text")}`);
  }

  #insertRun(execution: number, plan: EntityRunPlan, parentRun: number | null): number {
    const inserted = this.#database
      .prepare(
        `INSERT INTO entity_run (execution, label, parent_run, execution_unit, level, sequence, source_format, file,
           fields, fail_level, fail_unit, run_logic, run_validation, staging_status, target_status)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'NotStarted', 'NotStarted')`,
      )
      .run(
        execution,
        plan.label,
        parentRun,
        plan.executionUnit,
        plan.level,
        plan.sequence,
        plan.sourceFormat,
        plan.file,
        JSON.stringify(plan.fields),
        plan.failLevelOnError ? 1 : 0,
        plan.failExecutionUnitOnError ? 1 : 0,
        plan.runBusinessLogic ? 1 : 0,
        plan.runBusinessValidation ? 1 : 0,
      );
    return Number(inserted.lastInsertRowid);
  }
}

type Row = Record<string, SQLOutputValue>;

function text(row: Row, name: string): string {
  return row[name] as string;
}

function integer(row: Row, name: string): number {
  return row[name] as number;
}

function toExecution(row: Row): Execution {
  return {
    number: integer(row, "number"),
    id: text(row, "id"),
    project: text(row, "project"),
    company: text(row, "company"),
    executeTarget: integer(row, "execute_target") === 1,
    status: text(row, "status") as ExecutionStatus,
  };
}

function toRun(row: Row): EntityRun {
  return {
    number: integer(row, "number"),
    execution: integer(row, "execution"),
    label: text(row, "label"),
    parentRun: row["parent_run"] as number | null,
    executionUnit: integer(row, "execution_unit"),
    level: integer(row, "level"),
    sequence: integer(row, "sequence"),
    sourceFormat: text(row, "source_format"),
    file: text(row, "file"),
    fields: JSON.parse(text(row, "fields")) as string[],
    failLevelOnError: integer(row, "fail_level") === 1,
    failExecutionUnitOnError: integer(row, "fail_unit") === 1,
    runBusinessLogic: integer(row, "run_logic") === 1,
    runBusinessValidation: integer(row, "run_validation") === 1,
    stagingStatus: text(row, "staging_status") as StepStatus,
    targetStatus: text(row, "target_status") as StepStatus,
    stagingStartedAt: row["staging_started_at"] as number | null,
    stagingEndedAt: row["staging_ended_at"] as number | null,
    targetStartedAt: row["target_started_at"] as number | null,
    targetEndedAt: row["target_ended_at"] as number | null,
    toBeProcessed: integer(row, "to_be_processed"),
    staged: integer(row, "staged"),
    created: integer(row, "created"),
    updated: integer(row, "updated"),
    failed: integer(row, "failed"),
    lastRow: integer(row, "last_row"),
    errorFile: row["error_file"] as string | null,
    keysFile: row["keys_file"] as string | null,
    keysAnswers: integer(row, "keys_answers"),
  };
}
