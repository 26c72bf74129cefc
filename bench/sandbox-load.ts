import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BlockBlobClient } from "@azure/storage-blob";
import type { Sandbox, SandboxOptions } from "../src/sandbox/start-sandbox.ts";
import { vendorSetup, writeVendorPackage } from "./vendor-package.ts";

/**
 * What the F&O sandbox can bear: one package of 100,000 vendors, and 100 clients that poll for a minute.
 * `node bench/sandbox-load.ts [--vendors N] [--clients N] [--seconds N]`; the table goes to standard output.
 * Exit code 1 when a limit is missed.
 */
const { values: given } = parseArgs({
  options: {
    vendors: { type: "string", default: "100000" },
    clients: { type: "string", default: "100" },
    seconds: { type: "string", default: "60" },
  },
});
const vendors = Number(given.vendors);
const clients = Number(given.clients);
const pollMs = Number(given.seconds) * 1000;

const limits = { importSeconds: 30, peakMiB: 400, heapGrowthMiB: 10 };
const mebibyte = 1024 * 1024;

interface Memory {
  readonly heapBytes: number;
  readonly peakRssBytes: number;
}

const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
const setupFile = path.join(folder, "setup.json");
await writeFile(setupFile, JSON.stringify(vendorSetup));
const options: SandboxOptions = { dataFolder: path.join(folder, "data"), setupFile };
const server = fork(path.join(import.meta.dirname, "sandbox-process.ts"), [JSON.stringify(options)], {
  execArgv: ["--disable-warning=ExperimentalWarning"],
});
try {
  const [sandbox] = (await once(server, "message")) as [Sandbox];
  const call = await signIn(sandbox);
  const rows = [...(await importVendors(call)), ...(await poll(call))];
  for (const [name, value, limit, kept] of [["What", "Measured", "Limit", ""], ...rows]) {
    process.stdout.write(`${name.padEnd(44)}${value.padStart(14)}${limit.padStart(14)}  ${kept}\n`);
  }
  if (rows.some(([, , , kept]) => kept === "MISSED")) process.exitCode = 1;
} finally {
  server.disconnect();
  if (server.exitCode === null) await once(server, "exit");
  await rm(folder, { recursive: true, force: true });
}

type Row = readonly [name: string, value: string, limit: string, kept: string];
type Call = (
  action: string,
  parameters: unknown,
) => Promise<{ readonly status: number; readonly value: string }>;

async function importVendors(call: Call): Promise<readonly Row[]> {
  const zipFile = path.join(folder, "vendors.zip");
  await writeVendorPackage(zipFile, vendors);
  const { value } = await call("GetAzureWriteUrl", { uniqueFileName: "vendors.zip" });
  const { BlobUrl: packageUrl } = JSON.parse(value) as { BlobUrl: string };
  await new BlockBlobClient(packageUrl).uploadStream(createReadStream(zipFile));

  const startedAt = performance.now();
  const parameters = { packageUrl, definitionGroupId: "bench", executionId: "bench", legalEntityId: "USMF" };
  const answer = await call("ImportFromPackage", { ...parameters, execute: true, overwrite: true });
  if (answer.status !== 200) fail(`The import was refused: ${answer.value}`);
  const stagedSeconds = (performance.now() - startedAt) / 1000;
  const status = await ended(call);
  const seconds = (performance.now() - startedAt) / 1000;
  if (status !== "Succeeded") {
    const { value: errors } = await call("GetExecutionErrors", { executionId: "bench" });
    fail(`The import ended as ${status}: ${errors.slice(0, 500)}`);
  }
  const { peakRssBytes } = await memory(server);
  return [
    row(`${vendors.toLocaleString("en")} vendors: answer after staging`, stagedSeconds, "s"),
    row(`${vendors.toLocaleString("en")} vendors: all imported`, seconds, "s", limits.importSeconds),
    row("Peak memory of the server process", peakRssBytes / mebibyte, "MiB", limits.peakMiB),
  ];
}

async function ended(call: Call): Promise<string> {
  for (;;) {
    const { status, value } = await call("GetExecutionSummaryStatus", { executionId: "bench" });
    if (status === 200 && value !== "Executing") return value;
    await sleep(50);
  }
}

async function poll(call: Call): Promise<readonly Row[]> {
  // Connections, prepared statements and compiled code come first: they stay, but do not grow.
  await pollFor(call, Math.min(5_000, pollMs));
  const before = await memory(server);
  const { requests, errors, slowestMs } = await pollFor(call, pollMs);
  const after = await memory(server);
  const growth = (after.heapBytes - before.heapBytes) / mebibyte;
  return [
    row(`${clients} clients polling: requests a second`, requests / (pollMs / 1000), ""),
    row("Slowest answer", slowestMs, "ms"),
    row("Answers that were no status", errors, "", 0),
    row("Heap before", before.heapBytes / mebibyte, "MiB"),
    row("Heap grown", growth, "MiB", limits.heapGrowthMiB),
  ];
}

async function pollFor(
  call: Call,
  durationMs: number,
): Promise<{ readonly requests: number; readonly errors: number; readonly slowestMs: number }> {
  const end = performance.now() + durationMs;
  let requests = 0;
  let errors = 0;
  let slowestMs = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const askedAt = performance.now();
      const answer = await call("GetExecutionSummaryStatus", { executionId: "bench" }).catch(() => undefined);
      slowestMs = Math.max(slowestMs, performance.now() - askedAt);
      requests += 1;
      if (answer?.value !== "Succeeded") errors += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { requests, errors, slowestMs };
}

async function signIn(sandbox: Sandbox): Promise<Call> {
  const form = {
    grant_type: "client_credentials",
    client_id: sandbox.clientId,
    client_secret: sandbox.clientSecret,
    scope: `${sandbox.url}/.default`,
  };
  const answer = await fetch(`${sandbox.authorityHost}/${sandbox.tenant}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return async (action, parameters) => {
    const response = await fetch(
      `${sandbox.url}/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.${action}`,
      { method: "POST", headers, body: JSON.stringify(parameters) },
    );
    const text = await response.text();
    return {
      status: response.status,
      value: response.status === 200 ? (JSON.parse(text) as { value: string }).value : text,
    };
  };
}

async function memory(child: ChildProcess): Promise<Memory> {
  child.send("heap");
  const [answer] = (await once(child, "message")) as [Memory];
  return answer;
}

function row(name: string, value: number, unit: string, limit?: number): Row {
  const text = `${value.toFixed(Number.isInteger(value) ? 0 : 1)} ${unit}`.trim();
  if (limit === undefined) return [name, text, "", ""];
  return [name, text, `≤ ${limit} ${unit}`.trim(), value <= limit ? "kept" : "MISSED"];
}

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  server.kill();
  process.exit(1);
}
