import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BlockBlobClient } from "@azure/storage-blob";
import { describe, expect, onTestFinished, test } from "vitest";
import { readFaultFile } from "../../src/sandbox/fault-file.ts";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { buildPackage } from "./package-builder.ts";
import { refusal, SandboxClient, sandboxForTest, send } from "./sandbox-client.ts";

const group = { label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ["10"]] };

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-faults-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("a fault hits the calls it was planned for, and every hit is listed", async () => {
  const fault = { on: "GetAzureWriteUrl", nth: 2, times: 2, status: 429, retryAfter: "7" };
  const client = await sandboxForTest({ faults: [fault] }, { clock: { now: () => 1_700_000_000_000 } });
  const answers = [];
  for (let call = 0; call < 4; call += 1)
    answers.push(await client.action("GetAzureWriteUrl", { uniqueFileName: "x" }));
  expect(answers.map(({ status }) => status)).toEqual([200, 429, 429, 200]);
  const [, throttled] = answers;
  expect(throttled?.headers.get("retry-after")).toBe("7");
  expect(throttled === undefined ? "" : refusal(throttled)).toContain("high resource utilization");
  expect(client.sandbox.firedFaults()).toEqual([
    { operation: "GetAzureWriteUrl", call: 2, at: 1_700_000_000_000, fault },
    { operation: "GetAzureWriteUrl", call: 3, at: 1_700_000_000_000, fault },
  ]);
});

test("a fault can hit every call from the nth on", async () => {
  const client = await sandboxForTest({ faults: [{ on: "odata", nth: 2, times: "always", status: 503 }] });
  const statuses = [];
  for (let call = 0; call < 5; call += 1) statuses.push((await client.get("/data/Currencies")).status);
  expect(statuses).toEqual([200, 503, 503, 503, 503]);
});

test("a fault before the effect leaves nothing, one after it only loses the answer", async () => {
  const faults = [
    { on: "ImportFromPackage", nth: 1, drop: true },
    { on: "ImportFromPackage", nth: 2, when: "after", drop: true } as const,
  ];
  const client = await sandboxForTest({ faults });
  const content = await buildPackage(group);
  await expect(client.importPackage(content, { executionId: "lost-before" })).rejects.toThrow();
  expect(await client.details("lost-before")).toEqual([]);
  await expect(client.importPackage(content, { executionId: "lost-after" })).rejects.toThrow();
  expect(await client.ended("lost-after")).toBe("Succeeded");
});

test("tokens, OData and bodies can be faulty too", async () => {
  const client = await sandboxForTest({
    faults: [
      { on: "token", status: 500 },
      { on: "odata", status: 401 },
      { on: "odata", nth: 2, status: 200, body: "<html>", contentType: "text/html" },
      { on: "odata", nth: 3, delayMs: 1 },
    ],
  });
  const form = { grant_type: "client_credentials" };
  expect((await client.tokenAnswer(form)).status).toBe(500);
  expect((await client.get("/data/Currencies")).status).toBe(401);
  const page = await client.get("/data/Currencies");
  expect([page.status, page.text, page.headers.get("content-type")]).toEqual([200, "<html>", "text/html"]);
  expect(JSON.parse((await client.get("/data/Currencies")).text)).toHaveProperty("value");
  expect(client.sandbox.firedFaults()).toHaveLength(4);
});

test("a body that is cut promises more than it brings, and the request took effect", async () => {
  const client = await sandboxForTest({ faults: [{ on: "ImportFromPackage", cutBodyAfterBytes: 10 }] });
  const packageUrl = await client.upload(await buildPackage(group));
  const token = await client.token();
  const parameters = {
    ...{ packageUrl, definitionGroupId: "cut", executionId: "cut", legalEntityId: "USMF" },
    ...{ execute: true, overwrite: true },
  };
  const response = await fetch(
    `${client.sandbox.url}/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.ImportFromPackage`,
    { method: "POST", headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(parameters) },
  );
  expect(response.status).toBe(200);
  expect(Number(response.headers.get("content-length"))).toBeGreaterThan(10);
  await expect(response.text()).rejects.toThrow();
  expect(await client.ended("cut")).toBe("Succeeded");
});

test("a write address can be expired when it arrives", async () => {
  const client = await sandboxForTest({ faults: [{ on: "GetAzureWriteUrl", urlLifetimeSeconds: -1 }] });
  const content = Buffer.from("package");
  const value = await client.value("GetAzureWriteUrl", { uniqueFileName: "late.zip" });
  const { BlobUrl: url } = JSON.parse(String(value)) as { BlobUrl: string };
  await expect(new BlockBlobClient(url).uploadData(content)).rejects.toMatchObject({ statusCode: 403 });
  expect(await client.upload(content)).toContain("sp=rw");
});

