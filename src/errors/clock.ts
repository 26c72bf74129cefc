/**
 * The one place that reads the wall clock. Everything else is handed a `Clock`, so that a test can say
 * what time it is and a pure room cannot depend on it.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/**
 * Milliseconds since some moment of this process, for durations: it goes on evenly where the wall clock may be set
 * an hour back or forth. It does not count the time in which the machine sleeps.
 */
export function monotonicMs(): number {
  return performance.now();
}
