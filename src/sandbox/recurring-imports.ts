import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { ZipArchive } from "archiver";
import type { Clock } from "../errors/clock.ts";
import { ActionRefused } from "./action-refused.ts";
import type { BlobStore } from "./blob-store.ts";
import { findFormat, type DataFormat } from "./data-format.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { Execution, ExecutionStore } from "./execution-store.ts";
import { exportExtension } from "./export-file.ts";
import { exportedHeader, exportedManifest } from "./export-manifest.ts";
import type { PackageImport } from "./package-import.ts";
import type { ProjectEntities } from "./project-entities.ts";
import type { MessageState, RecurringMessage, RecurringStore } from "./recurring-store.ts";
import type { RecurringJob, SandboxSettings } from "./sandbox-settings.ts";

export interface RecurringImportContext {
  readonly messages: RecurringStore;
  readonly projects: ProjectEntities;
  readonly executions: ExecutionStore;
  readonly imports: PackageImport;
  readonly blobs: BlobStore;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  readonly clock: Clock;
}

const unfinished: ReadonlySet<MessageState> = new Set(["Enqueued", "PreProcessing", "InProcess"]);

/** How often the batch looks whether a data project is free again. */
const lookAgainMs = 20;

/**
 * The batch job behind the queues of incoming messages: takes one after the other.
 *
 * States of a message here: Enqueued → PreProcessing (the package is read) → InProcess (its execution runs) →
 * Processed, ProcessedWithErrors, or PreProcessError when nothing got as far as staging. A message on
 * its way when the process died is taken up by the next start. Source: Microsoft's documentation of recurring
 * integrations; that PostProcessError is never reached here, and which failures count as which, are assumptions.
 */
export class RecurringImports {
  readonly #context: RecurringImportContext;
  readonly #stop = new AbortController();
  #tail: Promise<void> = Promise.resolve();

  constructor(context: RecurringImportContext) {
    this.#context = context;
  }

  /** Takes up what the last process left in the queue. */
  recover(jobs: readonly RecurringJob[]): void {
    const { messages } = this.#context;
    for (const job of jobs) {
      if (job.direction !== "import") continue;
      for (const { id, state } of messages.of(job.activityId)) {
        if (unfinished.has(state)) this.take(job, id);
      }
    }
  }

  take(job: RecurringJob, messageId: string): void {
    this.#tail = this.#tail.then(() => this.#process(job, messageId));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#tail;
  }

  /** undefined: deleted from the history, and nobody can tell any more what became of it. */
  #stateAfter(execution: Execution | undefined): MessageState {
    const { executions } = this.#context;
    switch (execution?.status) {
      case "Succeeded":
        return "Processed";
      case "PartiallySucceeded":
      case "Canceled":
      case undefined:
        return "ProcessedWithErrors";
      case "Failed":
        return executions.runs(execution.number).some(({ staged }) => staged > 0)
          ? "ProcessedWithErrors"
          : "PreProcessError";
      default:
        return "InProcess";
    }
  }

  async #process(job: RecurringJob, messageId: string): Promise<void> {
    const { messages, clock } = this.#context;
    const message = messages.find(messageId);
    if (message === undefined) return;
    try {
      const executionId =
        message.state === "InProcess" ? message.executionId : await this.#begin(job, message);
      const state = this.#stateAfter(await this.#ended(executionId));
      messages.change(messageId, { state, endedAt: clock.now() });
    } catch (error) {
      // Stopped: the next start takes the message up where it stands.
      if (this.#stop.signal.aborted) return;
      const log = error instanceof Error ? error.message : String(error);
      messages.change(messageId, { state: "PreProcessError", endedAt: clock.now(), log });
    }
  }

  /** Starts the import of a message once its project is free, and gives the id of the execution. */
  async #begin(job: RecurringJob, message: RecurringMessage): Promise<string> {
    const { messages, imports, settings, clock, blobs } = this.#context;
    await this.#sleep(settings.recurringImportDelayMs);
    while (this.#isExecuting(job.project)) await this.#sleep(lookAgainMs);
    messages.change(message.id, { state: "PreProcessing", startedAt: clock.now() });
    const blob = message.entity === "" ? message.blob : await this.#packageOf(job, message);
    const packageUrl = blobs.urlFor(blob, {
      permissions: "r",
      startsSecondsAgo: settings.blobUrlStartsSecondsAgo,
      lifetimeSeconds: settings.readUrlLifetimeSeconds,
    });
    const executionId = await imports.runAsync({
      packageUrl,
      definitionGroupId: job.project,
      executionId: "",
      execute: true,
      overwrite: true,
      legalEntityId: message.company,
    });
    messages.change(message.id, { state: "InProcess", executionId });
    return executionId;
  }

  /** The execution once it has ended; undefined when it is not in the history any more. */
  async #ended(executionId: string): Promise<Execution | undefined> {
    for (;;) {
      const execution = this.#context.executions.find(executionId);
      if (execution?.status !== "Executing") return execution;
      await this.#sleep(lookAgainMs);
    }
  }

  #isExecuting(project: string): boolean {
    const running = this.#context.executions.executions("Executing");
    return running.some((execution) => execution.project.toLowerCase() === project.toLowerCase());
  }

  async #sleep(timeMs: number): Promise<void> {
    await sleep(timeMs, undefined, { signal: this.#stop.signal });
  }

  /** A single file gets the manifest its data project stands for; the package goes the way of all packages. */
  async #packageOf(job: RecurringJob, message: RecurringMessage): Promise<string> {
    const { blobs, setup, projects, settings } = this.#context;
    const entity = projects.of(job.project).find(({ label }) => label === message.entity);
    const schema = setup.entity(message.entity);
    if (entity === undefined || schema === undefined) {
      throw new ActionRefused(`The entity ${message.entity} is not part of the data project ${job.project}.`);
    }
    const format = findFormat(entity.sourceFormat, settings);
    const content = await blobs.download(message.blob);
    if (content === undefined) throw new ActionRefused("The file of the message does not exist any more.");
    const mapped = entity.fields ?? [];
    const file = `message${exportExtension(format)}`;
    const archive = new ZipArchive();
    archive.append(content, { name: file });
    const fields = mapped.length > 0 ? mapped : headerOf(content, format, message.entity);
    const described = { ...entity, aotName: schema.aotName, file, sheetName: "", fields };
    archive.append(exportedManifest({ name: job.project, description: "" }, [described]), {
      name: "Manifest.xml",
    });
    archive.append(exportedHeader(""), { name: "PackageHeader.xml" });
    void archive.finalize();
    const blob = randomUUID();
    await blobs.upload(blob, Readable.from([await buffer(archive)]));
    return blob;
  }
}

/** The columns of a text file, where the project maps all fields and so says nothing of this file's. */
function headerOf(content: Buffer, format: DataFormat, label: string): string[] {
  if (format.kind !== "delimited") {
    throw new ActionRefused(`There are field(s), which are not mapped to Entity ${label}`);
  }
  const text = new TextDecoder(format.encoding).decode(content.subarray(0, 256 * 1024));
  const [line = ""] = text.split(/\r?\n/, 1);
  return line.split(format.delimiter).map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
}
