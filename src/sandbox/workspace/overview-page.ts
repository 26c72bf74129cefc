import type { SandboxAnswer } from "../http-exchange.ts";
import { executionList } from "./execution-list.ts";
import { html, type Html } from "./html.ts";
import { factList, link, pageAnswer, pager, watchSeconds } from "./page-frame.ts";
import { formatCount } from "./words.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

const projectsShown = 50;

/** The first page: the environment, what was imported into it, and its data projects. */
export function overviewPage(context: WorkspaceContext, query: URLSearchParams): SandboxAnswer {
  const { queries } = context;
  const { list, running } = executionList(queries, {
    before: query.get("before") ?? "",
    held: context.queue.held(),
    pageLink: (before) => link("", { before }),
  });
  return pageAnswer(
    {
      title: "Data management",
      content: [
        environmentFacts(context),
        html`<h2>Executions</h2>`,
        list,
        html`<h2>Data projects</h2>`,
        projectList(context, query.get("after") ?? ""),
      ],
      ...(running ? { refreshSeconds: watchSeconds } : {}),
    },
    "/",
  );
}

function environmentFacts({ base, settings, setup, faults }: WorkspaceContext): Html {
  const companies = setup.legalEntities();
  const fired = faults.fired().length;
  return factList([
    ["Environment", html`<code>${base}</code>`],
    ["Tenant", html`<code>${settings.tenant}</code>`],
    ["Default company", settings.defaultCompany],
    ["Legal entities", companies.join(", ")],
    ...(fired === 0
      ? []
      : [["Planned faults", html`<a href="/workspace/faults">${formatCount(fired)} fired</a>`] as const]),
  ]);
}

function projectList({ queries }: WorkspaceContext, after: string): Html {
  const found = queries.projects({ after, limit: projectsShown + 1 });
  const projects = found.slice(0, projectsShown);
  if (projects.length === 0) return html`<p class="empty">There is no data project yet.</p>`;
  const rows = projects.map(
    ({ name, description, executions }) =>
      html`<tr>
        <th scope="row"><a href="${link("project", { name })}">${name}</a></th>
        <td data-label="Description">${description}</td>
        <td data-label="Executions" class="number">${formatCount(executions)}</td>
      </tr>`,
  );
  const more = found.length > projectsShown ? link("", { after: projects.at(-1)?.name }) : undefined;
  return html`<div class="card scroll">
      <table class="stack">
        <thead>
          <tr>
            <th>Name</th>
            <th>Description</th>
            <th class="number">Executions</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${pager([{ text: "More", href: more }])}`;
}

/** One data project and its executions; undefined when there is none of this name. */
export function projectPage(context: WorkspaceContext, query: URLSearchParams): SandboxAnswer | undefined {
  const name = query.get("name") ?? "";
  if (!context.executions.hasProject(name)) return undefined;
  const { list, running } = executionList(context.queries, {
    before: query.get("before") ?? "",
    held: context.queue.held(),
    project: name,
    pageLink: (before) => link("project", { name, before }),
  });
  return pageAnswer(
    {
      title: name,
      trail: [{ text: "Data management", href: "/" }],
      content: [html`<h2>Executions of this data project</h2>`, list],
      ...(running ? { refreshSeconds: watchSeconds } : {}),
    },
    "/",
  );
}
