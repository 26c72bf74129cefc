import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { duckDbVersion } from "./duckdb.ts";
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
const page = path.join(import.meta.dirname, "RESULTS.md");
const isWhole = !given.quick && given.only === undefined;
const goals: GoalResult[] = [];
const failed: string[] = [];
const waiting = benches.map(({ name }) => name).filter((name) => given.only?.includes(name) ?? true);
try {
  for (const bench of benches) {
    if (!waiting.includes(bench.name)) continue;
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
    goals.push(...lines.map((line) => JSON.parse(line) as GoalResult));
    goals.sort((a, b) => a.goal.localeCompare(b.goal, "en", { numeric: true }));
    waiting.shift();
    // 1 with results is a goal that was missed; without any the bench itself broke.
    if (code !== 0 && (code !== 1 || lines.length === 0)) failed.push(bench.name);
    // After each of them, so that an hour is not lost when the last one is broken off.
    if (isWhole) writeFileSync(page, resultsPage(tableOf(goals)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

process.stdout.write(
  `\n${tableOf(goals)
    .map((cells) => cells.join(" | "))
    .join("\n")}\n`,
);
for (const name of failed) process.stdout.write(`The bench ${name} did not get to its end.\n`);
if (isWhole) process.stdout.write(`Written to ${page}\n`);
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

Spread is the slowest round by the fastest.${unmeasured()}

## Where

${facts()
  .map(([name, value]) => `- ${name}: ${value}`)
  .join("\n")}
`;
}

function unmeasured(): string {
  const words: string[] = [];
  if (failed.length > 0) words.push(` Not to its end: ${failed.join(", ")}.`);
  if (waiting.length > 0) words.push(` Not run: ${waiting.join(", ")}.`);
  return words.join("");
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
    ["DuckDB", duckDbVersion() ?? "not installed"],
  ];
}

function firstLine(program: string, args: readonly string[]): string {
  const { stdout, status } = spawnSync(program, args, { encoding: "utf8", cwd: import.meta.dirname });
  return status === 0 ? (stdout.trim().split("\n")[0] ?? "") : "not on this machine";
}
