import { html, type Html } from "./html.ts";
import { formatNoun } from "./number-words.ts";

/** A finished file of rejected rows, named relative to the report. */
export interface CorrectionFile {
  readonly entity: string;
  /** Path relative to the report: letters, digits, `-`, `.` and `/`. */
  readonly href: string;
  readonly records: number;
}

/** The files to correct, so that a reader of the report knows which one holds which rows. */
export function fileSection(files: readonly CorrectionFile[]): Html {
  if (files.length === 0) return html``;
  const items = files.map(
    (file) =>
      html`<li>
        <a href="${file.href}">${file.href}</a>
        <span class="quiet">${file.entity}, ${formatNoun(file.records, "row")}</span>
      </li> `,
  );
  return html`<section aria-labelledby="files-title">
    <h2 id="files-title">Files to correct</h2>
    <p class="quiet">
      One file per entity, beside this report: your rows as they were, with the reasons in the last columns.
      They open in Excel. Leave the columns that begin with an underscore as they are. After a load, dmfpipe
      resubmit --from loads the corrected rows; rows that you delete are left out.
    </p>
    <ul class="card files">
      ${items}
    </ul>
  </section> `;
}
