import type { Dirent } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Retention } from "../project/retention.ts";
import { isSending, type LedgerRun } from "./ledger/ledger-rows.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { runsFolder, RunFolder } from "./run-folder.ts";
import { settleTrend } from "./trend/settle-trend.ts";

const dayMs = 24 * 60 * 60_000;

/**
 * What cannot be told apart from something that still goes on is left alone for so long: a dry run holds no lock, and
 * a folder without a run in the ledger may be that of one that begins just now.
 */
const leastMs = dayMs;

export interface PurgeOptions {
  /** Absolute. */
  readonly projectRoot: string;
  readonly ledger: Ledger;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number;
  /** What is older is removed: whole runs by `days`, packages by `packages`; absent: they stay. */
  readonly keep: Retention;
  /** Only say what would be removed. */
  readonly dryRun: boolean;
}

/** Something that was removed, or would be. */
export interface PurgedFolder {
  /** The run, or the name of the folder where the ledger knows no such run. */
  readonly run: string;
  readonly sizeBytes: number;
}

export interface PurgeResult {
  /** Whole folders of runs: reports, rejections, logs, and packages. */
  readonly runs: readonly PurgedFolder[];
  /** Packages of runs whose folder stays. */
  readonly packages: readonly PurgedFolder[];
  /** Runs that are old enough, and are kept because `resume` can go on with them. */
  readonly resumable: readonly string[];
}

/**
 * Removes what runs left behind longer ago than it is to be kept. Never touched: a load that can be resumed or is under
 * way, the latest run, and the latest load into each environment. The ledger keeps its rows, marked: marked first, so
 * that nobody takes half a folder for a whole one; what a crash leaves, the next purge removes.
 *
 * Throws what the file system throws.
 */
export async function purge(options: PurgeOptions): Promise<PurgeResult> {
  const { projectRoot, ledger, keep } = options;
  // What a run that was just over found is noted first, or it would be lost with its folder. A disk that is full, which
  // is what this is called for, refuses that, and must not refuse this.
  if (!options.dryRun) await settleTrend(ledger, projectRoot).catch(() => []);
  const all = ledger.runs();
  const needed = latestRuns(all);
  const runs: PurgedFolder[] = [];
  const packages: PurgedFolder[] = [];
  const resumable: string[] = [];
  for (const run of all) {
    const folder = new RunFolder(projectRoot, run.id);
    if (isOpen(run) && isSending(run)) {
      if (isOlder(run, keep.days, options.now)) resumable.push(run.id);
    } else if (needed.has(run.id)) continue;
    else if (isOlder(run, keep.days, options.now)) {
      const removed = await remove(folder.path, run.id, options);
      if (removed !== undefined) runs.push(removed);
    } else if (isOlder(run, keep.packages, options.now)) {
      const removed = await remove(folder.packages, run.id, options);
      if (removed !== undefined) packages.push(removed);
    }
  }
  runs.push(...(await purgeStrays(all, options)));
  return { runs, packages, resumable };
}

/** The latest run, and the latest load into each environment: what `status`, `rejections` and monitors look at. */
function latestRuns(all: readonly LedgerRun[]): ReadonlySet<string> {
  const latest = new Map<string, string>();
  for (const [index, run] of all.entries()) {
    if (index === 0) latest.set("", run.id);
    if (isSending(run) && !latest.has(run.environment)) latest.set(run.environment, run.id);
  }
  const needed = new Set(latest.values());
  // What it rejected can still be loaded again, and is told by what the load before it left.
  for (const { id, choices } of all) {
    if (needed.has(id) && choices.resubmissionOf !== undefined) needed.add(choices.resubmissionOf);
  }
  return needed;
}

function isOpen(run: LedgerRun): boolean {
  return run.phase !== "finished";
}

function isOlder(run: LedgerRun, days: number | undefined, now: number): boolean {
  if (days === undefined) return false;
  const ageMs = now - Date.parse(run.finishedAt ?? run.startedAt);
  return ageMs > (isOpen(run) ? Math.max(days * dayMs, leastMs) : days * dayMs);
}

/** Removes a folder, if it is there, and marks the run. */
async function remove(folder: string, run: string, options: PurgeOptions): Promise<PurgedFolder | undefined> {
  const sizeBytes = await sizeOf(folder);
  if (sizeBytes === undefined) return undefined;
  if (!options.dryRun) {
    options.ledger.markPurged(run, path.basename(folder) === run ? "run" : "packages");
    await rm(folder, { recursive: true, force: true });
  }
  return { run, sizeBytes };
}

/** Folders of which the ledger knows nothing: of runs that ended before they were in it, or of a ledger that is lost. */
async function purgeStrays(all: readonly LedgerRun[], options: PurgeOptions): Promise<PurgedFolder[]> {
  const { projectRoot, keep, now, dryRun } = options;
  if (keep.days === undefined) return [];
  const known = new Set(all.map(({ id }) => id));
  const parent = runsFolder(projectRoot);
  const removed: PurgedFolder[] = [];
  for (const entry of await entriesOf(parent)) {
    if (!entry.isDirectory() || known.has(entry.name)) continue;
    const folder = path.join(parent, entry.name);
    const ageMs = now - (await stat(folder)).mtimeMs;
    if (ageMs <= Math.max(keep.days * dayMs, leastMs)) continue;
    removed.push({ run: entry.name, sizeBytes: (await sizeOf(folder)) ?? 0 });
    if (!dryRun) await rm(folder, { recursive: true, force: true });
  }
  return removed;
}

/** Bytes of all files below a folder; undefined where there is no such folder. */
async function sizeOf(folder: string): Promise<number | undefined> {
  const isThere = await stat(folder).catch(() => undefined);
  if (isThere === undefined) return undefined;
  let sizeBytes = 0;
  for (const entry of await entriesOf(folder, true)) {
    if (!entry.isFile()) continue;
    const file = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    sizeBytes += file?.size ?? 0;
  }
  return sizeBytes;
}

async function entriesOf(folder: string, recursive = false): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true, recursive });
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return [];
    throw thrown;
  }
}
