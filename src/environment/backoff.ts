/** How often and how patiently a request is repeated. */
export interface RetrySettings {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** The first pause; each further one is twice as long, with up to half of it taken off at random. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /**
   * A server that asks to wait (HTTP 429, or a Retry-After) is well and will answer: such a call goes on beyond its
   * attempts for this long, counted from its first one. Default 0: not beyond them.
   */
  readonly patienceMs?: number;
}

/**
 * How long to pause after an attempt, in milliseconds. A pause that was asked for is honoured whole, however long, and
 * a little more; otherwise the pauses double. Once the attempts are used up and only patience goes on, no pause is
 * shorter than the longest.
 *
 * @param attempt the attempt that failed, from 1
 * @param askedMs what Retry-After asked for, where it did
 */
export function backoffMs(attempt: number, settings: RetrySettings, askedMs?: number): number {
  const { attempts, firstPauseMs, longestPauseMs } = settings;
  const full = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 30));
  // Jitter: clients that were refused together must not come back together.
  const ms = askedMs === undefined ? full * (1 - Math.random() / 2) : askedMs * (1 + Math.random() / 10);
  return attempt < attempts ? ms : Math.max(ms, longestPauseMs);
}
