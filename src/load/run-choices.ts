import type { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import { demandCanaryPossible } from "../project/canary.ts";
import type { LedgerRun, RunChoices } from "./ledger/ledger-rows.ts";
import type { LoadOptions } from "./load-options.ts";

/**
 * What holds for a new run until its end, from the command line before the file. Throws DMFP-PROJECT-INVALID for a
 * canary where packages hold all entities.
 */
export function runChoicesOf(options: LoadOptions): RunChoices {
  const { project, canaryRecords, sending, stagingOnly, resubmissionOf } = options;
  demandCanaryPossible(canaryRecords, project.packages, {});
  const records = canaryRecords ?? project.canary?.records;
  return {
    ...((sending ?? project.sending) === "whileBuilding" ? { sending: "whileBuilding" } : {}),
    ...(records === undefined ? {} : { canary: { records, rejections: project.canary?.rejections ?? 0 } }),
    ...(stagingOnly === undefined ? {} : { stagingOnly }),
    ...(resubmissionOf === undefined ? {} : { resubmissionOf }),
  };
}

/** Whether `resume` can go on with a run that this error stopped. */
export function isResumable(run: LedgerRun, { code, entry: { exitCode } }: DmfpipeError): boolean {
  // Stopped on purpose: what was read is not to be sent.
  if (code === "DMFP-ERROR-BUDGET" || code === "DMFP-SOURCE-DECLARED") return false;
  if (run.phase === "loading") return true;
  // What is wrong with a source or a mapping will be so again; everything else can go on where it stopped.
  if (run.choices.sending !== undefined) return exitCode !== ExitCode.source && exitCode !== ExitCode.usage;
  // A build that was interrupted is made anew.
  return exitCode === ExitCode.interrupted || exitCode === ExitCode.temporary;
}
