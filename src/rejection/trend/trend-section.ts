import { dateWords } from "../../errors/number-words.ts";
import { unassigned } from "../../project/stewards.ts";
import type { FlowTerm } from "../report/flow-picture.ts";
import { flowBar } from "../report/flow-section.ts";
import { html, type Html } from "../report/html.ts";
import { formatCount, formatNoun, formatTime } from "../report/number-words.ts";
import type { EntityTrend, OwnerTrend, TrendCounts, TrendSummary } from "./trend-summary.ts";

/** What changed since the last run: of each entity what was open, what came, what went. Empty where nothing is compared. */
export function trendSection(trend: TrendSummary | undefined): Html {
  if (trend?.since === undefined) return html``;
  const { since, records, entities, owners } = trend;
  return html`<section aria-labelledby="trend-title">
    <h2 id="trend-title">Since the last run</h2>
    <p class="quiet">
      Compared with run ${since.run}, finished ${formatTime(since.finishedAt)}. A record is known by its key,
      so it may have moved to another line.
    </p>
    ${sums(records)} ${entityTable(entities, records)} ${unseen(records)} ${ownerTable(owners)}
  </section> `;
}

const columns: readonly {
  readonly label: string;
  readonly pick: (counts: TrendCounts) => number;
  readonly kind?: "bad" | "good";
}[] = [
  { label: "Open before", pick: ({ before }) => before },
  { label: "New", pick: (counts) => counts.new, kind: "bad" },
  { label: "Back again", pick: ({ backAgain }) => backAgain, kind: "bad" },
  { label: "Fixed", pick: ({ fixed }) => fixed, kind: "good" },
  { label: "Gone", pick: ({ gone }) => gone, kind: "good" },
  { label: "Fixed or gone", pick: ({ fixedOrGone }) => fixedOrGone, kind: "good" },
  { label: "Open now", pick: ({ open }) => open },
  { label: "of these: known", pick: ({ known }) => known },
  { label: "another reason", pick: ({ changed }) => changed, kind: "bad" },
  { label: "not looked at", pick: ({ notSeen }) => notSeen },
];

function entityTable(entities: readonly EntityTrend[], all: TrendCounts): Html {
  // A column of zeros says nothing; the sums it would be part of say it too.
  const shown = columns.filter(({ label, pick }) => label.startsWith("Open") || pick(all) > 0);
  const cells = (counts: TrendCounts): readonly Html[] =>
    shown.map(({ label, pick, kind }) => {
      const count = pick(counts);
      const tone = kind === "bad" ? " bad-count" : kind === "good" && count > 0 ? " yes" : "";
      return html`<td data-label="${label}" class="num${tone}${count === 0 ? " zero" : ""}">
        ${formatCount(count)}
      </td> `;
    });
  const there = entities.filter(({ before, open }) => before + open > 0);
  if (there.length === 0) return html``;
  const changed = there.filter((counts) => !isUnchanged(counts));
  const rows = changed.map(
    (counts) =>
      html`<tr>
        <th scope="row">
          ${counts.entity}
          <span class="quiet">${counts.legalEntity === "" ? "no company" : counts.legalEntity}</span>
        </th>
        ${cells(counts)}
      </tr> `,
  );
  const others = there.filter(isUnchanged);
  if (others.length > 0) {
    rows.push(
      html`<tr>
        <th scope="row">
          ${changed.length === 0 ? "All" : formatNoun(others.length, "other")}
          <span class="quiet">nothing changed</span>
        </th>
        ${cells(sumOf(others))}
      </tr> `,
    );
  }
  return html`<div class="card scroll" role="region" aria-label="Table of changes" tabindex="0">
    <table class="stack">
      <thead>
        <tr>
          <th scope="col">Records of</th>
          ${shown.map(({ label }) => html`<th scope="col" class="num">${label}</th> `)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">All</th>
          ${cells(all)}
        </tr>
      </tfoot>
    </table>
  </div> `;
}

function isUnchanged({ before, known, open }: TrendCounts): boolean {
  return before === known && open === known;
}

/** Of entities in which nothing changed. */
function sumOf(entities: readonly EntityTrend[]): TrendCounts {
  const known = entities.reduce((sum, counts) => sum + counts.known, 0);
  return {
    ...{
      before: known,
      new: 0,
      changed: 0,
      known,
      backAgain: 0,
      fixed: 0,
      gone: 0,
      fixedOrGone: 0,
      notSeen: 0,
    },
    open: known,
  };
}

/** What was open before and what is open now, each as the sum of what became of it. */
function sums(counts: TrendCounts): Html {
  const known = { kind: "sent", label: "known", count: counts.known } as const;
  const changed = { kind: "here", label: "for another reason", count: counts.changed } as const;
  const notSeen = { kind: "unprocessed", label: "not looked at by this run", count: counts.notSeen } as const;
  const before = [
    ...[known, changed, notSeen],
    { kind: "created", label: "fixed", count: counts.fixed },
    { kind: "updated", label: "no longer in the extract", count: counts.gone },
    { kind: "filtered", label: "fixed or no longer in the extract", count: counts.fixedOrGone },
  ] as const;
  const now = [
    ...[known, changed, notSeen],
    { kind: "staging", label: "new", count: counts.new },
    { kind: "target", label: "back again", count: counts.backAgain },
  ] as const;
  const there = (terms: readonly FlowTerm[]): readonly FlowTerm[] => terms.filter(({ count }) => count > 0);
  return html`<div class="card flow trend">
    ${flowBar({ of: counts.before, verb: "open before", terms: there(before) })}
    ${flowBar({ of: counts.open, verb: "open now", terms: there(now) })}
  </div> `;
}

function unseen({ notSeen }: TrendCounts): Html {
  if (notSeen === 0) return html``;
  return html`<p class="check-line">
    ${formatNoun(notSeen, "record")} open before could not be looked at: the entity was not read or sent as a
    whole, or the record was not among those loaded again.
  </p> `;
}

function ownerTable(owners: readonly OwnerTrend[]): Html {
  // Where nobody is named, all are nobody's.
  if (owners.every(({ owner }) => owner === unassigned)) return html``;
  const rows = owners.map(
    ({ owner, records, toLookAt, oldest }) =>
      html`<tr>
        <th scope="row">${owner}</th>
        <td data-label="Rejected now" class="num">${formatCount(records)}</td>
        <td data-label="Not known before" class="num${toLookAt === 0 ? " zero" : ""}">
          ${formatCount(toLookAt)}
        </td>
        <td data-label="Oldest since">${oldest === undefined ? "this run" : dayWords(oldest)}</td>
      </tr> `,
  );
  return html`<h3 id="trend-owners-title" class="table-title">Whose they are, and how old</h3>
    <div class="card scroll" role="region" aria-labelledby="trend-owners-title" tabindex="0">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Owner</th>
            <th scope="col" class="num">Rejected now</th>
            <th scope="col" class="num">Not known before</th>
            <th scope="col">Oldest since</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div> `;
}

/** A day as `2 Mar 2026`; a text that is no day is returned as it is. */
export function dayWords(day: string): string {
  const time = Date.parse(day);
  return Number.isNaN(time) ? day : dateWords(time);
}
