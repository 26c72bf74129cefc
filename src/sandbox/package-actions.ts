import { randomUUID } from "node:crypto";
import { readParameters, stringParameter } from "./action-parameters.ts";
import { ActionRefused } from "./action-refused.ts";
import type { BlobStore } from "./blob-store.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import {
  executionErrors,
  findExecution,
  generateKeysFile,
  keysFileUrl,
  stagingErrorFileUrl,
} from "./error-channels.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { SandboxAnswer, SandboxRequest } from "./http-exchange.ts";
import { noResourceAnswer, refusedActionAnswer, scalarAnswer } from "./odata-answer.ts";
import type { PackageImport } from "./package-import.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface ActionContext {
  readonly base: string;
  readonly executions: ExecutionStore;
  readonly blobs: BlobStore;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  readonly imports: PackageImport;
}

type Parameters = Readonly<Record<string, unknown>>;
type Action = (
  context: ActionContext,
  parameters: Parameters,
) => Promise<string | boolean> | string | boolean;

const route = /^\/data\/DataManagementDefinitionGroups\/Microsoft\.Dynamics\.DataEntities\.(\w+)$/;

/** The name of the action a path calls, or undefined. */
export function actionName(path: string): string | undefined {
  return route.exec(path)?.[1];
}

/** Calls an action of DataManagementDefinitionGroups. All of them are bound to the entity set and called by POST. */
export async function answerAction(
  context: ActionContext,
  name: string,
  request: SandboxRequest,
): Promise<SandboxAnswer> {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined || request.method !== "POST")
    return noResourceAnswer(`${context.base}${request.path}`);
  try {
    return scalarAnswer(context.base, await action(context, readParameters(request.body)));
  } catch (error) {
    if (error instanceof ActionRefused) return refusedActionAnswer(name, error);
    throw error;
  }
}

const actions: Readonly<Record<string, Action>> = {
  GetAzureWriteUrl: getAzureWriteUrl,
  ImportFromPackage: ({ imports }, parameters) => imports.run(parameters),
  ImportFromPackageAsync: ({ imports }, parameters) => imports.runAsync(parameters),
  GetExecutionSummaryStatus: getExecutionSummaryStatus,
  GetExecutionSummaryPageUrl: getExecutionSummaryPageUrl,
  GetExecutionErrors: (context, parameters) => executionErrors(context, executionIdOf(parameters)),
  GetImportStagingErrorFileUrl: (context, parameters) =>
    stagingErrorFileUrl(context, executionIdOf(parameters), stringParameter(parameters, "entityName")),
  GenerateImportTargetErrorKeysFile: (context, parameters) =>
    generateKeysFile(context, executionIdOf(parameters), stringParameter(parameters, "entityName")),
  GetImportTargetErrorKeysFileUrl: (context, parameters) =>
    keysFileUrl(context, executionIdOf(parameters), stringParameter(parameters, "entityName")),
  GetEntitySequence: getEntitySequence,
};

function executionIdOf(parameters: Parameters): string {
  return stringParameter(parameters, "executionId").trim();
}

/** A JSON document inside a string. Source: Microsoft's documentation of GetAzureWriteUrl. */
function getAzureWriteUrl({ blobs, settings }: ActionContext, parameters: Parameters): string {
  const blobName = stringParameter(parameters, "uniqueFileName");
  // Azure's own rules for a blob name; F&O hands the caller's name through.
  if (blobName === "" || blobName.length > 1024 || /[\\\u0000-\u001f]|(^|\/)\.{1,2}(\/|$)/.test(blobName)) {
    throw new ActionRefused("The unique file name is not valid.");
  }
  const url = blobs.urlFor(blobName, {
    permissions: "rw",
    startsSecondsAgo: settings.blobUrlStartsSecondsAgo,
    lifetimeSeconds: settings.writeUrlLifetimeSeconds,
  });
  return JSON.stringify({ BlobId: `{${randomUUID().toUpperCase()}}`, BlobUrl: url });
}

/** Right after an import the details are "not found" for a while; observed by several clients. */
function getExecutionSummaryStatus({ executions }: ActionContext, parameters: Parameters): string {
  const executionId = executionIdOf(parameters);
  const execution = findExecution(executions, executionId);
  if (executions.takeNotFoundAnswer(execution.number)) {
    throw new ActionRefused(`Execution details were not found for execution id: ${executionId}`);
  }
  return execution.status;
}

/** An address inside the F&O web client. Its exact query is an assumption. */
function getExecutionSummaryPageUrl({ base, executions }: ActionContext, parameters: Parameters): string {
  const execution = findExecution(executions, executionIdOf(parameters));
  const query = new URLSearchParams({
    cmp: execution.company,
    mi: "DMFExecutionHistory",
    executionId: execution.id,
  });
  return `${base}/?${query.toString()}`;
}

/** Unit, level and sequence of the default templates, for labels separated by commas. */
function getEntitySequence({ setup }: ActionContext, parameters: Parameters): string {
  const labels = stringParameter(parameters, "listOfDataEntities")
    .split(",")
    .map((label) => label.trim());
  const list = labels
    .filter((label) => label !== "")
    .map((label) => {
      const entity = setup.entity(label);
      if (entity === undefined)
        throw new ActionRefused(`Entity ${label} does not exist in the target environment`);
      const { executionUnit = 1, level = 1, sequence = 1 } = entity.templateSequence ?? {};
      return { EntityName: label, ExecutionUnit: executionUnit, Level: level, Sequence: sequence };
    });
  return JSON.stringify(list);
}
