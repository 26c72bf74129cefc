import { html, scriptJson, type Html } from "./html.ts";
import { formatNoun } from "./number-words.ts";
import type { ReasonGroup } from "./reason-groups.ts";
import { stageOrder, type RowPools } from "./row-data.ts";
import { stageLabels } from "./stage-words.ts";

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
      They open in Excel. Leave the columns that begin with an underscore as they are.
    </p>
    <ul class="card files">
      ${items}
    </ul>
  </section> `;
}

/** The list of rejected rows, empty: page.client.js fills it from the data at the end of the page. */
export function rowSection(counts: { readonly total: number; readonly listed: number }): Html {
  const { total, listed } = counts;
  const partial =
    listed < total
      ? html`<p class="notice">
          This page lists ${formatNoun(listed, "row")} of ${formatNoun(total, "rejected record")}: all rows of
          the rare reasons, a part of the frequent ones. All rows are in the files to correct.
        </p>`
      : [];
  return html`<section aria-labelledby="rows-title" id="rows">
    <h2 id="rows-title">Every rejected row</h2>
    ${partial}
    <noscript
      ><p class="notice">
        The list of rows needs JavaScript, which is switched off here. The same rows are in the CSV files of
        the folder “rejections” beside this report.
      </p></noscript
    >
    <div id="row-list" hidden>
      <form class="filters" id="filters" role="search" aria-label="Filter the rows">
        <label class="grow"
          >Search
          <input
            type="search"
            name="text"
            autocomplete="off"
            spellcheck="false"
            placeholder="Any value, key, file or message"
        /></label>
        <label
          >Entity
          <select name="entity"></select
        ></label>
        <label
          >Company
          <select name="company"></select
        ></label>
        <label
          >Stage
          <select name="stage"></select
        ></label>
        <label class="grow"
          >Reason
          <select name="group"></select
        ></label>
        <button type="reset">Show all</button>
      </form>
      <p id="row-count" role="status" aria-live="polite"></p>
      <div class="card scroll" role="region" aria-label="Table of rejected rows" tabindex="0">
        <table class="rows stack">
          <thead>
            <tr>
              <th scope="col"><span class="visually-hidden">Details</span></th>
              <th scope="col" aria-sort="none">
                <button type="button" data-sort="place">File and line</button>
              </th>
              <th scope="col" aria-sort="none"><button type="button" data-sort="entity">Entity</button></th>
              <th scope="col" aria-sort="none"><button type="button" data-sort="company">Company</button></th>
              <th scope="col" aria-sort="none"><button type="button" data-sort="key">Key</button></th>
              <th scope="col" aria-sort="none">
                <button type="button" data-sort="reason">What is wrong</button>
              </th>
              <th scope="col" aria-sort="none"><button type="button" data-sort="stage">Stage</button></th>
            </tr>
          </thead>
          <tbody id="row-body"></tbody>
        </table>
      </div>
      <nav class="pager" aria-label="Pages of rows">
        <button type="button" data-page="first">First</button>
        <button type="button" data-page="previous">Previous</button>
        <span id="page-place"></span>
        <button type="button" data-page="next">Next</button>
        <button type="button" data-page="last">Last</button>
      </nav>
    </div>
  </section> `;
}

/** Some rows as a data block of the page. */
export function rowChunk(rows: readonly unknown[]): Html {
  return html`<script type="application/json" class="row-data">
    ${scriptJson(rows)}
  </script> `;
}

/** What the rows refer to: shared texts, column lists, reasons and stages. */
export function rowLegend(pools: RowPools, groups: readonly ReasonGroup[]): Html {
  const legend = {
    texts: pools.texts.items,
    columns: pools.columns.items,
    groups: groups.map((group) => ({ shape: group.shape, field: group.field, records: group.records })),
    stages: stageOrder.map((stage) => stageLabels[stage].short),
  };
  return html`<script type="application/json" id="row-legend">
    ${scriptJson(legend)}
  </script> `;
}
