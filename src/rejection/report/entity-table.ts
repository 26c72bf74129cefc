import type { EntitySummary } from "../summary.ts";
import {
  imbalances,
  secondPassTerms,
  stagedAndNot,
  stagedWords,
  totalFlow,
  type Destination,
  type FlowCounts,
} from "./flow.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun } from "./number-words.ts";
import { beforeSending, stageLabels } from "./stage-words.ts";

/**
 * One row per entity and legal entity in which both equations can be checked on sight. `destination`: how far the records were
 * to go. `listed`: all rejected rows are in the list below, so that a number can lead to just as many of them.
 */
export function entityTable(
  entities: readonly EntitySummary[],
  { destination, listed }: { readonly destination: Destination; readonly listed: boolean },
): Html {
  if (entities.length === 0) return html`<p class="quiet">No entity was reached.</p>`;
  const rows = entities.map((entity, index) => [
    ...entityRow(entity, { destination, listed }),
    ...(entities[index + 1]?.entity === entity.entity ? [] : totalsRow(entity.entity, entities, destination)),
  ]);
  const here = destination === "nowhere" ? "ready" : "sent";
  const columns = thereColumns[destination];
  const group = html`<th scope="colgroup" colspan="${columns.length}" class="group">
    ${thereEquation[destination]}
  </th>`;
  const names = columns.map(
    (name, index) => html`<th scope="col" class="num${index === 0 ? " start" : ""}">${name}</th>`,
  );
  const aside =
    destination === "target" ? [html`<th scope="col" class="num aside">Reached staging</th>`] : [];
  return html`<div class="card scroll" role="region" aria-label="Table of entities" tabindex="0">
    <table class="flow-table stack">
      <thead>
        <tr>
          <td colspan="2"></td>
          <th scope="colgroup" colspan="4" class="group">Read = left out + rejected + ${here}</th>
          ${columns.length === 0 ? [] : group}
          <td colspan="${1 + aside.length}"></td>
        </tr>
        <tr>
          <th scope="col">Entity</th>
          <th scope="col">Company</th>
          <th scope="col" class="num start">Read</th>
          <th scope="col" class="num">Left out</th>
          <th scope="col" class="num">Rejected before sending</th>
          <th scope="col" class="num">${sentWords(destination)}</th>
          ${names}
          <th scope="col" class="start">Adds up</th>
          ${aside}
        </tr>
      </thead>
      <tbody>
        ${rows.flat()}
      </tbody>
      ${entities.length > 1 ? totalRow(totalFlow(entities), destination) : []}
    </table>
  </div> `;
}

/** What became of the records that were sent, as columns; all of it is one sum. */
const thereColumns: Readonly<Record<Destination, readonly string[]>> = {
  nowhere: [],
  staging: [sentence(stagedWords), "Refused in staging", "Refused in target", "Not processed"],
  target: ["Created", "Updated", "Refused in staging", "Refused in target", "Not processed"],
};

const thereEquation: Readonly<Record<Destination, string>> = {
  nowhere: "",
  staging: "Sent = staged + refused + not processed",
  target: "Sent = created + updated + refused + not processed",
};

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function sentWords(destination: Destination): string {
  return destination === "nowhere" ? "Ready to send" : "Sent";
}

function entityRow(
  entity: EntitySummary,
  { destination, listed }: { readonly destination: Destination; readonly listed: boolean },
): readonly Html[] {
  const wrong = imbalances(entity, destination);
  const { secondPass } = entity;
  const notes = [
    ...wrong.map((text) => html`<p class="wrong-text">${text}</p>`),
    ...(secondPass === undefined
      ? []
      : [
          html`<p>
            Second pass: ${formatNoun(secondPass.records, "record")} with fields to be filled
            later${destination !== "target" ? "." : ` = ${secondPassTerms(secondPass).join(" + ")}.`}
          </p>`,
        ]),
  ];
  const row = html`<tr class="${wrong.length > 0 ? "wrong" : ""}">
    <th scope="row">${entity.entity}</th>
    <td data-label="Company">
      ${entity.legalEntity === "" ? html`<span class="quiet">none</span>` : entity.legalEntity}
    </td>
    ${countCells(entity, destination, listed ? rowsOf(entity) : undefined)}
    <td data-label="Adds up" class="start">
      ${wrong.length > 0 ? html`<strong class="no">✗ No</strong>` : html`<span class="yes">✓ Yes</span>`}
    </td>
    ${destination === "target" ? stagedCell(entity) : []}
  </tr> `;
  return notes.length === 0 ? [row] : [row, noteRow(notes, destination, wrong.length > 0 ? " wrong" : "")];
}

function noteRow(notes: readonly Html[], destination: Destination, kind = ""): Html {
  const columns = 7 + thereColumns[destination].length + (destination === "target" ? 1 : 0);
  return html`<tr class="note${kind}">
    <td colspan="${columns}">${notes}</td>
  </tr> `;
}

/** Sums are of all records of an entity, so they stand below the last of its companies. */
function totalsRow(
  label: string,
  entities: readonly EntitySummary[],
  destination: Destination,
): readonly Html[] {
  const own = entities.filter(({ entity }) => entity === label);
  const of = own.length > 1 ? ` of all ${label}` : "";
  const listed = (sums: readonly Readonly<Record<string, string>>[]): string =>
    sums.flatMap((each) => Object.entries(each).map(([name, sum]) => `${name} ${sum}`)).join(" · ");
  const totals = listed(own.map(({ controlTotals }) => controlTotals));
  const declared = listed(own.map((entity) => entity.declared ?? {}));
  const notes = [
    ...(totals === "" ? [] : [html`<p>Control totals${of}: ${totals}</p>`]),
    ...(declared === "" ? [] : [html`<p>Declared by the sender${of}: ${declared}</p>`]),
  ];
  return notes.length === 0 ? [] : [noteRow(notes, destination)];
}

function totalRow(total: FlowCounts, destination: Destination): Html {
  return html`<tfoot>
    <tr>
      <th scope="row" colspan="2">All together</th>
      ${countCells(total, destination)}
      <td class="start"></td>
      ${destination === "target" ? stagedCell(total) : []}
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

function countCells(counts: FlowCounts, destination: Destination, rowsAt?: RowsAt): readonly Html[] {
  const here = [
    countCell("Read", counts.read, { kind: "start" }),
    countCell("Left out", counts.filtered),
    countCell("Rejected before sending", counts.rejectedHere, {
      kind: "bad-count",
      address: rowsAt?.(beforeSending),
    }),
    countCell(sentWords(destination), counts.packaged),
  ];
  if (destination === "nowhere") return here;
  const refused = [
    countCell("Refused in staging", counts.rejectedStaging, {
      kind: "bad-count",
      address: rowsAt?.(stageLabels.staging.short),
    }),
    countCell("Refused in target", counts.rejectedTarget, {
      kind: "bad-count",
      address: rowsAt?.(stageLabels.target.short),
    }),
  ];
  const left = (count: number): Html => countCell("Not processed", count, { kind: "bad-count" });
  if (destination === "staging") {
    const { staged, notProcessed } = stagedAndNot(counts);
    return [
      ...here,
      countCell(sentence(stagedWords), staged, { kind: "start" }),
      ...refused,
      left(notProcessed),
    ];
  }
  return [
    ...here,
    countCell("Created", counts.created, { kind: "start" }),
    countCell("Updated", counts.updated),
    ...refused,
    left(counts.unprocessed),
  ];
}
