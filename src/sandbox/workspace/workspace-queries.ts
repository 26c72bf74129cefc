import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

/** One line of the list of executions, with the counts of all its entities. */
export interface ExecutionLine {
  readonly number: number;
  readonly id: string;
  readonly project: string;
  readonly company: string;
  readonly status: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly entities: number;
  readonly toBeProcessed: number;
  readonly staged: number;
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
}

export interface ProjectLine {
  readonly name: string;
  readonly description: string;
  readonly executions: number;
}

export interface ErrorLine {
  readonly number: number;
  readonly stage: string;
  readonly row: number;
  readonly recordId: string;
  readonly field: string;
  readonly message: string;
}

export interface StagingLine {
  readonly row: number;
  readonly values: readonly string[];
}

export interface TargetLine {
  readonly key: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A table of the business with rows of one company; `count` is exact up to the limit of counting. */
export interface TargetTable {
  readonly label: string;
  readonly company: string;
  readonly count: number;
}

/** Rows are counted up to here: one more says "more than". A page must not read a table of millions. */
export const countLimit = 10_000;

type Row = Readonly<Record<string, SQLOutputValue>>;

/** What the pages show, page by page: no query here reads more than it is asked for. */
export class WorkspaceQueries {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Executions from new to old, those with a number below `before`; of one project, if one is named. */
  executions(options: {
    readonly before: number;
    readonly limit: number;
    readonly project?: string;
  }): readonly ExecutionLine[] {
    const rows = this.#database
      .prepare(
        `SELECT e.number, e.id, e.project, e.company, e.status, e.created_at, count(r.number) AS entities,
           max(coalesce(r.target_ended_at, r.staging_ended_at)) AS ended_at,
           total(r.to_be_processed) AS to_be_processed, total(r.staged) AS staged, total(r.created) AS created,
           total(r.updated) AS updated, total(r.failed) AS failed
         FROM (SELECT * FROM execution WHERE number < ?1 AND (?2 IS NULL OR project = ?2)
               ORDER BY number DESC LIMIT ?3) AS e
         LEFT JOIN entity_run AS r ON r.execution = e.number GROUP BY e.number ORDER BY e.number DESC`,
      )
      .all(options.before, options.project ?? null, options.limit);
    return rows.map((row) => ({
      number: integer(row, "number"),
      id: text(row, "id"),
      project: text(row, "project"),
      company: text(row, "company"),
      status: text(row, "status"),
      createdAt: integer(row, "created_at"),
      endedAt: row["ended_at"] as number | null,
      entities: integer(row, "entities"),
      toBeProcessed: integer(row, "to_be_processed"),
      staged: integer(row, "staged"),
      created: integer(row, "created"),
      updated: integer(row, "updated"),
      failed: integer(row, "failed"),
    }));
  }

  projects(options: { readonly after: string; readonly limit: number }): readonly ProjectLine[] {
    const rows = this.#database
      .prepare(
        `SELECT name, description, (SELECT count(*) FROM execution WHERE project = name) AS executions
         FROM project WHERE name > ? ORDER BY name LIMIT ?`,
      )
      .all(options.after, options.limit);
    return rows.map((row) => ({
      name: text(row, "name"),
      description: text(row, "description"),
      executions: integer(row, "executions"),
    }));
  }

  createdAt(execution: number): number {
    const row = this.#database.prepare("SELECT created_at FROM execution WHERE number = ?").get(execution);
    return row === undefined ? 0 : integer(row, "created_at");
  }

  errorCounts(run: number): { readonly staging: number; readonly target: number } {
    const count = this.#database.prepare(
      "SELECT count(*) AS count FROM execution_error WHERE entity_run = ? AND stage = ?",
    );
    const of = (stage: string): number => integer(count.get(run, stage) ?? {}, "count");
    return { staging: of("staging"), target: of("target") };
  }

  errors(run: number, after: number, limit: number): readonly ErrorLine[] {
    return this.#database
      .prepare("SELECT * FROM execution_error WHERE entity_run = ? AND number > ? ORDER BY number LIMIT ?")
      .all(run, after, limit)
      .map(toError);
  }

  /** Errors of the target step for the rows of one page. */
  rowErrors(run: number, from: number, to: number): ReadonlyMap<number, ErrorLine> {
    const rows = this.#database
      .prepare(
        "SELECT * FROM execution_error WHERE entity_run = ? AND stage = 'target' AND row BETWEEN ? AND ?",
      )
      .all(run, from, to);
    return new Map(rows.map((row) => [integer(row, "row"), toError(row)]));
  }

  staging(options: {
    readonly run: number;
    readonly after: number;
    readonly limit: number;
    readonly failedOnly: boolean;
  }): readonly StagingLine[] {
    const failed = "AND row IN (SELECT row FROM execution_error WHERE entity_run = ?1 AND stage = 'target')";
    const rows = this.#database
      .prepare(
        `SELECT row, content FROM staging_row WHERE entity_run = ?1 AND row > ?2 ${options.failedOnly ? failed : ""}
         ORDER BY row LIMIT ?3`,
      )
      .all(options.run, options.after, options.limit);
    return rows.map((row) => ({
      row: integer(row, "row"),
      values: JSON.parse(text(row, "content")) as string[],
    }));
  }

  /** Every table and company that has rows, found by jumps from one to the next. */
  targetTables(): readonly TargetTable[] {
    const next = this.#database.prepare(
      "SELECT label, company FROM target_row WHERE (label, company) > (?, ?) ORDER BY label, company LIMIT 1",
    );
    const tables: TargetTable[] = [];
    let found = next.get("", "");
    while (found !== undefined) {
      const label = text(found, "label");
      const company = text(found, "company");
      tables.push({ label, company, count: this.targetCount(label, company) });
      found = next.get(label, company);
    }
    return tables;
  }

  targetCount(label: string, company: string): number {
    const row = this.#database
      .prepare(
        "SELECT count(*) AS count FROM (SELECT 1 FROM target_row WHERE label = ? AND company = ? LIMIT ?)",
      )
      .get(label, company, countLimit + 1);
    return integer(row ?? {}, "count");
  }

  /** Rows with a key behind `after`, or from `from` on. */
  target(options: {
    readonly label: string;
    readonly company: string;
    readonly after: string;
    readonly from: string;
    readonly limit: number;
  }): readonly TargetLine[] {
    const rows = this.#database
      .prepare(
        `SELECT key, content FROM target_row WHERE label = ? AND company = ? AND key > ? AND key >= ?
         ORDER BY key LIMIT ?`,
      )
      .all(options.label, options.company, options.after, options.from, options.limit);
    return rows.map((row) => ({
      key: text(row, "key"),
      content: JSON.parse(text(row, "content")) as Record<string, unknown>,
    }));
  }
}

function toError(row: Row): ErrorLine {
  return {
    number: integer(row, "number"),
    stage: text(row, "stage"),
    row: integer(row, "row"),
    recordId: text(row, "record_id"),
    field: text(row, "field"),
    message: text(row, "message"),
  };
}

function text(row: Row, name: string): string {
  return row[name] as string;
}

function integer(row: Row, name: string): number {
  return Number(row[name] ?? 0);
}
