import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { ImportTime } from "./import-times.ts";

/** How many packages of the same entities are asked how long they took: the latest ones tell most about the next. */
export const latestTimes = 100;

const timeRow = z
  .object({
    run: z.string(),
    entities: z.string(),
    pass: z.number(),
    records: z.number(),
    sentAt: z.string(),
    endedAt: z.string(),
  })
  .transform(({ run, entities, pass, records, sentAt, endedAt }) => ({
    run,
    entities: z.array(z.string()).parse(JSON.parse(entities)),
    ...(pass === 2 ? { pass: 2 as const } : {}),
    records,
    ms: Date.parse(endedAt) - Date.parse(sentAt),
  }));

/**
 * How long packages took in F&O. It is kept in a table of its own when a package is over, so that a forecast asks for
 * the latest few and does not read the history of years.
 */
export class LedgerTimes {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Keeps the time of a package that is done; part of the caller's transaction. Only of one that was sent once and never
   * in doubt, as nothing but F&O's work is in its time then, and not of one that went no further than staging.
   */
  note(runId: string, key: string): void {
    this.#database
      .prepare(
        `INSERT OR REPLACE INTO import_times
         SELECT r.environment,
           (SELECT json_group_array(entity ORDER BY place) FROM package_parts
            WHERE run_id = p.run_id AND package_key = p.key),
           p.pass, p.run_id, p.key,
           (SELECT sum(records) FROM package_parts WHERE run_id = p.run_id AND package_key = p.key),
           min(t.at) FILTER (WHERE t.to_state = 'importing'),
           min(t.at) FILTER (WHERE t.to_state = 'collecting')
         FROM packages p
         JOIN runs r ON r.id = p.run_id
         JOIN transitions t ON t.run_id = p.run_id AND t.package_key = p.key
         WHERE p.run_id = ? AND p.key = ? AND json_extract(r.choices, '$.stagingOnly') IS NULL
         GROUP BY p.run_id, p.key
         HAVING count(*) FILTER (WHERE t.to_state = 'importing') = 1
           AND count(*) FILTER (WHERE t.to_state = 'in doubt') = 0
           AND count(*) FILTER (WHERE t.to_state = 'collecting') > 0`,
      )
      .run(runId, key);
  }

  /**
   * How long the latest packages of an environment's loads took, oldest first: so many of each kind of content, which
   * is the entities and the pass.
   */
  latest(environment: string, most = latestTimes): ImportTime[] {
    const rows = this.#database
      .prepare(
        // Steps from kind to kind through the index: what lies between them is not read.
        `WITH RECURSIVE kinds (id) AS (
           SELECT (SELECT rowid FROM import_times WHERE environment = ?1 ORDER BY entities, pass LIMIT 1)
           UNION ALL
           SELECT (SELECT n.rowid FROM import_times n
                   WHERE n.environment = ?1 AND (n.entities, n.pass) > (k.entities, k.pass)
                   ORDER BY n.entities, n.pass LIMIT 1)
           FROM kinds JOIN import_times k ON k.rowid = kinds.id
         )
         SELECT t.run_id AS run, t.entities, t.pass, t.records, t.sent_at AS sentAt, t.ended_at AS endedAt
         FROM kinds JOIN import_times k ON k.rowid = kinds.id
         JOIN import_times t ON t.rowid IN (
           SELECT l.rowid FROM import_times l
           WHERE l.environment = ?1 AND l.entities = k.entities AND l.pass = k.pass
           ORDER BY l.sent_at DESC LIMIT ?2)
         ORDER BY t.sent_at, t.rowid`,
      )
      .all(environment, most);
    return z.array(timeRow).parse(rows);
  }
}
