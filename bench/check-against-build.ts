import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCli, type CliRun } from "./cli-run.ts";
import { median, recordGoal, spreadOf } from "./goal.ts";
import { writeVendorProject } from "./vendor-project.ts";

/**
 * Whether a dry run takes longer than building the packages of the same file, duplicates and references included:
 * both in turn, several times, and the ratio of the medians.
 * `node bench/check-against-build.ts [--vendors N] [--rounds N]`; the table goes to standard output. Exit code 1 when
 * `check` is the slower one.
 */
const { values: given } = parseArgs({
  options: {
    vendors: { type: "string", default: "500000" },
    rounds: { type: "string", default: "3" },
  },
});
const vendors = Number(given.vendors);
const limit = 1;
const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
try {
  await writeVendorProject(folder, vendors);
  const checks: CliRun[] = [];
  const builds: CliRun[] = [];
  for (let round = 0; round < Number(given.rounds); round++) {
    checks.push(await runCli(folder, ["check", "--quiet"]));
    builds.push(await runCli(folder, ["build", "--quiet"]));
  }
  print(["", "check", "build", "check / build", "limit", ""]);
  const ratio = compare("Seconds, median", checks, builds, ({ seconds }) => seconds, limit);
  compare("Seconds of the processor, median", checks, builds, ({ cpuSeconds }) => cpuSeconds);
  compare("Peak memory in MiB, median", checks, builds, ({ peakRssBytes }) => peakRssBytes / 1024 / 1024);
  const spreads = [checks, builds].map((runs) => spreadOf(runs.map(({ seconds }) => seconds)));
  print(["Slowest to fastest", ...spreads.map((spread) => spread.toFixed(2)), "", "", ""]);
  const kept = recordGoal({
    goal: "6 check of a file",
    reference: "build of it",
    measured: ratio,
    limit,
    limitIs: "most",
    unit: "×",
    spread: Math.max(...spreads),
    note: `${vendors.toLocaleString("en")} vendors, duplicates and references included`,
  });
  if (!kept) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Prints one row, and returns the ratio. */
function compare(
  name: string,
  checks: readonly CliRun[],
  builds: readonly CliRun[],
  measure: (run: CliRun) => number,
  most?: number,
): number {
  const check = median(checks.map(measure));
  const build = median(builds.map(measure));
  const ratio = check / build;
  const judged = most === undefined ? ["", ""] : [`≤ ${most.toFixed(2)}`, ratio <= most ? "kept" : "MISSED"];
  print([name, check.toFixed(1), build.toFixed(1), ratio.toFixed(2), ...judged]);
  return ratio;
}

function print(cells: readonly string[]): void {
  const [name = "", ...others] = cells;
  const columns = others.map((cell, index) => (index < 4 ? cell.padStart(15) : `  ${cell}`));
  process.stdout.write(`${name.padEnd(34)}${columns.join("")}\n`);
}
