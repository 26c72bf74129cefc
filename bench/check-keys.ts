import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCli } from "./cli-run.ts";
import { recordGoal } from "./goal.ts";
import { writeProductProject } from "./product-project.ts";

/**
 * The memory of a dry run of 10,000,000 different keys, with duplicates and references looked for.
 * `node bench/check-keys.ts [--keys N]`; the table goes to standard output. Exit code 1 when the limit is missed or
 * another number of records was refused than had to be.
 */
const { values: given } = parseArgs({ options: { keys: { type: "string", default: "10000000" } } });
const keys = Number(given.keys);
const limitMB = 400;

const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
try {
  const expected = await writeProductProject(folder, keys / 2);
  const run = await runCli(folder, ["check", "--json", "--quiet"]);
  const { rejections } = JSON.parse(run.output) as { rejections: { total: number } };
  const peakMB = run.peakRssBytes / 1e6;
  const found = `${rejections.total.toLocaleString("en")} of ${expected.toLocaleString("en")}`;
  const rows = [
    ["What", "Measured", "Limit", ""],
    [`check of ${keys.toLocaleString("en")} keys: time`, `${run.seconds.toFixed(1)} s`, "", ""],
    ["Time of the processor", `${run.cpuSeconds.toFixed(1)} s`, "", ""],
    ["Peak memory", `${peakMB.toFixed(0)} MB`, `≤ ${limitMB} MB`, kept(peakMB <= limitMB)],
    ["Bad records found", found, "all", kept(rejections.total === expected)],
  ] as const;
  for (const [name, value, limit, outcome] of rows) {
    process.stdout.write(`${name.padEnd(40)}${value.padStart(20)}${limit.padStart(14)}  ${outcome}\n`);
    if (outcome === "MISSED") process.exitCode = 1;
  }
  recordGoal({
    goal: `6 memory of ${keys.toLocaleString("en")} keys`,
    reference: "none",
    measured: peakMB,
    limit: limitMB,
    limitIs: "most",
    unit: "MB",
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}

function kept(isKept: boolean): string {
  return isKept ? "kept" : "MISSED";
}
