import type { EntityRun, Execution } from "../execution-store.ts";
import type { SandboxAnswer } from "../http-exchange.ts";
import { countCell } from "./execution-list.ts";
import { html, nothing, type Html } from "./html.ts";
import { factList, link, pageAnswer, watchSeconds } from "./page-frame.ts";
import { countOf, formatElapsed, formatTime, statusMark } from "./words.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

/** One execution: how every entity went, and the execution log. Undefined when there is none of this id. */
export function executionPage(context: WorkspaceContext, query: URLSearchParams): SandboxAnswer | undefined {
  const execution = context.executions.find(query.get("id") ?? "");
  if (execution === undefined) return undefined;
  const runs = context.executions.runs(execution.number);
  const isHeld = context.queue.held().includes(execution.id);
  return pageAnswer(
    {
      title: execution.id,
      trail: [
        { text: "Data management", href: "/" },
        { text: execution.project, href: link("project", { name: execution.project }) },
      ],
      content: [
        executionFacts(context, execution, runs),
        isHeld ? heldNotice(context.base, execution.id) : html``,
        html`<h2>Entities</h2>`,
        entityTable(context, execution, runs),
        html`<h2>Execution log</h2>`,
        executionLog(context.executions.logLines(execution.number)),
      ],
      ...(execution.status === "Executing" && !isHeld ? { refreshSeconds: watchSeconds } : {}),
    },
    "/",
  );
}

function executionFacts(context: WorkspaceContext, execution: Execution, runs: readonly EntityRun[]): Html {
  const startedAt = context.queries.createdAt(execution.number);
  const ends = runs.flatMap(({ stagingEndedAt, targetEndedAt }) => [stagingEndedAt ?? 0, targetEndedAt ?? 0]);
  const isRunning = execution.status === "Executing";
  const endedAt = isRunning ? context.clock.now() : Math.max(startedAt, ...ends);
  return factList([
    ["Status", statusMark(execution.status)],
    ["Company", execution.company],
    ["Started", formatTime(startedAt)],
    [isRunning ? "Running for" : "Took", formatElapsed(startedAt, endedAt)],
    ["Target step", execution.executeTarget ? "Follows staging" : "Not asked for"],
  ]);
}

function heldNotice(base: string, executionId: string): Html {
  const path = `${base}/__sandbox/stuck/${encodeURIComponent(executionId)}`;
  return html`<div class="notice">
    <p>A planned fault keeps this execution at Executing. It goes on after this request:</p>
    <pre>curl -X DELETE ${path}</pre>
  </div>`;
}

function entityTable(context: WorkspaceContext, execution: Execution, runs: readonly EntityRun[]): Html {
  if (runs.length === 0) return html`<p class="empty">The package names no entity.</p>`;
  return html`<div class="card scroll">
    <table class="stack">
      <thead>
        <tr>
          <th title="Execution unit, level, sequence">Order</th>
          <th>Entity</th>
          <th>Staging</th>
          <th class="number">Records</th>
          <th class="number">Staged</th>
          <th class="number">Errors</th>
          <th>Target</th>
          <th class="number">Created</th>
          <th class="number">Updated</th>
          <th class="number">Failed</th>
          <th>Look at</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map((run) => entityRow(context, execution, run))}
      </tbody>
    </table>
  </div>`;
}

function entityRow(context: WorkspaceContext, execution: Execution, run: EntityRun): Html {
  const errors = context.queries.errorCounts(run.number);
  const parameters = { id: execution.id, run: run.number };
  const scope = context.setup.tableKeys(run.label)?.scope;
  const company = scope === "shared" ? "" : execution.company;
  const all = errors.staging + errors.target;
  return html`<tr>
    <td data-label="Order" class="time">${run.executionUnit}.${run.level}.${run.sequence}</td>
    <th scope="row">
      ${run.label}
      <span class="aside">${run.sourceFormat} · ${run.file}</span>
    </th>
    <td data-label="Staging">${statusMark(run.stagingStatus)}</td>
    ${countCell("Records", run.toBeProcessed)} ${countCell("Staged", run.staged)}
    ${countCell("Errors", errors.staging, "bad")}
    <td data-label="Target">${statusMark(run.targetStatus)}</td>
    ${countCell("Created", run.created)} ${countCell("Updated", run.updated)}
    ${countCell("Failed", run.failed, "bad")}
    <td data-label="Look at" class="links">
      ${run.staged === 0 ? nothing : html`<a href="${link("staging", parameters)}">Staging data</a>`}
      ${all === 0 ? nothing : html`<a href="${link("errors", parameters)}">${countOf(all, "error")}</a>`}
      ${
        run.created + run.updated === 0
          ? nothing
          : html`<a href="${link("target", { entity: run.label, company })}">Target data</a>`
      }
    </td>
  </tr>`;
}

function executionLog(lines: readonly string[]): Html {
  if (lines.length === 0) return html`<p class="empty">The log is empty.</p>`;
  return html`<ol class="card log">
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ol>`;
}
