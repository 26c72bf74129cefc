import type { ActionResult } from "./action-answer.ts";
import { executionIdOf, type Action, type ActionContext, type ActionParameters } from "./action-context.ts";
import { findExecution } from "./error-channels.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

/** The ways to order a package; they differ in their parameters only. */
export const exportActions: Readonly<Record<string, Action>> = {
  ExportToPackage: order,
  ExportToPackageAsync: order,
  ExportToPackageDelta: order,
  ExportToPackagePreview: order,
  ExportToPackagePreviewAsync: order,
  GetExportedPackageUrl: getExportedPackageUrl,
};

function order({ exports, settings }: ActionContext, parameters: ActionParameters): ActionResult {
  return shaped(exports.run(parameters), settings);
}

/** A readable address of the package; "" as long as there is none (assumption). */
async function getExportedPackageUrl(
  context: ActionContext,
  parameters: ActionParameters,
): Promise<ActionResult> {
  const { executions, exports, blobs, retention, settings } = context;
  const blob = exports.blobOf(findExecution(executions, executionIdOf(parameters)));
  await retention.sweep();
  if (blob === undefined || !(await blobs.has(blob))) return shaped("", settings);
  const url = blobs.urlFor(blob, {
    permissions: "r",
    startsSecondsAgo: settings.blobUrlStartsSecondsAgo,
    lifetimeSeconds: settings.readUrlLifetimeSeconds,
  });
  return shaped(url, settings);
}

function shaped(value: string, { exportAnswers }: SandboxSettings): ActionResult {
  return exportAnswers === "nested" ? { nested: value } : value;
}
