import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { CallRecord } from "../../src/environment/call-record.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { packageAtWork, workingOn } from "../../src/load/sending/package-at-work.ts";
import { RunLog } from "../../src/load/run-log.ts";
import { connectionToSandbox, environmentFor } from "../environment/connection.ts";
import { failureOf } from "../environment/failure.ts";
import { quickRetry } from "../environment/quick-retry.ts";
import { sandboxForTest } from "../sandbox/sandbox-client.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const call: CallRecord = {
  purpose: "Asking for the status",
  method: "POST",
  host: "contoso.operations.dynamics.com",
  effect: "repeatable",
  durationMs: 12.345,
  status: 200,
  requestIds: { "ms-dyn-aid": "a-1" },
};

function logOf(write: (log: RunLog) => void): Record<string, unknown>[] {
  const file = path.join(temporaryFolder(), "log.ndjson");
  const log = new RunLog({ file, run: "r1", clock: { now: () => 0 }, listener: undefined });
  log.write({ kind: "run", run: "r1", text: "begins" });
  write(log);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.slice(1).map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("calls that failed and calls that count are kept, with what support asks for; questions are not", () => {
  const lines = logOf((log) => {
    log.writeCall(call);
    log.writeCall({ ...call, status: 503, package: "001" });
    log.writeCall({ ...call, purpose: "Starting the import", effect: "once" });
    const { purpose, method, host, effect, durationMs } = call;
    log.writeCall({
      purpose,
      method,
      host,
      effect,
      durationMs,
      failure: "reset at https://x.blob/y?sig=s3cret",
      requestIds: {},
    });
  });
  expect(lines).toMatchObject([
    {
      time: "1970-01-01T00:00:00.000Z",
      run: "r1",
      kind: "call",
      status: 503,
      package: "001",
      durationMs: 12,
    },
    { purpose: "Starting the import", status: 200, requestIds: { "ms-dyn-aid": "a-1" } },
    { failure: "reset at https://x.blob/y?sig=***" },
  ]);
});

test("work on packages side by side knows its own", async () => {
  const seen = await Promise.all(
    ["001", "002"].map((key) =>
      workingOn(key, async () => {
        await Promise.resolve();
        return packageAtWork();
      }),
    ),
  );
  expect(seen).toEqual(["001", "002"]);
  expect(packageAtWork()).toBeUndefined();
});

test("every request to F&O and its blob store is told, with ids and without addresses", async () => {
  const client = await sandboxForTest({ faults: [{ on: "GetAzureWriteUrl", times: 1, status: 503 }] });
  const calls: CallRecord[] = [];
  const environment = environmentFor(connectionToSandbox(client.sandbox), {
    clock: systemClock,
    retry: quickRetry,
    onCall: (made) => calls.push(made),
  });
  const url = await environment.api.getAzureWriteUrl("x.zip");
  const file = path.join(import.meta.dirname, "run-log.test.ts");
  await environment.blobs.upload(file, url);
  await failureOf(environment.blobs.upload(file, url.replace(/sig=[^&]+/, "sig=AAAA")));
  const byPurpose = Map.groupBy(calls, ({ purpose }) => purpose);
  expect(byPurpose.get("Asking for an upload address")?.map(({ status }) => status)).toEqual([503, 200]);
  const uploads = byPurpose.get("Uploading") ?? [];
  // What was refused is tried once more, without naming a version of the service.
  expect(uploads.map(({ status }) => status)).toEqual([201, 403, 403]);
  for (const { requestIds, durationMs, host } of uploads) {
    expect(requestIds["x-ms-request-id"]).toMatch(/^[0-9a-f-]{30,}$/);
    expect(durationMs).toBeGreaterThan(0);
    expect(host).toBe(new URL(url).host);
  }
  expect(JSON.stringify(calls)).not.toMatch(/sig=|\/data\/|x\.zip/);
});
