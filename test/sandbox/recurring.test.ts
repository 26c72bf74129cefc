import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { RecurringJob, SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { buildPackage, csv, utf16, type TestEntity } from "./package-builder.ts";
import { sandboxForTest, SandboxClient, send, type Answer } from "./sandbox-client.ts";

const incoming: RecurringJob = {
  activityId: "11111111-2222-4333-8444-555555555555",
  project: "Recurring import",
  direction: "import",
  company: "USMF",
};
const outgoing: RecurringJob = {
  activityId: "99999999-2222-4333-8444-555555555555",
  project: "Recurring export",
  direction: "export",
  company: "USMF",
};

const groups: TestEntity = {
  label: "Customer groups",
  file: "groups.csv",
  rows: [
    ["CUSTOMERGROUPID", "DESCRIPTION", "PAYMENTTERMID"],
    ["R1", "One", "Net30"],
    ["R2", "Two", "Net10"],
  ],
};
const wrongTerm: TestEntity = { ...groups, rows: [...groups.rows, ["R3", "Three", "Nonsense"]] };

/** Set when a sandbox starts: Azurite has the machine's clock, and addresses must be valid for both. */
let nowMs = 0;

async function sandboxWith(settings: Partial<SandboxSettings> = {}): Promise<SandboxClient> {
  nowMs = Date.now();
  return sandboxForTest(
    { recurringJobs: [incoming, outgoing], ...settings },
    { clock: { now: () => nowMs } },
  );
}

/** Calls the connector as a client with a token of its own does. */
async function connector(own: SandboxClient, target: string, options: RequestInit = {}): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${await own.token()}`,
    "x-ms-dyn-externalidentifier": "groups.zip",
  };
  return send(`${own.sandbox.url}/api/connector/${target}`, { ...options, headers });
}

async function enqueue(own: SandboxClient, body: Buffer, query = ""): Promise<string> {
  const answer = await connector(own, `enqueue/${incoming.activityId}${query}`, { method: "POST", body });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as string;
}

interface JobStatus {
  readonly DataJobStatus: { readonly DataJobState: number; readonly ExecutionIdentifier: string };
  readonly ExecutionLog: string;
  readonly ExecutionDetail: { EntityName: string; TargetErrorCount: number; TargetRecords: number }[] | null;
}

async function jobStatus(own: SandboxClient, messageId: string): Promise<JobStatus> {
  const answer = await connector(own, `jobstatus/${incoming.activityId}?jobId=${messageId}`);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as JobStatus;
}

async function processed(own: SandboxClient, messageId: string): Promise<JobStatus> {
  for (;;) {
    const status = await jobStatus(own, messageId);
    if ([5, 6, 7, 8].includes(status.DataJobStatus.DataJobState)) return status;
    await sleep(5);
  }
}

test("a package that is enqueued is imported, and its message tells how it went", async () => {
  const own = await sandboxWith();
  const id = await enqueue(own, await buildPackage(groups));
  const time = new Date(nowMs).toISOString().slice(0, 19);
  expect(id).toMatch(/^[\da-f-]{36}$/);
  const status = await processed(own, id);
  expect(status).toMatchObject({
    DataJobStatus: {
      DataProject: "Recurring import",
      DataJobIdentifier: id,
      ExternalIdentifier: "groups.zip",
      DataJobStartedDateTime: time,
      DataJobCompletedDateTime: time,
      DataJobState: 5,
    },
    ExecutionDetail: [
      { EntityName: "Customer groups", Company: "USMF", TargetRecords: 2, TargetErrorCount: 0 },
    ],
  });
  const executionId = await own.value("GetExecutionIdByMessageId", { _messageId: id });
  expect(executionId).toBe(status.DataJobStatus.ExecutionIdentifier);
  expect(await own.value("GetMessageStatus", { messageId: id })).toBe("Processed");
  expect(await own.value("GetExecutionErrors", { executionId })).toBe("[]");
});

test("messages of one job are processed one after the other", async () => {
  const own = await sandboxWith();
  const ids = [];
  for (let count = 0; count < 4; count += 1) ids.push(await enqueue(own, await buildPackage(groups)));
  for (const id of ids) expect((await processed(own, id)).DataJobStatus.DataJobState).toBe(5);
});

test("records that fail make the message end with errors", async () => {
  const own = await sandboxWith();
  const id = await enqueue(own, await buildPackage(wrongTerm));
  const status = await processed(own, id);
  expect(status.DataJobStatus.DataJobState).toBe(6);
  expect(status.ExecutionDetail).toMatchObject([{ TargetRecords: 2, TargetErrorCount: 1 }]);
  expect(await own.value("GetMessageStatus", { messageId: id })).toBe("ProcessedWithErrors");
});

test("what is no package ends before it is processed, and says why", async () => {
  const own = await sandboxWith();
  const broken = (await buildPackage(groups)).subarray(0, 200);
  const status = await processed(own, await enqueue(own, broken));
  expect(status).toMatchObject({ DataJobStatus: { DataJobState: 8 }, ExecutionDetail: null });
  expect(status.ExecutionLog).not.toBe("");
});

test("a single file is imported by the mapping of the data project", async () => {
  const own = await sandboxWith();
  await processed(own, await enqueue(own, await buildPackage(groups)));
  const file = utf16(csv([groups.rows[0] ?? [], ["R9", "Nine", "Net30"]]));
  const id = await enqueue(own, file, "?entity=Customer%20groups&company=DEMF");
  const status = await processed(own, id);
  expect(status).toMatchObject({
    DataJobStatus: { DataJobState: 5 },
    ExecutionDetail: [{ Company: "DEMF", TargetRecords: 1 }],
  });
  const foreign = await processed(own, await enqueue(own, file, "?entity=Currencies"));
  expect(foreign.DataJobStatus.DataJobState).toBe(8);
});

test("as long as a message waits it has no execution", async () => {
  const own = await sandboxWith({ recurringImportDelayMs: 10 ** 8 });
  const id = await enqueue(own, await buildPackage(groups));
  expect((await jobStatus(own, id)).DataJobStatus.DataJobState).toBe(0);
  expect(await own.value("GetMessageStatus", { messageId: id })).toBe("Enqueued");
  expect(await own.value("GetExecutionIdByMessageId", { _messageId: id })).toBe(
    "00000000-0000-0000-0000-000000000000",
  );
});

test("what is asked wrongly is refused", async () => {
  const own = await sandboxWith({
    recurringJobs: [{ ...incoming, clientIds: ["somebody else"] }, outgoing],
  });
  const content = await buildPackage(groups);
  const post = { method: "POST", body: content };
  expect((await connector(own, `enqueue/${randomUUID()}`, post)).status).toBe(404);
  expect((await connector(own, `enqueue/${incoming.activityId}`, post)).status).toBe(403);
  expect((await connector(own, `enqueue/${outgoing.activityId}`, post)).status).toBe(400);
  expect((await connector(own, `dequeue/${outgoing.activityId}`, { method: "PUT" })).status).toBe(405);
  expect((await connector(own, `jobstatus/${outgoing.activityId}?jobId=x`)).status).toBe(404);
  expect((await send(`${own.sandbox.url}/api/connector/dequeue/${outgoing.activityId}`)).status).toBe(401);
});

test("a message of 5 MB is taken, where other requests are too large", async () => {
  const own = await sandboxWith({ recurringImportDelayMs: 10 ** 8 });
  await enqueue(own, Buffer.alloc(5 * 1024 * 1024, "x"), "?entity=Customer%20groups");
});

test("a message that waits when the sandbox ends is processed by the next one", async () => {
  const dataFolder = await mkdtemp(path.join(tmpdir(), "dmfpipe-recurring-"));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  const settings = { recurringJobs: [incoming], recurringImportDelayMs: 10 ** 8 };
  const first = await startSandbox({ dataFolder, settings });
  const id = await enqueue(new SandboxClient(first), await buildPackage(groups));
  await first.stop();
  const next = await sandboxForTest({ recurringJobs: [incoming] }, { dataFolder });
  expect((await processed(next, id)).DataJobStatus.DataJobState).toBe(5);
});

test("a message whose execution hangs stays in process over a restart, until somebody lets it go", async () => {
  const dataFolder = await mkdtemp(path.join(tmpdir(), "dmfpipe-recurring-"));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  const faults = [{ on: "enqueue", stuck: true }];
  const first = await startSandbox({ dataFolder, settings: { recurringJobs: [incoming], faults } });
  const own = new SandboxClient(first);
  const id = await enqueue(own, await buildPackage(groups));
  while ((await jobStatus(own, id)).DataJobStatus.DataJobState !== 4) await sleep(5);
  await first.stop();
  const next = await sandboxForTest({ recurringJobs: [incoming] }, { dataFolder });
  const status = await jobStatus(next, id);
  expect(status.DataJobStatus.DataJobState).toBe(4);
  expect(await next.value("GetMessageStatus", { messageId: id })).toBe("Processing");
  expect(next.sandbox.releaseStuck(status.DataJobStatus.ExecutionIdentifier)).toBe(true);
  expect((await processed(next, id)).DataJobStatus.DataJobState).toBe(5);
});

interface Dequeued {
  readonly CorrelationId: string;
  readonly PopReceipt: string;
  readonly DownloadLocation: string;
  readonly IsDownLoadFileExist: boolean;
}

async function dequeue(own: SandboxClient): Promise<Dequeued | undefined> {
  const answer = await connector(own, `dequeue/${outgoing.activityId}`);
  if (answer.status === 204) return undefined;
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as Dequeued;
}

async function acknowledge(own: SandboxClient, message: Dequeued): Promise<number> {
  const body = JSON.stringify(message);
  return (await connector(own, `ack/${outgoing.activityId}`, { method: "POST", body })).status;
}

test("an export is fetched, downloaded and acknowledged; then the queue is empty until it is due again", async () => {
  const own = await sandboxWith();
  await own.load(await buildPackage(groups), { definitionGroupId: outgoing.project });
  const message = await dequeue(own);
  expect(message?.IsDownLoadFileExist).toBe(true);
  const headers = { authorization: `Bearer ${await own.token()}` };
  const file = await fetch(message?.DownloadLocation ?? "", { headers });
  expect(
    Buffer.from(await file.arrayBuffer())
      .subarray(0, 2)
      .toString(),
  ).toBe("PK");
  expect((await send(message?.DownloadLocation ?? "")).status).toBe(401);
  expect(await acknowledge(own, message as Dequeued)).toBe(200);
  expect(await acknowledge(own, message as Dequeued)).toBe(400);
  expect(await dequeue(own)).toBeUndefined();
  nowMs += 61_000;
  expect((await dequeue(own))?.CorrelationId).not.toBe(message?.CorrelationId);
});

test("a message that is not acknowledged comes back after half an hour with another receipt", async () => {
  const own = await sandboxWith({ recurringJobs: [{ ...outgoing, everySeconds: 10 ** 9 }] });
  await own.load(await buildPackage(groups), { definitionGroupId: outgoing.project });
  const first = (await dequeue(own)) as Dequeued;
  nowMs += 29 * 60_000;
  expect(await dequeue(own)).toBeUndefined();
  nowMs += 60_000;
  expect(await acknowledge(own, first)).toBe(400);
  const second = (await dequeue(own)) as Dequeued;
  expect(second.CorrelationId).toBe(first.CorrelationId);
  expect(second.PopReceipt).not.toBe(first.PopReceipt);
  expect(await acknowledge(own, first)).toBe(400);
  expect(await acknowledge(own, second)).toBe(200);
});
