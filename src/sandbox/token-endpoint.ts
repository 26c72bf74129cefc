import { randomUUID } from "node:crypto";
import type { Clock } from "../errors/clock.ts";
import { issueToken } from "./access-token.ts";
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface TokenEndpointOptions {
  /** The environment's address: the only resource tokens are given for. */
  readonly base: string;
  readonly settings: SandboxSettings;
  readonly signingKey: Buffer;
  readonly clock: Clock;
}

const route = /^\/([^/]+)\/oauth2\/(v2\.0\/)?token$/;

/** Whether the path is one of the two token endpoints of Microsoft Entra. */
export function isTokenPath(path: string): boolean {
  return route.test(path);
}

/**
 * Answers `/{tenant}/oauth2/token` and `/{tenant}/oauth2/v2.0/token` for the client credentials grant.
 * Source: Microsoft Entra's documentation of the protocol and of the AADSTS codes; the texts are shortened
 * forms of the ones Entra sends.
 */
export function answerTokenRequest(request: SandboxRequest, options: TokenEndpointOptions): SandboxAnswer {
  const { settings, clock } = options;
  const [, tenant = "", v2] = route.exec(request.path) ?? [];
  const refuse = (status: number, error: string, code: number, text: string): SandboxAnswer =>
    refusal({ status, error, code, text, nowMs: clock.now() });

  if (request.method !== "POST") {
    return refuse(400, "invalid_request", 900561, "The endpoint only accepts POST requests.");
  }
  const form = new URLSearchParams(request.body.toString("utf8"));
  if (tenant.toLowerCase() !== settings.tenant.toLowerCase()) {
    return refuse(400, "invalid_request", 90002, `Tenant '${tenant}' not found.`);
  }
  if (form.get("grant_type") !== "client_credentials") {
    return refuse(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
  }
  const clientId = form.get("client_id") ?? "";
  const application = settings.applications.find((known) => known.clientId === clientId);
  if (application === undefined) {
    const text = `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`;
    return refuse(400, "unauthorized_client", 700016, text);
  }
  if (form.get("client_secret") !== application.clientSecret) {
    const text = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
    return refuse(401, "invalid_client", 7000215, text);
  }
  const wanted = (v2 === undefined ? form.get("resource") : form.get("scope")) ?? "";
  if (v2 !== undefined && !wanted.endsWith("/.default")) {
    const text = `The provided value for the input parameter 'scope' is not valid. The scope ${wanted} is not valid.`;
    return refuse(400, "invalid_scope", 1002012, text);
  }
  const resource = v2 === undefined ? wanted : wanted.slice(0, -"/.default".length);
  if (resource !== options.base) {
    const text = `The resource principal named ${resource} was not found in the tenant named ${tenant}.`;
    return refuse(400, "invalid_resource", 500011, text);
  }

  const nowSeconds = Math.floor(clock.now() / 1000);
  const accessToken = issueToken(
    {
      aud: resource,
      tid: settings.tenant,
      appid: clientId,
      oid: clientId,
      iat: nowSeconds,
      // Entra dates a token five minutes back, so that a resource whose clock is slow accepts it.
      nbf: nowSeconds - 300,
      exp: nowSeconds + settings.tokenLifetimeSeconds,
    },
    options.signingKey,
  );
  return tokenAnswer({ accessToken, resource, nowSeconds, v2: v2 !== undefined, settings });
}

interface TokenAnswer {
  readonly accessToken: string;
  readonly resource: string;
  readonly nowSeconds: number;
  readonly v2: boolean;
  readonly settings: SandboxSettings;
}

function tokenAnswer(options: TokenAnswer): SandboxAnswer {
  const { accessToken, resource, nowSeconds, settings } = options;
  const lifetime = settings.tokenLifetimeSeconds;
  const noStore = { "cache-control": "no-store", "content-type": "application/json; charset=utf-8" };
  if (options.v2) {
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

interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly code: number;
  readonly text: string;
  readonly nowMs: number;
}

function refusal({ status, error, code, text, nowMs }: Refusal): SandboxAnswer {
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const timestamp = new Date(nowMs).toISOString().slice(0, 19).replace("T", " ") + "Z";
  const description = `AADSTS${code}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
  const body = {
    error,
    error_description: description,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  };
  return jsonAnswer(status, body, { "content-type": "application/json; charset=utf-8" });
}
