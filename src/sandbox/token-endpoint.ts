import { randomUUID } from "node:crypto";
import type { Clock } from "../errors/clock.ts";
import { issueToken } from "./access-token.ts";
import { assertionProblem, assertionType } from "./client-assertion.ts";
import { isOwnTenant, tokenIssuer } from "./entra-discovery.ts";
import { entraRefusalAnswer, entraRefusals, type EntraRefusal } from "./entra-refusal.ts";
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import type { SandboxApplication, SandboxSettings } from "./sandbox-settings.ts";
import type { TokenSigning } from "./token-signing.ts";

export interface TokenEndpointOptions {
  /** The environment's address: the only resource tokens are given for. */
  readonly base: string;
  readonly settings: SandboxSettings;
  readonly signing: TokenSigning;
  readonly clock: Clock;
}

type Endpoint = "v1" | "v2" | "adfs";

const route = /^\/([^/]+)\/oauth2\/(v2\.0\/)?token\/?$/;

/** Whether the path is a token endpoint, of Microsoft Entra or of AD FS. */
export function isTokenPath(path: string): boolean {
  return route.test(path);
}

/**
 * Answers `/{tenant}/oauth2/token`, `/{tenant}/oauth2/v2.0/token` and `/adfs/oauth2/token` for the client credentials
 * grant, by secret or by certificate. Source: Microsoft Entra's documentation of the protocol and of the AADSTS
 * codes. AD FS is refused in the same words, without their meaning being known: assumption.
 */
export function answerTokenRequest(request: SandboxRequest, options: TokenEndpointOptions): SandboxAnswer {
  const { settings, clock, base } = options;
  const [, tenant = "", v2] = route.exec(request.path) ?? [];
  const endpoint: Endpoint = tenant.toLowerCase() === "adfs" ? "adfs" : v2 === undefined ? "v1" : "v2";
  const refuse = (refusal: EntraRefusal): SandboxAnswer => entraRefusalAnswer(refusal, clock.now());

  if (request.method !== "POST") return refuse(entraRefusals.method());
  if (endpoint !== "adfs" && !isOwnTenant(tenant, settings)) return refuse(entraRefusals.tenant(tenant));
  const form = new URLSearchParams(request.body.toString("utf8"));
  if (form.get("grant_type") !== "client_credentials") return refuse(entraRefusals.grant());
  const proof = { ...credentialsOf(request, form), tenant };
  const application = settings.applications.find((known) => known.clientId === proof.clientId);
  if (application === undefined) return refuse(entraRefusals.application(proof.clientId, tenant));
  const problem = credentialProblem(proof, application, options);
  if (problem !== undefined) return refuse(problem);

  const wanted = form.get(endpoint === "v2" ? "scope" : "resource") ?? "";
  if (endpoint === "v2" && !wanted.endsWith("/.default")) return refuse(entraRefusals.scope(wanted));
  const resource = endpoint === "v2" ? wanted.slice(0, -"/.default".length) : wanted;
  if (resource !== base) return refuse(entraRefusals.resource(resource, tenant));
  if (application.consented === false) return refuse(entraRefusals.consent(application.clientId));

  const nowSeconds = Math.floor(clock.now() / 1000);
  const accessToken = issueToken(
    {
      aud: resource,
      iss: tokenIssuer(base, settings),
      tid: settings.tenantId,
      appid: application.clientId,
      appidacr: proof.assertion === "" ? "1" : "2",
      oid: application.clientId,
      sub: application.clientId,
      ver: "1.0",
      uti: randomUUID(),
      iat: nowSeconds,
      // Entra dates a token five minutes back, so that a resource whose clock is slow accepts it.
      nbf: nowSeconds - 300,
      exp: nowSeconds + settings.tokenLifetimeSeconds,
    },
    options.signing,
  );
  return tokenAnswer({ accessToken, resource, nowSeconds, endpoint, settings });
}

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly assertion: string;
  readonly assertionType: string;
}

/** Id and secret stand in the form, or in HTTP's own Basic header, as OAuth 2.0 allows both. */
function credentialsOf(request: SandboxRequest, form: URLSearchParams): Credentials {
  const basic = /^Basic ([\w+/=-]+)$/i.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
  const [id = "", secret = ""] = Buffer.from(basic, "base64").toString("utf8").split(":").map(formDecoded);
  return {
    clientId: form.get("client_id") ?? id,
    clientSecret: form.get("client_secret") ?? secret,
    assertion: form.get("client_assertion") ?? "",
    assertionType: form.get("client_assertion_type") ?? "",
  };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text.replaceAll("&", "%26")}`).get("v") ?? "";
}

function credentialProblem(
  proof: Credentials & { readonly tenant: string },
  application: SandboxApplication,
  { base, settings, clock }: TokenEndpointOptions,
): EntraRefusal | undefined {
  const { clientId, clientSecret, assertion } = proof;
  if (assertion !== "") {
    if (proof.assertionType !== assertionType) return entraRefusals.assertionMalformed();
    const names = [...new Set([proof.tenant, settings.tenant, settings.tenantId])];
    return assertionProblem(assertion, {
      clientId,
      certificates: application.certificates ?? [],
      audiences: names.flatMap((name) => [
        ...[`${base}/${name}/oauth2/token`, `${base}/${name}/oauth2/v2.0/token`],
        ...[`${base}/${name}/oauth2/token/`, `${base}/${name}/v2.0`, `${base}/${name}/`],
      ]),
      nowSeconds: Math.floor(clock.now() / 1000),
    });
  }
  if (clientSecret === "") return entraRefusals.noCredential();
  if (clientSecret !== application.clientSecret) return entraRefusals.secret(clientId);
  const { secretExpiresAt } = application;
  const expired = secretExpiresAt !== undefined && Date.parse(secretExpiresAt) <= clock.now();
  return expired ? entraRefusals.secretExpired(clientId) : undefined;
}

interface TokenAnswer {
  readonly accessToken: string;
  readonly resource: string;
  readonly nowSeconds: number;
  readonly endpoint: Endpoint;
  readonly settings: SandboxSettings;
}

function tokenAnswer(options: TokenAnswer): SandboxAnswer {
  const { accessToken, resource, nowSeconds, endpoint, settings } = options;
  const lifetime = settings.tokenLifetimeSeconds;
  const noStore = { "cache-control": "no-store", "content-type": "application/json; charset=utf-8" };
  if (endpoint === "adfs") {
    return jsonAnswer(
      200,
      { access_token: accessToken, token_type: "bearer", expires_in: lifetime },
      noStore,
    );
  }
  if (endpoint === "v2") {
    const body = {
      token_type: "Bearer",
      expires_in: lifetime,
      ext_expires_in: lifetime,
      access_token: accessToken,
    };
    return jsonAnswer(200, body, noStore);
  }
  // The v1 endpoint writes its numbers as strings and adds the absolute times and the resource.
  const body = {
    token_type: "Bearer",
    expires_in: String(lifetime),
    ext_expires_in: String(lifetime),
    expires_on: String(nowSeconds + lifetime),
    not_before: String(nowSeconds - 300),
    resource,
    access_token: accessToken,
  };
  return jsonAnswer(200, body, noStore);
}
