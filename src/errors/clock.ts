/**
 * The one place that reads the wall clock. Everything else is handed a `Clock`, so that a test can say
 * what time it is and a pure room cannot depend on it.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
