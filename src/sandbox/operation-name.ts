import { actionName } from "./package-actions.ts";
import { isTokenPath } from "./token-endpoint.ts";

const connector = /^\/api\/connector\/(enqueue|dequeue|download|ack|jobstatus)\b/i;

/**
 * What a fault plan calls a request: the name of an action, `token`, the word after `/api/connector/`, `batch`,
 * `metadata`, or `odata` for the rest of `/data`, reads and writes alike; anything else is `other`.
 */
export function operationName(path: string): string {
  if (isTokenPath(path)) return "token";
  const action = actionName(path) ?? connector.exec(path)?.[1]?.toLowerCase();
  if (action !== undefined) return action;
  if (path === "/data/$batch") return "batch";
  if (path.startsWith("/metadata/") || path === "/data/$metadata") return "metadata";
  return path.startsWith("/data/") || path === "/data" ? "odata" : "other";
}
