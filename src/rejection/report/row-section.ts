import { reasonRegistry, type ReasonCode } from "../../errors/registry.ts";
import type { Rejection } from "../rejection.ts";
import { firstRows } from "./first-rows.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun } from "./number-words.ts";
import type { ReasonGroup } from "./reason-groups.ts";
import { dataBlock, rowsPerBlock } from "./row-blocks.ts";
import { knownDelimiters, stageOrder, type RowPools } from "./row-data.ts";
import { stageLabels } from "./stage-words.ts";

/** What the page says of its rows. */
export interface RowCounts {
  /** Rejections of the run. */
  readonly total: number;
  /** Rows the page lists. */
  readonly listed: number;
  /** Rows of those that it shows with their source row. */
  readonly whole: number;
}

/** The list of rejected rows: a table of the first ones, and the frame that the script of the page fills. */
export function rowSection(counts: RowCounts, first: readonly Rejection[]): Html {
  return html`<section aria-labelledby="rows-title" id="rows">
    <h2 id="rows-title">Every rejected row</h2>
    ${limitNotices(counts)}
    <noscript
      ><p class="notice">
        Search and filters need JavaScript, which is switched off here. All rows are in the CSV files of the
        folder “rejections” beside this report.
      </p></noscript
    >
    <p class="notice" id="rows-impossible" hidden>
      This browser is too old to unpack the rows of this page. All rows are in the CSV files of the folder
      “rejections” beside this report.
    </p>
    <div id="row-list" hidden>
      ${filterForm()}
      <p class="row-status">
        <span id="row-count" role="status" aria-live="polite">Unpacking the rows…</span>
        <span id="row-progress" class="quiet" aria-hidden="true"></span>
      </p>
      ${grid(counts.listed)}
      <p class="quiet keys">
        Keys: <kbd>/</kbd> search · <kbd>↑</kbd> <kbd>↓</kbd> <kbd>Page</kbd> <kbd>Home</kbd>
        <kbd>End</kbd> move · <kbd>Enter</kbd> open a row · <kbd>Esc</kbd> close. The address of this page
        remembers what is chosen.
      </p>
    </div>
    ${firstRows(first, counts.total)} ${dialog()}
  </section> `;
}

function limitNotices({ total, listed, whole }: RowCounts): readonly Html[] {
  const notices: Html[] = [];
  if (listed < total) {
    notices.push(
      html`<p class="notice">
        This page lists ${formatNoun(listed, "row")} of ${formatNoun(total, "rejected record")}: all rows of
        the rare reasons, a part of the frequent ones. All rows are in the files to correct.
      </p>`,
    );
  }
  if (whole < listed) {
    notices.push(
      html`<p class="notice">
        To stay small enough for an e-mail, this page holds the source row of ${formatCount(whole)} of the
        ${formatNoun(listed, "row")} it lists. The others say where they are and what is wrong; their source
        rows are in the files to correct.
      </p>`,
    );
  }
  return notices;
}

function filterForm(): Html {
  const choice = (name: string, label: string): Html =>
    html`<label data-choice="${name}"
      >${label}
      <select name="${name}"></select
    ></label> `;
  return html`<form class="filters" id="filters" role="search" aria-label="Filter the rows">
    <label class="grow search"
      >Search
      <input
        type="search"
        name="q"
        autocomplete="off"
        spellcheck="false"
        aria-keyshortcuts="/"
        placeholder="Any value, key, file or message"
    /></label>
    ${choice("entity", "Entity")} ${choice("company", "Company")} ${choice("stage", "Stage")}
    ${choice("code", "Kind of reason")} ${choice("reason", "Reason")} ${choice("field", "Field")}
    ${choice("file", "Source file")} ${choice("standing", "Since the last run")}
    <label
      >Group by
      <select name="group">
        <option value="">Nothing</option>
        <option value="entity">Entity</option>
        <option value="company">Company</option>
        <option value="stage">Stage</option>
        <option value="code">Kind of reason</option>
        <option value="reason">Reason</option>
        <option value="field">Field</option>
        <option value="file">Source file</option>
        <option value="standing">Since the last run</option>
      </select></label
    >
    <label class="sort"
      >Sort by
      <select name="sort">
        <option value="">As loaded</option>
        ${gridColumns.map(({ sort, label }) => html`<option value="${sort}">${label}</option> `)}
      </select></label
    >
    <button type="reset">Show all</button>
  </form> `;
}

const gridColumns = [
  { sort: "place", label: "File and line" },
  { sort: "entity", label: "Entity" },
  { sort: "company", label: "Company" },
  { sort: "key", label: "Key" },
  { sort: "reason", label: "What is wrong" },
  { sort: "stage", label: "Stage" },
];

function grid(listed: number): Html {
  const heads = gridColumns.map(
    ({ sort, label }, column) =>
      html`<div role="columnheader" aria-sort="none" aria-colindex="${column + 1}" class="cell ${sort}">
        <button type="button" data-sort="${sort}">${label}</button>
      </div> `,
  );
  return html`<div
    id="grid"
    class="card grid"
    role="grid"
    tabindex="0"
    aria-label="Rejected rows"
    aria-rowcount="${listed + 1}"
    aria-colcount="${gridColumns.length}"
    aria-describedby="row-count"
  >
    <div role="rowgroup" class="grid-head">
      <div role="row" aria-rowindex="1" class="grid-row">${heads}</div>
    </div>
    <div role="rowgroup" id="grid-body" class="grid-body"></div>
    <p id="grid-empty" class="grid-empty" hidden>No row fits these filters.</p>
  </div> `;
}

function dialog(): Html {
  return html`<dialog id="row-dialog" aria-labelledby="row-dialog-title">
    <header class="dialog-head">
      <h2 id="row-dialog-title" tabindex="-1">Row</h2>
      <div class="dialog-buttons">
        <button type="button" data-step="-1" aria-keyshortcuts="ArrowLeft">‹ Previous</button>
        <button type="button" data-step="1" aria-keyshortcuts="ArrowRight">Next ›</button>
        <button type="button" data-close="" aria-keyshortcuts="Escape">Close</button>
      </div>
    </header>
    <div id="row-dialog-body" tabindex="0" role="region" aria-labelledby="row-dialog-title"></div>
  </dialog> `;
}

/** What the rows refer to: shared texts, column lists, reasons, stages, files to correct. */
export async function rowLegend(options: {
  readonly pools: RowPools;
  readonly groups: readonly ReasonGroup[];
  readonly listed: number;
  /** Path of the file to correct, by entity. */
  readonly files: Readonly<Record<string, string>>;
}): Promise<Html> {
  const { pools, groups, listed, files } = options;
  const codes = [...new Set(groups.map(({ code }) => code))];
  return await dataBlock("row-legend", {
    texts: pools.texts.items,
    columns: pools.columns.items,
    groups: groups.map(({ shape, field, code, records }) => ({ shape, field, code, records })),
    codes: codes.map((code: ReasonCode) => [code, reasonRegistry[code].title]),
    stages: stageOrder.map((stage) => stageLabels[stage].short),
    delimiters: knownDelimiters,
    rowsPerBlock,
    listed,
    files: Object.entries(files),
  });
}
