import type { ActionResult } from "./action-answer.ts";
import { executionIdOf, type Action, type ActionContext, type ActionParameters } from "./action-context.ts";
import { ActionRefused } from "./action-refused.ts";
import { findExecution } from "./error-channels.ts";
import { entityOutcome } from "./execution-outcome.ts";
import type { EntityRun } from "./execution-store.ts";

/** Actions about executions in the job history. */
export const historyActions: Readonly<Record<string, Action>> = {
  GetExecutionSummaryStatus: getExecutionSummaryStatus,
  GetEntityExecutionSummaryStatusList: getEntityStatusList,
  GetExecutionSummaryPageUrl: getExecutionSummaryPageUrl,
  DeleteExecutionHistoryJob: deleteExecutionHistoryJob,
};

/** Right after an import the details are "not found" for a while; observed by several clients. */
function getExecutionSummaryStatus({ executions }: ActionContext, parameters: ActionParameters): string {
  const executionId = executionIdOf(parameters);
  const execution = findExecution(executions, executionId);
  if (executions.takeNotFoundAnswer(execution.number)) {
    throw new ActionRefused(`Execution details were not found for execution id: ${executionId}`);
  }
  return execution.status;
}

/** A list of texts, one per entity; what stands in them is not public: a setting decides. */
function getEntityStatusList(
  { executions, settings }: ActionContext,
  parameters: ActionParameters,
): ActionResult {
  const execution = findExecution(executions, executionIdOf(parameters));
  const runs = executions.runs(execution.number);
  const list = runs.map((run) => {
    const status = entityOutcome(run, execution.executeTarget);
    return settings.entityStatusList === "status"
      ? status
      : JSON.stringify({ EntityName: run.label, ExecutionStatus: status });
  });
  return { list };
}

/** An address inside the F&O web client. Its exact query is an assumption. */
function getExecutionSummaryPageUrl(
  { base, executions }: ActionContext,
  parameters: ActionParameters,
): string {
  const execution = findExecution(executions, executionIdOf(parameters));
  const query = new URLSearchParams({
    cmp: execution.company,
    mi: "DMFExecutionHistory",
    executionId: execution.id,
  });
  return `${base}/?${query.toString()}`;
}

/**
 * Removes an execution from the job history, and with it what blocks its project: the remedy for a run that hangs in
 * Executing, as the author of a client measured. That a run which really works is refused is an assumption.
 */
function deleteExecutionHistoryJob(
  { executions, queue }: ActionContext,
  parameters: ActionParameters,
): ActionResult {
  const execution = findExecution(executions, executionIdOf(parameters));
  const held = queue.held().includes(execution.id);
  const runs = executions.runs(execution.number);
  if (execution.status === "Executing" && !held && runs.some(isAtWork)) {
    throw new ActionRefused(`The execution ${execution.id} has not ended yet.`);
  }
  executions.remove(execution.number);
  queue.release(execution.id);
  return { nothing: true };
}

/** Waiting for the batch is no work yet: its rows are staged and nobody holds them. */
function isAtWork(run: EntityRun): boolean {
  const staged = run.stagingStatus === "Finished" || run.stagingStatus === "Error";
  return !staged || run.targetStatus === "Executing";
}
