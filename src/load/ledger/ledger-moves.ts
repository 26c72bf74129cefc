import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { packageStates } from "./package-state.ts";

const importInFlight = z.object({ run: z.string(), key: z.string(), executionId: z.string() });

/** A package that F&O works on, or may work on. */
export type ImportInFlight = z.infer<typeof importInFlight>;

const packageMove = z.object({
  number: z.number(),
  key: z.string(),
  state: z.enum(packageStates),
  at: z.string(),
  reason: z.string(),
  records: z.number(),
});

/** A step of a package, as it was recorded. */
export type PackageMove = z.infer<typeof packageMove>;

/** What the ledger says of the steps of packages, for whoever follows them: it only reads. */
export class LedgerMoves {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Packages that F&O works on, or may work on, as far as this ledger knows: of every run into the environment, whoever
   * sends them. What another project sends is not in it.
   */
  inFlight(environment: string): ImportInFlight[] {
    const rows = this.#database
      .prepare(
        `SELECT p.run_id AS run, p.key, p.execution_id AS executionId
         FROM packages p JOIN runs r ON r.id = p.run_id
         WHERE r.environment = ? AND p.state IN ('importing', 'in doubt', 'executing')
         ORDER BY r.started_at, p.position`,
      )
      .all(environment);
    return z.array(importInFlight).parse(rows);
  }

  /** The steps of a run's packages in the order they happened, those behind the one with this number; 0 for all. */
  since(runId: string, number: number): PackageMove[] {
    const rows = this.#database
      .prepare(
        `SELECT t.rowid AS number, t.package_key AS key, t.to_state AS state, t.at, t.reason,
           (SELECT coalesce(sum(records), 0) FROM package_parts p
            WHERE p.run_id = t.run_id AND p.package_key = t.package_key) AS records
         FROM transitions t WHERE t.run_id = ? AND t.rowid > ? ORDER BY t.rowid`,
      )
      .all(runId, number);
    return z.array(packageMove).parse(rows);
  }
}
