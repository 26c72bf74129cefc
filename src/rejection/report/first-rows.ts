import { scrub } from "../../errors/redaction.ts";
import type { Rejection } from "../rejection.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun } from "./number-words.ts";
import { cut } from "./row-data.ts";
import { reasonsOf } from "./reason-groups.ts";

/** Rows that stand in the page itself, for a reader without JavaScript and for paper. */
export const firstRowCount = 100;

/** The first rejected rows as a plain table; the script of the page puts the chosen rows in before printing. */
export function firstRows(rows: readonly Rejection[], total: number): Html {
  const caption =
    rows.length < total
      ? `The first ${formatCount(rows.length)} of ${formatNoun(total, "rejected row")}. All of them are in the files to correct.`
      : `All ${formatNoun(total, "rejected row")}.`;
  return html`<div id="first-rows" class="card scroll" role="region" aria-label="First rows" tabindex="0">
    <table class="first-rows stack">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">File and line</th>
          <th scope="col">Entity</th>
          <th scope="col">Company</th>
          <th scope="col">Key</th>
          <th scope="col">What is wrong</th>
          <th scope="col">What to do</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(firstRow)}
      </tbody>
    </table>
  </div> `;
}

function firstRow(rejection: Rejection): Html {
  const { position, key = [], legalEntity = "" } = rejection;
  const reasons = reasonsOf(rejection);
  const lines = (texts: Iterable<string>): readonly Html[] =>
    [...new Set(texts)].map((text) => html`<p>${cut(scrub(text))}</p> `);
  return html`<tr>
    <td data-label="File and line">
      <span>${position.file} <span class="line">line ${formatCount(position.line)}</span></span>
    </td>
    <td data-label="Entity">${rejection.entity}</td>
    <td data-label="Company">${legalEntity === "" ? "–" : legalEntity}</td>
    <td data-label="Key">${key.length === 0 ? "–" : cut(key.join(" / "))}</td>
    <td class="what">${lines(reasons.map(({ message }) => message))}</td>
    <td class="what">${lines(reasons.map(({ fix }) => fix))}</td>
  </tr> `;
}
