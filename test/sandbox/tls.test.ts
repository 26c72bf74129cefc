import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { beforeAll, afterAll, expect, test } from "vitest";
import { defaultSettings, type SandboxApplication } from "../../src/sandbox/sandbox-settings.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { clientCertificate } from "./client-certificate.ts";

/** Sign-in with Microsoft's own library, over TLS, as any program that talks to F&O does it. */

const certificate = clientCertificate();
const registered = defaultSettings.applications[0] as SandboxApplication;
let sandbox: Sandbox;
let folder: string;
let clientCertificateFile: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-tls-"));
  clientCertificateFile = path.join(folder, "client.pem");
  await writeFile(clientCertificateFile, certificate.bundle);
  sandbox = await startSandbox({
    dataFolder: folder,
    tls: true,
    settings: { applications: [{ ...registered, certificates: [certificate.pem] }] },
  });
});

afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly tokens: string[];
  readonly status: number;
}

/** A process of its own, because Node reads NODE_EXTRA_CA_CERTS once, when it starts. */
async function signIn(options: Readonly<Record<string, unknown>>): Promise<Outcome> {
  const program = path.join(import.meta.dirname, "identity-process.ts");
  const { url, authorityHost, tenant, clientId, clientSecret } = sandbox;
  const environment = { ...process.env, NODE_EXTRA_CA_CERTS: sandbox.certificateFile };
  const given = { url, authorityHost, tenant, clientId, clientSecret, clientCertificateFile, ...options };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, JSON.stringify(given)],
    { env: environment },
  );
  return JSON.parse(stdout) as Outcome;
}

test.each([
  ["a secret", "secret"],
  ["a certificate", "certificate"],
])("@azure/identity signs in with %s, without instance discovery", async (_case, kind) => {
  const { tokens, status } = await signIn({ kind, disableInstanceDiscovery: true });
  expect(tokens[0]).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(status).toBe(200);
});

test("@azure/identity signs in with instance discovery, where it reaches the sandbox", async () => {
  const { status } = await signIn({ kind: "secret", disableInstanceDiscovery: false });
  expect(status).toBe(200);
});

test("@azure/identity tells a wrong secret by its code", async () => {
  const failed = signIn({ kind: "secret", disableInstanceDiscovery: true, clientSecret: "wrong" });
  await expect(failed).rejects.toThrow("AADSTS7000215");
});

async function get(authority: string | undefined, host = "localhost"): Promise<string> {
  return new Promise((resolve, reject) => {
    const address = `${sandbox.authorityHost}/${sandbox.tenant}/.well-known/openid-configuration`.replace(
      "localhost",
      host,
    );
    request(address, authority === undefined ? {} : { ca: authority }, (response) => {
      text(response).then(resolve, reject);
    })
      .once("error", reject)
      .end();
  });
}

test("the certificate is refused by who does not trust it, and good for localhost and 127.0.0.1", async () => {
  await expect(get(undefined)).rejects.toThrow(/self-signed certificate/);
  for (const host of ["localhost", "127.0.0.1"]) {
    expect(await get(sandbox.certificate, host)).toContain("token_endpoint");
  }
  expect(await readFile(sandbox.certificateFile ?? "", "utf8")).toBe(sandbox.certificate);
});

test("a restart keeps the certificate; one that is about to end is made anew", async () => {
  const dataFolder = await mkdtemp(path.join(tmpdir(), "dmfpipe-tls-"));
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  const start = async (): Promise<string | undefined> => {
    const own = await startSandbox({ dataFolder, tls: true, clock: { now: () => nowMs } });
    await own.stop();
    return own.certificate;
  };
  try {
    const first = await start();
    expect(await start()).toBe(first);
    nowMs = Date.parse("2028-03-15T00:00:00Z");
    expect(await start()).not.toBe(first);
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
});
