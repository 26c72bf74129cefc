import { randomUUID } from "node:crypto";
import { jsonAnswer, type SandboxAnswer } from "./http-exchange.ts";

/** Why Microsoft Entra gives no token. */
export interface EntraRefusal {
  readonly status: number;
  /** Error code of OAuth 2.0. */
  readonly error: string;
  /** Number of the AADSTS code. */
  readonly code: number;
  readonly text: string;
}

/** The texts are shortened forms of the ones Entra sends; numbers and shape are Entra's own documentation. */
export const entraRefusals = {
  tenant: (tenant: string): EntraRefusal => ({
    status: 400,
    error: "invalid_request",
    code: 90002,
    text: `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  }),
  method: (): EntraRefusal => ({
    status: 400,
    error: "invalid_request",
    code: 900561,
    text: "The endpoint only accepts POST requests.",
  }),
  grant: (): EntraRefusal => ({
    status: 400,
    error: "unsupported_grant_type",
    code: 70003,
    text: "The app requested an unsupported grant type.",
  }),
  application: (clientId: string, tenant: string): EntraRefusal => ({
    status: 400,
    error: "unauthorized_client",
    code: 700016,
    text: `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
  }),
  noCredential: (): EntraRefusal => ({
    status: 401,
    error: "invalid_client",
    code: 7000218,
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  }),
  secret: (clientId: string): EntraRefusal => ({
    status: 401,
    error: "invalid_client",
    code: 7000215,
    text: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
  }),
  secretExpired: (clientId: string): EntraRefusal => ({
    status: 401,
    error: "invalid_client",
    code: 7000222,
    text: `The provided client secret keys for app '${clientId}' are expired.`,
  }),
  assertionMalformed: (): EntraRefusal => ({
    status: 400,
    error: "invalid_request",
    code: 50027,
    text: "JWT token is invalid or malformed.",
  }),
  assertionSignature: (reason: string): EntraRefusal => ({
    status: 401,
    error: "invalid_client",
    code: 700027,
    text: `The certificate with identifier used to sign the client assertion is not registered on application, or the signature is invalid. [Reason - ${reason}]`,
  }),
  assertionIssuer: (): EntraRefusal => ({
    status: 401,
    error: "invalid_client",
    code: 700021,
    text: "Client assertion application identifier doesn't match 'client_id' parameter.",
  }),
  assertionAudience: (): EntraRefusal => ({
    status: 401,
    error: "invalid_client",
    code: 700023,
    text: "Client assertion audience claim does not match Realm issuer.",
  }),
  assertionTime: (): EntraRefusal => ({
    status: 401,
    error: "invalid_client",
    code: 700024,
    text: "Client assertion is not within its valid time range.",
  }),
  scope: (scope: string): EntraRefusal => ({
    status: 400,
    error: "invalid_scope",
    code: 1002012,
    text: `The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
  }),
  resource: (resource: string, tenant: string): EntraRefusal => ({
    status: 400,
    error: "invalid_resource",
    code: 500011,
    text: `The resource principal named ${resource} was not found in the tenant named ${tenant}.`,
  }),
  consent: (clientId: string): EntraRefusal => ({
    status: 400,
    error: "invalid_grant",
    code: 65001,
    text: `The user or administrator has not consented to use the application with ID '${clientId}'.`,
  }),
  instance: (): EntraRefusal => ({
    status: 400,
    error: "invalid_instance",
    code: 50049,
    text: "Unknown or invalid instance.",
  }),
} as const;

/** A refusal as Entra writes it: the code in the description and as a number, with ids for its support. */
export function entraRefusalAnswer(
  { status, error, code, text }: EntraRefusal,
  nowMs: number,
): SandboxAnswer {
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const timestamp = new Date(nowMs).toISOString().slice(0, 19).replace("T", " ") + "Z";
  const body = {
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  };
  return jsonAnswer(status, body, { "content-type": "application/json; charset=utf-8" });
}
