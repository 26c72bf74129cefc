import type { TrendCounts, TrendSummary } from "../rejection/trend/trend-summary.ts";
import { openWords, settledWords } from "../rejection/trend/trend-words.ts";

function nothing({ open }: TrendCounts): string {
  return open === 0 ? "nothing is rejected any more" : "none of what this run looked at is rejected";
}

/** What changed since the last run of the same kind, in a line or two; none where there is nothing to compare with. */
export function trendLines(trend: TrendSummary | undefined): string[] {
  if (trend?.since === undefined) return [];
  const { since, records } = trend;
  if (records.before + records.open === 0) return [];
  const open = openWords(records);
  const settled = settledWords(records);
  const lines = [`  since ${since.run}: ${open === "" ? nothing(records) : open}`];
  if (settled !== "") lines.push(`    of those open before: ${settled}`);
  return lines;
}
