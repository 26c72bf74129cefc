import type { SnapshotSummary } from "../../rejection/summary.ts";
import type { Snapshot } from "./snapshot.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * How old snapshots are, for those of the given entities, by entity. `now` in milliseconds since 1970; one that is
 * older than `limitDays` is stale: what was set up since then is missing in it.
 */
export function snapshotSummaries(options: {
  readonly snapshots: ReadonlyMap<string, Pick<Snapshot, "entity" | "records" | "takenAt">>;
  /** DMF labels of what the mappings refer to; other snapshots are of no interest. */
  readonly referredTo: readonly string[];
  readonly now: number;
  readonly limitDays: number;
}): SnapshotSummary[] {
  const { snapshots, referredTo, now, limitDays } = options;
  return referredTo.flatMap((label) => {
    const snapshot = snapshots.get(label);
    if (snapshot === undefined) return [];
    const { entity, records, takenAt } = snapshot;
    // A clock that was set back makes no snapshot of tomorrow.
    const ageMs = Math.max(0, now - Date.parse(takenAt));
    return [{ entity, records, takenAt, age: ageInWords(ageMs), stale: ageMs > limitDays * dayMs }];
  });
}

/** What references were held against, in one line: `snapshots of 5 entities, the oldest 4 days old (Vendor groups)`. */
export function snapshotLine(snapshots: readonly SnapshotSummary[]): string | undefined {
  const [oldest] = byAge(snapshots);
  if (oldest === undefined) return undefined;
  const { entity, age, stale } = oldest;
  const advice = stale ? ". Fetch them again: dmfpipe snapshot" : "";
  return snapshots.length === 1
    ? `a snapshot of ${entity}, ${age}${advice.replace("them", "it")}`
    : `snapshots of ${snapshots.length} entities, the oldest ${age} (${entity})${advice}`;
}

/** One sentence about the snapshots that are stale, or undefined where none is. */
export function staleWarning(snapshots: readonly SnapshotSummary[], limitDays: number): string | undefined {
  const stale = byAge(snapshots.filter((snapshot) => snapshot.stale));
  const [oldest] = stale;
  if (oldest === undefined) return undefined;
  const limit = `limits.snapshotDays is ${limitDays}`;
  const advice = "what was set up in the environment since then is taken for missing. Next: dmfpipe snapshot";
  return stale.length === 1
    ? `the snapshot of ${oldest.entity} is ${oldest.age} (${limit}); ${advice}`
    : `${stale.length} snapshots are too old (${limit}), that of ${oldest.entity} is ${oldest.age}; ${advice}`;
}

function byAge(snapshots: readonly SnapshotSummary[]): readonly SnapshotSummary[] {
  return snapshots.toSorted((a, b) => Date.parse(a.takenAt) - Date.parse(b.takenAt));
}

/** An age as people say it: `40 minutes old`, `5 hours old`, `4 days old`. */
export function ageInWords(ageMs: number): string {
  if (ageMs < minuteMs) return "just taken";
  if (ageMs < 2 * hourMs) return old(Math.floor(ageMs / minuteMs), "minute");
  return ageMs < 2 * dayMs ? old(Math.floor(ageMs / hourMs), "hour") : old(Math.floor(ageMs / dayMs), "day");
}

function old(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"} old`;
}
