import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCli, type CliRun } from "./cli-run.ts";
import { duckDbModule, installDuckDb } from "./duckdb.ts";
import { isReached, median, recordGoal, spreadOf, type GoalResult } from "./goal.ts";
import { writeVendorExtract } from "./vendor-extract.ts";

/**
 * The whole job from an extract to packages on disk, against compressing the untouched extract with pigz on two cores
 * (goal 1), and against what people would write for it (goal 2). All in turn, several times; of the slow ones a part of
 * the extract is enough, for megabytes a second are compared. DuckDB is installed for it; see duckdb.ts.
 * `node bench/whole-job.ts [--vendors N] [--rounds N] [--quick] [--json]`. References that are not on this machine are
 * left out, with a word. Exit code 1 when a goal was missed.
 */
const { values: given } = parseArgs({
  options: {
    vendors: { type: "string" },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const vendors = Number(given.vendors ?? (given.quick ? 60_000 : 630_000));
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));
/** Of zlib: the one that makes packages of about the size of dmfpipe's; see src/package/deflate-piece.js. */
const level = "2";
const references = path.join(import.meta.dirname, "references");

/** Something that makes a zip of the extract in a folder. */
interface Job {
  readonly name: string;
  /** Part of the vendors that is enough to know its speed. */
  readonly share: number;
  /** Why it cannot run here. */
  readonly missing?: string | undefined;
  /** Runs it; returns its seconds. */
  readonly run: (folder: string) => Promise<number>;
  readonly megabytesPerSecond: number[];
}

const builds: CliRun[] = [];
const build = (project: "utf16" | "utf8") => async (folder: string) => {
  const ran = await runCli(path.join(folder, project), ["build", "--quiet"]);
  if (project === "utf16") builds.push(ran);
  return ran.seconds;
};
const pigz = job(
  "pigz -6 -p2",
  1,
  (folder) => timed("pigz", ["-6", "-k", "-f", "-p2", "vendors.csv"], folder),
  {
    missing: absent("pigz", ["--version"]),
  },
);
const utf16 = job("dmfpipe build, CSV-Unicode", 1, build("utf16"));
const utf8 = job("dmfpipe build, UTF-8", 1, build("utf8"));
const node = job("csv-parse, csv-stringify, archiver", 0.05, (folder) =>
  timed(process.execPath, [path.join(references, "csv-zip.ts"), "vendors.csv", "out.zip", level], folder),
);
const python = job(
  "Python csv and zipfile",
  0.25,
  (folder) =>
    timed("python3", [path.join(references, "csv-zip.py"), "vendors.csv", "out.zip", level], folder),
  { missing: absent("python3", ["--version"]) },
);
const duckdb = job(
  "DuckDB COPY and zip",
  1,
  async (folder) => {
    const script = path.join(references, "run-duckdb.ts");
    const sql = path.join(references, "csv-zip.sql");
    const copied = await timed(process.execPath, [script, duckDbModule, sql], folder);
    return copied + (await timed("zip", ["-q", `-${level}`, "out.zip", "vendors-mapped.csv"], folder));
  },
  { missing: absent("zip", ["-v"]) ?? installDuckDb() },
);

const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
try {
  const jobs = [pigz, utf16, utf8, node, python, duckdb];
  const folders = new Map<number, { readonly folder: string; readonly megabytes: number }>();
  for (const share of new Set(jobs.map((each) => each.share))) {
    const part = path.join(folder, String(share));
    const { size } = await stat(await writeVendorExtract(part, Math.ceil(vendors * share)));
    folders.set(share, { folder: part, megabytes: size / 1e6 });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { missing, share, run, megabytesPerSecond } of jobs) {
      const data = folders.get(share);
      if (missing !== undefined || data === undefined) continue;
      megabytesPerSecond.push(data.megabytes / (await run(data.folder)));
    }
  }
  report(jobs);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function report(jobs: readonly Job[]): void {
  const goals = [
    goal("1 whole job, CSV-Unicode", utf16, pigz, 1),
    goal("1 whole job, UTF-8", utf8, pigz, 1.4),
    goal("2 whole job, UTF-8", utf8, node, 25),
    goal("2 whole job, UTF-8", utf8, python, 4),
    goal("2 whole job, UTF-8", utf8, duckdb, 2),
  ];
  const missed = goals.filter((each) => !recordGoal(each));
  if (given.json) {
    process.stdout.write(
      `${JSON.stringify({ goals: goals.map((each) => ({ ...each, pass: isReached(each) })) })}\n`,
    );
  } else {
    for (const each of jobs) {
      const speeds = each.megabytesPerSecond;
      const speed =
        speeds.length === 0 ? `left out: ${each.missing ?? ""}` : `${median(speeds).toFixed(1)} MB/s`;
      process.stdout.write(`${each.name.padEnd(38)}${speed}\n`);
    }
    const cpu = median(builds.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1);
    const rss = (median(builds.map(({ peakRssBytes }) => peakRssBytes)) / 1e6).toFixed(0);
    process.stdout.write(`dmfpipe build, CSV-Unicode: ${cpu} s of the processor, ${rss} MB at most\n\n`);
    for (const each of goals) process.stdout.write(`${lineOf(each)}\n`);
  }
  if (missed.length > 0) process.exitCode = 1;
}

function goal(name: string, ours: Job, theirs: Job, limit: number): GoalResult {
  const result = { goal: name, reference: theirs.name, limit, limitIs: "least", unit: "×" } as const;
  if (theirs.missing !== undefined) return { ...result, note: `not measured: ${theirs.missing}` };
  return {
    ...result,
    measured: median(ours.megabytesPerSecond) / median(theirs.megabytesPerSecond),
    spread: Math.max(spreadOf(ours.megabytesPerSecond), spreadOf(theirs.megabytesPerSecond)),
    note: `${vendors.toLocaleString("en")} vendors of 30 columns, to packages on disk`,
  };
}

function lineOf({ goal: name, reference, measured, limit, note = "" }: GoalResult): string {
  const title = `${name} / ${reference}`.padEnd(66);
  if (measured === undefined) return `${title}${note}`;
  return `${title}${measured.toFixed(2).padStart(6)} ×   ≥ ${limit}  ${measured >= limit ? "kept" : "MISSED"}`;
}

function job(
  name: string,
  share: number,
  run: Job["run"],
  { missing }: { readonly missing?: string | undefined } = {},
): Job {
  return { name, share, run, missing, megabytesPerSecond: [] };
}

/** Why a program cannot be run here; undefined where it can. */
function absent(program: string, args: readonly string[]): string | undefined {
  const { status } = spawnSync(program, args, { stdio: "ignore" });
  return status === 0 ? undefined : `${[program, ...args].join(" ")} does not work here`;
}

/** Runs a program in a folder; returns its seconds. */
async function timed(program: string, args: readonly string[], cwd: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}.`);
  return (performance.now() - startedAt) / 1000;
}
