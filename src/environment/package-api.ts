import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ODataClient, ODataRefusal, ODataResult } from "./odata-client.ts";
import { parseJson } from "./json-text.ts";
import { receiveValue } from "./receive-value.ts";
import { publishText } from "../package/partial-file.ts";

/** `DMFExecutionSummaryStatus` as Microsoft documents it. `Queued` was met by one client and is taken for waiting. */
export const executionStatuses = [
  "Unknown",
  "NotRun",
  "Queued",
  "Executing",
  "Succeeded",
  "PartiallySucceeded",
  "Failed",
  "Canceled",
] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

/** The statuses after which nothing changes any more. */
export const finalStatuses: ReadonlySet<string> = new Set([
  "Succeeded",
  "PartiallySucceeded",
  "Failed",
  "Canceled",
]);

export interface ImportRequest {
  /** Blob URL with its SAS, exactly as GetAzureWriteUrl gave it. */
  readonly packageUrl: string;
  /** Name of the data project. */
  readonly definitionGroupId: string;
  readonly executionId: string;
  readonly legalEntityId: string;
  /** false: stop after staging. */
  readonly execute: boolean;
  /** true: the manifest's definition replaces that of an existing data project. */
  readonly overwrite: boolean;
}

export interface ExportRequest {
  /** Name of the data project. */
  readonly definitionGroupId: string;
  /** Name of the package; F&O names the file after it. */
  readonly packageName: string;
  readonly executionId: string;
  /** true: an execution that has this id already is run again. */
  readonly reExecute: boolean;
  readonly legalEntityId: string;
}

export type ImportOutcome =
  /** Under the id that was sent, or another one, should F&O name one. */
  | { readonly kind: "accepted"; readonly executionId: string }
  /** The execution id exists already: an earlier call of ours was accepted. */
  | { readonly kind: "known" }
  | { readonly kind: "refused"; readonly refusal: ODataRefusal };

/** F&O may hold the connection until the whole package is in staging; clients in the field wait up to an hour. */
const importTimeoutMs = 60 * 60_000;

const writeUrl = z.object({ BlobId: z.string().default(""), BlobUrl: z.url() });
const actions = "DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.";

/**
 * The data management package REST API, action by action, as Microsoft documents it
 * (data-management-api). `value` is a scalar; one documentation page nests it once more, so both are read.
 */
export class PackageApi {
  readonly #odata: ODataClient;
  readonly #environment: string;

  constructor(odata: ODataClient, environment: string) {
    this.#odata = odata;
    this.#environment = environment;
  }

  /** A writable blob URL (with SAS, valid for half an hour) for a file of this name. */
  async getAzureWriteUrl(uniqueFileName: string): Promise<string> {
    const value = await this.#text("GetAzureWriteUrl", { uniqueFileName }, "Asking for an upload address");
    // The value is a JSON document inside a JSON string; old versions of the page show an object.
    const parsed = writeUrl.safeParse(parseJson(value));
    if (parsed.success) return parsed.data.BlobUrl;
    throw this.#unexpected("GetAzureWriteUrl", "the answer holds no BlobUrl");
  }

