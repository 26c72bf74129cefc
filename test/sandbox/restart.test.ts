import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/start-sandbox.ts";
import { killed } from "./end-of-process.ts";
import { buildPackage, type TestEntity } from "./package-builder.ts";
import { SandboxClient, sandboxForTest } from "./sandbox-client.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-sandbox-"));
  // Azurite outlives a sandbox that was killed for as long as it takes to write down what it has.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}

async function ownProcess(options: SandboxOptions): Promise<{ client: SandboxClient; child: ChildProcess }> {
  const child = fork(path.join(import.meta.dirname, "sandbox-process.ts"), [JSON.stringify(options)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  onTestFinished(() => killed(child));
  const [facts] = (await once(child, "message")) as [Sandbox];
  return { client: new SandboxClient(facts), child };
}

function groups(count: number): TestEntity {
  const rows = Array.from({ length: count }, (_, index) => [`G${index}`, `Group ${index}`]);
  return { label: "Vendor groups", file: "groups.csv", rows: [["VENDORGROUPID", "DESCRIPTION"], ...rows] };
}

test("everything that was answered is still there after a stop", async () => {
  const dataFolder = await newFolder();
  const first = await startSandbox({ dataFolder });
  const { id } = await new SandboxClient(first).load(await buildPackage(groups(3)));
  const token = await new SandboxClient(first).token();
  const port = Number(new URL(first.url).port);
  await first.stop();
  const second = await sandboxForTest({}, { dataFolder, port });
  expect(await second.value("GetExecutionSummaryStatus", { executionId: id })).toBe("Succeeded");
  expect(await second.rows("/data/VendorGroups")).toHaveLength(3);
  expect((await second.get("/data/VendorGroups", token)).status).toBe(200);
});

test("a target step that was killed goes on where it was, no row twice", async () => {
  const dataFolder = await newFolder();
  const { client, child } = await ownProcess({ dataFolder });
  const count = 30_000;
  const answer = await client.importPackage(await buildPackage(groups(count)), { executionId: "killed" });
  expect(answer.status).toBe(200);
  await killed(child);
  const again = await sandboxForTest({}, { dataFolder });
  expect(await again.ended("killed")).toBe("Succeeded");
  expect(await again.details("killed")).toMatchObject([
    { StagingRecordsCreatedCount: count, TargetRecordsCreatedCount: count, TargetRecordsUpdatedCount: 0 },
  ]);
});

test("staging that was killed is reported as failed, with nothing staged", async () => {
  const dataFolder = await newFolder();
  const { client, child } = await ownProcess({ dataFolder });
  const content = await buildPackage(groups(60_000));
  const call = client.importPackage(content, { executionId: "cut" }).catch(() => undefined);
  // Killed as soon as the execution is known and before its staging can have ended.
  while ((await client.details("cut")).length === 0) await sleep(1);
  await killed(child);
  await call;
  const again = await sandboxForTest({}, { dataFolder });
  expect(await again.ended("cut")).toBe("Failed");
  expect(await again.details("cut")).toMatchObject([
    {
      StagingStatus: "Error",
      TargetStatus: "NotRun",
      StagingRecordsCreatedCount: 0,
      TargetRecordsCreatedCount: 0,
    },
  ]);
  expect((await again.load(await buildPackage(groups(2)))).status).toBe("Succeeded");
});

test("a killed sandbox leaves no blob store behind", async () => {
  const { client, child } = await ownProcess({ dataFolder: await newFolder() });
  const [host = "", port = ""] = client.sandbox.blobHost.split(":");
  const reachable = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), host, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => {
        resolve(false);
      });
    });
  expect(await reachable()).toBe(true);
  await killed(child);
  while (await reachable()) await sleep(10);
});

test("stopping in the middle of imports keeps every import that was answered", async () => {
  const dataFolder = await newFolder();
  const client = new SandboxClient(
    await startSandbox({ dataFolder, settings: { enhancedParallelImport: true, targetDelayMs: 10_000 } }),
  );
  const contents = await Promise.all([groups(10), groups(20_000)].map((entity) => buildPackage(entity)));
  const urls = await Promise.all(contents.map((content) => client.upload(content)));
  const calls = urls.map(async (packageUrl, index) => {
    const answer = await client
      .importPackage(Buffer.alloc(0), { packageUrl, executionId: `stop-${index}` })
      .catch(() => undefined);
    return answer?.status === 200 ? [`stop-${index}`] : [];
  });
  await calls[0];
  await client.sandbox.stop();
  const answered = (await Promise.all(calls)).flat();
  expect(answered).toContain("stop-0");
  const again = await sandboxForTest({}, { dataFolder });
  for (const id of answered) expect(await again.ended(id)).toBe("Succeeded");
});

test("a folder serves one sandbox at a time", async () => {
  const dataFolder = await newFolder();
  await sandboxForTest({}, { dataFolder });
  await expect(startSandbox({ dataFolder })).rejects.toMatchObject({ code: "DMFP-SANDBOX-START" });
});

test("a port that is taken is said so", async () => {
  const { sandbox } = await sandboxForTest();
  const port = Number(new URL(sandbox.url).port);
  await expect(startSandbox({ dataFolder: await newFolder(), port })).rejects.toMatchObject({
    code: "DMFP-SANDBOX-START",
  });
});

test.each([
  ["no JSON", "{", /cannot be read/],
  ["an unknown member", '{"companies": []}', /companies/],
  ["a legal entity that is too long", '{"legalEntities": ["ABCDE"]}', /at most four/],
  ["an unknown entity", '{"fieldSizes": {"Nothing": {"A": 1}}}', /'Nothing'/],
  [
    "a pattern that is none",
    '{"rules": [{"entity": "Currencies", "when": {"NAME": {"matches": "("}}, "message": "x"}]}',
    /regular/,
  ],
])("a set-up file with %s is refused", async (_case, text, message) => {
  const dataFolder = await newFolder();
  const setupFile = path.join(dataFolder, "setup.json");
  await writeFile(setupFile, text);
  await expect(startSandbox({ dataFolder, setupFile })).rejects.toMatchObject({
    code: "DMFP-SANDBOX-SETUP",
    message: expect.stringMatching(message) as string,
    at: { file: setupFile },
  });
});
