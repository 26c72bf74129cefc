import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCli, type CliRun } from "./cli-run.ts";
import { writeFlatProject, type FlatProject } from "./flat-project.ts";
import { median, recordGoal, spreadOf } from "./goal.ts";

/**
 * Whether memory stays as it is, and time grows no faster than the file: `build` of a small source and of one twenty
 * times as large, with one record in a hundred rejected; and of the small one with all of them rejected, reports
 * included. The rows have no key of their own (F&O makes it), so nothing has to be remembered of each; what keys cost is
 * measured by bench/check-keys.ts.
 *
 * `node bench/memory.ts [--quick] [--megabytes N] [--rounds N]`; the table goes to standard output, and the data to the
 * folder for temporary files, which needs room for twice the large source. Exit code 1 when a goal is missed.
 */
const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    megabytes: { type: "string" },
    rounds: { type: "string" },
  },
});
const small = Number(given.megabytes ?? (given.quick ? 10 : 200));
const large = small * 20;
const rounds = Number(given.rounds ?? (given.quick ? 1 : 3));
const limitMB = 160;

interface Measured {
  readonly peakMB: number;
  /** Of each round. */
  readonly secondsPerGB: readonly number[];
}

const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-bench-"));
try {
  const small1 = await measured({ megabytes: small, rejectOneIn: 100 }, rounds);
  const large1 = await measured({ megabytes: large, rejectOneIn: 100 }, 1);
  const smallAll = await measured({ megabytes: small, rejectOneIn: 1 }, 1);
  const all = [
    goal(`3 peak memory at ${small} MB`, small1.peakMB, limitMB, "MB"),
    goal(`3 peak memory at ${large} MB`, large1.peakMB, limitMB, "MB"),
    goal(`3 peak memory at ${small} MB, all rejected`, smallAll.peakMB, limitMB, "MB"),
    goal(`3 memory, ${large} MB / ${small} MB`, large1.peakMB / small1.peakMB, 1.1, "×"),
    goal("3 memory, all / 1 % rejected", smallAll.peakMB / small1.peakMB, 1.1, "×"),
    goal(
      `4 time a GB, ${large} MB / ${small} MB`,
      median(large1.secondsPerGB) / median(small1.secondsPerGB),
      1.1,
      "×",
      spreadOf(small1.secondsPerGB),
    ),
  ];
  if (all.includes(false)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** The most memory of any round, and the time of each. */
async function measured(project: FlatProject, times: number): Promise<Measured> {
  const { sourceBytes, records, rejected } = await writeFlatProject(folder, project);
  const runs: CliRun[] = [];
  for (let round = 0; round < times; round++) {
    const run = await runCli(folder, ["build", "--json", "--quiet"]);
    const { entities } = JSON.parse(run.output) as { entities: { read: number; rejectedHere: number }[] };
    const read = entities.reduce((sum, counts) => sum + counts.read, 0);
    const refused = entities.reduce((sum, counts) => sum + counts.rejectedHere, 0);
    if (read !== records || refused !== rejected) {
      throw new Error(`${read} records read and ${refused} rejected, of ${records} and ${rejected}.`);
    }
    runs.push(run);
  }
  const peakMB = Math.max(...runs.map((run) => run.peakRssBytes)) / 1e6;
  const secondsPerGB = runs.map(({ seconds }) => (seconds / sourceBytes) * 1e9);
  const what = `${project.megabytes} MB, ${rejected.toLocaleString("en")} of ${records.toLocaleString("en")} rejected`;
  const line = `${what.padEnd(52)}${peakMB.toFixed(0).padStart(5)} MB  ${median(secondsPerGB).toFixed(1).padStart(7)} s/GB`;
  process.stdout.write(`${line}\n`);
  return { peakMB, secondsPerGB };
}

function goal(name: string, value: number, limit: number, unit: "MB" | "×", spread?: number): boolean {
  const shown = unit === "MB" ? [value.toFixed(0), String(limit)] : [value.toFixed(2), limit.toFixed(2)];
  const result = { goal: name, reference: "none", measured: value, limit, limitIs: "most", unit } as const;
  const reached = recordGoal(spread === undefined ? result : { ...result, spread });
  const outcome = reached ? "kept" : "MISSED";
  process.stdout.write(
    `${name.padEnd(44)}${`${shown[0] ?? ""} ${unit}`.padStart(10)}  ≤ ${shown[1] ?? ""} ${unit}  ${outcome}\n`,
  );
  return reached;
}
