import { appendFileSync } from "node:fs";

/** What was measured of one goal. */
export interface GoalResult {
  /** Number of the goal in docs/performance.md, and what it is about: "6 check / build". */
  readonly goal: string;
  /** What it was held against, in the same run. */
  readonly reference: string;
  /** Not there where the reference is not on this machine; the note says so. */
  readonly measured?: number;
  readonly limit: number;
  /** Whether the limit is the most there may be, or the least there has to be. */
  readonly limitIs: "most" | "least";
  /** "×" for a ratio, else what the number counts. */
  readonly unit: string;
  /** Slowest by fastest of the rounds: how far to trust it. */
  readonly spread?: number;
  readonly note?: string;
}

/** Where `bench/run.ts` wants results, one JSON object a line; a bench that runs alone only prints its table. */
export const resultsVariable = "DMFPIPE_BENCH_RESULTS";

/** Whether a goal was reached; nobody knows where nothing was measured. */
export function isReached({ measured, limit, limitIs }: GoalResult): boolean | undefined {
  if (measured === undefined) return undefined;
  return limitIs === "most" ? measured <= limit : measured >= limit;
}

/** Hands a result to `bench/run.ts`. Returns false only where the goal was missed. */
export function recordGoal(result: GoalResult): boolean {
  const file = process.env[resultsVariable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
  return isReached(result) !== false;
}

/** The middle one, or the mean of the two in the middle; NaN of nothing. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Slowest by fastest. */
export function spreadOf(seconds: readonly number[]): number {
  return Math.max(...seconds) / Math.min(...seconds);
}
