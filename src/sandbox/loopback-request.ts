import type { SandboxRequest } from "./http-exchange.ts";

const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/**
 * Whether the request names the loopback interface as its host. The server listens there only; this keeps out pages
 * of the web that reach it through a browser of this machine under a name of their own (DNS rebinding).
 */
export function namesLoopback({ headers }: SandboxRequest): boolean {
  return loopbackHost.test(headers["host"] ?? "");
}

/** Whether a request that changes something may do so without sign-in: no page of another site has sent it. */
export function isLocalRequest(request: SandboxRequest): boolean {
  if (!namesLoopback(request)) return false;
  const { host = "", origin, "sec-fetch-site": site } = request.headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return false;
  return site === undefined || site === "same-origin" || site === "none";
}
