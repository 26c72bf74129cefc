import { jsonAnswer, type SandboxAnswer, type SandboxRequest } from "./http-exchange.ts";
import { noResourceAnswer } from "./odata-answer.ts";
import type { SandboxApplication, SandboxSettings } from "./sandbox-settings.ts";

const prefix = "/api/services";
const group = "UserSessionService";
const service = "AifUserSessionService";
const operation = "GetUserSessionInfo";

export function isCustomServicePath(path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/**
 * Custom services: the discovery by GET at each level, and the one operation clients use to see whether they are let
 * in. Source: Microsoft's documentation of service endpoints and a public client. Which members the session's
 * information has is not public beyond its user and company.
 */
export function answerCustomService(
  context: { readonly base: string; readonly settings: SandboxSettings },
  request: SandboxRequest,
  application: SandboxApplication,
): SandboxAnswer {
  const [, ...names] = request.path.slice(prefix.length).replace(/\/$/, "").split("/");
  const known = [group, service, operation];
  if (names.length <= known.length && names.every((name, index) => name === known[index])) {
    const discovered = names.length < known.length;
    if (request.method === "GET" && discovered) return json(discovery(names.length));
    if (request.method === "POST" && !discovered) {
      return json({ UserId: application.clientId, Company: context.settings.defaultCompany });
    }
  }
  return noResourceAnswer(`${context.base}${request.path}`);
}

function discovery(depth: number): unknown {
  if (depth === 0) return { ServiceGroups: [{ Name: group }] };
  return depth === 1 ? { Services: [{ Name: service }] } : { Operations: [{ Name: operation }] };
}

function json(body: unknown): SandboxAnswer {
  return jsonAnswer(200, body, { "content-type": "application/json; charset=utf-8" });
}
