import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { monotonicMs, type Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { interrupted } from "../errors/interruption.ts";
import { backoffMs, type RetrySettings } from "./backoff.ts";
import { requestIdsOf, requestIdText, type CallListener } from "./call-record.ts";
import {
  cannotHaveArrived,
  connectionFailure,
  lastingCause,
  type ConnectionFailure,
} from "./connection-failure.ts";
import { requestAgent } from "./request-agent.ts";
import { retryAfterMs } from "./retry-after.ts";
import { certificateRefusal } from "./tls-refusal.ts";

export type { RetrySettings };

export const defaultRetry: RetrySettings = {
  attempts: 6,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  patienceMs: 2 * 60 * 60_000,
};

export interface HttpCall {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What is being done, for messages: "asking for an upload address". */
  readonly purpose: string;
  /**
   * `repeatable`: may be sent any number of times. `once`: a second one could have a second effect, so it is
   * repeated only where the first cannot have reached the server's logic; anything else is *in doubt*.
   */
  readonly effect: "repeatable" | "once";
  /** How long the server may say nothing: until its answer begins, and between two parts of it. */
  readonly timeoutMs: number;
  /** Moment of `monotonicMs` at which the caller's step ends: no request, and no pause, goes on beyond it. */
  readonly endsAtMs?: number;
  /** A larger answer is refused: it is no answer of the package API. */
  readonly maxBytes: number;
  /** Takes the body of an answer 200 as it comes, instead of its becoming a text; from its start again after a failure. */
  readonly receive?: (body: AsyncIterable<Buffer>) => Promise<void>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface HttpPolicyOptions {
  /** Name of the environment, for messages. */
  readonly environment: string;
  /** Needed only to understand a Retry-After that is a date. */
  readonly clock: Clock;
  readonly retry?: RetrySettings;
  /** Aborting it ends waits and requests with DMFP-INTERRUPTED. */
  readonly signal?: AbortSignal;
  /** Told about every repeated request, for the log. */
  readonly onRetry?: (what: string) => void;
  /** Told about every request that was made, for the log and telemetry. */
  readonly onCall?: CallListener;
}

/** A timer of Node that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The one HTTP policy of an environment. What is repeated:
 *
 * - a connection that could not be made, 408, 429, 500, 502, 503, 504: for repeatable calls;
 * - for `once` calls only what cannot have had an effect: no connection, and 429 (refused at the door);
 * - a pause asked for by `Retry-After` is honoured as long as it is, and holds for all calls of the environment: they
 *   share its capacity. While the environment asks to wait, a call goes on beyond its attempts, until patience or the
 *   deadline of its step ends; where the pause would not end before that, it is not begun.
 *
 * Redirects are never followed: F&O redirects to a sign-in page, and the token must not go elsewhere.
 * Every other status is an answer and returned: what it means is the caller's knowledge.
 */
export class HttpPolicy {
  readonly #options: HttpPolicyOptions;
  readonly #retry: RetrySettings;
  #connections: ReturnType<typeof openConnections> | undefined;
  #pausedUntil = 0;

  constructor(options: HttpPolicyOptions) {
    this.#options = options;
    this.#retry = options.retry ?? defaultRetry;
  }

  /**
   * Sends the call until it gets an answer or the attempts are used up.
   *
   * Throws DMFP-HOST-UNREACHABLE, DMFP-TLS-REFUSED, DMFP-HTTP-TEMPORARY, DMFP-HTTP-ANSWER (too large), DMFP-INTERRUPTED, and
   * DMFP-IN-DOUBT where a `once` call may or may not have had its effect.
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const begunMs = monotonicMs();
    for (let attempt = 1; ; attempt++) {
      await this.#waitForPause(call);
      const startedMs = monotonicMs();
      const outcome = await this.#attempt(call);
      this.#tell(call, outcome, monotonicMs() - startedMs);
      if ("status" in outcome && !isTemporary(outcome.status)) return outcome;
      if ("failure" in outcome) this.#assertTrusted(call, outcome);
      this.#assertRepeatable(call, outcome);
      const asks = "status" in outcome ? this.#askedMs(outcome) : undefined;
      const pauseMs = backoffMs(attempt, this.#retry, asks?.askedMs);
      const patienceEndsMs = begunMs + (this.#retry.patienceMs ?? 0);
      const patient = asks !== undefined && monotonicMs() + pauseMs <= patienceEndsMs;
      if (attempt >= this.#retry.attempts && !patient) throw this.#givenUp(call, outcome, attempt);
      this.#pausedUntil = Math.max(this.#pausedUntil, monotonicMs() + pauseMs);
      this.#options.onRetry?.(
        `${call.purpose}: ${"status" in outcome ? `HTTP ${outcome.status}` : outcome.failure}`,
      );
    }
  }

  /** A certificate that is refused stays refused; and nothing of the call was sent. Throws DMFP-TLS-REFUSED. */
  #assertTrusted(call: HttpCall, { code, failure }: ConnectionFailure): void {
    const refusal = certificateRefusal(code);
    if (refusal === undefined) return;
    throw new DmfpipeError(
      "DMFP-TLS-REFUSED",
      `${call.purpose}: ${new URL(call.url).host} is not trusted: ${refusal.words} (${failure}).`,
      { at: { environment: this.#options.environment }, next: refusal.fix },
    );
  }

  async close(): Promise<void> {
    // Where undici could not be loaded there is nothing to close; the call that met it has said so.
    const connections = await this.#connections?.catch(() => undefined);
    await Promise.all([connections?.kept.close(), connections?.own.close()]);
  }

  async #attempt(call: HttpCall): Promise<HttpAnswer | ConnectionFailure> {
    const { signal } = this.#options;
    const ends = endSignal(call.endsAtMs);
    const signals = [signal, ends].filter((each) => each !== undefined);
    try {
      this.#connections ??= openConnections();
      const { kept, own } = await this.#connections;
      const { origin, pathname, search } = new URL(call.url);
      const response = await (call.effect === "once" ? own : kept).request({
        origin,
        path: pathname + search,
        method: call.method,
        headers: { accept: "application/json", ...call.headers },
        headersTimeout: call.timeoutMs,
        bodyTimeout: call.timeoutMs,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      });
      const text =
        call.receive !== undefined && response.statusCode === 200
          ? await call.receive(response.body).then(() => "")
          : await readLimited(response.body, call.maxBytes);
      if (text === undefined) {
        throw new DmfpipeError(
          "DMFP-HTTP-ANSWER",
          `${call.purpose}: the answer is larger than ${call.maxBytes} bytes.`,
          { at: { environment: this.#options.environment } },
        );
      }
      return { status: response.statusCode, headers: response.headers, text };
    } catch (thrown) {
      if (thrown instanceof DmfpipeError) throw thrown;
      if (signal?.aborted === true) throw interrupted();
      if (ends?.aborted === true) return { failure: "no answer before the deadline", code: "DEADLINE" };
      return connectionFailure(thrown);
    }
  }

  #tell(call: HttpCall, outcome: HttpAnswer | ConnectionFailure, durationMs: number): void {
    const { purpose, method, effect } = call;
    const seen =
      "status" in outcome
        ? { status: outcome.status, requestIds: requestIdsOf((name) => outcome.headers[name]) }
        : { failure: outcome.failure, requestIds: {} };
    this.#options.onCall?.({ purpose, method, host: new URL(call.url).host, effect, durationMs, ...seen });
  }

  /** Throws where the call must not be sent again. */
  #assertRepeatable(call: HttpCall, outcome: HttpAnswer | ConnectionFailure): void {
    if ("status" in outcome) {
      // 429 refuses at the door: F&O's logic has not seen the call.
      if (call.effect === "once" && outcome.status !== 429) {
        throw this.#inDoubt(call, `HTTP ${outcome.status}${requestIdText(outcome.headers)}`);
      }
      return;
    }
    if (call.effect === "once" && !cannotHaveArrived(outcome)) throw this.#inDoubt(call, outcome.failure);
    const next = lastingCause(outcome);
    if (next !== undefined) throw this.#unreachable(call, outcome.failure, next);
  }

  /** What an answer says about waiting: undefined where it says nothing. A bare 429 asks to wait without a number. */
  #askedMs({ status, headers }: HttpAnswer): { readonly askedMs: number | undefined } | undefined {
    const askedMs = retryAfterMs(headers, this.#options.clock.now());
    return askedMs === undefined && status !== 429 ? undefined : { askedMs };
  }

  /** Waits while the environment has asked to, unless the call's step would be over by then. */
  async #waitForPause(call: HttpCall): Promise<void> {
    for (;;) {
      const ms = this.#pausedUntil - monotonicMs();
      if (ms > 0 && call.endsAtMs !== undefined && this.#pausedUntil > call.endsAtMs) {
        const why = `the environment asks to wait ${Math.ceil(ms / 1000)} seconds, longer than there is time`;
        throw this.#temporary(`${call.purpose}: ${why}.`);
      }
      if (ms <= 0) return;
      await pause(Math.min(ms, longestTimerMs), this.#options.signal);
    }
  }

  #inDoubt(call: HttpCall, what: string): DmfpipeError {
    return new DmfpipeError("DMFP-IN-DOUBT", `${call.purpose}: no clear answer came back (${what}).`, {
      at: { environment: this.#options.environment },
    });
  }

  #givenUp(call: HttpCall, outcome: HttpAnswer | ConnectionFailure, attempts: number): DmfpipeError {
    if (!("status" in outcome)) return this.#unreachable(call, outcome.failure);
    const { status, text, headers } = outcome;
    const words = `${call.purpose}: HTTP ${status} ${attempts} times${requestIdText(headers)}. ${excerpt(text)}`;
    return this.#temporary(words.trim());
  }

  #temporary(message: string): DmfpipeError {
    return new DmfpipeError("DMFP-HTTP-TEMPORARY", message, {
      at: { environment: this.#options.environment },
    });
  }

  #unreachable(call: HttpCall, failure: string, next?: string): DmfpipeError {
    return new DmfpipeError(
      "DMFP-HOST-UNREACHABLE",
      `${call.purpose}: ${new URL(call.url).host} cannot be reached (${failure}).`,
      { at: { environment: this.#options.environment }, ...(next === undefined ? {} : { next }) },
    );
  }
}

/**
 * undici is loaded with the first request: a build makes none. Proxy and its exceptions come from the usual variables.
 * `kept`: connections are reused. `own`, for calls with an effect: each has a connection of its own. One that was kept
 * may have been closed by the server a moment ago, and a request that meets this would be in doubt.
 */
async function openConnections() {
  // undici reads answers with WebAssembly, and V8 would compile that anew, better: measured by bench/attribution.ts, 7 MB at
  // a time that malloc then keeps for every thread, to go over heads of a few lines quicker.
  setFlagsFromString("--wasm-tiering-budget=2000000000");
  const Agent = await requestAgent();
  return {
    kept: new Agent({ keepAliveTimeout: 30_000 }),
    own: new Agent({ pipelining: 0 }),
  };
}

/** Waits, unless interrupted: then throws DMFP-INTERRUPTED. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, signal === undefined ? undefined : { signal });
  } catch {
    throw interrupted();
  }
}

/** The first words of an answer, on one line, for a message. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 300 ? line : `${line.slice(0, 297)}…`;
}

function isTemporary(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** A signal that comes at this moment of `monotonicMs`. */
function endSignal(endsAtMs: number | undefined): AbortSignal | undefined {
  if (endsAtMs === undefined) return undefined;
  const leftMs = Math.max(0, Math.ceil(endsAtMs - monotonicMs()));
  return leftMs > longestTimerMs ? undefined : AbortSignal.timeout(leftMs);
}

async function readLimited(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  // F&O begins some answers with a byte order mark, which JSON.parse does not take.
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}
