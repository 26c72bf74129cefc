import type { SandboxAnswer, SandboxRequest } from "../http-exchange.ts";
import { namesLoopback } from "../loopback-request.ts";
import { dataPage, targetPage } from "./data-pages.ts";
import { executionPage } from "./execution-page.ts";
import { faultPage } from "./fault-page.ts";
import { html } from "./html.ts";
import { overviewPage, projectPage } from "./overview-page.ts";
import { link, pageAnswer } from "./page-frame.ts";
import { errorPage, stagingPage } from "./run-pages.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

const prefix = "/workspace/";

type PageOf = (context: WorkspaceContext, query: URLSearchParams) => SandboxAnswer | undefined;

const pages: Readonly<Record<string, PageOf>> = {
  "": overviewPage,
  project: projectPage,
  execution: executionPage,
  staging: stagingPage,
  errors: errorPage,
  data: dataPage,
  target: targetPage,
  faults: faultPage,
};

export function isWorkspacePath(path: string): boolean {
  return path === "/" || path.startsWith(prefix);
}

/**
 * The pages a person looks at in place of the web client of F&O. They change nothing, no fault hits them, and they
 * are shown to this machine only, without sign-in.
 */
export function answerWorkspace(context: WorkspaceContext, request: SandboxRequest): SandboxAnswer {
  if (!namesLoopback(request)) return notice(403, "These pages are shown on the sandbox's own machine only.");
  if (request.method !== "GET" && request.method !== "HEAD") {
    const answer = notice(405, "These pages can only be looked at.");
    return { ...answer, headers: { ...answer.headers, allow: "GET, HEAD" } };
  }
  const { path, query } = request;
  // The address that GetExecutionSummaryPageUrl gives out.
  const executionId = path === "/" ? query.get("executionId") : null;
  if (executionId !== null) {
    return { status: 302, headers: { location: link("execution", { id: executionId }) }, body: "" };
  }
  const name = path === "/" ? "" : path.slice(prefix.length);
  const page = Object.hasOwn(pages, name) ? pages[name]?.(context, query) : undefined;
  return page ?? notice(404, "There is no such page, or what it showed has been deleted.");
}

function notice(status: number, text: string): SandboxAnswer {
  const title = status === 404 ? "Not found" : "Not here";
  return pageAnswer({ title, status, content: [html`<p class="lead">${text}</p>`] }, "/");
}