  /**
   * Starts the import. Sent once and never blindly again: throws DMFP-IN-DOUBT where it is not known
   * whether F&O took it.
   */
  async importFromPackage(request: ImportRequest): Promise<ImportOutcome> {
    const result = await this.#odata.call({
      method: "POST",
      path: `${actions}ImportFromPackage`,
      body: { ...request },
      purpose: "Starting the import",
      effect: "once",
      timeoutMs: importTimeoutMs,
    });
    return startedAs(result, request.executionId);
  }

  /**
   * Starts an export. It changes nothing but the history of executions, so it may be sent again with the same id: where
   * an earlier call was taken, the id is `known`.
   */
  async exportToPackage(request: ExportRequest): Promise<ImportOutcome> {
    const result = await this.#odata.call({
      method: "POST",
      path: `${actions}ExportToPackage`,
      body: { ...request },
      purpose: "Starting the export",
      effect: "repeatable",
      // No source says how much of the export the call waits for.
      timeoutMs: importTimeoutMs,
    });
    return startedAs(result, request.executionId);
  }

  /** URL of the package an export has written, or "" while there is none. */
  async getExportedPackageUrl(executionId: string): Promise<string> {
    return await this.#text("GetExportedPackageUrl", { executionId }, "Asking for the exported package");
  }

  /**
   * The status of an execution; `undefined` while F&O does not know the id (it answers HTTP 400 "Execution
   * details were not found" until its batch has made the record). A text that no document names comes
   * back as `Unknown`. `endsAtMs`: the moment of `monotonicMs` at which the question is given up.
   */
  async getExecutionSummaryStatus(
    executionId: string,
    endsAtMs?: number,
  ): Promise<ExecutionStatus | undefined> {
    const action = "GetExecutionSummaryStatus";
    const result = await this.#post(action, { executionId }, "Asking for the status", endsAtMs);
    if (!result.ok) {
      // Only F&O's own words: a gateway's "404 Not Found" must not pass for "this import was never taken".
      if (/execution details were not found/i.test(result.refusal.message)) return undefined;
      throw this.#refused("GetExecutionSummaryStatus", result.refusal);
    }
    const value = scalar(result.body);
    return executionStatuses.find((status) => status === value) ?? "Unknown";
  }

  /** The messages of an execution, raw: a JSON array inside a string that often is no valid JSON. */
  async getExecutionErrors(executionId: string): Promise<string> {
    return await this.#text("GetExecutionErrors", { executionId }, "Asking for the error messages");
  }

  /**
   * The same, of any size, into a file: nothing of it is in memory. Throws DMFP-HTTP-ANSWER for an answer without a value
   * and for one of more than `maxBytes`, DMFP-FILE-WRITE, and what a call throws; no half-written file is left.
   */
  async downloadExecutionErrors(executionId: string, file: string, maxBytes: number): Promise<void> {
    const action = "GetExecutionErrors";
    const received = { whole: false };
    const result = await this.#odata.call({
      method: "POST",
      path: actions + action,
      body: { executionId },
      purpose: "Asking for the error messages",
      effect: "repeatable",
      receive: async (body) => {
        await receiveValue(body, { file, maxBytes, environment: this.#environment });
        received.whole = true;
      },
    });
    if (!result.ok) throw this.#refused(action, result.refusal);
    // An answer without any content has no messages.
    if (!received.whole) await publishText(file, "");
  }

  /** URL of the file with the records that did not reach staging, or "" where there is none. */
  async getImportStagingErrorFileUrl(executionId: string, entityName: string): Promise<string> {
    return await this.#text(
      "GetImportStagingErrorFileUrl",
      { executionId, entityName },
      "Asking for the staging error file",
    );
  }

  /** Asks F&O to write the file of target error keys; whether there are any. */
  async generateImportTargetErrorKeysFile(executionId: string, entityName: string): Promise<boolean> {
    const result = await this.#post(
      "GenerateImportTargetErrorKeysFile",
      { executionId, entityName },
      "Asking for the target error keys",
    );
    if (!result.ok) throw this.#refused("GenerateImportTargetErrorKeysFile", result.refusal);
    const value = scalar(result.body);
    if (value === true || value === "true") return true;
    if (value === false || value === "false" || value === null || value === undefined) return false;
    throw this.#unexpected("GenerateImportTargetErrorKeysFile", "the value is neither true nor false");
  }

  /** URL of that file, or "" while it is being written. */
  async getImportTargetErrorKeysFileUrl(executionId: string, entityName: string): Promise<string> {
    return await this.#text(
      "GetImportTargetErrorKeysFileUrl",
      { executionId, entityName },
      "Asking for the target error keys",
    );
  }

  /** Page of the execution in the web client, for the report; "" where the environment has no such action. */
  async getExecutionSummaryPageUrl(executionId: string): Promise<string> {
    const result = await this.#post(
      "GetExecutionSummaryPageUrl",
      { executionId },
      "Asking for the summary page",
    );
    const value = result.ok ? scalar(result.body) : "";
    return typeof value === "string" ? value : "";
  }

  async #post(
    action: string,
    body: Readonly<Record<string, string>>,
    purpose: string,
    endsAtMs?: number,
  ): Promise<ODataResult> {
    return await this.#odata.call({
      method: "POST",
      path: actions + action,
      body,
      purpose,
      effect: "repeatable",
      ...(endsAtMs === undefined ? {} : { endsAtMs }),
    });
  }

  async #text(action: string, body: Readonly<Record<string, string>>, purpose: string): Promise<string> {
    const result = await this.#post(action, body, purpose);
    if (!result.ok) throw this.#refused(action, result.refusal);
    const value = scalar(result.body);
    if (typeof value === "string") return value;
    if (value === null || value === undefined) return "";
    // The answer itself: it has no value. "" would mean that there is nothing to report.
    if (value === result.body) throw this.#unexpected(action, "the answer has no value");
    if (typeof value === "object") return JSON.stringify(value);
    throw this.#unexpected(action, "the value is no text");
  }

  #refused(action: string, refusal: ODataRefusal): DmfpipeError {
    return new DmfpipeError(
      "DMFP-HTTP-REFUSED",
      `${action} was refused (HTTP ${refusal.status}): ${refusal.message}`,
      { at: { environment: this.#environment } },
    );
  }

  #unexpected(action: string, what: string): DmfpipeError {
    return new DmfpipeError("DMFP-HTTP-ANSWER", `${action}: ${what}.`, {
      at: { environment: this.#environment },
    });
  }
}

/** What became of the call that starts an execution. */
function startedAs(result: ODataResult, executionId: string): ImportOutcome {
  if (!result.ok) {
    const known =
      /already exists|duplicate/i.test(result.refusal.message) &&
      !/data project/i.test(result.refusal.message);
    return known ? { kind: "known" } : { kind: "refused", refusal: result.refusal };
  }
  const echoed = scalar(result.body);
  const named = typeof echoed === "string" ? echoed.trim() : "";
  return { kind: "accepted", executionId: named === "" ? executionId : named };
}

/** The `value` of an answer, also where it is nested once more. */
function scalar(body: unknown): unknown {
  let value: unknown = body;
  for (let depth = 0; depth < 2; depth++) {
    if (typeof value !== "object" || value === null || !("value" in value)) return value;
    value = value.value;
  }
  return value;
}
