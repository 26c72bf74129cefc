import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { reason } from "../src/errors/reason.ts";
import type { Rejection } from "../src/rejection/rejection.ts";
import { writeReport } from "../src/rejection/report/write-report.ts";
import type { RunSummary } from "../src/rejection/summary.ts";

/**
 * Size of the report, time to write it and memory, of so many rejected vendors of 18 columns.
 * `node bench/report.ts [--rejections N]`; one line goes to standard output. The time to make the rejections up is in it.
 */
const { values: given } = parseArgs({ options: { rejections: { type: "string", default: "500000" } } });
const count = Number(given.rejections);
const columns = Array.from({ length: 18 }, (_, index) => `COLUMN_${index + 1}`);
const targets = columns.map((name) => `TARGET${name}`);

async function* rejections(): AsyncGenerator<Rejection> {
  for (let number = 1; number <= count; number++) yield await Promise.resolve(rejectedVendor(number));
}

function rejectedVendor(number: number): Rejection {
  const account = `V${String((number * 7919) % 10_000_000).padStart(8, "0")}`;
  const group = `ZX${number % 40}`;
  const values = columns.map((_, index) =>
    index === 0 ? account : index === 2 ? group : index % 5 === 0 ? "" : `value ${(number * index) % 997}`,
  );
  const message = `The value "${group}" in field Vendor group is not found in the related table Vendor groups.`;
  return {
    entity: "Vendors V2",
    legalEntity: number % 2 === 0 ? "USMF" : "DEMF",
    stage: "target",
    key: [account],
    reasons: [reason("DMFP-FNO-REFERENCE", { field: "VENDORGROUPID", value: group, message })],
    position: { file: "samples/vendors.csv", line: number + 1, record: number, byteOffset: 0, byteLength: 0 },
    columns,
    values,
    raw: values.join(";"),
    mapped: Object.fromEntries(targets.map((name, index) => [name, values[index] ?? ""])),
    executionId: "run-1-vendors",
  };
}

const summary: RunSummary = {
  run: "bench",
  project: "bench",
  environment: "sandbox",
  command: "load",
  status: "finished with rejections",
  exitCode: 4,
  startedAt: "2026-01-01T00:00:00Z",
  finishedAt: "2026-01-01T00:00:01Z",
  balanced: true,
  entities: [],
  packages: [],
  rejections: {
    total: count,
    byStage: { source: 0, mapping: 0, validation: 0, staging: 0, target: count },
    byCode: {},
    unattributed: 0,
  },
};

const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
try {
  const file = path.join(folder, "report.html");
  const started = performance.now();
  const { listed, whole } = await writeReport({ file, summary, rejections });
  const seconds = (performance.now() - started) / 1000;
  const { size } = await stat(file);
  const peakMB = (process.resourceUsage().maxRSS * 1024) / 1e6;
  const words = [
    `${count.toLocaleString("en")} rejections: ${seconds.toFixed(1)} s, ${(size / 1e6).toFixed(1)} MB`,
    `${listed.toLocaleString("en")} listed, ${whole.toLocaleString("en")} with their source row`,
    `peak memory ${peakMB.toFixed(0)} MB`,
  ];
  process.stdout.write(`${words.join("; ")}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
