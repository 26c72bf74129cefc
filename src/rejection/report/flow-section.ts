import type { RunSummary } from "../summary.ts";
import { entityTable } from "./entity-table.ts";
import {
  destinationOf,
  stagedAndNot,
  stagedWords,
  totalFlow,
  type Destination,
  type FlowCounts,
} from "./flow.ts";
import { flowPicture, type FlowTerm } from "./flow-picture.ts";
import { barPieces } from "./bar-pieces.ts";
import { html, type Html } from "./html.ts";
import { formatCount, formatNoun, formatShare } from "./number-words.ts";
import { rejectedChart } from "./rejected-chart.ts";

/**
 * Where the records went: the run as a whole in a picture and in sums, where the rejections are, then a table by
 * entity and legal entity. `listed`: all rejected rows are in the list below.
 */
export function flowSection(summary: RunSummary, listed: boolean): Html {
  const total = totalFlow(summary.entities);
  const destination = destinationOf(summary);
  return html`<section aria-labelledby="flow-title">
    <h2 id="flow-title">Where the records went</h2>
    <div class="card flow">
      ${wholePicture(total, destination)}
      <div class="flow-sums">${flowBars(total, destination)}</div>
    </div>
    ${rejectedChart(summary, listed)}
    <h3 id="entities-title">By entity and company</h3>
    ${entityTable(summary.entities, { destination, listed })} ${rejectedCheck(summary, total)}
  </section> `;
}

function hereTerms(counts: FlowCounts, destination: Destination): FlowTerm[] {
  return [
    {
      kind: "sent",
      label: destination === "nowhere" ? "ready to send" : "sent to F&O",
      count: counts.packaged,
    },
    { kind: "filtered", label: "left out by a filter", count: counts.filtered },
    { kind: "here", label: "rejected before sending", count: counts.rejectedHere },
  ];
}

function thereTerms(counts: FlowCounts, destination: Destination): FlowTerm[] {
  if (destination === "nowhere" || counts.packaged === 0) return [];
  const refused = [
    { kind: "staging", label: "refused in staging", count: counts.rejectedStaging },
    { kind: "target", label: "refused in target", count: counts.rejectedTarget },
  ];
  if (destination === "staging") {
    const { staged, notProcessed } = stagedAndNot(counts);
    return [
      { kind: "updated", label: stagedWords, count: staged },
      ...refused,
      { kind: "unprocessed", label: "not processed", count: notProcessed },
    ];
  }
  return [
    { kind: "created", label: "created", count: counts.created },
    { kind: "updated", label: "updated", count: counts.updated },
    ...refused,
    { kind: "unprocessed", label: "not processed", count: counts.unprocessed },
  ];
}

function wholePicture(total: FlowCounts, destination: Destination): Html {
  if (total.read === 0) return html``;
  // Beside the picture there is no room for more; in full it stands in the sum below.
  const there = thereTerms(total, destination).map((term) =>
    term.label === stagedWords ? { ...term, label: "staged, not loaded" } : term,
  );
  return flowPicture(total.read, hereTerms(total, destination), there);
}

function flowBars(total: FlowCounts, destination: Destination): readonly Html[] {
  const bar = { of: total.read, verb: "read from your files", terms: hereTerms(total, destination) };
  const there = thereTerms(total, destination);
  if (there.length === 0) return [flowBar(bar)];
  return [flowBar(bar), flowBar({ of: total.packaged, verb: "sent to F&O", terms: there })];
}

/** A number as the sum of others, in words and as a bar; what would be missing for the sum to close is said. */
export function flowBar(bar: { of: number; verb: string; terms: readonly FlowTerm[] }): Html {
  const terms = bar.terms.map(
    (term, index) =>
      html`<li>
        <span class="sign" aria-hidden="true">${index === 0 ? "=" : "+"}</span>
        <span><b>${formatCount(term.count)}</b> <i class="swatch ${term.kind}"></i>${term.label}</span>
      </li> `,
  );
  const missing = bar.of - bar.terms.reduce((sum, term) => sum + term.count, 0);
  return html`<div class="flow-bar">
    <p class="flow-whole"><b>${formatCount(bar.of)}</b> ${bar.verb}</p>
    ${barPicture(bar.of, bar.terms)}
    <ul class="terms">
      ${terms}${missing === 0 ? [] : gapTerm(missing)}
    </ul>
  </div> `;
}

// What would be missing for the sum to close, so that a sum that does not close cannot be overlooked.
function gapTerm(missing: number): Html {
  return html`<li class="wrong-text">
    <span class="sign" aria-hidden="true">${missing > 0 ? "+" : "−"}</span>
    <span
      ><b>${formatCount(Math.abs(missing))}</b> ✗
      ${missing > 0 ? "not accounted for" : "counted too often"}</span
    >
  </li> `;
}

// Widths in thousandths. What is there at all is given at least three, so that nobody overlooks it.
function barPicture(whole: number, terms: readonly FlowTerm[]): Html {
  const seen = terms.filter((term) => term.count > 0);
  const sum = Math.max(
    whole,
    seen.reduce((all, term) => all + term.count, 0),
  );
  const wanted = seen.map((term) => Math.max(3, (1000 * term.count) / sum));
  const scale =
    1000 /
    Math.max(
      1000,
      wanted.reduce((all, width) => all + width, 0),
    );
  const pieces = barPieces(seen.map(({ kind }, index) => ({ kind, width: (wanted[index] ?? 0) * scale })));
  const spoken = seen.map((term) => `${term.label} ${formatShare(term.count, whole)}`).join(", ");
  return html`<svg
    class="bar"
    viewBox="0 0 1000 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="${spoken === "" ? "No records" : spoken}"
  >
    ${pieces}
  </svg>`;
}

// The third sum a reader wants to check: the rejected numbers above against the rows listed below.
function rejectedCheck(summary: RunSummary, total: FlowCounts): Html {
  const later = summary.entities.reduce(
    (sum, { secondPass }) => sum + (secondPass?.rejectedStaging ?? 0) + (secondPass?.rejectedTarget ?? 0),
    0,
  );
  const counted = total.rejectedHere + total.rejectedStaging + total.rejectedTarget + later;
  const listed = summary.rejections.total;
  if (counted === 0 && listed === 0) return html``;
  const sum = `${formatCount(total.rejectedHere)} rejected before sending + ${formatCount(total.rejectedStaging)} refused in staging + ${formatCount(total.rejectedTarget)} refused in target${later === 0 ? "" : ` + ${formatCount(later)} refused in the second pass`} = ${formatNoun(counted, "rejected record")}`;
  if (counted === listed) {
    return html`<p class="check-line">${sum}; each of them is listed below.</p>`;
  }
  const others =
    summary.rejections.unattributed === 0
      ? "The others cannot be accounted for."
      : "What F&O said of the others is listed under “Messages that fit no record”.";
  return html`<p class="check-line wrong-text">
    ${sum}, but ${formatNoun(listed, "rejected row")} could be found in the source.
    ${listed < counted ? others : ""}
  </p>`;
}
