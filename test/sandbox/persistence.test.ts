import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { killed } from "./end-of-process.ts";
import { buildPackage, type TestEntity } from "./package-builder.ts";
import { refusal, SandboxClient, send } from "./sandbox-client.ts";

/** The command `dmfpipe sandbox` as a process of its own: what it prints, what it keeps, how it ends. */

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly client: SandboxClient;
  readonly facts: Sandbox & { readonly dataFolder: string };
}

const command = path.join(import.meta.dirname, "../../src/cli/dmfpipe.js");

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-command-"));
  // Azurite outlives a sandbox that was killed for as long as it takes to write down what it has.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}

function start(folder: string, ...options: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", command, "sandbox", "--data", "data", ...options],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  onTestFinished(() => killed(child));
  return child;
}

async function run(folder: string, ...options: readonly string[]): Promise<Running> {
  const child = start(folder, "--json", ...options);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const facts = JSON.parse(line) as Running["facts"];
  return { child, facts, client: new SandboxClient(facts) };
}

async function end(
  child: Running["child"],
  signal: "SIGTERM" | "SIGINT" | "SIGKILL",
): Promise<number | null> {
  const exited = once(child, "exit") as Promise<[number | null]>;
  child.kill(signal);
  return (await exited)[0];
}

/** Starts and waits for the end: for a command that is refused. */
async function refused(
  folder: string,
  ...options: readonly string[]
): Promise<{ code: number | null; said: string }> {
  const child = start(folder, ...options);
  const said = text(child.stderr);
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, said: await said };
}

function groups(count: number): TestEntity {
  const rows = Array.from({ length: count }, (_, index) => [`G${index}`, `Group ${index}`]);
  return { label: "Vendor groups", file: "groups.csv", rows: [["VENDORGROUPID", "DESCRIPTION"], ...rows] };
}

test("prints what a client needs, for people too", async () => {
  const folder = await newFolder();
  const child = start(folder);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  while (!said.includes("A page to look at")) await once(child.stdout, "data");
  const url = /A page to look at: (\S+)\//.exec(said)?.[1] ?? "";
  expect(said).toContain(`  Environment     ${url}\n`);
  expect(said).toMatch(/ {2}Client secret {3}\S+\n/);
  expect(said).toContain(`    url: ${url}\n`);
  expect((await send(`${url}/`)).text).toContain("Data management");
  expect(await end(child, "SIGINT")).toBe(0);
});

test.each(["SIGTERM", "SIGINT"] as const)("ends in order on %s and goes on where it was", async (signal) => {
  const folder = await newFolder();
  const first = await run(folder);
  expect(first.facts.dataFolder).toBe(path.join(folder, "data"));
  const { id } = await first.client.load(await buildPackage(groups(3)));
  expect(await end(first.child, signal)).toBe(0);
  const second = await run(folder);
  expect(await second.client.value("GetExecutionSummaryStatus", { executionId: id })).toBe("Succeeded");
});

describe("killed with kill -9 in the middle of an import", () => {
  test("it finishes the target step at the next start, no row twice", async () => {
    const folder = await newFolder();
    const count = 30_000;
    const first = await run(folder);
    await first.client.importPackage(await buildPackage(groups(count)), { executionId: "killed" });
    await end(first.child, "SIGKILL");
    const second = await run(folder);
    expect(await second.client.ended("killed")).toBe("Succeeded");
    expect(await second.client.details("killed")).toMatchObject([
      { StagingRecordsCreatedCount: count, TargetRecordsCreatedCount: count, TargetRecordsUpdatedCount: 0 },
    ]);
    const page = await send(`${second.facts.url}/workspace/execution?id=killed`);
    expect(page.text).toContain("30,000");
  });

  test("staging is reported as failed, and nothing of it stays", async () => {
    const folder = await newFolder();
    const first = await run(folder);
    const call = first.client
      .importPackage(await buildPackage(groups(80_000)), { executionId: "cut" })
      .catch(() => undefined);
    while ((await first.client.details("cut")).length === 0) await sleep(1);
    await end(first.child, "SIGKILL");
    await call;
    const second = await run(folder);
    expect(await second.client.ended("cut")).toBe("Failed");
    expect(await second.client.rows("/data/VendorGroups")).toEqual([]);
    expect(await readdir(path.join(folder, "data", "work")).catch(() => [])).toEqual([]);
  });
});

