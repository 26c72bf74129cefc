import { randomUUID } from "node:crypto";
import { actionAnswer } from "./action-answer.ts";
import { executionIdOf, type Action, type ActionContext, type ActionParameters } from "./action-context.ts";
import { readParameters, stringParameter } from "./action-parameters.ts";
import { ActionRefused } from "./action-refused.ts";
import { executionErrors, generateKeysFile, keysFileUrl, stagingErrorFileUrl } from "./error-channels.ts";
import { exportActions } from "./export-actions.ts";
import { historyActions } from "./history-actions.ts";
import type { SandboxAnswer, SandboxRequest } from "./http-exchange.ts";
import { messageActions } from "./message-actions.ts";
import { noResourceAnswer, refusedActionAnswer } from "./odata-answer.ts";

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
    return actionAnswer(context.base, await action(context, readParameters(request.body)));
  } catch (error) {
    if (error instanceof ActionRefused) return refusedActionAnswer(name, error);
    throw error;
  }
}

const actions: Readonly<Record<string, Action>> = {
  GetAzureWriteUrl: getAzureWriteUrl,
  ImportFromPackage: ({ imports }, parameters) => imports.run(parameters),
  ImportFromPackageAsync: ({ imports }, parameters) => imports.runAsync(parameters),
  // Two more parameters (importBatchGroupId, failOnError), whose effect no source describes.
  ImportFromDMTPackage: ({ imports }, parameters) => imports.run(parameters),
  ...exportActions,
  ...historyActions,
  ...messageActions,
  GetExecutionErrors: (context, parameters) => executionErrors(context, executionIdOf(parameters)),
  GetImportStagingErrorFileUrl: (context, parameters) =>
    stagingErrorFileUrl(context, executionIdOf(parameters), stringParameter(parameters, "entityName")),
  GenerateImportTargetErrorKeysFile: (context, parameters) =>
    generateKeysFile(context, executionIdOf(parameters), stringParameter(parameters, "entityName")),
  GetImportTargetErrorKeysFileUrl: (context, parameters) =>
    keysFileUrl(context, executionIdOf(parameters), stringParameter(parameters, "entityName")),
  GetEntitySequence: getEntitySequence,
  // The entity list of the sandbox is always complete, and no change tracking narrows an export.
  InitializeDataManagement: () => ({ nothing: true }),
  InitializeDataManagementAsync: () => ({ nothing: true }),
  ResetVersionToken: () => true,
};

/** A JSON document inside a string. Source: Microsoft's documentation of GetAzureWriteUrl. */
async function getAzureWriteUrl(context: ActionContext, parameters: ActionParameters): Promise<string> {
  const { blobs, retention, settings } = context;
  const blobName = stringParameter(parameters, "uniqueFileName");
  // Azure's own rules for a blob name; F&O hands the caller's name through.
  if (blobName === "" || blobName.length > 1024 || /[\\\u0000-\u001f]|(^|\/)\.{1,2}(\/|$)/.test(blobName)) {
    throw new ActionRefused("The unique file name is not valid.");
  }
  await retention.sweep();
  const url = blobs.urlFor(blobName, {
    permissions: "rw",
    startsSecondsAgo: settings.blobUrlStartsSecondsAgo,
    lifetimeSeconds: settings.writeUrlLifetimeSeconds,
  });
  return JSON.stringify({ BlobId: `{${randomUUID().toUpperCase()}}`, BlobUrl: url });
}

/** Unit, level and sequence of the default templates, for labels separated by commas. */
function getEntitySequence({ setup }: ActionContext, parameters: ActionParameters): string {
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
