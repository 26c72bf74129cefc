import type { SandboxAnswer } from "../http-exchange.ts";
import { canonicalKey } from "../record-key.ts";
import { html, type Html } from "./html.ts";
import { link, pageAnswer, pager } from "./page-frame.ts";
import { formatCount } from "./words.ts";
import type { WorkspaceContext } from "./workspace-context.ts";
import { countLimit, type TargetLine, type TargetTable } from "./workspace-queries.ts";

const pageSize = 100;

/** The tables of the business that hold records. */
export function dataPage({ queries }: WorkspaceContext): SandboxAnswer {
  const byLabel = Map.groupBy(queries.targetTables(), ({ label }) => label);
  const rows = [...byLabel].map(
    ([label, tables]) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td class="links">
          ${tables.map(
            (table) =>
              html`<a href="${link("target", { entity: label, company: table.company })}"
                >${companyName(table.company)} <span class="count">${countText(table)}</span></a
              >`,
          )}
        </td>
      </tr>`,
  );
  return pageAnswer(
    {
      title: "Data",
      content: [
        html`<p class="lead">
          What stands in the tables of this environment, imported or there from the start.
        </p>`,
        html`<div class="card scroll">
          <table class="stack">
            <thead>
              <tr>
                <th>Entity</th>
                <th>Records by legal entity</th>
              </tr>
            </thead>
            <tbody>
              ${rows}
            </tbody>
          </table>
        </div>`,
      ],
    },
    "/workspace/data",
  );
}

function companyName(company: string): string {
  return company === "" ? "Shared" : company;
}

function countText({ count }: TargetTable): string {
  return count > countLimit ? `more than ${formatCount(countLimit)}` : formatCount(count);
}

/** The records of one entity in one company, by key. */
export function targetPage({ queries, setup }: WorkspaceContext, query: URLSearchParams): SandboxAnswer {
  const label = query.get("entity") ?? "";
  const company = query.get("company") ?? "";
  const wanted = (query.get("key") ?? "").trim();
  const from = wanted === "" ? "" : canonicalKey([wanted]);
  const after = query.get("after") ?? "";
  const lines = queries.target({ label, company, after, from, limit: pageSize + 1 });
  const shown = lines.slice(0, pageSize);
  const count = queries.targetCount(label, company);
  const parameters = { entity: label, company };
  const entity = setup.entity(label);
  const fieldOrder = [...(entity?.keys ?? []), ...(entity?.fields.keys() ?? [])];
  return pageAnswer(
    {
      title: `${label} · ${companyName(company)}`,
      trail: [{ text: "Data", href: "/workspace/data" }],
      content: [
        html`<p class="lead">
          ${countText({ label, company, count })} ${count === 1 ? "record" : "records"}.
        </p>`,
        html`<form method="get" action="/workspace/target" class="find">
          <input type="hidden" name="entity" value="${label}" />
          <input type="hidden" name="company" value="${company}" />
          <label>Key from <input name="key" value="${wanted}" autocomplete="off" spellcheck="false" /></label>
          <button>Find</button>
        </form>`,
        shown.length === 0
          ? html`<p class="empty">No record stands here.</p>`
          : targetTable(shown, fieldOrder),
        pager([
          { text: "First", href: after + from === "" ? undefined : link("target", parameters) },
          {
            text: "Next",
            href:
              lines.length > pageSize
                ? link("target", { ...parameters, key: wanted, after: shown.at(-1)?.key })
                : undefined,
          },
        ]),
      ],
    },
    "/workspace/data",
  );
}

/** Columns are those that hold something on this page, the key before the rest: an entity may have hundreds. */
function targetTable(lines: readonly TargetLine[], fieldOrder: readonly string[]): Html {
  const used = new Set(
    lines.flatMap(({ content }) => Object.keys(content).filter((field) => valueText(content[field]) !== "")),
  );
  const known = new Set(fieldOrder.filter((field) => used.has(field)));
  const columns = [...known, ...[...used].filter((field) => !known.has(field))];
  return html`<div class="card scroll">
    <table class="data">
      <thead>
        <tr>
          ${columns.map((field) => html`<th>${field}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          ({ content }) =>
            html`<tr>
              ${columns.map((field) => html`<td>${valueText(content[field])}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
