import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultPlan } from "./fault-plan.ts";
import { faultScope } from "./fault-scope.ts";
import type { SandboxAnswer, SandboxRequest } from "./http-exchange.ts";
import { ConnectionDropped } from "./http-server.ts";
import { odataErrorAnswer, scalarAnswer, throttledText, unauthorizedAnswer } from "./odata-answer.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

interface FaultContext {
  readonly base: string;
  readonly settings: SandboxSettings;
  readonly faults: FaultPlan;
}

export interface FaultedRequest<T extends FaultContext> {
  readonly fault: Fault;
  readonly request: SandboxRequest;
  readonly context: T;
  /** Answers the request as if nothing were planned. */
  readonly route: (context: T, request: SandboxRequest) => Promise<SandboxAnswer>;
}

/** Answers a request that a fault hits. Throws ConnectionDropped where the fault says so. */
export async function answerUnderFault<T extends FaultContext>(
  faulted: FaultedRequest<T>,
): Promise<SandboxAnswer> {
  const { fault, request, context, route } = faulted;
  const routed = (): Promise<SandboxAnswer> =>
    faultScope.run(fault, () => route(withUrlLifetime(context, fault), request));
  const after = fault.when === "after";
  if (fault.revokeToken === true && !after) revokeToken(context.faults, request);
  const early = after ? await routed() : undefined;
  if (fault.revokeToken === true && after) revokeToken(context.faults, request);
  // A delay that is still running must not keep a process alive that is told to end.
  if (fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
  if (fault.drop === true) throw new ConnectionDropped();
  const answer = plannedAnswer(fault, context) ?? early ?? (await routed());
  return fault.cutBodyAfterBytes === undefined
    ? answer
    : { ...answer, cutAfterBytes: fault.cutBodyAfterBytes };
}

function revokeToken(faults: FaultPlan, request: SandboxRequest): void {
  const token = /^Bearer ([\w.-]+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
  if (token !== undefined) faults.revokeToken(token);
}

function withUrlLifetime<T extends FaultContext>(context: T, fault: Fault): T {
  const seconds = fault.urlLifetimeSeconds;
  if (seconds === undefined) return context;
  return {
    ...context,
    settings: { ...context.settings, writeUrlLifetimeSeconds: seconds, readUrlLifetimeSeconds: seconds },
  };
}

/** The answer the fault brings along; undefined when it leaves the real one as it is. */
function plannedAnswer(fault: Fault, context: FaultContext): SandboxAnswer | undefined {
  const { status, body, value } = fault;
  const retryAfter = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
  if (body !== undefined) {
    const contentType = fault.contentType ?? "application/json; charset=utf-8";
    return { status: status ?? 200, headers: { "content-type": contentType, ...retryAfter }, body };
  }
  if (value !== undefined) return scalarAnswer(context.base, value);
  if (status === undefined) return undefined;
  const answer =
    status === 401
      ? unauthorizedAnswer(context.settings.tenant)
      : odataErrorAnswer(status, status === 429 ? throttledText : "An internal error has occurred.");
  return { ...answer, headers: { ...answer.headers, ...retryAfter } };
}
