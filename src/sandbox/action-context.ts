import type { ActionResult } from "./action-answer.ts";
import { stringParameter } from "./action-parameters.ts";
import type { BatchQueue } from "./batch-queue.ts";
import type { BlobRetention } from "./blob-retention.ts";
import type { BlobStore } from "./blob-store.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { PackageExport } from "./package-export.ts";
import type { PackageImport } from "./package-import.ts";
import type { RecurringIntegration } from "./recurring-integration.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

/** What the actions of DataManagementDefinitionGroups work with. */
export interface ActionContext {
  readonly base: string;
  readonly executions: ExecutionStore;
  readonly blobs: BlobStore;
  readonly retention: BlobRetention;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  readonly imports: PackageImport;
  readonly exports: PackageExport;
  readonly queue: BatchQueue;
  readonly recurring: RecurringIntegration;
}

export type ActionParameters = Readonly<Record<string, unknown>>;

/** Carries an action out. Throws ActionRefused where F&O answers with an error. */
export type Action = (
  context: ActionContext,
  parameters: ActionParameters,
) => Promise<ActionResult> | ActionResult;

/** The execution an action is about, as the client wrote it. */
export function executionIdOf(parameters: ActionParameters): string {
  return stringParameter(parameters, "executionId").trim();
}