describe("--reset", () => {
  test("makes a new environment of the folder", async () => {
    const folder = await newFolder();
    const first = await run(folder);
    const { id } = await first.client.load(await buildPackage(groups(3)));
    await end(first.child, "SIGTERM");
    const second = await run(folder, "--reset");
    const answer = await second.client.action("GetExecutionSummaryStatus", { executionId: id });
    expect(refusal(answer)).toContain("were not found");
    expect(await second.client.rows("/data/VendorGroups")).toEqual([]);
  });

  test("leaves a folder alone that is no sandbox's", async () => {
    const folder = await newFolder();
    await mkdir(path.join(folder, "data", "blobs"), { recursive: true });
    const { code, said } = await refused(folder, "--reset");
    expect(code).toBe(5);
    expect(said).toContain("no data folder of a sandbox");
    expect(existsSync(path.join(folder, "data", "blobs"))).toBe(true);
  });

  test("leaves a sandbox alone that is running", async () => {
    const folder = await newFolder();
    const { client } = await run(folder);
    const { id } = await client.load(await buildPackage(groups(3)));
    expect((await refused(folder, "--reset")).code).toBe(5);
    expect(await client.value("GetExecutionSummaryStatus", { executionId: id })).toBe("Succeeded");
    expect(await client.upload(Buffer.from("still there"))).toContain("sig=");
  });

  test("comes after everything that can be refused", async () => {
    const folder = await newFolder();
    const first = await run(folder);
    await first.client.load(await buildPackage(groups(3)));
    await end(first.child, "SIGTERM");
    await writeFile(path.join(folder, "faults.yaml"), "faults:\n  - on: token\n    statsu: 500\n");
    const { code, said } = await refused(folder, "--reset", "--faults", "faults.yaml");
    expect(code).toBe(2);
    expect(said).toMatch(/faults\.yaml:3.*DMFP-SANDBOX-SETUP|DMFP-SANDBOX-SETUP[^]*faults\.yaml:3/);
    const second = await run(folder);
    expect(await second.client.rows("/data/VendorGroups")).toHaveLength(3);
  });
});

test("--faults and --settings are heeded", async () => {
  const folder = await newFolder();
  await writeFile(path.join(folder, "faults.yaml"), "faults:\n  - { on: GetAzureWriteUrl, status: 503 }\n");
  await writeFile(path.join(folder, "settings.yaml"), "defaultCompany: DEMF\ndetailsNotFoundPolls: 0\n");
  const { client } = await run(folder, "--faults", "faults.yaml", "--settings", "settings.yaml");
  const statuses = [];
  for (let call = 0; call < 2; call += 1)
    statuses.push((await client.action("GetAzureWriteUrl", { uniqueFileName: "x" })).status);
  expect(statuses).toEqual([503, 200]);
  const content = await buildPackage(groups(1));
  const answer = await client.importPackage(content, { executionId: "demf", legalEntityId: "" });
  expect(answer.status).toBe(200);
  const page = await send(`${client.sandbox.url}/`);
  expect(page.text).toMatch(/Default company<\/dt>\s*<dd>DEMF/);
});

test.each([
  ["sameExecutionId: maybe", /sameExecutionId/],
  ["sameExecutoinId: echo", /sameExecutoinId.*sameExecutionId/],
  ["targetDelayMs: -1", /targetDelayMs/],
  ["faults: [{ on: token }]", /no effect/],
])("settings with %j are refused with their place", async (content, message) => {
  const folder = await newFolder();
  await writeFile(path.join(folder, "settings.yaml"), `tenant: t\n${content}\n`);
  const { code, said } = await refused(folder, "--settings", "settings.yaml");
  expect(code).toBe(2);
  expect(said).toMatch(message);
  expect(said).toContain("settings.yaml:2");
  expect(existsSync(path.join(folder, "data"))).toBe(false);
});

test("--tls serves over HTTPS with the certificate it names", async () => {
  const folder = await newFolder();
  const { facts, child } = await run(folder, "--tls");
  expect(facts.url).toMatch(/^https:\/\/localhost:\d+$/);
  expect(facts.certificateFile).toBe(path.join(folder, "data", "certificate.pem"));
  expect(await end(child, "SIGTERM")).toBe(0);
});
