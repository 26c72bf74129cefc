import { pause } from "../environment/http-policy.ts";
import { monotonicMs } from "../errors/clock.ts";

export interface PollOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks again and again, with pauses that double, until `ask` has an answer. Returns undefined when the deadline
 * comes first; the last question is asked at the deadline. A clock that is set does not move the deadline. Throws DMFP-INTERRUPTED and whatever `ask` throws.
 */
export async function poll<T>(
  ask: () => Promise<T | undefined>,
  options: PollOptions,
): Promise<T | undefined> {
  const end = monotonicMs() + options.deadlineMs;
  for (let waitMs = options.firstMs; ; waitMs = Math.min(waitMs * 2, options.longestMs)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const leftMs = end - monotonicMs();
    if (leftMs <= 0) return undefined;
    await pause(Math.min(waitMs, leftMs), options.signal);
  }
}