test("a token that was revoked is refused from then on; another one is accepted", async () => {
  let nowMs = 1_700_000_000_000;
  const faults = [{ on: "odata", nth: 2, revokeToken: true }];
  const client = await sandboxForTest({ faults }, { clock: { now: () => nowMs } });
  const first = await client.token();
  const statuses = [];
  for (let call = 0; call < 3; call += 1) statuses.push((await client.get("/data/Currencies", first)).status);
  nowMs += 1000;
  const second = await client.token();
  statuses.push((await client.get("/data/Currencies", second)).status);
  expect(statuses).toEqual([200, 401, 401, 200]);
});

test("a status no source lists can be answered", async () => {
  const client = await sandboxForTest({ faults: [{ on: "GetExecutionSummaryStatus", value: "Resting" }] });
  expect(await client.value("GetExecutionSummaryStatus", { executionId: "any" })).toBe("Resting");
});

describe("a stuck execution", () => {
  test.each(["ImportFromPackage", "ImportFromPackageAsync"])(
    "of %s blocks its project until it is released",
    async (name) => {
      const client = await sandboxForTest({
        faults: [{ on: name, stuck: true }],
        detailsNotFoundPolls: 0,
        enhancedParallelImport: true,
      });
      const content = await buildPackage(group);
      const parameters = { executionId: "hangs", definitionGroupId: "Hanging" };
      expect((await client.importPackage(content, parameters, name)).status).toBe(200);
      const blocked = await client.importPackage(content, { definitionGroupId: "Hanging" });
      expect(refusal(blocked)).toContain("is being executed already");
      // Another project goes past it.
      expect((await client.load(content)).status).toBe("Succeeded");
      expect(await client.value("GetExecutionSummaryStatus", { executionId: "hangs" })).toBe("Executing");
      const stuck = `${client.sandbox.url}/__sandbox/stuck`;
      expect(JSON.parse((await send(stuck)).text)).toEqual({ stuck: ["hangs"] });
      expect((await send(`${stuck}/hangs`, { method: "DELETE" })).status).toBe(204);
      expect(await client.ended("hangs")).toBe("Succeeded");
      expect((await send(`${stuck}/hangs`, { method: "DELETE" })).status).toBe(404);
    },
  );

  test("is gone once it is deleted from the history", async () => {
    const client = await sandboxForTest({ faults: [{ on: "ImportFromPackage", stuck: true }] });
    const content = await buildPackage(group);
    const parameters = { executionId: "hangs", definitionGroupId: "Hanging" };
    await client.importPackage(content, parameters);
    const deleted = await client.action("DeleteExecutionHistoryJob", { executionId: "hangs" });
    expect(deleted.status).toBeLessThan(300);
    expect(client.sandbox.releaseStuck("hangs")).toBe(false);
    expect(await client.load(content, parameters)).toEqual({ id: "hangs", status: "Succeeded" });
  });

  test("is stuck after a restart, too", async () => {
    const dataFolder = await newFolder();
    const settings = { detailsNotFoundPolls: 0 };
    const first = await startSandbox({
      dataFolder,
      settings: { ...settings, faults: [{ on: "ImportFromPackage", stuck: true }] },
    });
    await new SandboxClient(first).importPackage(await buildPackage(group), { executionId: "hangs" });
    await first.stop();
    const again = await sandboxForTest(settings, { dataFolder });
    expect(again.sandbox.firedFaults()).toEqual([]);
    expect(await again.value("GetExecutionSummaryStatus", { executionId: "hangs" })).toBe("Executing");
    expect(again.sandbox.releaseStuck("HANGS")).toBe(true);
    expect(await again.ended("hangs")).toBe("Succeeded");
  });
});

