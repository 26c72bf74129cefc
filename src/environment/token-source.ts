import { z } from "zod";
import type { Clock } from "../errors/clock.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { Secret } from "../errors/redaction.ts";
import type { EnvironmentConnection } from "../project/environment-definition.ts";
import { excerpt, type HttpPolicy } from "./http-policy.ts";
import { parseJson } from "./json-text.ts";

/** A token is renewed this long before it ends: a call that starts with it must be able to finish with it. */
const renewEarlyMs = 5 * 60_000;

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number() });
const refusal = z.object({
  error: z.string(),
  error_description: z.string().default(""),
  error_codes: z.array(z.number()).default([]),
});

/** What the numbers of Microsoft Entra mean for the person who set the environment up. */
const entraHints: Readonly<Record<number, string>> = {
  7000215: "The client secret is wrong. Use the secret's value, not its id.",
  7000222: "The client secret has expired. Make a new one in the app registration.",
  700016: "The tenant has no application with this client id.",
  90002: "There is no such tenant.",
  500011: "The url of the environment is not known to the tenant. Check it for typing errors.",
  65001: "The application lacks consent.",
};

/**
 * Access tokens of one environment by the client-credentials flow of Microsoft Entra (v2 endpoint; scope
 * `<environment url>/.default`). Fetched when first needed and renewed early: a long load outlives a token.
 */
export class TokenSource {
  readonly #connection: EnvironmentConnection;
  readonly #http: HttpPolicy;
  readonly #clock: Clock;
  #current: { readonly token: Secret; readonly renewAt: number } | undefined;
  #pending: Promise<Secret> | undefined;

  constructor(connection: EnvironmentConnection, http: HttpPolicy, clock: Clock) {
    this.#connection = connection;
    this.#http = http;
    this.#clock = clock;
  }

  /** A token that is good for the next minutes. Throws DMFP-AUTH-REFUSED where Entra gives none. */
  async token(): Promise<Secret> {
    if (this.#current !== undefined && this.#clock.now() < this.#current.renewAt) return this.#current.token;
    // Calls that run side by side share one request.
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return await this.#pending;
  }

  /** Forgets the token, after the environment answered 401 to it. */
  invalidate(): void {
    this.#current = undefined;
  }

  async #fetch(): Promise<Secret> {
    const { authorityHost, tenant, clientId, clientSecret, url, name } = this.#connection;
    const answer = await this.#http.send({
      method: "POST",
      url: `${authorityHost}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret.reveal(),
        scope: `${url}/.default`,
      }).toString(),
      purpose: "Signing in",
      effect: "repeatable",
      timeoutMs: 60_000,
      maxBytes: 1_000_000,
    });
    if (answer.status !== 200) throw refused(name, answer.text, answer.status);
    const parsed = tokenAnswer.safeParse(parseJson(answer.text));
    if (!parsed.success) {
      throw new DmfpipeError("DMFP-HTTP-ANSWER", `Signing in: the answer holds no token.`, {
        at: { environment: name },
      });
    }
    const token = new Secret(parsed.data.access_token);
    const lifetimeMs = parsed.data.expires_in * 1000;
    // A token that lives shorter than the margin is used for half its life.
    const usableMs = Math.max(lifetimeMs - renewEarlyMs, lifetimeMs / 2);
    this.#current = { token, renewAt: this.#clock.now() + usableMs };
    return token;
  }
}

function refused(environment: string, text: string, status: number): DmfpipeError {
  const parsed = refusal.safeParse(parseJson(text));
  if (!parsed.success) {
    return new DmfpipeError("DMFP-AUTH-REFUSED", `Signing in: HTTP ${status}. ${excerpt(text)}`.trim(), {
      at: { environment },
    });
  }
  const hint = parsed.data.error_codes.map((code) => entraHints[code]).find((found) => found !== undefined);
  const words = parsed.data.error_description === "" ? parsed.data.error : parsed.data.error_description;
  return new DmfpipeError("DMFP-AUTH-REFUSED", `Signing in was refused: ${excerpt(words)}`, {
    at: { environment },
    ...(hint === undefined ? {} : { next: hint }),
  });
}
