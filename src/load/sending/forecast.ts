import { LaneProgress } from "./lane-progress.ts";
import type { SendLane } from "./send-lanes.ts";

/** A package that is not over yet. */
export interface PackageAhead {
  /** How long F&O will take for it, in milliseconds. */
  readonly expectedMs: number;
  readonly records: number;
  /** When its import began, in milliseconds since 1970-01-01 UTC; absent: it has not begun. */
  readonly begunAt?: number;
}

/** The packages of one lane that are not over yet, in their order. */
export interface LaneAhead extends Pick<SendLane, "waitsFor"> {
  readonly packages: readonly PackageAhead[];
}

/** When a load will be over, if it goes on as it did until now. */
export interface Forecast {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly endsAt: number;
  /** Packages and their records that will not be over by the deadline; 0 without one. */
  readonly latePackages: number;
  readonly lateRecords: number;
}

/**
 * Plays the rest of a load through: so many packages side by side, each lane one after the other, nothing before what it
 * waits for is over. A package that takes longer than expected is expected to end at any moment.
 */
export function forecast(options: {
  readonly lanes: readonly LaneAhead[];
  /** How many packages F&O works on at a time. */
  readonly sideBySide: number;
  /** Milliseconds since 1970-01-01 UTC, as the deadline. */
  readonly now: number;
  readonly deadlineAt?: number | undefined;
}): Forecast {
  const { lanes, sideBySide, now, deadlineAt = Infinity } = options;
  const progress = new LaneProgress(lanes);
  const next = lanes.map(() => 0);
  const running: { readonly lane: number; readonly endsAt: number; readonly records: number }[] = [];
  let time = now;
  let endsAt = now;
  let latePackages = 0;
  let lateRecords = 0;
  const begin = (lane: number): void => {
    const pack = lanes[lane]?.packages[next[lane] ?? 0];
    if (pack === undefined) return;
    next[lane] = (next[lane] ?? 0) + 1;
    const end = Math.max(time, (pack.begunAt ?? time) + pack.expectedMs);
    running.push({ lane, endsAt: end, records: pack.records });
  };
  for (const [lane, { packages }] of lanes.entries()) {
    if (packages[0]?.begunAt !== undefined) begin(lane);
  }
  for (;;) {
    for (const [lane, { packages }] of lanes.entries()) {
      const left = (next[lane] ?? 0) < packages.length;
      const busy = running.some((other) => other.lane === lane);
      if (!left && !busy) progress.end(lane);
    }
    for (const [lane, { packages }] of lanes.entries()) {
      if (running.length >= sideBySide) break;
      const idle = !running.some((other) => other.lane === lane);
      if (idle && progress.isReady(lane) && (next[lane] ?? 0) < packages.length) begin(lane);
    }
    running.sort((a, b) => a.endsAt - b.endsAt);
    const first = running.shift();
    if (first === undefined) return { endsAt, latePackages, lateRecords };
    time = first.endsAt;
    endsAt = Math.max(endsAt, time);
    if (time > deadlineAt) {
      latePackages++;
      lateRecords += first.records;
    }
  }
}
