import { setTimeout as wait } from "node:timers/promises";
import { EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import { monotonicMs, type Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { interrupted } from "../errors/interruption.ts";
import { retryAfterMs } from "./retry-after.ts";

/** How often and how patiently a request is repeated. */
export interface RetrySettings {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** The first pause; each further one is twice as long, with up to half of it taken off at random. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const defaultRetry: RetrySettings = { attempts: 6, firstPauseMs: 500, longestPauseMs: 30_000 };

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
  readonly timeoutMs: number;
  /** A larger answer is refused: it is no answer of the package API. */
  readonly maxBytes: number;
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
}

/** A timer of Node that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Failures of a connection that happened before a request can have been read by the server. */
const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "EHOSTUNREACH",
]);

/**
 * The one HTTP policy of an environment. What is repeated:
 *
 * - a connection that could not be made, 408, 429, 500, 502, 503, 504: for repeatable calls;
 * - for `once` calls only what cannot have had an effect: no connection, and 429 (refused at the door);
 * - a pause asked for by `Retry-After` is honoured as long as it is, and holds for all calls of the
 *   environment: they share its capacity.
 *
 * Redirects are never followed: F&O redirects to a sign-in page, and the token must not go elsewhere.
 * Every other status is an answer and returned: what it means is the caller's knowledge.
 */
export class HttpPolicy {
  readonly #options: HttpPolicyOptions;
  readonly #retry: RetrySettings;
  readonly #agent: Dispatcher;
  #pausedUntil = 0;

  constructor(options: HttpPolicyOptions) {
    this.#options = options;
    this.#retry = options.retry ?? defaultRetry;
    // Connections are kept and reused; proxy and its exceptions come from the usual variables.
    this.#agent = new EnvHttpProxyAgent({ keepAliveTimeout: 30_000 });
  }

  /**
   * Sends the call until it gets an answer or the attempts are used up.
   *
   * Throws DMFP-HOST-UNREACHABLE, DMFP-HTTP-TEMPORARY, DMFP-HTTP-ANSWER (too large), DMFP-INTERRUPTED, and
   * DMFP-IN-DOUBT where a `once` call may or may not have had its effect.
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      await this.#waitForPause();
      const last = attempt >= this.#retry.attempts;
      const outcome = await this.#attempt(call);
      if ("status" in outcome) {
        if (!isTemporary(outcome.status)) return outcome;
        const refusedAtTheDoor = outcome.status === 429;
        if (call.effect === "once" && !refusedAtTheDoor) throw this.#inDoubt(call, `HTTP ${outcome.status}`);
        if (last) throw this.#temporary(call, outcome);
        this.#pause(attempt, retryAfterMs(outcome.headers, this.#options.clock.now()));
        this.#options.onRetry?.(`${call.purpose}: HTTP ${outcome.status}`);
      } else {
        const { failure, code } = outcome;
        if (call.effect === "once" && !neverSent.has(code)) throw this.#inDoubt(call, failure);
        if (last) throw this.#unreachable(call, failure);
        this.#pause(attempt, undefined);
        this.#options.onRetry?.(`${call.purpose}: ${failure}`);
      }
    }
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #attempt(call: HttpCall): Promise<HttpAnswer | { failure: string; code: string }> {
    const signal = this.#options.signal;
    try {
      const response = await request(call.url, {
        method: call.method,
        dispatcher: this.#agent,
        headers: { accept: "application/json", ...call.headers },
        headersTimeout: call.timeoutMs,
        bodyTimeout: call.timeoutMs,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(signal === undefined ? {} : { signal }),
      });
      const text = await readLimited(response.body, call.maxBytes);
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
      const code = errorCode(thrown);
      const words = thrown instanceof Error ? thrown.message : String(thrown);
      return { failure: words === "" ? code : words, code };
    }
  }

  #pause(attempt: number, askedMs: number | undefined): void {
    const { firstPauseMs, longestPauseMs } = this.#retry;
    const full = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
    // Jitter: clients that were refused together must not come back together.
    const ms = askedMs === undefined ? full * (1 - Math.random() / 2) : askedMs * (1 + Math.random() / 10);
    this.#pausedUntil = Math.max(this.#pausedUntil, monotonicMs() + ms);
  }

  async #waitForPause(): Promise<void> {
    for (;;) {
      const ms = this.#pausedUntil - monotonicMs();
      if (ms <= 0) return;
      await pause(Math.min(ms, longestTimerMs), this.#options.signal);
    }
  }

  #inDoubt(call: HttpCall, what: string): DmfpipeError {
    return new DmfpipeError("DMFP-IN-DOUBT", `${call.purpose}: no clear answer came back (${what}).`, {
      at: { environment: this.#options.environment },
    });
  }

  #temporary(call: HttpCall, answer: HttpAnswer): DmfpipeError {
    return new DmfpipeError(
      "DMFP-HTTP-TEMPORARY",
      `${call.purpose}: HTTP ${answer.status} ${this.#retry.attempts} times. ${excerpt(answer.text)}`.trim(),
      { at: { environment: this.#options.environment } },
    );
  }

  #unreachable(call: HttpCall, failure: string): DmfpipeError {
    return new DmfpipeError(
      "DMFP-HOST-UNREACHABLE",
      `${call.purpose}: ${new URL(call.url).host} cannot be reached (${failure}).`,
      { at: { environment: this.#options.environment } },
    );
  }
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

function errorCode(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown) return String(thrown.code);
  return "";
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
