import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { ActionRefused } from "./action-refused.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { BlobStore } from "./blob-store.ts";
import type { EntityRun, Execution, ExecutionError, ExecutionStore } from "./execution-store.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface ErrorChannelContext {
  readonly executions: ExecutionStore;
  readonly blobs: BlobStore;
  readonly settings: SandboxSettings;
  readonly setup: EnvironmentSetup;
}

/**
 * The value of GetExecutionErrors: a JSON array in a string, over all entities and without their names. An id that
 * is not known gives `[]`, as reported for message ids. By default quotes and line breaks inside are not escaped:
 * that is how a real import of 31,706 rows answered.
 */
export function executionErrors(context: ErrorChannelContext, executionId: string): string {
  const { executions, settings } = context;
  const execution = executions.find(executionId);
  if (execution === undefined) return "[]";
  const items: string[] = [];
  for (const run of executions.runs(execution.number)) {
    for (const error of executions.errors(run.number)) {
      if (error.stage === "staging" && !settings.stagingErrorsInExecutionErrors) continue;
      items.push(errorItem(error, settings));
    }
  }
  return `[${items.join(",")}]`;
}

function errorItem(error: ExecutionError, settings: SandboxSettings): string {
  const field = settings.executionErrorField === "name" ? error.field : "";
  if (settings.executionErrorsJson === "escaped") {
    return JSON.stringify({ RecordId: error.recordId, Field: field, ErrorMessage: error.message });
  }
  return `{"RecordId":"${error.recordId}","Field":"${field}","ErrorMessage":"${error.message}"}`;
}

/** The value of GetImportStagingErrorFileUrl: an address, or "" when no row failed on its own. */
export function stagingErrorFileUrl(
  context: ErrorChannelContext,
  executionId: string,
  label: string,
): string {
  const { errorFile } = findRun(context, executionId, label);
  return errorFile === null ? "" : readUrl(context, errorFile);
}

/**
 * GenerateImportTargetErrorKeysFile: orders the file. False when no record of the entity failed. One key per line: an
 * assumption, no source shows the file; its encoding and header are a setting.
 */
export async function generateKeysFile(
  context: ErrorChannelContext,
  executionId: string,
  label: string,
): Promise<boolean> {
  const run = findRun(context, executionId, label);
  if (run.failed === 0) return false;
  const { executions, blobs, settings, setup } = context;
  const encoding = settings.targetKeysFile === "utf-16" ? "utf16le" : "utf8";
  const keys = setup.entity(label)?.keys ?? [];
  const header = settings.targetKeysFile === "with header" ? `${keys.join(settings.keySeparator)}\r\n` : "";
  const mark = settings.targetKeysFile === "utf-16" ? "\uFEFF" : "";
  const lines = function* (): Generator<Buffer> {
    yield Buffer.from(mark + header, encoding);
    for (const line of keyLines(executions, run)) yield Buffer.from(line, encoding);
  };
  const keysFile = `${randomUUID()}.txt`;
  await blobs.upload(keysFile, Readable.from(lines()));
  executions.change(run.number, { keysFile, keysAnswers: 0 });
  return true;
}

/** The value of GetImportTargetErrorKeysFileUrl: "" while the file is being made, or when none was ordered. */
export function keysFileUrl(context: ErrorChannelContext, executionId: string, label: string): string {
  const { executions, settings } = context;
  const run = findRun(context, executionId, label);
  if (run.keysFile === null) return "";
  executions.change(run.number, { keysAnswers: run.keysAnswers + 1 });
  return run.keysAnswers < settings.keysFilePolls ? "" : readUrl(context, run.keysFile);
}

/** The execution, or the refusal of an id that is not (yet) known. */
export function findExecution(executions: ExecutionStore, executionId: string): Execution {
  const execution = executions.find(executionId);
  if (execution === undefined)
    throw new ActionRefused(`Execution details were not found for execution id: ${executionId}`);
  return execution;
}

function findRun(context: ErrorChannelContext, executionId: string, label: string): EntityRun {
  const { executions } = context;
  const { number } = findExecution(executions, executionId);
  const run = executions.runs(number).find((candidate) => candidate.label === label.trim());
  // Assumption: no source says what an entity outside the execution gives.
  if (run === undefined)
    throw new ActionRefused(`Entity ${label} is not part of the execution ${executionId}.`);
  return run;
}

function* keyLines(executions: ExecutionStore, run: EntityRun): Generator<string> {
  for (const error of executions.errors(run.number)) {
    if (error.stage === "target") yield `${error.recordId}\r\n`;
  }
}

function readUrl({ blobs, settings }: ErrorChannelContext, blobName: string): string {
  return blobs.urlFor(blobName, {
    permissions: "r",
    startsSecondsAgo: settings.blobUrlStartsSecondsAgo,
    lifetimeSeconds: settings.readUrlLifetimeSeconds,
  });
}
