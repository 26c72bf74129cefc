import { existsSync } from "node:fs";
import { ownerOf, type Stewardship } from "../../project/stewards.ts";
import type { Rejection } from "../../rejection/rejection.ts";
import { reasonsOf } from "../../rejection/report/reason-groups.ts";
import { stageOrder } from "../../rejection/report/row-data.ts";
import { reasonFingerprint, recordHash } from "../../rejection/trend/fingerprint.ts";
import type { RejectionHistory } from "../../rejection/trend/standing.ts";
import {
  OwnerTally,
  TrendTally,
  type TrendEvent,
  type TrendSummary,
} from "../../rejection/trend/trend-summary.ts";
import type { RunFolder } from "../run-folder.ts";
import type {
  KnownReason,
  LedgerTrend,
  OpenReason,
  ReasonEnd,
  ReasonKind,
  TrendRun,
} from "./ledger-trend.ts";
import type { SecondLook } from "./look-again.ts";
import { besideEachOther, type RecordPair } from "./record-walk.ts";
import {
  coverageOfResubmission,
  coverageOfWhole,
  noteTried,
  type CoveredRun,
  type TrendCoverage,
} from "./trend-coverage.ts";
import { TrendFile, type FoundReason } from "./trend-file.ts";
import { trendSeriesOf, type TrendSeries } from "./trend-series.ts";

/** Longest name of a field that is kept: F&O may put anything there. */
const greatestFieldChars = 80;
/** An entity of more is not read once more to tell fixed records from those that left the extract. */
const mostRecordsToLookAgain = 200_000;

export interface RunTrendOptions extends CoveredRun {
  readonly trend: LedgerTrend;
  readonly folder: RunFolder;
  readonly stewardship: Stewardship;
  /** Names of the source columns that the key of an entity is made of; empty where that is not known. */
  readonly keyColumnsOf: (entity: string) => readonly string[];
  /** Absent: the sources are not at hand. */
  readonly lookAgain?: SecondLook;
}

/**
 * Compares the rejections of a run with those of the runs before. What it finds lies in a file of the run until the run
 * has ended; see settle-trend.ts. Until then nothing is changed in the ledger, so that it may be done again.
 */
export class RunTrend {
  readonly series: TrendSeries;
  readonly #options: RunTrendOptions;
  readonly #file: TrendFile;
  readonly #coverage: TrendCoverage;
  readonly #before: ReadonlyMap<number, TrendRun>;
  readonly #last: TrendRun | undefined;
  readonly #seriesId: number | undefined;
  readonly #known: (record: Uint8Array) => readonly KnownReason[];
  readonly #tally = new TrendTally();
  readonly #owners = new OwnerTally();
  readonly #reasons = { new: 0, known: 0, backAgain: 0, settled: 0 };

