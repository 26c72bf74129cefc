import { statSync } from "node:fs";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { flagsToGoOn } from "../../project/production.ts";
import type { Project } from "../../project/project.ts";
import { isSending, type LedgerRun } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RunFolder } from "../run-folder.ts";

/** The load whose rejected records are loaded again, and what was tried with them since. */
export interface RejectedRun {
  readonly root: LedgerRun;
  /** The load, and the resubmissions of its records that are over, the earliest first. */
  readonly chain: readonly LedgerRun[];
  /** Only what this run of them rejected. */
  readonly only?: string;
}

/**
 * The load whose rejected records are to be loaded again: the named run (a load, or a resubmission), or the latest load
 * of the environment. Throws DMFP-RUN-UNKNOWN, DMFP-USAGE for a run that loads nothing or of another environment,
 * DMFP-RESUBMIT-OPEN where one is not over, DMFP-RUN-PURGED, and DMFP-NOTHING-TO-DO where the latest load rejected
 * nothing.
 */
export function findRejectedRun(
  ledger: Ledger,
  about: { readonly project: Project; readonly environment: string; readonly run: string | undefined },
): RejectedRun {
  const { environment, project, run: runId } = about;
  const named =
    runId === undefined ? latestLoad(ledger, { project, environment }) : namedRun(ledger, runId, environment);
  const rootId = named.choices.resubmissionOf;
  const root = rootId === undefined ? named : (ledger.run(rootId) ?? named);
  const later = ledger
    .runs()
    .filter((run) => run.choices.resubmissionOf === root.id && run.command === "resubmit")
    .reverse();
  for (const run of [root, ...later]) demandOver(run, project);
  return { root, chain: [root, ...later], ...(named === root ? {} : { only: named.id }) };
}

function namedRun(ledger: Ledger, runId: string, environment: string): LedgerRun {
  const run = ledger.run(runId);
  if (run === undefined) throw new DmfpipeError("DMFP-RUN-UNKNOWN", `There is no run with the id ${runId}.`);
  if (!isSending(run) || run.choices.stagingOnly === true) {
    const command = run.choices.stagingOnly === true ? `${run.command} --dry-run` : run.command;
    throw new DmfpipeError("DMFP-USAGE", `Run ${runId} is a ${command}: it loaded nothing.`, {
      next: "Correct the source and load it with: dmfpipe load",
    });
  }
  if (run.environment === environment) return run;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `Run ${runId} is a load into ${run.environment}, not into ${environment}.`,
    { next: `dmfpipe resubmit ${runId} --env ${run.environment}` },
  );
}

/** Whoever names no run means the latest one: records of an earlier one would go over what was loaded since. */
function latestLoad(
  ledger: Ledger,
  { project, environment }: { readonly project: Project; readonly environment: string },
): LedgerRun {
  const { root: projectRoot } = project;
  const loads = ledger
    .runs()
    .filter(
      (run) =>
        run.command === "load" && run.environment === environment && run.choices.stagingOnly === undefined,
    );
  const [latest] = loads;
  if (latest === undefined) {
    throw new DmfpipeError("DMFP-NOTHING-TO-DO", `Nothing was loaded into ${environment} yet.`);
  }
  if (latest.phase !== "finished" || hasRejections(projectRoot, latest)) return latest;
  const earlier = loads.find((run) => run.purgedAt === null && hasRejections(projectRoot, run));
  const message = `The latest load into ${environment}, run ${latest.id}, rejected no record.`;
  throw earlier === undefined
    ? new DmfpipeError("DMFP-NOTHING-TO-DO", message)
    : new DmfpipeError(
        "DMFP-NOTHING-TO-DO",
        `${message} Run ${earlier.id} before it did; what it rejected would now go over what was loaded since.`,
        { next: `If that is meant: dmfpipe resubmit ${earlier.id}${flagsToGoOn(project, environment)}` },
      );
}

function hasRejections(projectRoot: string, { id }: LedgerRun): boolean {
  const file = statSync(new RunFolder(projectRoot, id).rejectionsFile, { throwIfNoEntry: false });
  return file !== undefined && file.size > 0;
}

function demandOver(run: LedgerRun, project: Project): void {
  if (run.phase !== "finished") {
    throw new DmfpipeError(
      "DMFP-RESUBMIT-OPEN",
      `Run ${run.id} (${run.command}) is not over, so that nobody knows what is still rejected.`,
      { next: `dmfpipe resume ${run.id}${flagsToGoOn(project, run.environment)}` },
    );
  }
  if (run.purgedAt === null) return;
  const day = run.purgedAt.slice(0, 10);
  throw new DmfpipeError(
    "DMFP-RUN-PURGED",
    `The rejections of run ${run.id}, as which records are recognised, were removed on ${day}.`,
    { next: "Correct the source, and load it with: dmfpipe load" },
  );
}
