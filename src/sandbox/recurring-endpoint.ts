import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { z } from "zod";
import type { Clock } from "../errors/clock.ts";
import { ActionRefused } from "./action-refused.ts";
import type { BlobStore } from "./blob-store.ts";
import type { EntityRun, ExecutionStore, StepStatus } from "./execution-store.ts";
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import { noResourceAnswer } from "./odata-answer.ts";
import type { RecurringIntegration } from "./recurring-integration.ts";
import { messageStates, type RecurringMessage } from "./recurring-store.ts";
import type { RecurringJob, SandboxApplication } from "./sandbox-settings.ts";

export interface ConnectorContext {
  readonly base: string;
  readonly blobs: BlobStore;
  readonly executions: ExecutionStore;
  readonly recurring: RecurringIntegration;
  readonly clock: Clock;
}

const route = /^\/api\/connector\/(enqueue|dequeue|download|ack|jobstatus)\/\{?([^/{}]+)\}?$/i;

/** A date that was never set. */
const noDate = "1900-01-01T00:00:00";

/** Numbers of the states of a step. Order from Microsoft's own serializer; that the wire uses numbers is inferred. */
const stepNumbers: Readonly<Record<StepStatus, number>> = {
  NotStarted: 0,
  Waiting: 1,
  Executing: 2,
  Error: 3,
  Finished: 4,
  NotRun: 6,
};

export function isConnectorPath(path: string): boolean {
  return path.toLowerCase().startsWith("/api/connector/");
}

/**
 * The recurring integrations API. Source: Microsoft's documentation and its Recurring Integrations Scheduler; what is
 * refused, and how, is an assumption.
 */
export async function answerConnector(
  context: ConnectorContext,
  request: SandboxRequest,
  application: SandboxApplication,
): Promise<SandboxAnswer> {
  const [, operation = "", activityId = ""] = route.exec(request.path) ?? [];
  const job = context.recurring.job(activityId);
  if (job === undefined) return noResourceAnswer(`${context.base}${request.path}`);
  // The authorization policy of the data job lists the applications that may use it.
  if (job.clientIds !== undefined && !job.clientIds.includes(application.clientId)) {
    return refusal(403, `The application is not in the authorization policy of the data job.`);
  }
  try {
    switch (`${request.method} ${operation.toLowerCase()}`) {
      case "POST enqueue":
        return await enqueue(context, job, request);
      case "GET dequeue":
        return await dequeue(context, job);
      case "GET download":
        return await download(context, job, request);
      case "POST ack":
        return acknowledge(context, job, request);
      case "GET jobstatus":
        return jobStatus(context, job, request);
      default:
        return refusal(405, `The requested resource does not support http method '${request.method}'.`);
    }
  } catch (error) {
    if (error instanceof ActionRefused) return refusal(error.status, error.message);
    throw error;
  }
}

async function enqueue(
  { blobs, recurring }: ConnectorContext,
  job: RecurringJob,
  request: SandboxRequest,
): Promise<SandboxAnswer> {
  if (job.direction !== "import") return refusal(400, "The data job does not import.");
  if (request.body.length === 0) return refusal(400, "The message has no content.");
  const entity = request.query.get("entity") ?? "";
  const isPackage = request.body.subarray(0, 4).equals(Buffer.from("PK\u0003\u0004", "latin1"));
  if (entity === "" && !isPackage) return refusal(400, "The entity of the file must be specified.");
  const blob = randomUUID();
  await blobs.upload(blob, Readable.from([request.body]));
  const id = recurring.enqueue(job, {
    entity,
    company: request.query.get("company") ?? job.company ?? "",
    externalId: request.headers["x-ms-dyn-externalidentifier"] ?? "",
    blob,
  });
  return jsonAnswer(200, id, plainJson);
}

