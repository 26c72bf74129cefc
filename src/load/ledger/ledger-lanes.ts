import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

/**
 * Packages of one data project that go one after the other, and what has to be over before the first of them. They are
 * those from the first one on, until another lane of the data project begins.
 */
export interface LedgerLane {
  /** Key of its first package, by which it is called. */
  readonly firstPackage: string;
  /** Other lanes, by their first packages. */
  readonly waitsFor: readonly string[];
}

const laneRow = z
  .object({ firstPackage: z.string(), waitsFor: z.string() })
  .transform(({ firstPackage, waitsFor }): LedgerLane => ({
    firstPackage,
    waitsFor: z.array(z.string()).parse(JSON.parse(waitsFor)),
  }));

/**
 * What waits for what in a run, as the process that makes it worked out from the mappings. It is kept so that others,
 * who have the ledger alone, can tell when the run will be over.
 */
export class LedgerLanes {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Writes what changed, all or nothing; a run that goes on as it was writes nothing. */
  note(runId: string, lanes: readonly LedgerLane[]): void {
    const known = new Map(
      this.of(runId).map(({ firstPackage, waitsFor }) => [firstPackage, JSON.stringify(waitsFor)]),
    );
    const changed = lanes
      .map(({ firstPackage, waitsFor }) => ({
        first_package: firstPackage,
        waits_for: JSON.stringify(waitsFor),
      }))
      .filter((lane) => known.get(lane.first_package) !== lane.waits_for);
    if (changed.length === 0) return;
    this.#database
      .prepare(
        `INSERT OR REPLACE INTO lanes
         SELECT ?, value ->> 'first_package', value ->> 'waits_for' FROM json_each(?)`,
      )
      .run(runId, JSON.stringify(changed));
  }

  /** The lanes of a run; none where it was not sent yet, or was sent by a dmfpipe that did not write them down. */
  of(runId: string): LedgerLane[] {
    const rows = this.#database
      .prepare("SELECT first_package AS firstPackage, waits_for AS waitsFor FROM lanes WHERE run_id = ?")
      .all(runId);
    return z.array(laneRow).parse(rows);
  }
}
