import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentConnection } from "../project/environment-definition.ts";
import { requestIdText } from "./call-record.ts";
import { excerpt, type HttpAnswer, type HttpCall, type HttpPolicy } from "./http-policy.ts";
import type { TokenSource } from "./token-source.ts";

/** Answers of the package API are small; GetExecutionErrors, which is not, is received as it comes. */
const maxAnswerBytes = 256 * 1024 * 1024;

const errorBody = z.object({
  error: z
    .object({
      message: z.string().catch(""),
      innererror: z
        .object({ message: z.string().catch("") })
        .optional()
        .catch(undefined),
    })
    .optional(),
  Message: z.string().optional().catch(undefined),
});

export interface ODataCall {
  readonly method: "GET" | "POST";
  /** Which service of the environment: `/data/`, the default, or `/metadata/` beside it. */
  readonly service?: "data" | "metadata";
  /** Path below the service, query included. */
  readonly path: string;
  readonly body?: Readonly<Record<string, string | boolean | number>>;
  readonly purpose: string;
  readonly effect: "repeatable" | "once";
  readonly timeoutMs?: number;
  /** Moment of `monotonicMs` at which the caller's step ends. */
  readonly endsAtMs?: number;
  /** Takes an answer 200 as it comes; see HttpCall. The result then has no body. */
  readonly receive?: (body: AsyncIterable<Buffer>) => Promise<void>;
}

/** An answer 400 or 404 of F&O: what it said, for the caller to judge. */
export interface ODataRefusal {
  readonly status: number;
  /** F&O's own words: `error.innererror.message`, else `error.message`, else `Message`. */
  readonly message: string;
}

export type ODataResult =
  { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly refusal: ODataRefusal };

/** Authenticated calls to `{base}/data/…` and `{base}/metadata/…`. */
export class ODataClient {
  readonly #connection: EnvironmentConnection;
  readonly #http: HttpPolicy;
  readonly #tokens: TokenSource;

  constructor(connection: EnvironmentConnection, http: HttpPolicy, tokens: TokenSource) {
    this.#connection = connection;
    this.#http = http;
    this.#tokens = tokens;
  }

  /**
   * Sends one call. A 401 renews the token and repeats the call once: F&O checks the token before anything
   * else, so even a `once` call cannot have had an effect.
   *
   * Throws what HttpPolicy throws, DMFP-AUTH-REFUSED, DMFP-AUTH-NOT-REGISTERED (401 again), DMFP-AUTH-ROLE
   * (403), DMFP-HTTP-ANSWER (no JSON, a redirect) and DMFP-HTTP-REFUSED (another 4xx).
   */
  async call(call: ODataCall): Promise<ODataResult> {
    let answer = await this.#send(call);
    if (answer.status === 401) {
      this.#tokens.invalidate();
      answer = await this.#send(call);
    }
    const at = { environment: this.#connection.name };
    const received = call.receive !== undefined && answer.status === 200;
    if (answer.status === 204 || received) return { ok: true, body: undefined };
    if (answer.status >= 200 && answer.status < 300) return { ok: true, body: this.#json(call, answer) };
    const message = refusalText(answer);
    const ids = requestIdText(answer.headers);
    if (answer.status === 400 || answer.status === 404) {
      return { ok: false, refusal: { status: answer.status, message } };
    }
    if (answer.status === 401) {
      throw new DmfpipeError(
        "DMFP-AUTH-NOT-REGISTERED",
        `${call.purpose}: the environment does not accept the token of client ${this.#tokens.clientId ?? "(unknown)"}${ids}.`,
        { at },
      );
    }
    if (answer.status === 403) {
      throw new DmfpipeError("DMFP-AUTH-ROLE", `${call.purpose}: HTTP 403${ids}. ${message}`.trim(), { at });
    }
    if (answer.status >= 300 && answer.status < 400) {
      throw new DmfpipeError(
        "DMFP-HTTP-ANSWER",
        `${call.purpose}: the environment answers with a redirect (HTTP ${answer.status}), most likely to its sign-in page.`,
        { at, next: "Check url, tenant and authorityHost of the environment in project.yaml." },
      );
    }
    throw new DmfpipeError(
      "DMFP-HTTP-REFUSED",
      `${call.purpose}: HTTP ${answer.status}${ids}. ${message}`.trim(),
      {
        at,
      },
    );
  }

  async #send(call: ODataCall): Promise<HttpAnswer> {
    const token = await this.#tokens.token();
    const httpCall: HttpCall = {
      method: call.method,
      url: `${this.#connection.url}/${call.service ?? "data"}/${call.path}`,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      purpose: call.purpose,
      effect: call.effect,
      timeoutMs: call.timeoutMs ?? 120_000,
      maxBytes: maxAnswerBytes,
      ...(call.endsAtMs === undefined ? {} : { endsAtMs: call.endsAtMs }),
      ...(call.receive === undefined ? {} : { receive: call.receive }),
    };
    return await this.#http.send(httpCall);
  }

  #json(call: ODataCall, answer: HttpAnswer): unknown {
    try {
      return JSON.parse(answer.text);
    } catch (cause) {
      const shown =
        answer.text.trim() === "" ? "it is empty" : `it begins: ${excerpt(answer.text).slice(0, 80)}`;
      const message = `${call.purpose}: the answer is no JSON (${shown}).`;
      const at = { environment: this.#connection.name };
      // An unreadable answer to a `once` call says nothing about whether it had its effect.
      throw new DmfpipeError(call.effect === "once" ? "DMFP-IN-DOUBT" : "DMFP-HTTP-ANSWER", message, {
        at,
        cause,
      });
    }
  }
}

function refusalText(answer: HttpAnswer): string {
  let body: unknown;
  try {
    body = JSON.parse(answer.text);
  } catch {
    return excerpt(answer.text);
  }
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return excerpt(answer.text);
  const { error, Message } = parsed.data;
  const words = [error?.innererror?.message, error?.message, Message, answer.text];
  return excerpt(words.find((text) => text !== undefined && text.trim() !== "") ?? "");
}
