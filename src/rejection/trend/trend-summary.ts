import type { RejectionHistory } from "./standing.ts";

/**
 * How the rejected records of a run stand to the runs before. Two equations hold:
 *
 *     before = changed + known + fixed + gone + fixedOrGone + notSeen
 *     open = new + changed + known + backAgain + notSeen
 */
export interface TrendCounts {
  /** Records that were open when the run before was over. */
  readonly before: number;
  readonly new: number;
  /** Open before, and rejected now, but not for the same reasons. */
  readonly changed: number;
  readonly known: number;
  readonly backAgain: number;
  /** Seen in this run, and not rejected. */
  readonly fixed: number;
  /** No longer in the extract, or left out by the mapping. */
  readonly gone: number;
  /** Not rejected, in an entity that was read whole, and too large to look which of the two it is. */
  readonly fixedOrGone: number;
  /** This run says nothing of them. */
  readonly notSeen: number;
  /** Records that are open now. */
  readonly open: number;
}

/** The same of one entity in one legal entity. */
export interface EntityTrend extends TrendCounts {
  readonly entity: string;
  /** "": records that never got as far as one. */
  readonly legalEntity: string;
}

/** `rejections.trend` of summary.json: what changed since the last run of the same kind. */
export interface TrendSummary {
  /** The run that it is compared with. Absent: there is none, and everything is new. */
  readonly since?: { readonly run: string; readonly finishedAt: string };
  readonly records: TrendCounts;
  /** Reasons that were open and are not any more, and such as were not: of records, which may have several. */
  readonly reasons: {
    readonly new: number;
    readonly known: number;
    readonly backAgain: number;
    readonly settled: number;
  };
  /** Those that have or had rejections. */
  readonly entities: readonly EntityTrend[];
  /** Whose the records are that this run rejected, most first. */
  readonly owners: readonly OwnerTrend[];
}

/** What one owner has to look after. */
export interface OwnerTrend {
  /** As project.yaml names it, or `Unassigned`. */
  readonly owner: string;
  /** Records that this run rejected. */
  readonly records: number;
  /** Those of them that are new, back again, or rejected for another reason than before. */
  readonly toLookAt: number;
  /** When a run first rejected the one that has waited longest: a day, ISO 8601, UTC. Absent where all are new. */
  readonly oldest?: string;
}

/** Counts the rejected records of owners. */
export class OwnerTally {
  readonly #owners = new Map<string, { records: number; toLookAt: number; oldest: string | undefined }>();

  add(owner: string, { standing, since }: RejectionHistory): void {
    let found = this.#owners.get(owner);
    if (found === undefined) {
      this.#owners.set(owner, (found = { records: 0, toLookAt: 0, oldest: undefined }));
    }
    found.records++;
    if (standing !== "known") found.toLookAt++;
    if (since !== undefined && (found.oldest === undefined || since < found.oldest)) found.oldest = since;
  }

  all(): readonly OwnerTrend[] {
    return [...this.#owners]
      .map(([owner, { oldest, ...counts }]) => ({
        owner,
        ...counts,
        ...(oldest === undefined ? {} : { oldest }),
      }))
      .sort((a, b) => b.records - a.records || (a.owner < b.owner ? -1 : 1));
  }
}

/** What is counted of a record; the others follow from these. */
export type TrendEvent =
  "new" | "changed" | "known" | "backAgain" | "fixed" | "gone" | "fixedOrGone" | "notSeen";

const wereOpen: readonly TrendEvent[] = ["changed", "known", "fixed", "gone", "fixedOrGone", "notSeen"];
const areOpen: readonly TrendEvent[] = ["new", "changed", "known", "backAgain", "notSeen"];

/** Counts what became of records, by entity and legal entity. */
export class TrendTally {
  readonly #places = new Map<
    string,
    { entity: string; legalEntity: string; counts: Record<TrendEvent, number> }
  >();

  add(
    place: { readonly entity: string; readonly legalEntity: string },
    event: TrendEvent,
    records = 1,
  ): void {
    const { entity, legalEntity } = place;
    const id = `${entity}\n${legalEntity}`;
    let found = this.#places.get(id);
    if (found === undefined) this.#places.set(id, (found = { entity, legalEntity, counts: nothing() }));
    found.counts[event] += records;
  }

  /** By entity and legal entity, in alphabetical order. */
  entities(): readonly EntityTrend[] {
    return [...this.#places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { entity, legalEntity, counts }]) => ({ entity, legalEntity, ...trendCounts(counts) }));
  }

  all(): TrendCounts {
    const sum = nothing();
    for (const { counts } of this.#places.values()) {
      for (const event of Object.keys(sum) as TrendEvent[]) sum[event] += counts[event];
    }
    return trendCounts(sum);
  }
}

function nothing(): Record<TrendEvent, number> {
  return { new: 0, changed: 0, known: 0, backAgain: 0, fixed: 0, gone: 0, fixedOrGone: 0, notSeen: 0 };
}

function trendCounts(counts: Readonly<Record<TrendEvent, number>>): TrendCounts {
  const sum = (events: readonly TrendEvent[]): number =>
    events.reduce((all, event) => all + counts[event], 0);
  return { before: sum(wereOpen), ...counts, open: sum(areOpen) };
}
