import type { EntitySummary, RunSummary } from "../summary.ts";
import { barPieces } from "./bar-pieces.ts";
import { html, type Html } from "./html.ts";
import { formatCount } from "./number-words.ts";

const shownPlaces = 15;

interface Place {
  readonly entity: string;
  readonly legalEntity: string;
  readonly here: number;
  readonly staging: number;
  readonly target: number;
  readonly sum: number;
}

/**
 * Where the rejections are: a bar per entity and legal entity, the longest first, parted by who refused the records.
 * Each leads to its rows (`listed`: all rows are in the list, so that the numbers are the same there).
 */
export function rejectedChart(summary: RunSummary, listed: boolean): Html {
  const places = summary.entities
    .map(placeOf)
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum);
  if (places.length < 2) return html``;
  const longest = places[0]?.sum ?? 1;
  const rows = places.slice(0, shownPlaces).map((place) => placeRow(place, longest, listed));
  const others = places.slice(shownPlaces);
  const rest = others.reduce((sum, place) => sum + place.sum, 0);
  const more =
    others.length === 0
      ? []
      : html`<li class="quiet">
          and ${formatCount(rest)} in ${formatCount(others.length)} others, in the table below
        </li>`;
  return html`<div class="rejected-chart">
    <h3 id="places-title">Where the rejections are</h3>
    <ul class="chart-key" aria-hidden="true">
      <li><i class="swatch here"></i>rejected before sending</li>
      <li><i class="swatch staging"></i>refused in staging</li>
      <li><i class="swatch target"></i>refused in target</li>
    </ul>
    <ul class="card places" aria-labelledby="places-title">
      ${rows}${more}
    </ul>
  </div> `;
}

// What the second pass refused is refused like the rest.
function placeOf(entity: EntitySummary): Place {
  const { legalEntity, rejectedHere: here, secondPass } = entity;
  const staging = entity.rejectedStaging + (secondPass?.rejectedStaging ?? 0);
  const target = entity.rejectedTarget + (secondPass?.rejectedTarget ?? 0);
  return { entity: entity.entity, legalEntity, here, staging, target, sum: here + staging + target };
}

function placeRow(place: Place, longest: number, listed: boolean): Html {
  const { entity, legalEntity, sum } = place;
  const name = legalEntity === "" ? `${entity} · no company` : `${entity} · ${legalEntity}`;
  const address = `#${new URLSearchParams({ entity, company: legalEntity }).toString()}`;
  const parts = [
    { kind: "here", count: place.here, words: "before sending" },
    { kind: "staging", count: place.staging, words: "in staging" },
    { kind: "target", count: place.target, words: "in target" },
  ].filter(({ count }) => count > 0);
  const pieces = barPieces(
    parts.map(({ kind, count }) => ({ kind, width: Math.max(2, (1000 * count) / longest) })),
  );
  const spoken = parts.map(({ count, words }) => `${formatCount(count)} ${words}`).join(", ");
  return html`<li>
    ${listed ? html`<a href="${address}">${name}</a>` : html`<span>${name}</span>`}
    <b class="num">${formatCount(sum)}</b>
    <svg class="bar" viewBox="0 0 1010 10" preserveAspectRatio="none" role="img" aria-label="${spoken}">
      ${pieces}
    </svg>
  </li> `;
}
