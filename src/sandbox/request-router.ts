import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../errors/clock.ts";
import { readToken } from "./access-token.ts";
import type { Fault, FaultPlan } from "./fault-plan.ts";
import type { Handler, SandboxAnswer, SandboxRequest } from "./http-exchange.ts";
import { ConnectionDropped } from "./http-server.ts";
import { noResourceAnswer, odataErrorAnswer, throttledText, unauthorizedAnswer } from "./odata-answer.ts";
import { answerRead, type ODataContext } from "./odata-sets.ts";
import { actionName, answerAction, type ActionContext } from "./package-actions.ts";
import type { SandboxApplication } from "./sandbox-settings.ts";
import { answerTokenRequest, isTokenPath } from "./token-endpoint.ts";

export interface RouterContext extends ActionContext, ODataContext {
  readonly signingKey: Buffer;
  readonly clock: Clock;
  readonly faults: FaultPlan;
}

/** Everything the sandbox answers: planned faults first, then tokens, then F&O behind its sign-in. */
export function requestRouter(context: RouterContext): Handler {
  return async (request) => {
    const fault = context.faults.take(operationName(request.path));
    if (fault === undefined) return route(context, request);
    const answer = fault.when === "after" ? await route(context, request) : undefined;
    if (fault.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault.drop === true) throw new ConnectionDropped();
    // A fault that is only a delay leaves the answer as it is.
    if (fault.status === undefined && fault.body === undefined) return answer ?? route(context, request);
    return faultAnswer(fault, context.settings.tenant);
  };
}

/** What a fault plan calls the request: an action, `token`, or `odata`. */
function operationName(path: string): string {
  if (isTokenPath(path)) return "token";
  return actionName(path) ?? "odata";
}

async function route(context: RouterContext, request: SandboxRequest): Promise<SandboxAnswer> {
  if (isTokenPath(request.path)) return answerTokenRequest(request, context);
  if (!request.path.startsWith("/data/")) return noResourceAnswer(`${context.base}${request.path}`);
  const application = signedIn(context, request.headers["authorization"]);
  if (application === undefined) return unauthorizedAnswer(context.settings.tenant);
  if (!application.mayManageData) {
    return odataErrorAnswer(
      403,
      "Access denied: the user is not authorized for data management.",
      "System.UnauthorizedAccessException",
    );
  }
  const action = actionName(request.path);
  return action === undefined ? answerRead(context, request) : answerAction(context, action, request);
}

/**
 * The application behind a bearer token. Source: Microsoft's documentation of service authentication; a client that
 * has a token but is not listed under Microsoft Entra applications is answered with 401.
 */
function signedIn(context: RouterContext, authorization: string | undefined): SandboxApplication | undefined {
  const token = /^Bearer ([\w.-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return undefined;
  const { signingKey: key, base: audience, settings, clock } = context;
  const nowSeconds = Math.floor(clock.now() / 1000);
  const claims = readToken(token, { key, audience, tenant: settings.tenant, nowSeconds });
  return settings.applications.find((known) => known.registered && known.clientId === claims?.appid);
}

function faultAnswer(fault: Fault, tenant: string): SandboxAnswer {
  const status = fault.status ?? 200;
  const retryAfter = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
  if (fault.body !== undefined) {
    const contentType = fault.contentType ?? "application/json; charset=utf-8";
    return { status, headers: { "content-type": contentType, ...retryAfter }, body: fault.body };
  }
  const answer =
    status === 401
      ? unauthorizedAnswer(tenant)
      : odataErrorAnswer(status, status === 429 ? throttledText : "An internal error has occurred.");
  return { ...answer, headers: { ...answer.headers, ...retryAfter } };
}
