import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { ActionRefused } from "./action-refused.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { SandboxAnswer, SandboxRequest } from "./http-exchange.ts";
import {
  boundaryOf,
  joinParts,
  readInnerRequest,
  readPart,
  splitParts,
  type InnerRequest,
  type MessagePart,
} from "./multipart.ts";
import { odataErrorAnswer, throttledText } from "./odata-answer.ts";
import { queryRefused } from "./odata-set.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface BatchContext {
  readonly base: string;
  readonly settings: SandboxSettings;
  readonly faults: FaultPlan;
  /** Answers a request that stands on its own. */
  single(operation: SandboxRequest): SandboxAnswer;
  /** Answers a request inside a transaction somebody else began. */
  inChangeset(operation: SandboxRequest): SandboxAnswer;
  inTransaction<T>(work: () => T): T;
}

/** Leaves the transaction of a changeset with the answer of the operation that failed. */
class ChangesetFailed extends Error {
  override readonly name = "ChangesetFailed";
  readonly answer: SandboxAnswer;

  constructor(answer: SandboxAnswer) {
    super("An operation of the changeset failed.");
    this.answer = answer;
  }
}

interface Operation {
  readonly request: InnerRequest;
  readonly contentId: string | undefined;
}

/**
 * `POST /data/$batch`: 200, and in it an answer for every operation. The writes of a changeset are one transaction:
 * if one fails, all are undone and a single error stands for all of them. Operations outside stand on their own, and
 * a failure does not stop the rest unless the client prefers that. Sources: the OData specification; an answer that
 * was published, from which are the boundaries, the 500 of a failed write, and that the error stays inside the
 * changeset under the Content-ID of the first operation.
 */
export function answerBatch(request: SandboxRequest, context: BatchContext): SandboxAnswer {
  try {
    const parts = batchParts(request, context.settings);
    const stops = /odata\.continue-on-error\s*=\s*false/i.test(request.headers["prefer"] ?? "");
    const answers: string[] = [];
    for (const part of parts) {
      const { text, failed } = Array.isArray(part)
        ? changesetAnswer(part as readonly Operation[], context)
        : singleAnswer(part as Operation, context);
      answers.push(text);
      if (failed && stops) break;
    }
    const boundary = `batchresponse_${randomUUID()}`;
    const headers = { "content-type": `multipart/mixed; boundary=${boundary}` };
    return { status: 200, headers, body: joinParts(boundary, answers) };
  } catch (error) {
    if (error instanceof ActionRefused) return odataErrorAnswer(error.status, error.message, error.type);
    throw error;
  }
}

/** Operations and changesets, in order. The whole batch is read before any of it is carried out. */
function batchParts(
  request: SandboxRequest,
  settings: SandboxSettings,
): readonly (Operation | readonly Operation[])[] {
  const boundary = boundaryOf(request.headers["content-type"]);
  if (boundary === undefined) {
    throw queryRefused("The content type of a batch request must be multipart/mixed with a boundary.");
  }
  const sent = request.body.toString("utf8");
  const text = settings.batchLineEnds === "any" ? sent.replace(/\r?\n/g, "\r\n") : sent;
  let operations = 0;
  const read = (part: MessagePart): Operation => {
    operations += 1;
    if (operations > settings.batchOperationLimit) {
      throw queryRefused(`A batch holds at most ${settings.batchOperationLimit} operations.`);
    }
    if (!/^application\/http\b/i.test(part.headers["content-type"] ?? "")) {
      throw queryRefused("A part of a batch must be of type application/http or multipart/mixed.");
    }
    const inner = readInnerRequest(part);
    return { request: inner, contentId: part.headers["content-id"] ?? inner.headers["content-id"] };
  };
  return splitParts(text, boundary).map((each) => {
    const part = readPart(each);
    const inside = boundaryOf(part.headers["content-type"]);
    if (inside === undefined) return read(part);
    return splitParts(part.body, inside).map((operation) => read(readPart(operation)));
  });
}

function singleAnswer(operation: Operation, context: BatchContext): { text: string; failed: boolean } {
  const answer = answered(operation, context, (request) => context.single(request));
  return { text: partText(answer, operation.contentId), failed: answer.status >= 400 };
}

