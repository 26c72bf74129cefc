import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { expect, test } from "vitest";
import { defaultSettings, type SandboxApplication } from "../../src/sandbox/sandbox-settings.ts";
import { clientAssertion, clientCertificate, type AssertionParts } from "./client-certificate.ts";
import { sandboxForTest, send, sharedSandbox, type SandboxClient } from "./sandbox-client.ts";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const registered = defaultSettings.applications[0] as SandboxApplication;
const certificate = clientCertificate();
const applications: SandboxApplication[] = [
  { ...registered, certificates: [clientCertificate().pem, certificate.pem] },
  { ...registered, clientId: "expired", secretExpiresAt: "2026-02-28T00:00:00Z" },
  { ...registered, clientId: "without-consent", consented: false },
];
const client = sharedSandbox({ applications });
const read = "/data/DataManagementDefinitionGroups";

async function metadata(path: string): Promise<Record<string, unknown>> {
  const answer = await send(`${client().sandbox.authorityHost}${path}`);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as Record<string, unknown>;
}

function code(text: string): number | undefined {
  return (JSON.parse(text) as { error_codes?: number[] }).error_codes?.[0];
}

async function signIn(
  own: SandboxClient,
  parts: AssertionParts & { readonly audience?: string; readonly by?: typeof certificate } = {},
): Promise<{ status: number; code: number | undefined; token: string | undefined }> {
  const { authorityHost, tenant, clientId, url } = own.sandbox;
  const audience = parts.audience ?? `${authorityHost}/${tenant}/oauth2/v2.0/token`;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const answer = await own.tokenAnswer({
    grant_type: "client_credentials",
    client_id: clientId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: clientAssertion(parts.by ?? certificate, { clientId, audience, nowSeconds }, parts),
    scope: `${url}/.default`,
  });
  const { access_token: token } = JSON.parse(answer.text) as { access_token?: string };
  return { status: answer.status, code: code(answer.text), token };
}

test("both versions of the OpenID metadata name endpoints that answer", async () => {
  const { authorityHost, tenant, clientId, clientSecret, url } = client().sandbox;
  for (const [path, parameter] of [
    [`/${tenant}/v2.0/.well-known/openid-configuration`, { scope: `${url}/.default` }],
    [`/${tenant}/.well-known/openid-configuration`, { resource: url }],
    [`/${defaultSettings.tenantId}/.well-known/openid-configuration`, { resource: url }],
  ] as const) {
    const { token_endpoint: endpoint, issuer } = await metadata(path);
    expect(String(issuer).startsWith(`${authorityHost}/${defaultSettings.tenantId}`)).toBe(true);
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
    const answer = await send(String(endpoint), {
      method: "POST",
      body: new URLSearchParams({ ...form, ...parameter }),
    });
    expect(answer.status).toBe(200);
  }
});

test("anybody can verify a token with the published key and the issuer of the metadata", async () => {
  const { issuer, jwks_uri: address } = await metadata(
    `/${client().sandbox.tenant}/.well-known/openid-configuration`,
  );
  const { keys } = JSON.parse((await send(String(address))).text) as {
    keys: (JsonWebKey & { kid: string })[];
  };
  const [head = "", payload = "", signature = ""] = (await client().token()).split(".");
  const { kid, alg } = JSON.parse(Buffer.from(head, "base64url").toString()) as Record<string, string>;
  const key = keys.find((candidate) => candidate.kid === kid);
  expect(alg).toBe("RS256");
  const publicKey = createPublicKey({ key: key ?? {}, format: "jwk" });
  const signed = Buffer.from(`${head}.${payload}`);
  expect(verify("sha256", signed, publicKey, Buffer.from(signature, "base64url"))).toBe(true);
  expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({
    aud: client().sandbox.url,
    iss: issuer,
    tid: defaultSettings.tenantId,
    appid: client().sandbox.clientId,
  });
});

