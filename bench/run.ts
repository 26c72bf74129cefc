import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { isReached, resultsVariable, type GoalResult } from "./goal.ts";

/**
 * All goals in one go: runs the benches one after the other, each of which makes its data and holds dmfpipe against its
 * references in the same run, prints a table of all goals, and writes it to bench/RESULTS.md.
 * `node bench/run.ts [--quick] [--only NAME …]`. `--quick` takes small data: minutes instead of an hour, and numbers that
 * only show that the benches work. Exit code 1 when a goal was missed or a bench failed.
 */
const { values: given } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
});

interface Bench {
  readonly name: string;
  readonly file: string;
  readonly full: readonly string[];
  readonly quick: readonly string[];
}

const benches: readonly Bench[] = [
  { name: "whole-job", file: "whole-job.ts", full: [], quick: ["--quick"] },
  { name: "memory", file: "memory.ts", full: [], quick: ["--quick"] },
  { name: "xml", file: "xml-read.ts", full: [], quick: ["--quick"] },
  {
    name: "check",
    file: "check-against-build.ts",
    full: [],
    quick: ["--vendors", "50000", "--rounds", "1"],
  },
  { name: "keys", file: "check-keys.ts", full: [], quick: ["--keys", "500000"] },
  {
    name: "attribution",
    file: "attribution.ts",
    full: [],
    quick: ["--records", "200000", "--package", "50000", "--all", "20000"],
  },
  { name: "upload", file: "upload.ts", full: [], quick: ["64"] },
  { name: "overlap", file: "overlap.ts", full: [], quick: [] },
];

const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-bench-"));
const results: { readonly bench: string; readonly goals: readonly GoalResult[] }[] = [];
const failed: string[] = [];
try {
  for (const bench of benches) {
    if (given.only !== undefined && !given.only.includes(bench.name)) continue;
    process.stdout.write(`\n== ${bench.name} (bench/${bench.file})\n`);
    const collected = path.join(folder, `${bench.name}.ndjson`);
    writeFileSync(collected, "");
    const child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        path.join(import.meta.dirname, bench.file),
        ...(given.quick ? bench.quick : bench.full),
      ],
      { stdio: "inherit", env: { ...process.env, [resultsVariable]: collected } },
    );
    const [code] = (await once(child, "exit")) as [number | null];
    const lines = readFileSync(collected, "utf8").split("\n").filter(Boolean);
    results.push({ bench: bench.name, goals: lines.map((line) => JSON.parse(line) as GoalResult) });
    // 1 with results is a goal that was missed; without any the bench itself broke.
    if (code !== 0 && (code !== 1 || lines.length === 0)) failed.push(bench.name);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const goals = results
  .flatMap((result) => result.goals)
  .toSorted((a, b) => a.goal.localeCompare(b.goal, "en"));
const table = tableOf(goals);
process.stdout.write(`\n${table.map((cells) => cells.join(" | ")).join("\n")}\n`);
for (const name of failed) process.stdout.write(`The bench ${name} did not get to its end.\n`);
if (!given.quick && given.only === undefined) {
  const file = path.join(import.meta.dirname, "RESULTS.md");
  writeFileSync(file, resultsPage(table));
  process.stdout.write(`Written to ${file}\n`);
}
if (failed.length > 0 || goals.some((goal) => isReached(goal) === false)) process.exitCode = 1;

function tableOf(all: readonly GoalResult[]): string[][] {
  return [
    ["Goal", "Held against", "Limit", "Measured", "Spread", "", "Note"],
    ...all.map((result) => {
      const reached = isReached(result);
      return [
        result.goal,
        result.reference,
        `${result.limitIs === "most" ? "≤" : "≥"} ${figure(result.limit, result.unit)}`,
        result.measured === undefined ? "–" : figure(result.measured, result.unit),
        result.spread === undefined ? "" : result.spread.toFixed(2),
        reached === undefined ? "skipped" : reached ? "reached" : "MISSED",
        result.note ?? "",
      ];
    }),
  ];
}

function figure(value: number, unit: string): string {
  return unit === "×" ? `${value.toFixed(2)} ×` : `${Math.round(value).toLocaleString("en")} ${unit}`;
}

function resultsPage([head = [], ...rows]: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `# What was measured

\`make bench\` wrote this page. Numbers are medians of interleaved runs in one go on one machine; only ratios say something
about another one. [docs/performance.md](../docs/performance.md) explains the goals.

${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}

Spread is the slowest round by the fastest.${failed.length > 0 ? ` Not to its end: ${failed.join(", ")}.` : ""}

## Where

${facts()
  .map(([name, value]) => `- ${name}: ${value}`)
  .join("\n")}
`;
}

function facts(): [string, string][] {
  const cpus = os.cpus();
  return [
    ["Day", new Date().toISOString().slice(0, 10)],
    ["Commit", firstLine("git", ["describe", "--always", "--dirty", "--abbrev=12"])],
    [
      "Machine",
      `${cpus.length} × ${cpus[0]?.model ?? "unknown"}, ${Math.round(os.totalmem() / 1024 ** 3)} GiB, ${os.type()} ${os.release()}`,
    ],
    ["Node", process.version],
    ["pigz", firstLine("pigz", ["--version"])],
    ["Python", firstLine("python3", ["--version"])],
    ["DuckDB", firstLine("duckdb", ["--version"])],
  ];
}

function firstLine(program: string, args: readonly string[]): string {
  const { stdout, status } = spawnSync(program, args, { encoding: "utf8", cwd: import.meta.dirname });
  return status === 0 ? (stdout.trim().split("\n")[0] ?? "") : "not on this machine";
}
