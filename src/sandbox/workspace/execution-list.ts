import { html, nothing, type Html } from "./html.ts";
import { link, pager } from "./page-frame.ts";
import { formatCount, formatElapsed, formatTime, statusMark } from "./words.ts";
import type { ExecutionLine, WorkspaceQueries } from "./workspace-queries.ts";

const pageSize = 25;

export interface ExecutionList {
  readonly list: Html;
  /** Whether one of those listed is on its way. */
  readonly running: boolean;
}

/** The executions before one (`""`: the newest), from new to old; of one project, if one is named. */
export function executionList(
  queries: WorkspaceQueries,
  options: {
    readonly before: string;
    readonly project?: string;
    readonly pageLink: (before: number) => string;
    /** Ids of executions that a planned fault holds: they do not go on by themselves. */
    readonly held: readonly string[];
  },
): ExecutionList {
  const before = /^\d{1,15}$/.test(options.before) ? Number(options.before) : Number.MAX_SAFE_INTEGER;
  const { project } = options;
  const found = queries.executions({
    before,
    limit: pageSize + 1,
    ...(project === undefined ? {} : { project }),
  });
  const lines = found.slice(0, pageSize);
  const last = lines.at(-1);
  if (last === undefined) {
    return { list: html`<p class="empty">No package has been imported yet.</p>`, running: false };
  }
  const list = html`<div class="card scroll">
      <table class="stack">
        <thead>
          <tr>
            <th>Status</th>
            <th>Execution</th>
            ${project === undefined ? html`<th>Data project</th>` : nothing}
            <th>Company</th>
            <th>Started</th>
            <th class="number">Records</th>
            <th class="number">Staged</th>
            <th class="number">Created</th>
            <th class="number">Updated</th>
            <th class="number">Failed</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map((line) => executionRow(line, project === undefined))}
        </tbody>
      </table>
    </div>
    ${pager([{ text: "Older", href: found.length > pageSize ? options.pageLink(last.number) : undefined }])}`;
  return {
    list,
    running: lines.some(({ id, status }) => status === "Executing" && !options.held.includes(id)),
  };
}

function executionRow(line: ExecutionLine, withProject: boolean): Html {
  const elapsed =
    line.endedAt === null || line.status === "Executing"
      ? ""
      : `, ${formatElapsed(line.createdAt, line.endedAt)}`;
  return html`<tr>
    <td data-label="Status">${statusMark(line.status)}</td>
    <th scope="row" class="id"><a href="${link("execution", { id: line.id })}">${line.id}</a></th>
    ${
      withProject
        ? html`<td data-label="Data project" class="name">
            <a href="${link("project", { name: line.project })}">${line.project}</a>
          </td>`
        : nothing
    }
    <td data-label="Company">${line.company}</td>
    <td data-label="Started" class="time">${formatTime(line.createdAt)}${elapsed}</td>
    ${countCell("Records", line.toBeProcessed)} ${countCell("Staged", line.staged)}
    ${countCell("Created", line.created)} ${countCell("Updated", line.updated)}
    ${countCell("Failed", line.toBeProcessed - line.staged + line.failed, "bad")}
  </tr>`;
}

/** A count in a table; a zero stands back. */
export function countCell(label: string, count: number, tone = ""): Html {
  const look = count === 0 ? "zero" : tone;
  return html`<td data-label="${label}" class="number ${look}">${formatCount(count)}</td>`;
}