describe("the admin endpoint", () => {
  test("takes faults, lists what is planned and what fired, and forgets them", async () => {
    const client = await sandboxForTest();
    const faults = `${client.sandbox.url}/__sandbox/faults`;
    const post = async (body: unknown): Promise<number> =>
      (await send(faults, { method: "POST", body: JSON.stringify(body) })).status;
    expect(await post({ on: "odata", status: 503 })).toBe(201);
    expect(await post([{ on: "*", nth: 4, drop: true }])).toBe(201);
    expect(await post({ faults: [{ on: "token", delayMs: 1 }] })).toBe(201);
    expect((await client.get("/data/Currencies")).status).toBe(503);
    expect((await client.get("/data/Currencies")).status).toBe(200);
    const listed = JSON.parse((await send(faults)).text) as { planned: unknown; fired: unknown };
    expect(listed.planned).toEqual([
      { fault: { on: "odata", status: 503 }, calls: 2, hits: 1 },
      // The token request came first.
      { fault: { on: "*", nth: 4, drop: true }, calls: 3, hits: 0 },
      { fault: { on: "token", delayMs: 1 }, calls: 1, hits: 1 },
    ]);
  });

  test("forgets everything on DELETE", async () => {
    const client = await sandboxForTest({ faults: [{ on: "odata", times: "always", status: 503 }] });
    expect((await client.get("/data/Currencies")).status).toBe(503);
    const faults = `${client.sandbox.url}/__sandbox/faults`;
    expect((await send(faults, { method: "DELETE" })).status).toBe(204);
    expect((await client.get("/data/Currencies")).status).toBe(200);
    expect(JSON.parse((await send(faults)).text)).toEqual({ planned: [], fired: [] });
  });

  test.each([
    ["no JSON", "{", "not JSON"],
    ["a fault without effect", '{"on":"odata"}', "names no effect"],
    ["an unknown member", '[{"on":"odata","status":503,"state":1}]', "state"],
    ["a status that is none", '{"on":"odata","status":99}', "0.status"],
    [
      "a header that breaks the line",
      '{"on":"odata","status":429,"retryAfter":"1\\r\\nx: y"}',
      "line breaks",
    ],
    ["null", "null", "object"],
  ])("refuses %s", async (_case, body, text) => {
    const client = await sandboxForTest();
    const answer = await send(`${client.sandbox.url}/__sandbox/faults`, { method: "POST", body });
    expect(answer.status).toBe(400);
    expect((JSON.parse(answer.text) as { error: string }).error).toContain(text);
    expect((await client.get("/data/Currencies")).status).toBe(200);
  });

  test("answers this machine only", async () => {
    const client = await sandboxForTest();
    const faults = `${client.sandbox.url}/__sandbox/faults`;
    const foreign: Record<string, string>[] = [
      { origin: "https://example.com" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ];
    for (const headers of foreign) expect((await send(faults, { headers })).status).toBe(403);
    expect((await send(faults, { headers: { origin: client.sandbox.url } })).status).toBe(200);
    expect((await send(faults, { method: "PUT" })).headers.get("allow")).toBe("GET, POST, DELETE");
    expect((await send(`${client.sandbox.url}/__sandbox/else`)).status).toBe(404);
  });
});

describe("a plan file", () => {
  test("is YAML or JSON", async () => {
    const folder = await newFolder();
    const yaml = path.join(folder, "faults.yaml");
    await writeFile(yaml, "faults:\n  - { on: token, nth: 2, status: 500 }\n  - on: odata\n    drop: true\n");
    const json = path.join(folder, "faults.json");
    await writeFile(
      json,
      JSON.stringify({
        faults: [
          { on: "token", nth: 2, status: 500 },
          { on: "odata", drop: true },
        ],
      }),
    );
    expect(readFaultFile(yaml)).toEqual([
      { on: "token", nth: 2, status: 500 },
      { on: "odata", drop: true },
    ]);
    expect(readFaultFile(json)).toEqual(readFaultFile(yaml));
  });

  test.each([
    ["faults:\n  - { on: token, nth: 0, status: 500 }\n", 2, /nth/],
    ["faults:\n  - { on: token, status: 500 }\n  - { on: token, stauts: 500 }\n", 3, /stauts.*status/],
    ["faults:\n  - { on: token }\n", 2, /no effect/],
    ["faults: [", 1, /YAML/],
    ["[]", 1, /the file/],
  ])("with a mistake is refused with its place: %j", async (text, line, message) => {
    const file = path.join(await newFolder(), "faults.yaml");
    await writeFile(file, text);
    expect(() => readFaultFile(file)).toThrow(
      expect.objectContaining({
        code: "DMFP-SANDBOX-SETUP",
        message: expect.stringMatching(message) as string,
        at: expect.objectContaining({ file, line }) as unknown,
      }) as Error,
    );
  });

  test("that is not there is refused", () => {
    expect(() => readFaultFile("/nowhere/faults.yaml")).toThrow(
      expect.objectContaining({ code: "DMFP-SANDBOX-SETUP", at: { file: "/nowhere/faults.yaml" } }) as Error,
    );
  });

  test("shown in docs/sandbox.md is one", async () => {
    const page = readFileSync(path.join(import.meta.dirname, "../../docs/sandbox.md"), "utf8");
    const text = /```yaml\n(faults:[\s\S]*?)```/.exec(page)?.[1] ?? "";
    const file = path.join(await newFolder(), "faults.yaml");
    await writeFile(file, text);
    expect(readFaultFile(file).length).toBeGreaterThan(5);
  });
});
