import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { forecast, type Forecast } from "./forecast.ts";
import { expectedMs, type ImportTime } from "../ledger/import-times.ts";
import { sumOf, type LedgerPackage } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isFinal } from "../ledger/package-state.ts";
import type { LoadEvent } from "../run-log.ts";
import type { RunStop } from "./run-stop.ts";
import type { SendLane } from "./send-lanes.ts";

export interface TimetableOptions {
  readonly run: string;
  readonly ledger: Ledger;
  readonly environmentName: string;
  /** As they are when asked: more may come. */
  readonly lanes: readonly SendLane[];
  /** Whether that is all of them. */
  readonly isComplete: () => boolean;
  readonly sideBySide: number;
  readonly stop: RunStop;
  readonly log: (event: LoadEvent) => void;
}

/**
 * When the packages of a run begin and end, and when the rest will: from what this run's own packages took, and before
 * it knows that, from earlier loads into the environment. Tells a new forecast whenever a package is over.
 */
export class RunTimetable {
  readonly #options: TimetableOptions;
  readonly #history: readonly ImportTime[];
  readonly #own: ImportTime[];
  readonly #begun = new Map<string, number>();
  readonly #over = new Set<string>();
  readonly #late = new Map<string, LedgerPackage>();

  constructor(options: TimetableOptions) {
    const { ledger, environmentName, run, lanes } = options;
    this.#options = options;
    const times = ledger.times.latest(environmentName);
    this.#history = times.filter((time) => time.run !== run);
    this.#own = times.filter((time) => time.run === run);
    for (const pack of lanes.flatMap(({ packages }) => packages)) {
      if (isFinal(pack.state)) this.#over.add(pack.key);
      // When it was begun is not known here any more; to expect its whole time once more errs on the safe side.
      else if (pack.state !== "built" && pack.state !== "uploaded") this.begin(pack);
    }
  }

  /** Whether the package can be over before the deadline, as far as anything is known about it. */
  isInTime(pack: LedgerPackage): boolean {
    const { deadline } = this.#options.stop;
    if (deadline === undefined) return true;
    const expected = this.#expectedMs(pack);
    if (expected === undefined || this.#now() + expected <= deadline.at) return true;
    this.#late.set(pack.key, pack);
    return false;
  }

  /** What a run ends with that left packages out because they would not have been over in time. `more`: a sentence. */
  tooLate(more?: string): DmfpipeError {
    const left = this.#options.lanes
      .flatMap(({ packages }) => packages)
      .filter(({ key }) => !this.#over.has(key));
    const records = left.reduce((sum, pack) => sum + sumOf(pack, "records"), 0);
    const given = this.#options.stop.deadline?.given ?? "";
    const what = `${counted(left.length, "package")} with ${counted(records, "record")}`;
    const was = left.length === 1 ? "was" : "were";
    if (this.#late.size === 0)
      return new DmfpipeError("DMFP-BUG", `${what} ${was} left over without a reason.`);
    const why = `F&O would not have been done with ${left.length === 1 ? "it" : "them"} in time (${given})`;
    return new DmfpipeError(
      "DMFP-DEADLINE",
      `${what} ${was} not begun, because ${why}. Everything that was begun is over.${more === undefined ? "" : ` ${more}`}`,
    );
  }

  begin(pack: LedgerPackage): void {
    this.#begun.set(pack.key, this.#now());
  }

  end(pack: LedgerPackage): void {
    const begunAt = this.#begun.get(pack.key);
    this.#begun.delete(pack.key);
    this.#over.add(pack.key);
    if (begunAt !== undefined && pack.state === "done") {
      this.#own.push({ ...timed(pack), run: this.#options.run, ms: this.#now() - begunAt });
    }
    this.#tell();
  }

  #tell(): void {
    const { stop, log } = this.#options;
    const ahead = this.forecast();
    if (ahead === undefined) return;
    const { endsAt, latePackages, lateRecords } = ahead;
    const { deadline } = stop;
    log({
      kind: "forecast",
      endsAt,
      latePackages,
      lateRecords,
      ...(deadline === undefined ? {} : { deadlineAt: deadline.at }),
    });
  }

  /** Undefined once all is over, and while it is not known which packages there are, or what time any of them takes. */
  forecast(): Forecast | undefined {
    const { lanes, isComplete, sideBySide, stop } = this.#options;
    if (!isComplete()) return undefined;
    const unknown = new Set<string>();
    let left = 0;
    const ahead = lanes.map(({ waitsFor, packages }) => ({
      waitsFor,
      packages: packages
        .filter(({ key }) => !this.#over.has(key))
        .map((pack) => {
          const expected = this.#expectedMs(pack);
          if (expected === undefined) unknown.add(pack.key);
          left++;
          const begunAt = this.#begun.get(pack.key);
          return {
            expectedMs: expected ?? 0,
            records: sumOf(pack, "records"),
            ...(begunAt === undefined ? {} : { begunAt }),
          };
        }),
    }));
    if (unknown.size > 0 || left === 0) return undefined;
    return forecast({ lanes: ahead, sideBySide, now: this.#now(), deadlineAt: stop.deadline?.at });
  }

  #expectedMs(pack: LedgerPackage): number | undefined {
    return expectedMs(timed(pack), this.#own) ?? expectedMs(timed(pack), this.#history);
  }

  #now(): number {
    return this.#options.stop.clock.now();
  }
}

function counted(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}

function timed({ parts, pass }: LedgerPackage): Pick<ImportTime, "entities" | "pass" | "records"> {
  return {
    entities: parts.map(({ entity }) => entity),
    ...(pass === undefined ? {} : { pass }),
    records: parts.reduce((sum, { records }) => sum + records, 0),
  };
}
