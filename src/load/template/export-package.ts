import { randomUUID } from "node:crypto";
import type { Environment } from "../../environment/environment.ts";
import type { RetrySettings } from "../../environment/http-policy.ts";
import type { JobDetail } from "../../environment/job-details.ts";
import { finalStatuses, type ExecutionStatus } from "../../environment/package-api.ts";
import type { Clock } from "../../errors/clock.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { PublishedFile } from "../../package/partial-file.ts";
import { parseExecutionErrors } from "../../rejection/execution-errors.ts";
import { executionId } from "../../sequence/package-key.ts";
import type { ConnectionSource } from "../load-options.ts";
import { withEnvironment } from "../with-environment.ts";
import { defaultLoadSettings, type LoadSettings } from "../load-settings.ts";
import { poll } from "../sending/polling.ts";

/** What happens while a data project is exported. */
export type ExportEvent =
  | { readonly kind: "ordered"; readonly executionId: string }
  /** undefined: F&O does not know the execution yet. */
  | { readonly kind: "status"; readonly status: ExecutionStatus | undefined }
  | { readonly kind: "downloading"; readonly receivedBytes: number };

export interface ExportOptions {
  readonly environmentName: string;
  readonly connection: ConnectionSource;
  /** Name of a data project that is there. */
  readonly dataProject: string;
  /** Legal entity whose records are exported. */
  readonly company: string;
  /** An export that was ordered earlier: nothing is ordered, its package is fetched. */
  readonly earlier?: string;
  /** Where the package goes, absolute. */
  readonly target: string;
  /** Greatest size of the package. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ExportEvent) => void;
  readonly settings?: Partial<LoadSettings>;
  readonly retry?: RetrySettings;
}

/** A package that F&O made of a data project, on disk. */
export interface ExportedPackage {
  readonly executionId: string;
  readonly status: "Succeeded" | "PartiallySucceeded";
  readonly file: PublishedFile;
  /** What F&O counted, entity by entity. */
  readonly details: readonly JobDetail[];
  /** What F&O had to say, where not all of it succeeded. */
  readonly messages: readonly string[];
}

/**
 * Has F&O export a data project and fetches the package. Every export has an execution id of its own, made here, so
 * that one whose answer is lost can be found again; nothing is changed in F&O but its history of executions, so no lock
 * is taken.
 *
 * Throws DMFP-EXPORT-FAILED (also for a data project or an execution F&O does not know), DMFP-POLL-DEADLINE,
 * DMFP-INTERRUPTED, DMFP-PACKAGE-UNREADABLE for a package that is too large, DMFP-FILE-WRITE, and what the environment
 * throws.
 */
export async function exportPackage(options: ExportOptions): Promise<ExportedPackage> {
  return withEnvironment(options, (environment) => new PackageExport(options, environment).run());
}

/** One export under way. */
class PackageExport {
  readonly #options: ExportOptions;
  readonly #environment: Environment;
  readonly #settings: LoadSettings;
  #id: string;

  constructor(options: ExportOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
    this.#settings = { ...defaultLoadSettings, ...options.settings };
    this.#id = options.earlier ?? freshExecutionId(options);
  }

  async run(): Promise<ExportedPackage> {
    if (this.#options.earlier === undefined) await this.#order();
    else await this.#demandKnown();
    const status = await this.#end();
    if (status !== "Succeeded" && status !== "PartiallySucceeded") throw await this.#failed(status);
    const file = await this.#fetch();
    const details = await this.#environment.jobDetails(this.#id);
    const messages = status === "Succeeded" ? [] : await this.#messages();
    return { executionId: this.#id, status, file, details, messages };
  }

  async #order(): Promise<void> {
    const { dataProject, company, onEvent } = this.#options;
    // Before the call: whoever interrupts it can look for the export under this id.
    onEvent({ kind: "ordered", executionId: this.#id });
    const outcome = await this.#environment.api.exportToPackage({
      definitionGroupId: dataProject,
      packageName: dataProject,
      executionId: this.#id,
      reExecute: false,
      legalEntityId: company,
    });
    switch (outcome.kind) {
      case "accepted":
        this.#id = outcome.executionId;
        return;
      case "known":
        return;
      case "refused":
        throw this.#error(`F&O does not export the data project ${dataProject}: ${outcome.refusal.message}`, {
          next: /does not exist/i.test(outcome.refusal.message)
            ? "Use the name exactly as the Data management workspace shows it, and look that it is in this environment."
            : "Correct what F&O names, and give the command again.",
        });
      default:
        outcome satisfies never;
    }
  }

