import type { Clock } from "../errors/clock.ts";
import type { Secret } from "../errors/redaction.ts";
import type { EnvironmentConnection } from "../project/environment-definition.ts";
import type { HttpPolicy } from "./http-policy.ts";
import { signIn } from "./sign-in.ts";
import { tokenClaims } from "./token-claims.ts";

/** A token is renewed this long before it ends: a call that starts with it must be able to finish with it. */
const renewEarlyMs = 5 * 60_000;

/**
 * Access tokens of one environment. Asked for with every call, fetched when first needed and renewed early: a long
 * load outlives a token.
 */
export class TokenSource {
  readonly #connection: EnvironmentConnection;
  readonly #http: HttpPolicy;
  readonly #clock: Clock;
  #current: { readonly token: Secret; readonly renewAt: number } | undefined;
  #pending: Promise<Secret> | undefined;
  #clientId: string | undefined;

  constructor(connection: EnvironmentConnection, http: HttpPolicy, clock: Clock) {
    this.#connection = connection;
    this.#http = http;
    this.#clock = clock;
  }

  /**
   * A token that is good for the next minutes. Throws DMFP-AUTH-REFUSED where the sign-in service gives none, and
   * whatever else signIn throws.
   */
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

  /**
   * The client id that has to be registered in the environment: that of the last token, because identities of Azure
   * are not named in project.yaml; before there is one, that of project.yaml. Undefined where neither tells.
   */
  get clientId(): string | undefined {
    const { auth } = this.#connection;
    return this.#clientId ?? ("clientId" in auth ? auth.clientId : undefined);
  }

  async #fetch(): Promise<Secret> {
    const connection = this.#connection;
    const { token, lifetimeMs } = await signIn({ connection, http: this.#http, clock: this.#clock });
    this.#clientId = tokenClaims(token).clientId;
    // A token that lives shorter than the margin is used for half its life.
    const usableMs = Math.max(lifetimeMs - renewEarlyMs, lifetimeMs / 2);
    this.#current = { token, renewAt: this.#clock.now() + usableMs };
    return token;
  }
}
