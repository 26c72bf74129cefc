import { pause } from "../../environment/http-policy.ts";
import { monotonicMs } from "../../errors/clock.ts";

export interface PollOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The next pause is this share of the time that was waited: so much of it, at most, is lost when the answer comes. */
const share = 0.1;

/** How long the question that is asked at the deadline may take. */
const lastQuestionMs = 60_000;

/**
 * Asks again and again until `ask` has an answer, with pauses that grow with the time waited, from the first to the
 * longest. Returns undefined when the deadline comes first; the last question is asked at the deadline. A clock that is
 * set does not move the deadline. `ask` is told the moment of `monotonicMs` at which its own patience has to end.
 * Throws DMFP-INTERRUPTED and whatever `ask` throws.
 */
export async function poll<T>(
  ask: (endsAtMs: number) => Promise<T | undefined>,
  options: PollOptions,
): Promise<T | undefined> {
  const { firstMs, longestMs, deadlineMs, signal } = options;
  const begin = monotonicMs();
  for (;;) {
    const answer = await ask(begin + deadlineMs + lastQuestionMs);
    if (answer !== undefined) return answer;
    const waitedMs = monotonicMs() - begin;
    const leftMs = deadlineMs - waitedMs;
    if (leftMs <= 0) return undefined;
    await pause(Math.min(Math.max(firstMs, waitedMs * share), longestMs, leftMs), signal);
  }
}
