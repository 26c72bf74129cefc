import { randomBytes, randomUUID } from "node:crypto";
import type { ExportContext, PackageExport } from "./package-export.ts";
import type { RecurringImports } from "./recurring-imports.ts";
import type { RecurringMessage, RecurringStore } from "./recurring-store.ts";
import type { RecurringJob } from "./sandbox-settings.ts";

export interface RecurringContext extends Pick<ExportContext, "executions" | "settings" | "clock" | "blobs"> {
  readonly messages: RecurringStore;
  readonly incoming: RecurringImports;
  readonly exports: PackageExport;
}

const defaultEverySeconds = 60;

/** The recurring data jobs: what comes in is queued and imported, what goes out is exported when it is due. */
export class RecurringIntegration {
  readonly #context: RecurringContext;
  readonly #exporting = new Map<string, Promise<void>>();
  readonly #lastExportMs = new Map<string, number>();

  constructor(context: RecurringContext) {
    this.#context = context;
  }

  job(activityId: string): RecurringJob | undefined {
    const wanted = activityId.toLowerCase();
    return this.#context.settings.recurringJobs.find((job) => job.activityId.toLowerCase() === wanted);
  }

  /** Queues a file or a package that is in the blob store already; gives the id of its message. */
  enqueue(
    job: RecurringJob,
    incoming: Pick<RecurringMessage, "entity" | "company" | "externalId" | "blob">,
  ): string {
    const { messages, clock } = this.#context;
    const id = randomUUID();
    messages.add({
      ...incoming,
      ...{ id, activityId: job.activityId, executionId: "", createdAt: clock.now() },
    });
    this.#context.incoming.take(job, id);
    return id;
  }

  /**
   * The next message to be fetched, or undefined. One that is not acknowledged is given out again after half an hour
   * (Microsoft's documentation). The recurrence itself runs when somebody asks and it is due.
   */
  async dequeue(job: RecurringJob): Promise<RecurringMessage | undefined> {
    const { messages, clock, settings } = this.#context;
    if (job.direction === "export") await this.#exportWhenDue(job);
    const nowMs = clock.now();
    const next = messages.of(job.activityId).find(({ state, visibleAt }) => {
      const given = state === "Dequeued" || state === "Downloaded";
      return job.direction === "export" && (state === "Enqueued" || (given && visibleAt <= nowMs));
    });
    if (next === undefined) return undefined;
    messages.change(next.id, {
      state: "Dequeued",
      popReceipt: randomBytes(20).toString("base64"),
      visibleAt: nowMs + settings.recurringAckSeconds * 1000,
    });
    return messages.find(next.id);
  }

  /** False when the receipt is not that of the last time the message was given out, or came too late. */
  acknowledge(message: RecurringMessage, popReceipt: string): boolean {
    const { messages, clock } = this.#context;
    const given = message.state === "Dequeued" || message.state === "Downloaded";
    if (!given || message.popReceipt !== popReceipt || message.visibleAt <= clock.now()) return false;
    messages.change(message.id, { state: "Acked", endedAt: clock.now() });
    return true;
  }

  /** The file of a message; undefined when it has none any more. */
  async download(message: RecurringMessage): Promise<Buffer | undefined> {
    const content = await this.#context.blobs.download(message.blob);
    if (content !== undefined && message.state === "Dequeued") {
      this.#context.messages.change(message.id, {
        state: "Downloaded",
        startedAt: this.#context.clock.now(),
      });
    }
    return content;
  }

  find(messageId: string): RecurringMessage | undefined {
    return this.#context.messages.find(messageId);
  }

  async #exportWhenDue(job: RecurringJob): Promise<void> {
    const running = this.#exporting.get(job.activityId);
    if (running !== undefined) return running;
    const { clock } = this.#context;
    const last = this.#lastExportMs.get(job.activityId) ?? this.#lastMessageMs(job);
    if (clock.now() - last < (job.everySeconds ?? defaultEverySeconds) * 1000) return;
    this.#lastExportMs.set(job.activityId, clock.now());
    const exporting = this.#export(job).finally(() => this.#exporting.delete(job.activityId));
    this.#exporting.set(job.activityId, exporting);
    await exporting;
  }

  #lastMessageMs(job: RecurringJob): number {
    return this.#context.messages.of(job.activityId).at(-1)?.createdAt ?? -Infinity;
  }

  async #export(job: RecurringJob): Promise<void> {
    const { exports, executions, messages, clock } = this.#context;
    const company = job.company ?? "";
    const executionId = exports.run({ definitionGroupId: job.project, legalEntityId: company });
    await exports.settle();
    const execution = executions.find(executionId);
    const blob = execution === undefined ? undefined : exports.blobOf(execution);
    if (blob === undefined) return;
    messages.add({
      ...{ id: randomUUID(), activityId: job.activityId, entity: "", company, externalId: "" },
      ...{ blob, executionId, createdAt: clock.now() },
    });
  }
}
