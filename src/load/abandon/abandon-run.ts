import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { RetrySettings } from "../../environment/http-policy.ts";
import type { Clock } from "../../errors/clock.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { ExitCode } from "../../errors/exit-code.ts";
import type { Project } from "../../project/project.ts";
import { endRun } from "../end-run.ts";
import { isSending, type LedgerPackage, type LedgerRun } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isFinal, type PackageState } from "../ledger/package-state.ts";
import type { ConnectionSource, RunResult } from "../load-options.ts";
import { withEnvironment } from "../with-environment.ts";
import { noneWaits } from "../none-waits.ts";
import { RunFolder } from "../run-folder.ts";
import { RunLog, type LoadListener } from "../run-log.ts";
import { EnvironmentLock } from "../sending/environment-lock.ts";
import { standing } from "../sending/environment-budget.ts";
import { entitySummaries } from "../summarize.ts";
import { askAboutPackage, type OpenPackage } from "./open-package.ts";
import { reportedEntities } from "./reported-entities.ts";
import { leaveOut, settlePackage, type Move } from "./settle-package.ts";

export interface AbandonOptions {
  readonly project: Project;
  readonly catalogue: EntityCatalogue;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly retry?: RetrySettings;
  /** Opened only where F&O has to be asked. */
  readonly connection: ConnectionSource;
  /** What to type again when it may help. */
  readonly again: string;
  readonly listener?: LoadListener;
}

/** F&O has it, or may have it, and this run does not know yet what became of it. */
const atFno: ReadonlySet<PackageState> = new Set(["importing", "in doubt", "executing", "collecting"]);

/**
 * The load that is to be given up: the named one, or the latest that waits to be resumed in the environment. Throws
 * DMFP-RUN-UNKNOWN, and DMFP-NOTHING-TO-DO where it is over, or none waits.
 */
export function findOpenRun(ledger: Ledger, environment: string, runId: string | undefined): LedgerRun {
  const loads = ledger.runs().filter(isSending);
  const isOpen = (run: LedgerRun): boolean => run.phase !== "finished";
  if (runId === undefined) {
    const open = loads.find((run) => isOpen(run) && run.environment === environment);
    if (open !== undefined) return open;
    throw noneWaits(loads, { environment, command: "abandon" });
  }
  const run = loads.find(({ id }) => id === runId);
  if (run === undefined) throw new DmfpipeError("DMFP-RUN-UNKNOWN", `There is no load with the id ${runId}.`);
  if (isOpen(run)) return run;
  throw new DmfpipeError(
    "DMFP-NOTHING-TO-DO",
    `Run ${runId} is over (${run.status}); there is nothing to give up.`,
  );
}

/** What giving a load up means, for who has to confirm it. */
export function whatIsGivenUp(run: LedgerRun, packages: readonly LedgerPackage[]): string {
  if (run.phase === "building" && packages.length === 0) return "Nothing of it was sent.";
  const open = packages.filter(({ state }) => atFno.has(state)).length;
  const asked = `F&O will be asked about ${open === 1 ? "1 package" : `${open} packages`} it may still work on.`;
  return open === 0 ? standing(packages) : `${standing(packages)} ${asked}`;
}

/**
 * Gives up a load that nobody will resume: what was not sent is unprocessed, the run is over, and `resume` will not find
 * it any more. Nothing is undone in F&O. Where F&O has a package, or may have it, it is asked first, and unless it is
 * done with all of them nothing is given up.
 *
 * Throws DMFP-LOCKED while the load runs, DMFP-NOTHING-TO-DO where it was just ended, DMFP-RUN-OPEN and DMFP-IN-DOUBT
 * where F&O is not done, and what the environment throws.
 */
export async function abandonRun(options: AbandonOptions, runId: string): Promise<RunResult> {
  const { project, ledger, clock, listener } = options;
  const { environment } = ledger.run(runId) ?? {};
  if (environment === undefined)
    throw new DmfpipeError("DMFP-RUN-UNKNOWN", `There is no load with the id ${runId}.`);
  const lock = EnvironmentLock.take({ projectRoot: project.root, environment, runId, clock });
  try {
    // Read here, under the lock: the process that held it until now may have ended the run.
    const run = findOpenRun(ledger, environment, runId);
    const open = await askAboutAll(run, options);
    const folder = new RunFolder(project.root, runId);
    const log = new RunLog({ file: folder.logFile, run: runId, clock, listener });
    const move: Move = (pack, to, why, set) => {
      log.write({ kind: "run", run: runId, text: `${pack.key}: ${to} · ${why}` });
      return ledger.move(runId, pack, to, why, set);
    };
    for (const answer of open) settlePackage(answer, move);
    for (const pack of ledger.packages(runId)) if (!isFinal(pack.state)) leaveOut(pack, move);
    return await end(run, folder, options);
  } finally {
    lock.release();
  }
}

async function askAboutAll(run: LedgerRun, options: AbandonOptions): Promise<readonly OpenPackage[]> {
  const { project, ledger, clock, again } = options;
  const packages = ledger.packages(run.id).filter(({ state }) => atFno.has(state));
  if (packages.length === 0) return [];
  const sentAt = new Map<string, number>();
  for (const { key, state, at } of ledger.moves.since(run.id, 0)) {
    if (state === "importing") sentAt.set(key, Date.parse(at));
  }
  const doubtGraceMs = project.limits.doubtSeconds * 1000;
  return withEnvironment(options, async (environment) => {
    const answers: OpenPackage[] = [];
    for (const pack of packages) {
      const sentAgoMs = clock.now() - (sentAt.get(pack.key) ?? 0);
      answers.push(await askAboutPackage(pack, { environment, doubtGraceMs, sentAgoMs, again }));
    }
    return answers;
  });
}

async function end(
  run: LedgerRun,
  folder: RunFolder,
  { project, catalogue, ledger, clock, listener }: AbandonOptions,
): Promise<RunResult> {
  const packages = ledger.packages(run.id);
  const counts = ledger.counts(run.id);
  const status = "abandoned";
  const exitCode = ExitCode.interrupted;
  const summary = await endRun({
    run,
    ledger,
    resumable: false,
    log: (event) => listener?.(event),
    project,
    folder,
    planned: await reportedEntities({ project, catalogue, counts }),
    entities: entitySummaries(counts, packages),
    packages,
    status,
    exitCode,
    finishedAt: new Date(clock.now()).toISOString(),
  });
  return { summary, folder, resumable: false };
}
