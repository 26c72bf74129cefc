import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { inLongTransaction, inTransaction } from "./transaction.ts";

/**
 * What became of a record in one run:
 *
 * - **rejected**: by dmfpipe or by F&O.
 * - **pending**: the run that loads it again is not over, or nobody looked yet.
 * - **loaded**: F&O took it.
 * - **left out**: the mapping's `where` left it out.
 * - **not processed**: its package was not sent, or failed as a whole.
 * - **not known**: F&O's counts of its package do not add up.
 */
export const attemptOutcomes = [
  "rejected",
  "pending",
  "loaded",
  "left out",
  "not processed",
  "not known",
] as const;

export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** One record of a source, by its place in it. */
export interface AttemptedRecord {
  /** DMF label. */
  readonly entity: string;
  /** The source file as the project names it. */
  readonly file: string;
  /** Number of the record in it. */
  readonly record: number;
}

const attemptRow = z
  .object({
    run_id: z.string(),
    root_run: z.string(),
    entity: z.string(),
    file: z.string(),
    file_sha256: z.string(),
    record: z.number(),
    line: z.number(),
    outcome: z.enum(attemptOutcomes),
    reasons: z.string(),
    package_key: z.string().nullable(),
    execution_id: z.string().nullable(),
  })
  .transform((row) => ({
    run: row.run_id,
    /** The load that rejected the record first. */
    root: row.root_run,
    entity: row.entity,
    file: row.file,
    /** Of the source file as that load read it; empty where it is not known. */
    fileSha256: row.file_sha256,
    record: row.record,
    line: row.line,
    outcome: row.outcome,
    /** Codes and fields of the reasons, without values: `DMFP-FNO-REFERENCE VENDORGROUPID`. */
    reasons: z.array(z.string()).parse(JSON.parse(row.reasons)),
    packageKey: row.package_key,
    executionId: row.execution_id,
  }));

/** What one run made of one record that was rejected once, and loaded again. */
export type Attempt = z.infer<typeof attemptRow>;

/** What is noted of an attempt when it begins. */
export type NewAttempt = Omit<Attempt, "packageKey" | "executionId">;

/** The chains of attempts: for each record that was loaded again, every run that tried, the first rejection included. */
export class LedgerAttempts {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Notes attempts, all or none; one that is known already stays as it is. */
  begin(attempts: Iterable<NewAttempt>): void {
    inTransaction(this.#database, () => {
      const insert = this.#database.prepare(
        `INSERT OR IGNORE INTO attempts (run_id, root_run, entity, file, file_sha256, record, line, outcome, reasons)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const { run, root, entity, file, fileSha256, record, line, outcome, reasons } of attempts) {
        insert.run(run, root, entity, file, fileSha256, record, line, outcome, JSON.stringify(reasons));
      }
    });
  }

  /** The attempts of a run. */
  *ofRun(run: string): Generator<Attempt> {
    const statement = this.#database.prepare(
      "SELECT * FROM attempts WHERE run_id = ? ORDER BY entity, file, record",
    );
    for (const row of statement.iterate(run)) yield attemptRow.parse(row);
  }

  /** What was tried with a record, the latest first. */
  ofRecord({ entity, file, record }: AttemptedRecord): Attempt[] {
    const rows = this.#database
      .prepare(
        `SELECT a.* FROM attempts a JOIN runs r ON r.id = a.run_id
         WHERE a.entity = ? AND a.file = ? AND a.record = ? ORDER BY r.started_at DESC, a.run_id DESC`,
      )
      .all(entity, file, record);
    return z.array(attemptRow).parse(rows);
  }

  /** Runs that are over and of which nobody has noted what became of their records. */
  unsettledRuns(): string[] {
    return this.#database
      .prepare(
        `SELECT DISTINCT a.run_id FROM attempts a JOIN runs r ON r.id = a.run_id
         WHERE a.outcome = 'pending' AND r.phase = 'finished' ORDER BY r.started_at`,
      )
      .all()
      .map((row) => String(row["run_id"]));
  }

  /** Notes what became of the records of a run: all of it, or nothing. */
  async settle(
    run: string,
    work: (note: {
      readonly outcome: (
        record: AttemptedRecord,
        outcome: AttemptOutcome,
        pack: { readonly key: string; readonly executionId: string },
      ) => void;
      readonly rejected: (record: AttemptedRecord, reasons: readonly string[]) => void;
      /** All of the run's records of which nothing was noted. */
      readonly others: (outcome: AttemptOutcome) => void;
    }) => Promise<void>,
  ): Promise<void> {
    const sent = this.#database.prepare(
      `UPDATE attempts SET outcome = ?, package_key = ?, execution_id = ?
       WHERE run_id = ? AND entity = ? AND file = ? AND record = ?`,
    );
    const refused = this.#database.prepare(
      "UPDATE attempts SET outcome = 'rejected', reasons = ? WHERE run_id = ? AND entity = ? AND file = ? AND record = ?",
    );
    await inLongTransaction(this.#database, () =>
      work({
        outcome: ({ entity, file, record }, outcome, pack) => {
          sent.run(outcome, pack.key, pack.executionId, run, entity, file, record);
        },
        rejected: ({ entity, file, record }, reasons) => {
          refused.run(JSON.stringify(reasons), run, entity, file, record);
        },
        others: (outcome) => {
          this.#database
            .prepare("UPDATE attempts SET outcome = ? WHERE run_id = ? AND outcome = 'pending'")
            .run(outcome, run);
        },
      }),
    );
  }
}
