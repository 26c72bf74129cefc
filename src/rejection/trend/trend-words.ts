import { formatCount } from "../report/number-words.ts";
import type { TrendCounts } from "./trend-summary.ts";

/** `12 new, 3 for another reason, 35 known, 1 back again`: what is rejected now, as far as there is any. */
export function openWords(counts: TrendCounts): string {
  return words([
    [counts.new, "new"],
    [counts.changed, "for another reason than before"],
    [counts.known, "known"],
    [counts.backAgain, "back again"],
  ]);
}

/** `9 fixed, 2 no longer in the extract, 4 not looked at`: what became of the others that were open before. */
export function settledWords(counts: TrendCounts): string {
  return words([
    [counts.fixed, "fixed"],
    [counts.gone, "no longer in the extract"],
    [counts.fixedOrGone, "fixed or no longer in the extract"],
    [counts.notSeen, "not looked at by this run"],
  ]);
}

function words(parts: readonly (readonly [number, string])[]): string {
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`)
    .join(", ");
}