  async #demandKnown(): Promise<void> {
    const { doubtGraceMs } = this.#settings;
    const known = await this.#poll(() => this.#status(), doubtGraceMs);
    if (known === undefined) {
      throw this.#error(`F&O knows no execution ${this.#id}.`, {
        next: "Its history may have been cleaned up: export again, without --execution.",
      });
    }
  }

  async #end(): Promise<ExecutionStatus> {
    const { importDeadlineMs } = this.#settings;
    let last: ExecutionStatus | undefined;
    const end = await this.#poll(async () => {
      last = await this.#status();
      return last !== undefined && finalStatuses.has(last) ? last : undefined;
    }, importDeadlineMs);
    if (end !== undefined) return end;
    throw new DmfpipeError(
      "DMFP-POLL-DEADLINE",
      `The export ${this.#id} was still ${last ?? "not known"} in F&O when the deadline came. An export of entities that nobody mapped never ends: look at the mapping of the data project.`,
      { at: { environment: this.#options.environmentName } },
    );
  }

  async #status(): Promise<ExecutionStatus | undefined> {
    const status = await this.#environment.api.getExecutionSummaryStatus(this.#id);
    this.#options.onEvent({ kind: "status", status });
    return status;
  }

  async #fetch(): Promise<PublishedFile> {
    const { target, maxBytes, onEvent } = this.#options;
    const { api, blobs } = this.#environment;
    // That the address may come some time after the status is an assumption.
    const url = await this.#poll(
      async () => (await api.getExportedPackageUrl(this.#id)) || undefined,
      this.#settings.keysFileMs,
    );
    if (url === undefined) {
      throw this.#error(`The export ${this.#id} has ended, but F&O gives no address for its package.`, {
        next: "Look into Job history whether a package was made; blobs are kept for seven days.",
      });
    }
    return await blobs.download(url, target, {
      maxBytes,
      onProgress: (receivedBytes) => {
        onEvent({ kind: "downloading", receivedBytes });
      },
    });
  }

  async #failed(status: ExecutionStatus): Promise<DmfpipeError> {
    const { dataProject } = this.#options;
    const details = await this.#environment.jobDetails(this.#id);
    const entities = details
      .filter(({ stagingStatus }) => stagingStatus === "Error")
      .map(({ entity }) => entity);
    const messages = await this.#messages();
    const said = messages.length === 0 ? "F&O gives no reason." : messages.slice(0, 3).join(" ");
    const where = entities.length === 0 ? "" : ` (${entities.slice(0, 5).join(", ")})`;
    return this.#error(`The export of ${dataProject}${where} ended as ${status}. ${said}`);
  }

  async #messages(): Promise<readonly string[]> {
    const messages = parseExecutionErrors(await this.#environment.api.getExecutionErrors(this.#id));
    return [...new Set(messages.map(({ message }) => message.trim()).filter((text) => text !== ""))];
  }

  #error(message: string, options: { readonly next?: string } = {}): DmfpipeError {
    const at = { environment: this.#options.environmentName };
    return new DmfpipeError("DMFP-EXPORT-FAILED", message, { at, ...options });
  }

  async #poll<T>(ask: () => Promise<T | undefined>, deadlineMs: number): Promise<T | undefined> {
    const { firstPollMs, longestPollMs } = this.#settings;
    const { signal } = this.#options;
    return await poll(ask, { firstMs: firstPollMs, longestMs: longestPollMs, deadlineMs, signal });
  }
}

/** Two exports of the same project at the same moment are two executions. */
function freshExecutionId({ dataProject, clock }: ExportOptions): string {
  const moment = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(":", "-");
  return executionId({
    project: dataProject,
    run: `export-${moment}`,
    packageKey: randomUUID(),
    packageSha256: "",
  });
}
