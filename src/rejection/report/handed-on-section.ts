import type { StewardSummary } from "../summary.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun } from "./number-words.ts";

/** What lies beside the report for people who see nothing else of the run. */
export interface HandedOnFiles {
  /** Path of the workbook relative to the report; absent where there is none. */
  readonly workbook?: string;
  /** There is none because of the number of records: how many one may have. */
  readonly leftOut?: number;
  readonly run: string;
  readonly stewards: readonly StewardSummary[];
  /** Rejected records of the run. */
  readonly total: number;
}

/** Who looks after which rejections, with the folder of each owner, and the workbook; empty where there is neither. */
export function handedOnSection({ workbook, leftOut, run, stewards, total }: HandedOnFiles): Html {
  if (workbook === undefined && leftOut === undefined && stewards.length === 0) return html``;
  const excel =
    workbook === undefined
      ? workbookLeftOut(leftOut, { run, total })
      : html`<p>
          <a href="${workbook}">${workbook}</a>
          <span class="quiet"
            >for Excel: ${formatNoun(total, "row")}, a sheet for each entity, rejected cells marked</span
          >
        </p> `;
  return html`<section aria-labelledby="handed-on-title">
    <h2 id="handed-on-title">${handedOnTitle(stewards)}</h2>
    ${excel} ${ownerTable(stewards, total)}
  </section> `;
}

/** Said loudly: who looks for the workbook must not take an old one for it, or think that nothing was rejected. */
function workbookLeftOut(
  leftOut: number | undefined,
  { run, total }: { readonly run: string; readonly total: number },
): readonly Html[] {
  if (leftOut === undefined) return [];
  return [
    html`<p class="notice">
      No report.xlsx was written: ${formatNoun(total, "rejected record")} are more than the
      ${formatCount(leftOut)} of reports.excelRecords, and would hold up the run. When it is needed:
      <code>dmfpipe rejections ${run} --to FOLDER</code>
    </p> `,
  ];
}

/** What the section is called. */
export function handedOnTitle(stewards: readonly StewardSummary[]): string {
  return stewards.length === 0 ? "For Excel" : "To hand on";
}

function ownerTable(stewards: readonly StewardSummary[], total: number): Html {
  if (stewards.length === 0) return html``;
  const rows = stewards.map(
    ({ owner, name, email, records, folder }) =>
      html`<tr>
        <th scope="row">${owner}</th>
        <td>${[name, email].filter((part) => part !== undefined).join(", ")}</td>
        <td class="num">${formatCount(records)}</td>
        <td><a href="${folder}/report.html">${folder}/</a></td>
      </tr> `,
  );
  const sum = stewards.reduce((all, { records }) => all + records, 0);
  return html`<p class="quiet">
      Each owner has a folder with a report and files of that owner’s rows only. project.yaml says which rows
      are whose.
    </p>
    <div class="card scroll" role="region" aria-label="Owners of the rejected records" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Owner</th>
            <th scope="col">Who</th>
            <th scope="col" class="num">Records</th>
            <th scope="col">Folder</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">All</th>
            <td></td>
            <td class="num">${formatCount(sum)}</td>
            <td>${sum === total ? "" : html`<b class="wrong-text">of ${formatCount(total)}</b>`}</td>
          </tr>
        </tfoot>
      </table>
    </div>`;
}
