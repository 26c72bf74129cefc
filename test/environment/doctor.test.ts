import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  examineEnvironment,
  type Diagnosis,
  type ExaminationOptions,
} from "../../src/environment/doctor/examine-environment.ts";
import type { ExaminedStep } from "../../src/environment/doctor/examination.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { Secret } from "../../src/errors/redaction.ts";
import type { EnvironmentConnection } from "../../src/project/environment-definition.ts";
import type { Credentials } from "../../src/project/sign-in-definition.ts";
import { defaultSettings, type SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { sandboxForTest, sharedSandbox } from "../sandbox/sandbox-client.ts";
import { connectionTo, connectionToSandbox } from "./connection.ts";
import { reply, scriptedServer, silence } from "./scripted-server.ts";
import { trustCertificate } from "./trusted-certificate.ts";

/** An environment whose legal entities are public, as those of a real one are. */
const setup = {
  entities: [
    {
      label: "Legal entities",
      aotName: "OMLegalEntity",
      odataCollection: "LegalEntities",
      scope: "shared",
      keys: ["LEGALENTITYID"],
      fields: [{ name: "LEGALENTITYID", odataName: "LegalEntityId" }],
    },
  ],
};
const shared = sharedSandbox({}, setup);

async function examine(
  connection: EnvironmentConnection,
  options: Partial<ExaminationOptions> = {},
): Promise<Diagnosis> {
  return await examineEnvironment({
    connect: () => Promise.resolve(connection),
    needs: { companies: ["USMF", "DEMF"], labels: ["Vendors V2", "Vendor groups"], formats: ["CSV-Unicode"] },
    variables: { NO_PROXY: "127.0.0.1,localhost" },
    write: true,
    clock: systemClock,
    onStep: () => undefined,
    ...options,
  });
}

/** The steps with a state, by their ids. */
function idsOf(diagnosis: Diagnosis, state: ExaminedStep["state"]): string[] {
  return diagnosis.steps.filter((step) => step.state === state).map(({ id }) => id);
}

function stepOf(diagnosis: Diagnosis, id: string): ExaminedStep {
  const found = diagnosis.steps.find((step) => step.id === id);
  if (found === undefined) throw new Error(`There is no step ${id}.`);
  return found;
}

/** The only step that is red, with the exit code it leads to. */
async function broken(
  connection: EnvironmentConnection,
  expected: { readonly step: string; readonly exitCode: number; readonly fix: RegExp },
  options: Partial<ExaminationOptions> = {},
): Promise<Diagnosis> {
  const diagnosis = await examine(connection, options);
  expect(idsOf(diagnosis, "failed")).toEqual([expected.step]);
  expect(diagnosis.exitCode).toBe(expected.exitCode);
  expect(stepOf(diagnosis, expected.step).fix).toMatch(expected.fix);
  return diagnosis;
}

function secret(clientId: string, clientSecret: string): Credentials {
  return { kind: "client-secret", clientId, clientSecret: new Secret(clientSecret) };
}

function applicationWith(wanted: { registered: boolean; mayManageData: boolean }): Credentials {
  const found = defaultSettings.applications.find(
    ({ registered, mayManageData }) =>
      registered === wanted.registered && mayManageData === wanted.mayManageData,
  );
  return secret(found?.clientId ?? "", found?.clientSecret ?? "");
}

describe("an environment that is well", () => {
  test("every step is ok, from the settings to the blob", async () => {
    const diagnosis = await examine(connectionToSandbox(shared().sandbox));
    expect(idsOf(diagnosis, "failed")).toEqual([]);
    expect(diagnosis.exitCode).toBe(0);
    expect(idsOf(diagnosis, "ok")).toEqual([
      ...["settings", "machine", "sign-in-dns", "sign-in-tcp", "token", "environment-dns"],
      ...["environment-tcp", "answer", "clock", "registration", "role", "companies", "entities", "formats"],
      ...["write-url", "blob-host", "blob-dns", "blob-tcp", "blob-validity", "blob-upload"],
    ]);
    expect(stepOf(diagnosis, "token").message).toContain(shared().sandbox.clientId);
    expect(stepOf(diagnosis, "blob-validity").message).toMatch(/^Good for (29|30) minutes/);
  });

  test("over TLS that this machine trusts", async () => {
    const { sandbox } = await sandboxForTest({}, { tls: true });
    trustCertificate(sandbox.certificate);
    const diagnosis = await examine(connectionToSandbox(sandbox));
    expect(diagnosis.exitCode).toBe(0);
    expect(stepOf(diagnosis, "environment-tls").message).toMatch(
      /^TLSv1\.3; certificate of dmfpipe F&O sandbox, good until 20/,
    );
  });

  test("nothing is uploaded unless it is asked for, and nothing ever changes in F&O", async () => {
    const before = await shared().rows("/data/DataManagementDefinitionGroups");
    const diagnosis = await examine(connectionToSandbox(shared().sandbox), { write: false });
    expect(stepOf(diagnosis, "blob-upload")).toMatchObject({ state: "skipped" });
    expect(stepOf(diagnosis, "blob-upload").message).toContain("--write");
    await examine(connectionToSandbox(shared().sandbox));
    expect(await shared().rows("/data/DataManagementDefinitionGroups")).toEqual(before);
    expect(await shared().rows("/data/DataManagementExecutionJobs")).toEqual([]);
  });

  test("steps are told one by one, with their time; no secret and no token among them", async () => {
    const told: ExaminedStep[] = [];
    const connection = connectionToSandbox(shared().sandbox);
    const diagnosis = await examine(connection, { onStep: (step) => told.push(step) });
    expect(told).toEqual(diagnosis.steps);
    expect(told.every(({ durationMs }) => Number.isInteger(durationMs))).toBe(true);
    expect(JSON.stringify(told)).not.toMatch(/sig=|eyJ|sandbox-secret/);
  });
});

describe("settings", () => {
  test("a variable that is not set ends the walk with 2", async () => {
    const missing = new DmfpipeError("DMFP-SECRET-MISSING", "The environment variable X is not set.", {
      next: "Set X and give the command again.",
    });
    const diagnosis = await examine(connectionTo("http://127.0.0.1:9"), {
      connect: () => Promise.reject(missing),
    });
    expect(idsOf(diagnosis, "failed")).toEqual(["settings"]);
    expect(diagnosis.steps.map(({ id }) => id)).toEqual(["settings", "machine"]);
    expect(diagnosis.exitCode).toBe(2);
  });

  test("a certificate file that is not there is the token's failure, with 2", async () => {
    const auth: Credentials = {
      kind: "client-certificate",
      clientId: "a",
      certificateFile: "/nowhere.pem",
      sendCertificateChain: false,
    };
    await broken(connectionToSandbox(shared().sandbox, { auth }), {
      step: "token",
      exitCode: 2,
      fix: /certificateFile/,
    });
  });
});

describe("network", () => {
  test("a name that DNS does not know", async () => {
    const authorityHost = "https://login.nowhere.invalid";
    const diagnosis = await examine(connectionToSandbox(shared().sandbox, { authorityHost }));
    expect(idsOf(diagnosis, "failed")).toEqual(["sign-in-dns"]);
    expect(diagnosis.exitCode).toBe(5);
    expect(stepOf(diagnosis, "sign-in-dns").fix).toContain("authorityHost");
    // The environment's own host is looked at all the same.
    expect(stepOf(diagnosis, "answer").state).toBe("ok");
    expect(stepOf(diagnosis, "registration")).toMatchObject({
      state: "skipped",
      message: "There is no token.",
    });
  });

  test("a port where nobody listens", async () => {
    const gone = await scriptedServer(reply(200));
    await gone.close();
    const { sandbox } = shared();
    const url = gone.url;
    await broken(connectionToSandbox(sandbox, { url, resource: sandbox.url }), {
      step: "environment-tcp",
      exitCode: 5,
      fix: /firewall/,
    });
  });

  test("a proxy that is not there is what is wrong, not the host", async () => {
    const gone = await scriptedServer(reply(200));
    await gone.close();
    const connection = connectionTo("https://contoso.example.com");
    const diagnosis = await examine(connection, { variables: { HTTPS_PROXY: gone.url } });
    expect(idsOf(diagnosis, "failed")).toEqual(["sign-in-tcp", "environment-tcp"]);
    expect(stepOf(diagnosis, "sign-in-tcp").fix).toContain("HTTPS_PROXY");
    expect(stepOf(diagnosis, "machine").message).toContain(`HTTPS_PROXY=${gone.url}`);
  });

  test("a proxy that does not let through", async () => {
    const proxy = createServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    const address = proxy.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const variables = { https_proxy: `http://user:pass@127.0.0.1:${port}` };
    const diagnosis = await examine(connectionTo("https://contoso.example.com"), { variables });
    expect(stepOf(diagnosis, "environment-tls")).toMatchObject({ state: "failed" });
    expect(stepOf(diagnosis, "environment-tls").message).toContain("the proxy answers HTTP 403");
    expect(JSON.stringify(diagnosis)).not.toContain("pass@");
  });
});

describe("TLS", () => {
  test("an authority this machine does not trust is named, with the way to trust it", async () => {
    const { sandbox } = await sandboxForTest({}, { tls: true });
    const diagnosis = await examine(connectionToSandbox(sandbox));
    expect(idsOf(diagnosis, "failed")).toEqual(["sign-in-tls", "environment-tls"]);
    expect(diagnosis.exitCode).toBe(6);
    const { message, fix, code } = stepOf(diagnosis, "environment-tls");
    expect(code).toBe("DMFP-TLS-REFUSED");
    expect(message).toContain("issued by dmfpipe F&O sandbox");
    expect(fix).toContain("NODE_EXTRA_CA_CERTS");
  });

  test("a server that does not speak TLS at all", async () => {
    const server = await scriptedServer(reply(200));
    const url = server.url.replace("http:", "https:");
    const { sandbox } = shared();
    await broken(connectionToSandbox(sandbox, { url, resource: sandbox.url }), {
      step: "environment-tls",
      exitCode: 6,
      fix: /scheme and port/,
    });
  });

  test("a certificate that ends soon is worth a word", async () => {
    const { sandbox } = await sandboxForTest({}, { tls: true });
    trustCertificate(sandbox.certificate);
    const inTwoYears = { now: () => systemClock.now() + 815 * 86_400_000 };
    const diagnosis = await examine(connectionToSandbox(sandbox), { clock: inTwoYears });
    expect(stepOf(diagnosis, "environment-tls")).toMatchObject({ state: "warning" });
  });

  test("checks that are switched off are worth one too", async () => {
    const diagnosis = await examine(connectionToSandbox(shared().sandbox), {
      variables: { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_EXTRA_CA_CERTS: "/nowhere.pem" },
    });
    expect(stepOf(diagnosis, "machine")).toMatchObject({ state: "warning" });
    expect(diagnosis.exitCode).toBe(0);
  });
});

describe("token, registration and role", () => {
  test.each<[string, Partial<EnvironmentConnection>, RegExp]>([
    [
      "a wrong secret",
      { auth: secret(defaultSettings.applications[0]?.clientId ?? "", "x") },
      /value, not its id/,
    ],
    ["an unknown application", { auth: secret("nobody", "x") }, /clientId and tenant/],
    ["an unknown tenant", { tenant: "elsewhere.example.com" }, /no such tenant/],
    ["an unknown resource", { resource: "https://typo.example.com" }, /typing errors/],
  ])("%s", async (_case, changes, fix) => {
    const connection = connectionToSandbox(shared().sandbox, changes);
    await broken(connection, { step: "token", exitCode: 6, fix });
  });

  test("an application that is not registered: 401", async () => {
    const auth = applicationWith({ registered: false, mayManageData: true });
    const connection = connectionToSandbox(shared().sandbox, { auth });
    const diagnosis = await broken(connection, {
      step: "registration",
      exitCode: 6,
      fix: /Microsoft Entra applications: add 5a0db0c5/,
    });
    expect(stepOf(diagnosis, "role").state).toBe("skipped");
  });

  test("a user without the role: 403", async () => {
    const auth = applicationWith({ registered: true, mayManageData: false });
    const connection = connectionToSandbox(shared().sandbox, { auth });
    const diagnosis = await broken(connection, {
      step: "role",
      exitCode: 6,
      fix: /Data management operations user/,
    });
    expect(stepOf(diagnosis, "registration").state).toBe("ok");
  });
});

describe("the environment", () => {
  test("an address of something else", async () => {
    const { sandbox } = shared();
    const elsewhere = await scriptedServer(reply(404, "nothing here"));
    await broken(connectionToSandbox(sandbox, { url: elsewhere.url, resource: sandbox.url }), {
      step: "answer",
      exitCode: 6,
      fix: /namespaces\/AXSF/,
    });
  });

  test("one that is down", async () => {
    const { sandbox } = shared();
    const down = await scriptedServer(reply(503, "maintenance"));
    await broken(connectionToSandbox(sandbox, { url: down.url, resource: sandbox.url }), {
      step: "answer",
      exitCode: 5,
      fix: /Wait until/,
    });
  });

  test.each([
    [10 * 60_000, "warning", "ahead of"],
    [-2 * 60_000, "warning", "behind"],
    [2_000, "ok", "ahead of"],
  ])("a clock that is off by %i ms", async (offMs, state, words) => {
    const clock = { now: () => systemClock.now() + offMs };
    const diagnosis = await examine(connectionToSandbox(shared().sandbox), { clock, write: false });
    expect(stepOf(diagnosis, "clock")).toMatchObject({ state });
    expect(stepOf(diagnosis, "clock").message).toContain(words);
  });

  test("a legal entity that does not exist", async () => {
    const needs = { companies: ["USMF", "XXXX"], labels: [], formats: [] };
    const diagnosis = await broken(
      connectionToSandbox(shared().sandbox),
      { step: "companies", exitCode: 6, fix: /writes/ },
      { needs },
    );
    expect(stepOf(diagnosis, "companies").message).toContain("no legal entity XXXX. It has");
  });

  test("an entity by a name of another language", async () => {
    const needs = { companies: [], labels: ["Kreditoren V2", "Vendors V2"], formats: [] };
    const diagnosis = await broken(
      connectionToSandbox(shared().sandbox),
      { step: "entities", exitCode: 6, fix: /language of the environment/ },
      { needs },
    );
    expect(stepOf(diagnosis, "entities").message).toContain("'Kreditoren V2'.");
  });

  test("a format of its own cannot be seen before it was used; legal entities that are not public neither", async () => {
    const { sandbox } = await sandboxForTest();
    const needs = { companies: ["USMF"], labels: [], formats: ["CSV-UTF8", "CSV-Unicode"] };
    const diagnosis = await examine(connectionToSandbox(sandbox), { needs, write: false });
    expect(diagnosis.exitCode).toBe(0);
    expect(stepOf(diagnosis, "formats")).toMatchObject({ state: "skipped" });
    expect(stepOf(diagnosis, "formats").message).toContain("used CSV-UTF8 yet");
    expect(stepOf(diagnosis, "companies")).toMatchObject({ state: "skipped" });
  });
});

describe("the blob store", () => {
  async function sandboxWith(settings: Partial<SandboxSettings>): Promise<EnvironmentConnection> {
    return connectionToSandbox((await sandboxForTest(settings)).sandbox);
  }
  const address = (url: string): Partial<SandboxSettings> => ({
    faults: [{ on: "GetAzureWriteUrl", value: JSON.stringify({ BlobId: "{1}", BlobUrl: url }) }],
  });

  test("no address is given", async () => {
    const faults = [{ on: "GetAzureWriteUrl", status: 500, times: "always" as const }];
    const connection = await sandboxWith({ faults });
    await broken(connection, { step: "write-url", exitCode: 5, fix: /Wait until/ });
  });

  test("an address on a host that is not allowed is not even connected to", async () => {
    const connection = { ...connectionToSandbox(shared().sandbox), blobHosts: [] };
    const diagnosis = await broken(connection, {
      step: "blob-host",
      exitCode: 6,
      fix: /blobHosts: \[127\.0\.0\.1:\d+\]/,
    });
    expect(stepOf(diagnosis, "blob-upload").message).toContain("not allowed");
    expect(diagnosis.steps.some(({ id }) => id === "blob-tcp")).toBe(false);
  });

  test("a host that does not exist", async () => {
    const connection = await sandboxWith(address("https://x.blob.core.windows.net.invalid/dmf/x?sig=a"));
    await broken(
      { ...connection, blobHosts: ["x.blob.core.windows.net.invalid"] },
      { step: "blob-dns", exitCode: 5, fix: /DNS of the internet/ },
    );
  });

  test("an address that has ended when it comes", async () => {
    const connection = await sandboxWith({ writeUrlLifetimeSeconds: -60 });
    await broken(connection, { step: "blob-validity", exitCode: 5, fix: /clock/ });
  });

  test("an address that is not good yet by our clock", async () => {
    const clock = { now: () => systemClock.now() - 20 * 60_000 };
    const connection = connectionToSandbox(shared().sandbox);
    await broken(connection, { step: "blob-validity", exitCode: 5, fix: /clock/ }, { clock });
  });

  test("a store that refuses the upload", async () => {
    const end = new Date(systemClock.now() + 1_800_000).toISOString();
    const store = await scriptedServer(
      reply(403, "<Error><Code>AuthenticationFailed</Code></Error>", { "content-type": "application/xml" }),
    );
    const connection = await sandboxWith(address(`${store.url}/dmf/x?sp=rw&se=${end}&sig=a`));
    const diagnosis = await broken(
      { ...connection, blobHosts: [new URL(store.url).host] },
      { step: "blob-upload", exitCode: 5, fix: /./ },
    );
    expect(JSON.stringify(diagnosis)).not.toContain("sig=a");
  });

  test("an address that may only be read", async () => {
    const store = await scriptedServer(reply(200));
    const connection = await sandboxWith(address(`${store.url}/dmf/x?sp=r&sig=a`));
    await broken(
      { ...connection, blobHosts: [new URL(store.url).host] },
      { step: "blob-validity", exitCode: 5, fix: /writable address/ },
    );
  });
});

describe("the batch", () => {
  const job = (changes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
    JobId: "run-1",
    TargetStatus: "Finished",
    StagingEndDateTime: "2026-03-01T10:00:00Z",
    TargetStartDateTime: "2026-03-01T10:00:05Z",
    TargetEndDateTime: "2026-03-01T10:05:00Z",
    ...changes,
  });
  const stuck = job({
    JobId: "run-2",
    TargetStatus: "NotStarted",
    StagingEndDateTime: "2026-03-01T11:00:00Z",
    TargetStartDateTime: "1900-01-01T00:00:00Z",
    TargetEndDateTime: "1900-01-01T00:00:00Z",
  });

  test.each<[string, readonly unknown[], ExaminedStep["state"], string]>([
    ["that finished an import today", [job({})], "ok", "at 2026-03-01T10:05:00Z."],
    ["that has let one wait for hours", [stuck, job({})], "warning", "run-2 has been waiting"],
    ["that has done nothing so far", [], "skipped", "Cannot be seen"],
  ])("%s", async (_case, value, state, words) => {
    const { sandbox } = await sandboxForTest({
      faults: [{ on: "odata", times: "always", status: 200, body: JSON.stringify({ value }) }],
    });
    const clock = { now: () => Date.parse("2026-03-01T14:00:00Z") };
    const diagnosis = await examine(connectionToSandbox(sandbox), { clock, write: false });
    expect(stepOf(diagnosis, "batch")).toMatchObject({ state });
    expect(stepOf(diagnosis, "batch").message).toContain(words);
  });
});

test("somebody who stops it gets no diagnosis", async () => {
  const stopping = new AbortController();
  const server = await scriptedServer(silence);
  const examined = examine(connectionTo(server.url), {
    signal: stopping.signal,
    onStep: ({ id }) => {
      if (id === "sign-in-tls") stopping.abort();
    },
  });
  await expect(examined).rejects.toMatchObject({ code: "DMFP-INTERRUPTED" });
});
