import type { DatabaseSync, StatementSync } from "node:sqlite";
import { z } from "zod";
import type { TrendSummary } from "../../rejection/trend/trend-summary.ts";
import { fingerprintBytes, recordBytes } from "../../rejection/trend/fingerprint.ts";
import { inTransaction } from "../ledger/transaction.ts";
import type { TrendSeries } from "./trend-series.ts";

/*
 * Every reason for which a record was ever rejected, a row each: when first, when last, whether it is over. A reason is
 * open from the run that first finds it until one that can tell that it is over (`closed_run`), and open again when it
 * comes back. Runs of one series are numbered as they end; what a run says of a reason counts unless a later one has
 * spoken, so that a run may be noted as often as one likes, and by several processes at once.
 */

/** What is known of one reason of one record. */
export interface KnownReason {
  readonly fingerprint: Uint8Array;
  /** Number of the run that found it first. */
  readonly firstRun: number;
  readonly closed: boolean;
}

/** A reason that was open when the last run was over. */
export interface OpenReason {
  readonly fingerprint: Uint8Array;
  readonly kind: ReasonKind;
}

/** What reasons of many records have in common. */
export interface ReasonKind {
  readonly entity: string;
  /** "": the record never got as far as one. */
  readonly legalEntity: string;
  readonly stage: string;
  readonly code: string;
  /** "" where it is about no field. */
  readonly field: string;
  readonly owner: string;
}

/** How a reason ended: seen again without it, no longer in the extract, or one of the two. */
export const reasonEnds = ["fixed", "gone", "fixedOrGone"] as const;

export type ReasonEnd = (typeof reasonEnds)[number];

/** A run that is part of a series. */
export interface TrendRun {
  readonly number: number;
  readonly run: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly status: string;
  readonly exitCode: number;
  /** The load whose rejected records it loaded again. */
  readonly resubmissionOf?: string;
  readonly trend: TrendSummary;
}

/** Open reasons of one kind that one run found first. */
export interface OpenCount extends ReasonKind {
  readonly firstRun: number;
  readonly reasons: number;
  /** Records of which it is the first of their open reasons: over all kinds these add up to the open records. */
  readonly records: number;
}

/** What a run says of its series when it ends. */
export interface TrendEntry {
  readonly series: TrendSeries;
  readonly summary: TrendSummary;
}