  private constructor(options: RunTrendOptions, series: TrendSeries) {
    const { trend, folder, run, keyColumnsOf } = options;
    this.#options = options;
    this.series = series;
    const runs = trend.runs(series).filter((earlier) => earlier.run !== run.id);
    this.#before = new Map(runs.map((earlier) => [earlier.number, earlier]));
    this.#last = runs.at(-1);
    this.#seriesId = trend.seriesId(series);
    this.#known = this.#seriesId === undefined ? () => [] : trend.reasonsOf(this.#seriesId);
    this.#file = TrendFile.create(folder.trendFile);
    const { resubmissionOf } = run.choices;
    if (resubmissionOf === undefined) this.#coverage = coverageOfWhole(options);
    else {
      if (existsSync(folder.resubmissionFile)) noteTried(folder.resubmissionFile, this.#file, keyColumnsOf);
      this.#coverage = coverageOfResubmission(options, this.#file);
    }
  }

  /** Undefined for a run that is part of no series. Throws DMFP-FILE-WRITE, and DMFP-RUN-FILE for a broken resubmission. */
  static begin(options: RunTrendOptions): RunTrend | undefined {
    const series = trendSeriesOf(options.run);
    return series === undefined ? undefined : new RunTrend(options, series);
  }

  /**
   * The rejection with what earlier runs know of it; nothing is added where there is no earlier run, nor to a record of
   * which only things are said that the project declares to be harmless: these are nothing that is open.
   */
  note(rejection: Rejection): Rejection {
    const { entity, legalEntity = "", stage } = rejection;
    const reasons = reasonsOf(rejection).filter(({ code }) => code !== "DMFP-FNO-NOISE");
    if (reasons.length === 0) return rejection;
    const { stewardship, keyColumnsOf } = this.#options;
    const record = this.#file.recordNumbered(recordHash(rejection, keyColumnsOf(entity)));
    const owner = ownerOf({ ...rejection, reasons: reasonsOf(rejection) }, stewardship);
    const fingerprints = new Map<string, Uint8Array>();
    for (const reason of reasons) {
      const fingerprint = reasonFingerprint(record, reason);
      fingerprints.set(fingerprint.toString("hex"), fingerprint);
      const field = (reason.field ?? "").slice(0, greatestFieldChars);
      this.#file.found({
        fingerprint,
        kind: { entity, legalEntity, stage, code: reason.code, field, owner },
      });
    }
    const { event, history } = this.#standing(this.#known(record), fingerprints);
    this.#tally.add({ entity, legalEntity }, event);
    this.#owners.add(owner, history);
    return this.#last === undefined ? rejection : { ...rejection, history };
  }

  #standing(
    known: readonly KnownReason[],
    found: ReadonlyMap<string, Uint8Array>,
  ): { readonly event: TrendEvent; readonly history: RejectionHistory } {
    const again = known.filter(({ fingerprint }) => found.has(Buffer.from(fingerprint).toString("hex")));
    const back = again.filter(({ closed }) => closed).length;
    const counts = this.#reasons;
    counts.known += again.length - back;
    counts.backAgain += back;
    counts.new += found.size - again.length;
    const firstRun = Math.min(...again.map((reason) => reason.firstRun));
    const since = this.#before.get(firstRun)?.startedAt.slice(0, 10);
    const seen = since === undefined ? {} : { since };
    if (known.some(({ closed }) => !closed)) {
      return back + (found.size - again.length) === 0
        ? { event: "known", history: { standing: "known", ...seen } }
        : { event: "changed", history: { standing: "changed", ...seen } };
    }
    return back > 0
      ? { event: "backAgain", history: { standing: "back again", ...seen } }
      : { event: "new", history: { standing: "new" } };
  }

  /** Finds out what became of everything else that was open, and makes the file last. To be called once, at the end. */
  async close(): Promise<TrendSummary> {
    for (const record of this.#openRecords()) this.#settle(record);
    for (const entity of this.#file.absentEntities()) await this.#settleAbsent(entity);
    this.#file.close();
    const last = this.#last;
    return {
      ...(last === undefined ? {} : { since: { run: last.run, finishedAt: last.finishedAt } }),
      records: this.#tally.all(),
      reasons: { ...this.#reasons },
      entities: this.#tally.entities(),
      owners: this.#owners.all(),
    };
  }

  /** Gives it up; nothing remains. */
  discard(): void {
    this.#file.discard();
  }

  #settle({ record, reasons, others: found }: RecordPair<OpenReason, FoundReason>): void {
    const [first] = found;
    if (first !== undefined) {
      // Counted when its rejection came. A reason of a later stage may be waiting behind what is wrong now.
      const isOver = ({ fingerprint, kind }: OpenReason): boolean =>
        rank(kind) <= rank(first.kind) &&
        !found.some((other) => Buffer.compare(other.fingerprint, fingerprint) === 0);
      for (const { fingerprint } of reasons.filter(isOver)) this.#over(fingerprint, "fixed");
      return;
    }
    const ends = reasons.map((reason) => ({ reason, end: this.#coverage(reason.kind, record) }));
    for (const { reason, end } of ends) if (end !== undefined) this.#over(reason.fingerprint, end);
    const told = ends.map(({ end }) => end);
    const { kind } = reasons[0];
    if (told.includes(undefined)) this.#tally.add(kind, "notSeen");
    else if (told.includes("fixedOrGone")) this.#file.absent(record, kind);
    else this.#tally.add(kind, told.includes("gone") ? "gone" : "fixed");
  }

  async #settleAbsent(entity: string): Promise<void> {
    const { entities, lookAgain } = this.#options;
    const read = entities.filter((row) => row.entity === entity).reduce((sum, row) => sum + row.read, 0);
    const looked =
      lookAgain !== undefined &&
      read <= mostRecordsToLookAgain &&
      (await lookAgain(entity, (record) => {
        this.#file.seen(record);
      }));
    for (const { legalEntity, end, records } of this.#file.settleAbsent(entity, { looked })) {
      this.#tally.add({ entity, legalEntity }, end, records);
    }
  }

  #over(fingerprint: Uint8Array, how: ReasonEnd): void {
    this.#reasons.settled++;
    this.#file.over(fingerprint, how);
  }

  /** What was open when the last run was over, a record at a time, with what this run found of it. */
  #openRecords(): Iterable<RecordPair<OpenReason, FoundReason>> {
    if (this.#seriesId === undefined) return [];
    return besideEachOther(this.#options.trend.open(this.#seriesId), this.#file.allFound());
  }
}

/** How far a record got. */
function rank({ stage }: ReasonKind): number {
  return stageOrder.findIndex((known) => known === stage);
}