test("instance discovery knows the sandbox's own authority and no other", async () => {
  const { authorityHost, tenant } = client().sandbox;
  const ask = (authority: string): string =>
    `/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(`${authority}/${tenant}/oauth2/v2.0/authorize`)}`;
  const known = await metadata(ask(authorityHost));
  expect(known["tenant_discovery_endpoint"]).toBe(
    `${authorityHost}/${tenant}/v2.0/.well-known/openid-configuration`,
  );
  const foreign = await send(`${authorityHost}${ask("https://login.example.com")}`);
  expect(JSON.parse(foreign.text)).toMatchObject({ error: "invalid_instance" });
});

test("the metadata of another tenant are refused", async () => {
  const answer = await send(
    `${client().sandbox.authorityHost}/elsewhere/v2.0/.well-known/openid-configuration`,
  );
  expect([answer.status, code(answer.text)]).toEqual([400, 90002]);
});

test.each(["PS256", "RS256"] as const)("a certificate signs in with %s", async (algorithm) => {
  const { token } = await signIn(client(), { algorithm });
  expect((await client().get(read, token)).status).toBe(200);
});

test("an assertion may be meant for the issuer or for the endpoint of version 1", async () => {
  const { authorityHost, tenant } = client().sandbox;
  for (const audience of [`${authorityHost}/${tenant}/v2.0`, `${authorityHost}/${tenant}/oauth2/token`]) {
    expect((await signIn(client(), { audience })).status).toBe(200);
  }
});

const past = Math.floor(Date.now() / 1000) - 3600;
test.each<[string, Parameters<typeof signIn>[1], number]>([
  ["by a certificate that is not registered", { by: clientCertificate() }, 700027],
  ["whose key has no name", { header: {} }, 700027],
  ["with another algorithm", { header: { alg: "none", "x5t#S256": "" } }, 700027],
  ["of another application", { claims: { iss: "someone", sub: "someone" } }, 700021],
  ["for another address", { audience: "https://login.example.com/t/oauth2/token" }, 700023],
  ["that has ended", { claims: { exp: past } }, 700024],
  ["that begins tomorrow", { claims: { nbf: past + 100_000, exp: past + 200_000 } }, 700024],
  ["without an audience", { claims: { aud: undefined } }, 50027],
])("an assertion %s is refused", async (_case, parts, expected) => {
  expect((await signIn(client(), parts)).code).toBe(expected);
});

test("a signature over other claims is refused", async () => {
  const { authorityHost, tenant, clientId, url } = client().sandbox;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const options = { clientId, audience: `${authorityHost}/${tenant}/oauth2/token`, nowSeconds };
  const [head, , signature] = clientAssertion(certificate, options).split(".");
  const [, payload] = clientAssertion(certificate, options).split(".");
  const answer = await client().tokenAnswer({
    grant_type: "client_credentials",
    client_id: clientId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: `${head}.${payload}.${signature}`,
    scope: `${url}/.default`,
  });
  expect([answer.status, code(answer.text)]).toEqual([401, 700027]);
});

test.each([
  ["an expired secret", "expired", 7000222],
  ["no consent", "without-consent", 65001],
])("%s is refused", async (_case, clientId, expected) => {
  const own = await sandboxForTest({ applications }, { clock: { now: () => nowMs } });
  const answer = await own.tokenAnswer({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: own.sandbox.clientSecret,
    scope: `${own.sandbox.url}/.default`,
  });
  expect(code(answer.text)).toBe(expected);
});

test("a request without any credential is refused", async () => {
  const { clientId, url } = client().sandbox;
  const form = { grant_type: "client_credentials", client_id: clientId, scope: `${url}/.default` };
  expect(code((await client().tokenAnswer(form)).text)).toBe(7000218);
});

test("credentials may stand in the Basic header", async () => {
  const { clientId, clientSecret, url, authorityHost, tenant } = client().sandbox;
  const answer = await send(`${authorityHost}/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: `${url}/.default` }),
  });
  expect(answer.status).toBe(200);
});

test("AD FS gives tokens for a resource, and calls go to the on-premises path", async () => {
  const { clientId, clientSecret, url } = client().sandbox;
  const answer = await client().tokenAnswer(
    { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, resource: url },
    "oauth2/token",
    "adfs",
  );
  expect(answer.status).toBe(200);
  const { access_token: token } = JSON.parse(answer.text) as { access_token: string };
  expect((await client().get(`/namespaces/AXSF${read}`, token)).status).toBe(200);
});
