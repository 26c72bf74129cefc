import { html, type Html } from "../report/html.ts";
import { formatCount, formatNoun } from "../report/number-words.ts";
import type { ReadinessRun } from "./readiness.ts";
import { dayWords } from "./trend-section.ts";

/** Runs in the chart; earlier ones are in the table. */
const shownRuns = 24;
const height = 220;
const slot = 56;
const bar = 36;
const margin = { top: 26, bottom: 40, left: 12 };

/** Open records after each run as bars, what was new or back again on top; the first run on the left. */
export function burnDown(runs: readonly ReadinessRun[]): Html {
  const shown = runs.slice(-shownRuns);
  const greatest = Math.max(1, ...shown.map(({ open }) => open));
  const width = Math.max(shown.length * slot, 4 * slot) + 2 * margin.left;
  const bars = shown.map((run, index) => {
    // In the first of all runs everything is new, which says nothing.
    const fresh = run === runs[0] ? 0 : run.new + run.backAgain;
    return runBar(run, { x: margin.left + index * slot, greatest, fresh });
  });
  const baseline = margin.top + height;
  const [first] = shown;
  const last = shown.at(-1);
  const spoken =
    first === undefined || last === undefined
      ? "No run"
      : `Open records after each of ${formatNoun(shown.length, "run")}: from ${formatCount(first.open)} to ${formatCount(last.open)}. The numbers are in the table of runs.`;
  return html`<div
      class="card scroll burn-down"
      role="region"
      aria-label="Chart of open records"
      tabindex="0"
    >
      <svg
        role="img"
        aria-label="${spoken}"
        viewBox="0 0 ${width} ${baseline + margin.bottom}"
        width="${width}"
        height="${baseline + margin.bottom}"
      >
        <line class="base" x1="0" x2="${width}" y1="${baseline}" y2="${baseline}"></line>
        ${bars}
      </svg>
    </div>
    <ul class="chart-key" aria-hidden="true">
      <li><i class="swatch open-bar"></i>open</li>
      <li><i class="swatch fresh-bar"></i>of these new or back again in that run</li>
      ${shown.length < runs.length ? html`<li class="quiet">The last ${formatCount(shown.length)} runs.</li>` : []}
    </ul> `;
}

function runBar(
  run: ReadinessRun,
  place: { readonly x: number; readonly greatest: number; readonly fresh: number },
): Html {
  const { x, greatest } = place;
  const scale = (count: number): number => Math.round((count / greatest) * height * 10) / 10;
  const whole = run.open === 0 ? 0 : Math.max(2, scale(run.open));
  const fresh = Math.min(whole, scale(place.fresh));
  const top = margin.top + height - whole;
  const middle = x + bar / 2 + (slot - bar) / 2;
  const left = x + (slot - bar) / 2;
  const title = `${run.run}, ${dayWords(run.finishedAt.slice(0, 10))}: ${formatCount(run.open)} open, ${formatCount(run.new)} new, ${formatCount(run.backAgain)} back again, ${formatCount(run.settled)} settled`;
  return html`<g>
    <title>${title}</title>
    <rect class="open-bar" x="${left}" y="${top + fresh}" width="${bar}" height="${whole - fresh}"></rect>
    <rect class="fresh-bar" x="${left}" y="${top}" width="${bar}" height="${fresh}"></rect>
    <text class="count" x="${middle}" y="${top - 7}">${formatCount(run.open)}</text>
    <text class="day" x="${middle}" y="${margin.top + height + 18}">${shortDay(run.finishedAt)}</text>
    ${run.resubmissionOf === undefined ? [] : html`<text class="day" x="${middle}" y="${margin.top + height + 34}">again</text>`}
  </g> `;
}

/** `2 Mar`. */
function shortDay(at: string): string {
  return dayWords(at.slice(0, 10)).replace(/ [0-9]+$/, "");
}

const spark = { width: 120, height: 26 };

/** The open records of one entity after each run, as a line without scale; its last number stands beside it. */
export function sparkline(counts: readonly number[]): Html {
  if (counts.length < 2) return html``;
  const greatest = Math.max(1, ...counts);
  const step = spark.width / (counts.length - 1);
  const points = counts.map((count, index) => {
    const y = spark.height - 2 - (count / greatest) * (spark.height - 4);
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  const spoken = `After each run: ${counts.slice(-12).map(formatCount).join(", ")}`;
  return html`<svg
    class="spark"
    role="img"
    aria-label="${spoken}"
    viewBox="-2 0 ${spark.width + 4} ${spark.height}"
    width="${spark.width + 4}"
    height="${spark.height}"
  >
    <title>${spoken}</title>
    <polyline points="${points.join(" ")}"></polyline>
  </svg> `;
}
