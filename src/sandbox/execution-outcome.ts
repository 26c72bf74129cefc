import type { EntityRun, ExecutionStatus } from "./execution-store.ts";

/** Status of one entity of an execution. The words are those of an execution: an assumption. */
export function entityOutcome(run: EntityRun, executeTarget: boolean): ExecutionStatus {
  const { stagingStatus, targetStatus } = run;
  const begun = stagingStatus !== "NotStarted" && stagingStatus !== "Waiting";
  if (!begun) return "NotRun";
  const staged = stagingStatus === "Finished" || stagingStatus === "Error";
  const written = targetStatus !== "NotStarted" && targetStatus !== "Waiting" && targetStatus !== "Executing";
  return staged && (written || !executeTarget) ? outcome([run], executeTarget) : "Executing";
}

/**
 * Status of an execution whose entities are done. Succeeded: no row was lost; this includes an import of no rows at
 * all, which real environments report as a success. Failed: nothing was written. That the status of an import which
 * stops after staging follows the staging counts is an assumption.
 */
export function outcome(runs: readonly EntityRun[], executeTarget: boolean): ExecutionStatus {
  const failed = runs.some(
    (run) =>
      run.stagingStatus === "Error" ||
      (executeTarget && (run.targetStatus === "Error" || run.targetStatus === "NotRun")),
  );
  if (!failed) return "Succeeded";
  const written = runs.some((run) => (executeTarget ? run.created + run.updated > 0 : run.staged > 0));
  return written ? "PartiallySucceeded" : "Failed";
}
