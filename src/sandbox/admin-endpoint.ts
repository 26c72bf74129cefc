import { z } from "zod";
import type { BatchQueue } from "./batch-queue.ts";
import { faultShape } from "./fault-file.ts";
import type { Fault, FaultPlan } from "./fault-plan.ts";
import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import { isLocalRequest } from "./loopback-request.ts";

export interface AdminContext {
  readonly faults: FaultPlan;
  readonly queue: BatchQueue;
}

const prefix = "/__sandbox/";

export function isAdminPath(path: string): boolean {
  return path.startsWith(prefix);
}

/**
 * The sandbox's own requests, which no F&O has. No fault hits them and no token is asked for: they are answered to
 * this machine only.
 *
 * `/__sandbox/faults`: GET the plan and what fired, POST one fault or a list of them, DELETE to forget all.
 * `/__sandbox/stuck`: GET the ids of held executions; DELETE `/__sandbox/stuck/{execution id}` lets one go on.
 */
export function answerAdmin(context: AdminContext, request: SandboxRequest): SandboxAnswer {
  if (!isLocalRequest(request)) return refusal(403, "Only pages and programs of this machine may ask this.");
  const [resource = "", ...rest] = request.path.slice(prefix.length).split("/");
  if (resource === "faults" && rest.length === 0) return answerFaults(context.faults, request);
  if (resource === "stuck") return answerStuck(context.queue, request, rest.join("/"));
  return refusal(404, `There is no ${request.path}. Known: /__sandbox/faults and /__sandbox/stuck.`);
}

function answerFaults(faults: FaultPlan, request: SandboxRequest): SandboxAnswer {
  switch (request.method) {
    case "GET":
      return plain(200, faultList(faults));
    case "DELETE":
      faults.clear();
      return { status: 204, body: "" };
    case "POST": {
      const read = readFaults(request);
      if ("problem" in read) return refusal(400, read.problem);
      faults.add(read.faults);
      return plain(201, faultList(faults));
    }
    default:
      return notAllowed("GET, POST, DELETE");
  }
}

function answerStuck(queue: BatchQueue, request: SandboxRequest, executionId: string): SandboxAnswer {
  if (executionId === "") {
    return request.method === "GET" ? plain(200, { stuck: queue.held() }) : notAllowed("GET");
  }
  if (request.method !== "DELETE") return notAllowed("DELETE");
  if (queue.release(executionId)) return { status: 204, body: "" };
  return refusal(404, `No execution ${executionId} is held.`);
}

function faultList(faults: FaultPlan): unknown {
  const fired = faults.fired().map((hit) => ({ ...hit, at: new Date(hit.at).toISOString() }));
  return { planned: faults.planned(), fired };
}

type ReadFaults = { readonly faults: readonly Fault[] } | { readonly problem: string };

function readFaults(request: SandboxRequest): ReadFaults {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString("utf8"));
  } catch {
    return { problem: "The body is not JSON." };
  }
  const list = z.array(faultShape).safeParse(listOf(body));
  if (list.success) return { faults: list.data };
  const [issue] = list.error.issues;
  return { problem: `Fault ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not understood"}` };
}

/** One fault, a list of them, or what a plan file holds. */
function listOf(body: unknown): unknown {
  if (Array.isArray(body)) return body;
  return typeof body === "object" && body !== null && "faults" in body ? body.faults : [body];
}

function plain(status: number, value: unknown): SandboxAnswer {
  return jsonAnswer(status, value, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  });
}

function refusal(status: number, error: string): SandboxAnswer {
  return plain(status, { error });
}

function notAllowed(allow: string): SandboxAnswer {
  const answer = refusal(405, `Allowed here: ${allow}.`);
  return { ...answer, headers: { ...answer.headers, allow } };
}
