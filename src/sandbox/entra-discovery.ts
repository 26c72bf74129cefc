import type { Clock } from "../errors/clock.ts";
import { entraRefusalAnswer, entraRefusals } from "./entra-refusal.ts";
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import type { TokenSigning } from "./token-signing.ts";

export interface DiscoveryOptions {
  readonly base: string;
  readonly settings: SandboxSettings;
  readonly signing: TokenSigning;
  readonly clock: Clock;
}

const metadataRoute = /^\/([^/]+)\/(v2\.0\/)?\.well-known\/openid-configuration$/;
const keysRoute = /^\/([^/]+)\/discovery\/(v2\.0\/)?keys$/;
const instanceRoute = "/common/discovery/instance";

/** Whether a tenant in a path is the sandbox's: by its domain or by its id, in any case. */
export function isOwnTenant(tenant: string, settings: SandboxSettings): boolean {
  const wanted = tenant.toLowerCase();
  return wanted === settings.tenant.toLowerCase() || wanted === settings.tenantId.toLowerCase();
}

/** Who tokens say they come from. Both endpoints give tokens of version 1, as F&O asks for: see docs/sandbox.md. */
export function tokenIssuer(base: string, settings: SandboxSettings): string {
  return `${base}/${settings.tenantId}/`;
}

/**
 * What a sign-in library asks before it asks for a token: the OpenID metadata of both versions, the published keys,
 * and the instance discovery. Source: Microsoft Entra's documentation of OpenID Connect; members as its public
 * documents show them. Undefined for any other path.
 */
export function answerDiscovery(
  request: SandboxRequest,
  options: DiscoveryOptions,
): SandboxAnswer | undefined {
  const { settings, clock, signing } = options;
  if (request.path.toLowerCase() === instanceRoute) return instanceAnswer(request, options);
  const keysTenant = keysRoute.exec(request.path)?.[1];
  const metadata = metadataRoute.exec(request.path);
  const tenant = keysTenant ?? metadata?.[1];
  if (tenant === undefined) return undefined;
  // The keys are the same for all tenants; AD FS has none.
  const known = isOwnTenant(tenant, settings) || (keysTenant !== undefined && tenant === "common");
  if (tenant === "adfs" && metadata !== null) return json(adfsMetadata(options.base));
  if (!known && tenant !== "adfs") return entraRefusalAnswer(entraRefusals.tenant(tenant), clock.now());
  if (keysTenant !== undefined) return json({ keys: [publishedKey(signing)] });
  return json(entraMetadata(options, metadata?.[2] === undefined ? "1.0" : "2.0"));
}

/** Instance discovery confirms an authority; the sandbox's own is the only one it knows. */
function instanceAnswer(request: SandboxRequest, { base, settings, clock }: DiscoveryOptions): SandboxAnswer {
  const asked = request.query.get("authorization_endpoint") ?? "";
  const { host } = new URL(base);
  const authority = URL.canParse(asked) ? new URL(asked) : undefined;
  if (authority?.host !== host) return entraRefusalAnswer(entraRefusals.instance(), clock.now());
  const tenant = authority.pathname.split("/")[1] ?? settings.tenant;
  return json({
    tenant_discovery_endpoint: `${base}/${tenant}/v2.0/.well-known/openid-configuration`,
    "api-version": request.query.get("api-version") ?? "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}

function entraMetadata(options: DiscoveryOptions, version: "1.0" | "2.0"): Readonly<Record<string, unknown>> {
  const { base, settings } = options;
  const v2 = version === "2.0";
  const tenant = `${base}/${settings.tenantId}`;
  const oauth = v2 ? `${tenant}/oauth2/v2.0` : `${tenant}/oauth2`;
  return {
    token_endpoint: `${oauth}/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    jwks_uri: v2 ? `${tenant}/discovery/v2.0/keys` : `${base}/common/discovery/keys`,
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code", "id_token", "code id_token"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    issuer: v2 ? `${tenant}/v2.0` : tokenIssuer(base, settings),
    authorization_endpoint: `${oauth}/authorize`,
    device_authorization_endpoint: `${oauth}/devicecode`,
    end_session_endpoint: `${oauth}/logout`,
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "tid", "ver", "oid", "appid"],
    tenant_region_scope: "EU",
    cloud_instance_name: new URL(base).host,
    cloud_graph_host_name: "graph.windows.net",
    msgraph_host: "graph.microsoft.com",
    rbac_url: "https://pas.windows.net",
  };
}

/** AD FS, which an on-premises environment signs in with. */
function adfsMetadata(base: string): Readonly<Record<string, unknown>> {
  return {
    issuer: `${base}/adfs`,
    authorization_endpoint: `${base}/adfs/oauth2/authorize/`,
    token_endpoint: `${base}/adfs/oauth2/token/`,
    jwks_uri: `${base}/adfs/discovery/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    response_types_supported: ["code", "id_token", "code id_token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    grant_types_supported: ["client_credentials"],
  };
}

function publishedKey({ publicKey, keyId, certificate }: TokenSigning): Readonly<Record<string, unknown>> {
  const { n, e } = publicKey.export({ format: "jwk" });
  return { kty: "RSA", use: "sig", alg: "RS256", kid: keyId, x5t: keyId, n, e, x5c: [certificate] };
}

function json(body: unknown): SandboxAnswer {
  return jsonAnswer(200, body, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "max-age=86400, private",
    "access-control-allow-origin": "*",
  });
}