async function dequeue(context: ConnectorContext, job: RecurringJob): Promise<SandboxAnswer> {
  const { base, blobs, recurring } = context;
  const message = await recurring.dequeue(job);
  if (message === undefined) return { status: 204, body: "" };
  const exists = await blobs.has(message.blob);
  const query = new URLSearchParams({ "correlation-id": message.id, blob: message.blob });
  const body = {
    CorrelationId: message.id,
    PopReceipt: message.popReceipt,
    DownloadLocation: `${base}/api/connector/download/%7B${job.activityId}%7D?${query.toString()}`,
    IsDownLoadFileExist: exists,
    FileDownLoadErrorMessage: exists ? "" : "The file does not exist any more.",
    LastDequeueDateTime: time(context.clock.now()),
  };
  return jsonAnswer(200, body, plainJson);
}

async function download(
  { base, recurring }: ConnectorContext,
  job: RecurringJob,
  request: SandboxRequest,
): Promise<SandboxAnswer> {
  const message = ofJob(recurring.find(request.query.get("correlation-id") ?? ""), job);
  const content =
    message !== undefined && message.blob === request.query.get("blob")
      ? await recurring.download(message)
      : undefined;
  if (content === undefined) return noResourceAnswer(`${base}${request.path}`);
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body: content };
}

const dequeued = z.object({ CorrelationId: z.string(), PopReceipt: z.string() });

function acknowledge(
  { recurring }: ConnectorContext,
  job: RecurringJob,
  request: SandboxRequest,
): SandboxAnswer {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString("utf8"));
  } catch {
    return refusal(400, "The body is not what dequeue has answered.");
  }
  const parsed = dequeued.safeParse(body);
  if (!parsed.success) return refusal(400, "The body is not what dequeue has answered.");
  const message = ofJob(recurring.find(parsed.data.CorrelationId), job);
  if (message === undefined) return refusal(404, "There is no such message.");
  return recurring.acknowledge(message, parsed.data.PopReceipt)
    ? { status: 200, body: "" }
    : refusal(400, "The pop receipt of the message is not valid any more.");
}

/** DataJobStatusDetail, as a public issue of Microsoft's integration samples shows it. */
function jobStatus(
  { executions, recurring }: ConnectorContext,
  job: RecurringJob,
  request: SandboxRequest,
): SandboxAnswer {
  const message = ofJob(recurring.find(request.query.get("jobId") ?? ""), job);
  if (message === undefined) return refusal(404, "There is no such message.");
  const { state } = message;
  const execution = executions.find(message.executionId);
  const log = execution === undefined ? [] : executions.logLines(execution.number);
  const withoutDetail = execution === undefined || state === "PreProcessError";
  const body = {
    DataJobStatus: {
      DataProject: job.project,
      DataJobIdentifier: message.id,
      ExternalIdentifier: message.externalId,
      ExecutionIdentifier: message.executionId,
      DataJobStartedDateTime: time(message.startedAt),
      DataJobCompletedDateTime: time(message.endedAt),
      DataJobState: messageStates.indexOf(state),
    },
    ExecutionLog: [message.log, ...log].filter((line) => line !== "").join("\r\n"),
    ExecutionDetail: withoutDetail
      ? null
      : executions.runs(execution.number).map((run) => entityDetail(run, execution.company)),
  };
  return jsonAnswer(200, body, plainJson);
}

function entityDetail(run: EntityRun, company: string): Readonly<Record<string, unknown>> {
  return {
    EntityName: run.label,
    Company: company,
    StagingRecords: run.staged,
    StagingStatus: stepNumbers[run.stagingStatus],
    StagingErrorCount: Math.max(0, run.toBeProcessed - run.staged),
    TargetRecords: run.created + run.updated,
    TargetStatus: stepNumbers[run.targetStatus],
    TargetErrorCount: run.failed,
    ExecutionStartedDateTime: time(run.stagingStartedAt),
    ExecutionCompletedDateTime: time(run.targetEndedAt ?? run.stagingEndedAt),
  };
}

function ofJob(message: RecurringMessage | undefined, job: RecurringJob): RecurringMessage | undefined {
  return message?.activityId.toLowerCase() === job.activityId.toLowerCase() ? message : undefined;
}

const plainJson = { "content-type": "application/json; charset=utf-8" };

function refusal(status: number, text: string): SandboxAnswer {
  return jsonAnswer(status, { Message: text }, plainJson);
}

/** Without a zone, as the public sample shows its times. */
function time(value: number | null): string {
  return value === null ? noDate : new Date(value).toISOString().slice(0, 19);
}