const runRow = z.object({
  number: z.number(),
  run_id: z.string(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
  status: z.string(),
  exit_code: z.number().nullable(),
  choices: z.string(),
  summary: z.string(),
});

const kindColumns = "k.entity, k.legal_entity, k.stage, k.code, k.field, k.owner";

/** The part of the ledger that remembers reasons of rejections over runs. */
export class LedgerTrend {
  readonly #database: DatabaseSync;
  /** Numbers of kinds: who has many reasons of one kind hands over the same object. */
  #kinds = new WeakMap<ReasonKind, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Makes a run the next of its series; inside the transaction in which it ends, because until then it may be finished anew. */
  enter(run: string, { series, summary }: TrendEntry): void {
    const { project, environment, kind } = series;
    this.#database
      .prepare("INSERT OR IGNORE INTO trend_series (project, environment, kind) VALUES (?, ?, ?)")
      .run(project, environment, kind);
    this.#database
      .prepare("INSERT OR IGNORE INTO trend_runs (series, run_id, summary) VALUES (?, ?, ?)")
      .run(this.seriesId(series) ?? 0, run, JSON.stringify(summary));
  }

  /** The number of a series; undefined where it has no run yet. */
  seriesId({ project, environment, kind }: TrendSeries): number | undefined {
    const row = this.#database
      .prepare("SELECT id FROM trend_series WHERE project = ? AND environment = ? AND kind = ?")
      .get(project, environment, kind);
    return row === undefined ? undefined : Number(row["id"]);
  }

  /** The runs of a series, the first one first. */
  runs(series: TrendSeries): readonly TrendRun[] {
    const rows = this.#database
      .prepare(
        `SELECT t.number, t.run_id, r.started_at, r.finished_at, r.status, r.exit_code, r.choices, t.summary
         FROM trend_runs t JOIN runs r ON r.id = t.run_id WHERE t.series = ? ORDER BY t.number`,
      )
      .all(this.seriesId(series) ?? 0);
    return rows.map((row) => {
      const read = runRow.parse(row);
      const { resubmissionOf } = JSON.parse(read.choices) as { resubmissionOf?: string };
      return {
        number: read.number,
        run: read.run_id,
        startedAt: read.started_at,
        finishedAt: read.finished_at ?? read.started_at,
        status: read.status,
        exitCode: read.exit_code ?? 0,
        ...(resubmissionOf === undefined ? {} : { resubmissionOf }),
        trend: JSON.parse(read.summary) as TrendSummary,
      };
    });
  }

  /**
   * What is known of the reasons of a record: asked for each rejected record. Where not much is known, all of it is read
   * at once, which takes a quarter of the time (bench/check-against-build.ts).
   */
  reasonsOf(
    series: number,
    { mostAtOnce = 10_000 }: { readonly mostAtOnce?: number } = {},
  ): (record: Uint8Array) => readonly KnownReason[] {
    const columns = "SELECT fingerprint, first_run, closed_run FROM trend_reasons WHERE series = ?";
    const first = this.#database.prepare(`${columns} LIMIT ?`).all(series, mostAtOnce + 1);
    if (first.length <= mostAtOnce) {
      const known = Map.groupBy(first.map(knownReason), ({ fingerprint }) => recordText(fingerprint));
      return (record) => known.get(recordText(record)) ?? [];
    }
    const statement = this.#database.prepare(`${columns} AND fingerprint >= ? AND fingerprint <= ?`);
    const last = Buffer.alloc(fingerprintBytes, 0xff);
    return (record) => {
      last.set(record);
      return statement.all(series, record, last).map(knownReason);
    };
  }

  /** All open reasons of a series, record by record; those of one kind share it. */
  *open(series: number): Generator<OpenReason> {
    const kinds = kindReader(this.#database.prepare("SELECT * FROM trend_kinds WHERE id = ?"));
    const statement = this.#database.prepare(
      `SELECT fingerprint, kind FROM trend_reasons WHERE series = ? AND closed_run IS NULL
       ORDER BY fingerprint`,
    );
    for (const row of statement.iterate(series)) {
      yield { fingerprint: row["fingerprint"] as Uint8Array, kind: kinds(Number(row["kind"])) };
    }
  }

  /** The open reasons of a series, counted by kind and by the run that found them first. */
  openCounts(series: number): readonly OpenCount[] {
    // The first reason of a record stands for it: the one with the least fingerprint of those that begin with its hash.
    const rows = this.#database
      .prepare(
        `SELECT ${kindColumns}, o.first_run, count(*) AS reasons, sum(o.leads) AS records FROM (
           SELECT kind, first_run,
             lag(substr(fingerprint, 1, 8)) OVER (ORDER BY fingerprint) IS NOT substr(fingerprint, 1, 8) AS leads
           FROM trend_reasons WHERE series = ? AND closed_run IS NULL
         ) o JOIN trend_kinds k ON k.id = o.kind
         GROUP BY o.kind, o.first_run ORDER BY k.entity, k.legal_entity, k.code, k.field, k.owner, o.first_run`,
      )
      .all(series);
    return rows.map((row) => ({
      ...kindOf(row),
      firstRun: Number(row["first_run"]),
      reasons: Number(row["reasons"]),
      records: Number(row["records"]),
    }));
  }

  /** Runs that are over and of which not everything was noted yet, in their order. */
  pending(): readonly { readonly number: number; readonly run: string; readonly series: number }[] {
    return this.#database
      .prepare("SELECT number, run_id, series FROM trend_runs WHERE noted = 0 ORDER BY number")
      .all()
      .map((row) => ({
        number: Number(row["number"]),
        run: String(row["run_id"]),
        series: Number(row["series"]),
      }));
  }

  markNoted(number: number): void {
    this.#database.prepare("UPDATE trend_runs SET noted = 1 WHERE number = ?").run(number);
  }

  /** Notes some of what a run found, all or none; see the table's rules above. */
  note(
    run: { readonly number: number; readonly series: number },
    reasons: Iterable<{ readonly fingerprint: Uint8Array; readonly kind: ReasonKind }>,
  ): void {
    this.#inTransaction(() => {
      const statement = this.#database.prepare(
        `INSERT INTO trend_reasons (series, fingerprint, kind, first_run, last_run, runs) VALUES (?, ?, ?, ?, ?, 1)
         ON CONFLICT (series, fingerprint) DO UPDATE SET kind = excluded.kind, last_run = excluded.last_run,
           runs = runs + 1, closed_run = NULL, closed_as = NULL
         WHERE last_run < excluded.last_run AND coalesce(closed_run, 0) < excluded.last_run`,
      );
      for (const { fingerprint, kind } of reasons) {
        statement.run(run.series, fingerprint, this.#kindId(kind), run.number, run.number);
      }
    });
  }

  /** Notes that some reasons are over, all or none. */
  close(
    run: { readonly number: number; readonly series: number },
    reasons: Iterable<{ readonly fingerprint: Uint8Array; readonly as: ReasonEnd }>,
  ): void {
    this.#inTransaction(() => {
      const statement = this.#database.prepare(
        `UPDATE trend_reasons SET closed_run = ?, closed_as = ?
         WHERE series = ? AND fingerprint = ? AND closed_run IS NULL AND last_run < ?`,
      );
      for (const { fingerprint, as } of reasons) {
        statement.run(run.number, as, run.series, fingerprint, run.number);
      }
    });
  }

  #kindId(kind: ReasonKind): number {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const { entity, legalEntity, stage, code, field, owner } = kind;
    const values = [entity, legalEntity, stage, code, field, owner];
    const insert = this.#database.prepare(
      "INSERT OR IGNORE INTO trend_kinds (entity, legal_entity, stage, code, field, owner) VALUES (?, ?, ?, ?, ?, ?)",
    );
    insert.run(...values);
    const row = this.#database
      .prepare(
        `SELECT id FROM trend_kinds WHERE entity = ? AND legal_entity = ? AND stage = ? AND code = ? AND field = ?
         AND owner = ?`,
      )
      .get(...values);
    const id = Number(row?.["id"]);
    this.#kinds.set(kind, id);
    return id;
  }

  #inTransaction(work: () => void): void {
    try {
      inTransaction(this.#database, work);
    } catch (thrown) {
      // The ids of kinds that were not written after all.
      this.#kinds = new WeakMap();
      throw thrown;
    }
  }
}

function knownReason(row: Readonly<Record<string, unknown>>): KnownReason {
  return {
    fingerprint: row["fingerprint"] as Uint8Array,
    firstRun: Number(row["first_run"]),
    closed: row["closed_run"] !== null,
  };
}

/** The hash of a record, which may be the beginning of a longer fingerprint, as a text. */
function recordText({ buffer, byteOffset }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, recordBytes).toString("latin1");
}

/** Reads kinds by their numbers, each of them once: reasons by the thousand have the same. */
export function kindReader(kindNumbered: StatementSync): (id: number) => ReasonKind {
  const known = new Map<number, ReasonKind>();
  return (id) => {
    let kind = known.get(id);
    if (kind === undefined) known.set(id, (kind = kindOf(kindNumbered.get(id) ?? {})));
    return kind;
  };
}

function kindOf(row: Readonly<Record<string, unknown>>): ReasonKind {
  return {
    entity: String(row["entity"]),
    legalEntity: String(row["legal_entity"]),
    stage: String(row["stage"]),
    code: String(row["code"]),
    field: String(row["field"]),
    owner: String(row["owner"]),
  };
}
