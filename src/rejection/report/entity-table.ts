import type { EntitySummary } from "../summary.ts";
import { imbalances, secondPassTerms, totalFlow, type FlowCounts } from "./flow.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun } from "./number-words.ts";
import { beforeSending, stageLabels } from "./stage-words.ts";

/**
 * One row per entity and legal entity in which both equations can be checked on sight. `dry`: nothing was sent.
 * `listed`: all rejected rows are in the list below, so that a number can lead to just as many of them.
 */
export function entityTable(
  entities: readonly EntitySummary[],
  { dry, listed }: { readonly dry: boolean; readonly listed: boolean },
): Html {
  if (entities.length === 0) return html`<p class="quiet">No entity was reached.</p>`;
  const rows = entities.map((entity) => entityRow(entity, { dry, listed }));
  const thereGroup = html`<th scope="colgroup" colspan="5" class="group">
    Sent = created + updated + refused + not processed
  </th>`;
  const thereColumns = html`<th scope="col" class="num start">Created</th>
    <th scope="col" class="num">Updated</th>
    <th scope="col" class="num">Refused in staging</th>
    <th scope="col" class="num">Refused in target</th>
    <th scope="col" class="num">Not processed</th>`;
  const stagedColumn = html`<th scope="col" class="num aside">Reached staging</th>`;
  return html`<div class="card scroll" role="region" aria-label="Table of entities" tabindex="0">
    <table class="flow-table stack">
      <thead>
        <tr>
          <td colspan="2"></td>
          <th scope="colgroup" colspan="4" class="group">
            Read = left out + rejected + ${dry ? "ready" : "sent"}
          </th>
          ${dry ? [] : thereGroup}
          <td colspan="${dry ? 1 : 2}"></td>
        </tr>
        <tr>
          <th scope="col">Entity</th>
          <th scope="col">Company</th>
          <th scope="col" class="num start">Read</th>
          <th scope="col" class="num">Left out</th>
          <th scope="col" class="num">Rejected before sending</th>
          <th scope="col" class="num">${dry ? "Ready to send" : "Sent"}</th>
          ${dry ? [] : thereColumns}
          <th scope="col" class="start">Adds up</th>
          ${dry ? [] : stagedColumn}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
      ${entities.length > 1 ? totalRow(totalFlow(entities), dry) : []}
    </table>
  </div> `;
}

function entityRow(
  entity: EntitySummary,
  { dry, listed }: { readonly dry: boolean; readonly listed: boolean },
): Html {
  const wrong = imbalances(entity, dry);
  const columns = dry ? 7 : 13;
  const totals = Object.entries(entity.controlTotals);
  const declared = Object.entries(entity.declared ?? {});
  const { secondPass } = entity;
  const notes = [
    ...wrong.map((text) => html`<p class="wrong-text">${text}</p>`),
    ...(secondPass === undefined
      ? []
      : [
          html`<p>
            Second pass: ${formatNoun(secondPass.records, "record")} with fields to be filled
            later${dry ? "." : ` = ${secondPassTerms(secondPass).join(" + ")}.`}
          </p>`,
        ]),
    ...(totals.length === 0
      ? []
      : [html`<p>Control totals: ${totals.map(([name, sum]) => `${name} ${sum}`).join(" · ")}</p>`]),
    ...(declared.length === 0
      ? []
      : [
          html`<p>Declared by the sender: ${declared.map(([name, sum]) => `${name} ${sum}`).join(" · ")}</p>`,
        ]),
  ];
  const note = html`<tr class="note${wrong.length > 0 ? " wrong" : ""}">
    <td colspan="${columns}">${notes}</td>
  </tr>`;
  return html`<tr class="${wrong.length > 0 ? "wrong" : ""}">
      <th scope="row">${entity.entity}</th>
      <td data-label="Company">
        ${entity.legalEntity === "" ? html`<span class="quiet">none</span>` : entity.legalEntity}
      </td>
      ${countCells(entity, dry, listed ? rowsOf(entity) : undefined)}
      <td data-label="Adds up" class="start">
        ${wrong.length > 0 ? html`<strong class="no">✗ No</strong>` : html`<span class="yes">✓ Yes</span>`}
      </td>
      ${dry ? [] : stagedCell(entity)}
    </tr>
    ${notes.length === 0 ? [] : note}`;
}

function totalRow(total: FlowCounts, dry: boolean): Html {
  return html`<tfoot>
    <tr>
      <th scope="row" colspan="2">All together</th>
      ${countCells(total, dry)}
      <td class="start"></td>
      ${dry ? [] : stagedCell(total)}
    </tr>
  </tfoot>`;
}

function countCell(
  label: string,
  count: number,
  { kind = "", address }: { readonly kind?: string; readonly address?: string | undefined } = {},
): Html {
  const number = formatCount(count);
  return html`<td data-label="${label}" class="num ${kind}${count === 0 ? " zero" : ""}">
    ${address === undefined || count === 0 ? number : html`<a href="${address}">${number}</a>`}
  </td>`;
}

/** Gives the address of the rows that were refused at a stage of one entity in one company. */
type RowsAt = (stage: string) => string | undefined;

// What the second pass refused is in the list too, but counted apart: the numbers would differ.
function rowsOf({ entity, legalEntity, secondPass }: EntitySummary): RowsAt {
  const apart = (secondPass?.rejectedStaging ?? 0) + (secondPass?.rejectedTarget ?? 0) > 0;
  return (stage) =>
    apart ? undefined : `#${new URLSearchParams({ entity, company: legalEntity, stage }).toString()}`;
}

// Stands apart, because it is in none of the sums.
function stagedCell(counts: FlowCounts): Html {
  return countCell("Reached staging", counts.staged, { kind: "aside" });
}

function countCells(counts: FlowCounts, dry: boolean, rowsAt?: RowsAt): readonly Html[] {
  const here = [
    countCell("Read", counts.read, { kind: "start" }),
    countCell("Left out", counts.filtered),
    countCell("Rejected before sending", counts.rejectedHere, {
      kind: "bad-count",
      address: rowsAt?.(beforeSending),
    }),
    countCell(dry ? "Ready to send" : "Sent", counts.packaged),
  ];
  if (dry) return here;
  return [
    ...here,
    countCell("Created", counts.created, { kind: "start" }),
    countCell("Updated", counts.updated),
    countCell("Refused in staging", counts.rejectedStaging, {
      kind: "bad-count",
      address: rowsAt?.(stageLabels.staging.short),
    }),
    countCell("Refused in target", counts.rejectedTarget, {
      kind: "bad-count",
      address: rowsAt?.(stageLabels.target.short),
    }),
    countCell("Not processed", counts.unprocessed, { kind: "bad-count" }),
  ];
}