function changesetAnswer(
  operations: readonly Operation[],
  context: BatchContext,
): { text: string; failed: boolean } {
  const created = new Map<string, string>();
  const boundary = `changesetresponse_${randomUUID()}`;
  const wrapped = (parts: readonly string[]): string =>
    `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${joinParts(boundary, parts)}`;
  try {
    const parts = context.inTransaction(() =>
      operations.map((operation) => {
        const answer = answered(
          operation,
          context,
          (request) => changesetOperation(request, context),
          created,
        );
        if (answer.status >= 400) throw new ChangesetFailed(answer);
        const location = answer.headers?.["location"];
        if (operation.contentId !== undefined && location !== undefined) {
          created.set(operation.contentId, location);
        }
        return partText(answer, operation.contentId);
      }),
    );
    return { text: wrapped(parts), failed: false };
  } catch (error) {
    if (!(error instanceof ChangesetFailed)) throw error;
    const text = partText(error.answer, operations[0]?.contentId);
    return { text: context.settings.failedChangeset === "wrapped" ? wrapped([text]) : text, failed: true };
  }
}

function changesetOperation(request: SandboxRequest, context: BatchContext): SandboxAnswer {
  // The OData specification: a changeset holds no reads.
  if (request.method === "GET") return odataErrorAnswer(400, "A GET request is not allowed in a changeset.");
  return context.inChangeset(request);
}

/** Carries out one operation, unless a planned fault hits it. */
function answered(
  operation: Operation,
  context: BatchContext,
  answer: (request: SandboxRequest) => SandboxAnswer,
  created: ReadonlyMap<string, string> = new Map(),
): SandboxAnswer {
  const fault = context.faults.take("batchOperation");
  const request = requestOf(operation.request, context.base, created);
  if ("status" in request) return request;
  const real = fault === undefined || fault.when === "after" ? answer(request) : undefined;
  if (fault === undefined || (fault.status === undefined && fault.body === undefined)) {
    return real ?? answer(request);
  }
  const status = fault.status ?? 200;
  const text = status === 429 ? throttledText : "An internal error has occurred.";
  const planned = odataErrorAnswer(status, text);
  const retryAfter = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
  return {
    status,
    headers: { ...planned.headers, ...retryAfter },
    body: fault.body ?? planned.body,
  };
}

/** Addresses may be absolute, begin at the root or below `/data/`, or with `$` and a Content-ID of the changeset. */
function requestOf(
  { method, target, headers, body }: InnerRequest,
  base: string,
  created: ReadonlyMap<string, string>,
): SandboxRequest | SandboxAnswer {
  const referred = /^\$([^/?]+)/.exec(target);
  const location = referred === null ? undefined : created.get(referred[1] ?? "");
  const resolved = location === undefined ? target : `${location}${target.slice(referred?.[0].length ?? 0)}`;
  let url: URL;
  let path: string;
  try {
    url = new URL(resolved, `${base}/data/`);
    path = decodeURIComponent(url.pathname).replace(/^\/namespaces\/AXSF(?=\/)/i, "");
  } catch {
    return odataErrorAnswer(400, `The address '${target.slice(0, 200)}' is not valid.`);
  }
  return { method, path, query: url.searchParams, headers, body: Buffer.from(body, "utf8") };
}

function partText(answer: SandboxAnswer, contentId: string | undefined): string {
  const lines = [
    "Content-Type: application/http",
    "Content-Transfer-Encoding: binary",
    ...(contentId === undefined ? [] : [`Content-ID: ${contentId}`]),
    "",
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? "Unknown"}`,
    ...Object.entries({ ...answer.headers, "odata-version": "4.0" }).map(
      ([name, value]) => `${headerName(name)}: ${value}`,
    ),
    "",
    answer.body.toString(),
  ];
  return lines.join("\r\n");
}

/** `content-type` → `Content-Type`. */
function headerName(name: string): string {
  return name === "odata-version"
    ? "OData-Version"
    : name.replace(/(^|-)([a-z])/g, (whole) => whole.toUpperCase());
}
