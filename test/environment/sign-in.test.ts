import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../src/errors/clock.ts";
import { Secret } from "../../src/errors/redaction.ts";
import type { EnvironmentConnection } from "../../src/project/environment-definition.ts";
import type { Credentials } from "../../src/project/sign-in-definition.ts";
import { defaultSettings, type SandboxApplication } from "../../src/sandbox/sandbox-settings.ts";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { clientAssertion, clientCertificate } from "../sandbox/client-certificate.ts";
import { sandboxForTest, sharedSandbox } from "../sandbox/sandbox-client.ts";
import { connectionTo, connectionToSandbox, environmentFor } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { reply, scriptedServer } from "./scripted-server.ts";
import { trustCertificate } from "./trusted-certificate.ts";

const certificate = clientCertificate();
const registered = defaultSettings.applications[0] as SandboxApplication;
const applications = [{ ...registered, certificates: [certificate.pem] }];

async function folderForTest(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-sign-in-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function fileWith(content: string, name = "client.pem"): Promise<string> {
  const file = path.join(await folderForTest(), name);
  await writeFile(file, content);
  return file;
}

/** An F&O over TLS that this process trusts. */
async function secureSandbox(): Promise<Sandbox> {
  const { sandbox } = await sandboxForTest({ applications }, { tls: true });
  trustCertificate(sandbox.certificate);
  return sandbox;
}

/** Whether F&O takes what the sign-in gave: an upload address comes back. */
async function writeUrl(connection: EnvironmentConnection): Promise<string> {
  return await environmentFor(connection).api.getAzureWriteUrl("x.zip");
}

function withCertificate(
  certificateFile: string,
  more: Partial<Extract<Credentials, { kind: "client-certificate" }>> = {},
): Credentials {
  return {
    kind: "client-certificate",
    clientId: registered.clientId,
    certificateFile,
    sendCertificateChain: false,
    ...more,
  };
}

describe("a certificate", () => {
  test.each([false, true])("signs in; the chain is sent along: %s", async (sendCertificateChain) => {
    const auth = withCertificate(await fileWith(certificate.bundle), { sendCertificateChain });
    expect(await writeUrl(connectionToSandbox(await secureSandbox(), { auth }))).toContain("sig=");
  });

  test("signs in with an encrypted key", async () => {
    const key = certificate.privateKey
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open sesame" })
      .toString();
    const file = await fileWith(`${certificate.pem}\n${key}`);
    const sandbox = await secureSandbox();
    const auth = withCertificate(file, { certificatePassword: new Secret("open sesame") });
    expect(await writeUrl(connectionToSandbox(sandbox, { auth }))).toContain("sig=");
    const wrong = withCertificate(file, { certificatePassword: new Secret("open sesam") });
    expect(await failureOf(writeUrl(connectionToSandbox(sandbox, { auth: wrong })))).toMatchObject({
      code: "DMFP-CREDENTIAL",
      message: expect.stringContaining("the password does not open it") as string,
    });
    const none = withCertificate(file);
    expect((await failureOf(writeUrl(connectionToSandbox(sandbox, { auth: none })))).next).toContain(
      "certificatePassword",
    );
  });

  test("that the app registration does not have is told by AADSTS700027", async () => {
    const auth = withCertificate(await fileWith(clientCertificate().bundle));
    const error = await failureOf(writeUrl(connectionToSandbox(await secureSandbox(), { auth })));
    expect(error).toMatchObject({ code: "DMFP-AUTH-REFUSED" });
    expect(error.message).toContain("AADSTS700027");
    expect(error.next).toContain("Upload its public part");
  });

  const unusable: [string, string, string][] = [
    ["without a certificate", "nothing", "holds no certificate in PEM form"],
    ["without a key", certificate.pem, "there is none"],
    [
      "with another's key",
      clientCertificate().bundle.replace(/-+BEGIN CERT[\s\S]+/, certificate.pem),
      "belongs to another",
    ],
  ];
  test.each(unusable)("file %s is found out before anybody is asked", async (_case, content, words) => {
    const server = await scriptedServer(reply(500));
    const auth = withCertificate(await fileWith(content));
    const error = await failureOf(writeUrl(connectionTo(server.url, { auth })));
    expect(error.code).toBe("DMFP-CREDENTIAL");
    expect(error.message).toContain(words);
    expect(server.received).toHaveLength(0);
  });

  test("that is not there, or has ended", async () => {
    const server = await scriptedServer(reply(500));
    const gone = withCertificate("/nowhere/fno.pem");
    expect(await failureOf(writeUrl(connectionTo(server.url, { auth: gone })))).toMatchObject({
      code: "DMFP-CREDENTIAL",
      at: { file: "/nowhere/fno.pem" },
    });
    const auth = withCertificate(await fileWith(certificate.bundle));
    const clock = { now: () => Date.parse("2050-01-02T00:00:00Z") };
    const environment = environmentFor(connectionTo(server.url, { auth }), { clock });
    expect((await failureOf(environment.signIn())).message).toContain("ended on 2049-12-31");
  });
});

describe("a workload identity", () => {
  test("shows the token its pod was given", async () => {
    const sandbox = await secureSandbox();
    const { authorityHost, tenant, clientId } = sandbox;
    const audience = `${authorityHost}/${tenant}/oauth2/v2.0/token`;
    const nowSeconds = Math.floor(systemClock.now() / 1000);
    const tokenFile = await fileWith(clientAssertion(certificate, { clientId, audience, nowSeconds }));
    const auth: Credentials = { kind: "workload-identity", clientId, tokenFile };
    expect(await writeUrl(connectionToSandbox(sandbox, { auth }))).toContain("sig=");
  });

  test("outside of a pod says what is missing", async () => {
    vi.stubEnv("AZURE_FEDERATED_TOKEN_FILE", undefined);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const server = await scriptedServer(reply(500));
    const auth: Credentials = { kind: "workload-identity", clientId: "the-client" };
    const error = await failureOf(writeUrl(connectionTo(server.url, { auth })));
    expect(error.code).toBe("DMFP-CREDENTIAL");
    expect(error.next).toContain("azure.workload.identity/use");
  });
});

describe("a managed identity", () => {
  /**
   * The token service of App Service, whose address Azure puts into variables. One for all steps: the library
   * remembers the first address it finds, for as long as the process lives.
   */
  test("is asked for with the environment as resource; refusals and silence are told apart", async () => {
    const client = await sandboxForTest();
    const answer = {
      access_token: await client.token(),
      expires_on: String(Math.floor(systemClock.now() / 1000) + 3600),
      resource: client.sandbox.url,
      token_type: "Bearer",
    };
    const unknown = { error: "invalid_request", error_description: "Identity not found" };
    const service = await scriptedServer(reply(200, answer), reply(400, unknown));
    vi.stubEnv("IDENTITY_ENDPOINT", `${service.url}/msi/token`);
    vi.stubEnv("IDENTITY_HEADER", "the-header");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const auth: Credentials = { kind: "managed-identity", clientId: "the-identity" };
    expect(await writeUrl(connectionToSandbox(client.sandbox, { auth }))).toContain("sig=");
    const [request] = service.received;
    const query = new URLSearchParams(request?.path.split("?")[1]);
    expect(query.get("resource")).toBe(client.sandbox.url);
    expect(query.get("client_id")).toBe("the-identity");
    expect(request?.headers["x-identity-header"]).toBe("the-header");

    const other = connectionTo("http://127.0.0.1:9", { auth: { ...auth, clientId: "another-identity" } });
    const refused = await failureOf(writeUrl(other));
    expect(refused.code).toBe("DMFP-AUTH-REFUSED");
    expect(refused.message).toContain("Identity not found");

    await service.close();
    const silent = await failureOf(writeUrl(other));
    expect(silent.code).toBe("DMFP-CREDENTIAL");
    expect(silent.message).toContain("No managed identity answers on this machine.");
  });
});

describe("the Azure CLI", () => {
  /** A program named az that stands in for the real one. */
  async function azureCli(script: string): Promise<void> {
    const folder = await folderForTest();
    const program = path.join(folder, "az");
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
    vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
  }
  const auth: Credentials = { kind: "azure-cli" };

  test("gives the token of who is signed in", async () => {
    const client = await sandboxForTest();
    const expires = Math.floor(systemClock.now() / 1000) + 3600;
    const answer = { accessToken: await client.token(), expires_on: expires, tokenType: "Bearer" };
    await azureCli(`echo "$@" > "$(dirname "$0")/called"; echo '${JSON.stringify(answer)}'`);
    expect(await writeUrl(connectionToSandbox(client.sandbox, { auth }))).toContain("sig=");
  });

  test.each([
    ["echo 'ERROR: Please run az login to setup account.' >&2; exit 1", "DMFP-CREDENTIAL", "az login"],
    [
      "echo 'ERROR: AADSTS700082: The refresh token has expired due to inactivity.' >&2; exit 1",
      "DMFP-AUTH-REFUSED",
      "Sign in anew",
    ],
  ])("that says %j", async (script, code, next) => {
    await azureCli(script);
    const error = await failureOf(writeUrl(connectionTo("http://127.0.0.1:9", { auth })));
    expect(error.code).toBe(code);
    expect(error.next).toContain(next);
  });

  test("that is not installed", async () => {
    vi.stubEnv("PATH", await folderForTest());
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const error = await failureOf(writeUrl(connectionTo("http://127.0.0.1:9", { auth })));
    expect(error.code).toBe("DMFP-CREDENTIAL");
    expect(error.next).toContain("Install the Azure CLI");
  });
});

describe("AD FS", () => {
  test("is asked with a resource, and calls go below the AOS address", async () => {
    const { sandbox } = await sandboxForTest();
    const connection = connectionToSandbox(sandbox, {
      tenant: "adfs",
      url: `${sandbox.url}/namespaces/AXSF`,
      resource: sandbox.url,
    });
    expect(await writeUrl(connection)).toContain("sig=");
  });

  test("that refuses points at its own log", async () => {
    const auth: Credentials = {
      kind: "client-secret",
      clientId: registered.clientId,
      clientSecret: new Secret("no"),
    };
    const server = await scriptedServer(
      reply(400, { error: "invalid_client", error_description: "MSIS9622" }),
    );
    const error = await failureOf(writeUrl(connectionTo(server.url, { tenant: "adfs", auth })));
    expect(error.message).toContain("MSIS9622");
    expect(error.next).toContain("AD FS/Admin");
  });
});

describe("refusals of Microsoft Entra, by the sandbox's own", () => {
  const secret = (clientId: string, clientSecret: string): Credentials => ({
    kind: "client-secret",
    clientId,
    clientSecret: new Secret(clientSecret),
  });
  const expired = { ...registered, clientId: "expired", secretExpiresAt: "2020-01-01T00:00:00Z" };
  const unconsented = { ...registered, clientId: "unconsented", consented: false };

  const client = sharedSandbox({ applications: [registered, expired, unconsented] });

  test.each<[number, Partial<EnvironmentConnection>]>([
    [7000215, { auth: secret(registered.clientId, "wrong") }],
    [7000222, { auth: secret("expired", registered.clientSecret) }],
    [700016, { auth: secret("nobody", "x") }],
    [65001, { auth: secret("unconsented", registered.clientSecret) }],
    [90002, { tenant: "elsewhere.onmicrosoft.com" }],
    [500011, { resource: "https://typo.example.com" }],
  ])("AADSTS%i", async (code, changes) => {
    const error = await failureOf(writeUrl(connectionToSandbox(client().sandbox, changes)));
    expect(error.code).toBe("DMFP-AUTH-REFUSED");
    expect(error.message).toContain(`AADSTS${code}`);
    expect(error.next).not.toBe(error.entry.next);
  });
});

test("a sign-in service that is down for a moment is asked again", async () => {
  const { sandbox } = await sandboxForTest({ faults: [{ on: "token", status: 503, times: 2 }] });
  expect(await writeUrl(connectionToSandbox(sandbox))).toContain("sig=");
});

test("a token that is revoked in the middle is renewed once, and the call repeated", async () => {
  const { sandbox } = await sandboxForTest({
    faults: [{ on: "GetAzureWriteUrl", nth: 2, revokeToken: true }],
  });
  const { api } = environmentFor(connectionToSandbox(sandbox));
  await api.getAzureWriteUrl("a.zip");
  expect(await api.getAzureWriteUrl("b.zip")).toContain("sig=");
});
