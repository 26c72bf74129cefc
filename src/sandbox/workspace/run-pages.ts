import type { EntityRun, Execution } from "../execution-store.ts";
import type { SandboxAnswer } from "../http-exchange.ts";
import { html, nothing, type Html } from "./html.ts";
import { link, pageAnswer, pager } from "./page-frame.ts";
import { formatCount, statusMark } from "./words.ts";
import type { WorkspaceContext } from "./workspace-context.ts";
import type { ErrorLine, StagingLine } from "./workspace-queries.ts";

const pageSize = 100;

interface RunOfPage {
  readonly execution: Execution;
  readonly run: EntityRun;
}

function findRun({ executions }: WorkspaceContext, query: URLSearchParams): RunOfPage | undefined {
  const execution = executions.find(query.get("id") ?? "");
  if (execution === undefined) return undefined;
  const run = executions.runs(execution.number).find(({ number }) => String(number) === query.get("run"));
  return run === undefined ? undefined : { execution, run };
}

function trail(execution: Execution): readonly { readonly text: string; readonly href: string }[] {
  return [
    { text: "Data management", href: "/" },
    { text: execution.project, href: link("project", { name: execution.project }) },
    { text: execution.id, href: link("execution", { id: execution.id }) },
  ];
}

function after(query: URLSearchParams): number {
  const text = query.get("after") ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** The rows of one entity in staging, with what became of them. Undefined when there is no such run. */
export function stagingPage(context: WorkspaceContext, query: URLSearchParams): SandboxAnswer | undefined {
  const found = findRun(context, query);
  if (found === undefined) return undefined;
  const { execution, run } = found;
  const failedOnly = query.get("failed") === "1";
  const start = after(query);
  const lines = context.queries.staging({
    run: run.number,
    after: start,
    limit: pageSize + 1,
    failedOnly,
  });
  const shown = lines.slice(0, pageSize);
  const last = shown.at(-1)?.row ?? 0;
  const parameters = { id: execution.id, run: run.number, failed: failedOnly ? 1 : undefined };
  const errors = context.queries.rowErrors(run.number, shown[0]?.row ?? 0, last);
  const choice = failedOnly
    ? html`<a href="${link("staging", { ...parameters, failed: undefined })}">Show all rows</a>`
    : run.failed === 0
      ? html``
      : html`<a href="${link("staging", { ...parameters, failed: 1 })}">Show only rows that failed</a>`;
  return pageAnswer(
    {
      title: `Staging data: ${run.label}`,
      trail: trail(execution),
      content: [
        html`<p class="lead">
          ${formatCount(run.staged)} of ${formatCount(run.toBeProcessed)} records of
          <code>${run.file}</code> are in staging. ${choice}
        </p>`,
        shown.length === 0
          ? html`<p class="empty">No row stands here.</p>`
          : stagingTable(run, shown, errors),
        pager([
          { text: "First", href: start === 0 ? undefined : link("staging", parameters) },
          {
            text: "Next",
            href: lines.length > pageSize ? link("staging", { ...parameters, after: last }) : undefined,
          },
        ]),
      ],
    },
    "/",
  );
}

function stagingTable(
  run: EntityRun,
  lines: readonly StagingLine[],
  errors: ReadonlyMap<number, ErrorLine>,
): Html {
  return html`<div class="card scroll">
    <table class="data">
      <thead>
        <tr>
          <th class="number">Row</th>
          <th>Transfer</th>
          ${run.fields.map((field) => html`<th>${field}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines.map(({ row, values }) => {
          const error = errors.get(row);
          const status = error === undefined ? (row <= run.lastRow ? "Completed" : "NotStarted") : "Error";
          const cells = values.map((value) => html`<td>${value}</td>`);
          return html`<tr>
              <th scope="row" class="number">${row}</th>
              <td>${statusMark(status)}</td>
              ${cells}
            </tr>
            ${
              error === undefined
                ? nothing
                : html`<tr class="problem">
                    <td></td>
                    <td colspan="${run.fields.length + 1}"><p>${error.message.trim()}</p></td>
                  </tr>`
            }`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** The errors of one entity, those of staging and those of the target step. Undefined when there is no such run. */
export function errorPage(context: WorkspaceContext, query: URLSearchParams): SandboxAnswer | undefined {
  const found = findRun(context, query);
  if (found === undefined) return undefined;
  const { execution, run } = found;
  const start = after(query);
  const lines = context.queries.errors(run.number, start, pageSize + 1);
  const shown = lines.slice(0, pageSize);
  const parameters = { id: execution.id, run: run.number };
  const counts = context.queries.errorCounts(run.number);
  return pageAnswer(
    {
      title: `Errors: ${run.label}`,
      trail: trail(execution),
      content: [
        html`<p class="lead">
          ${formatCount(counts.staging)} records failed on their way into staging,
          ${formatCount(counts.target)} on their way into the target.
        </p>`,
        shown.length === 0 ? html`<p class="empty">No error stands here.</p>` : errorTable(shown),
        pager([
          { text: "First", href: start === 0 ? undefined : link("errors", parameters) },
          {
            text: "Next",
            href:
              lines.length > pageSize
                ? link("errors", { ...parameters, after: shown.at(-1)?.number })
                : undefined,
          },
        ]),
      ],
    },
    "/",
  );
}

function errorTable(lines: readonly ErrorLine[]): Html {
  return html`<div class="card scroll">
    <table class="stack">
      <thead>
        <tr>
          <th class="number">Row</th>
          <th>Step</th>
          <th>Record id</th>
          <th>Field</th>
          <th>Message</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          (line) =>
            html`<tr>
              <th scope="row" class="number" data-label="Row">${formatCount(line.row)}</th>
              <td data-label="Step">${line.stage}</td>
              <td data-label="Record id" class="id">${line.recordId}</td>
              <td data-label="Field" class="id">${line.field}</td>
              <td class="message">${line.message.trim()}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
