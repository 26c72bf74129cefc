import type { ColumnProfile } from "../../source/column-profile.ts";
import type { Lookup } from "../lookup.ts";

/** A lookup of the project with one key column and one result. */
export type KnownLookup = Pick<Lookup, "name" | "get">;

/** Shares of the records whose value the lookup has to know, and of the records whose value is known at all. */
const leastKnown = 0.9;

/**
 * The lookup that knows the values of a column, if there is one: of several, the one that knows most, then the
 * first by name. A column of one value is not enough to tell.
 */
export function fittingLookup(
  profile: ColumnProfile,
  lookups: readonly KnownLookup[],
): { readonly step: string; readonly remark: string } | undefined {
  const { examples } = profile;
  const seen = examples.reduce((sum, { count }) => sum + count, 0);
  // Of a column with thousands of different values, a few examples tell nothing.
  if (examples.length < 2 || seen < profile.filled * leastKnown) return undefined;
  let best: { readonly name: string; readonly records: number; readonly values: number } | undefined;
  for (const { name, get } of lookups) {
    const known = examples.filter(({ value }) => get(value.trim()) !== undefined);
    const records = known.reduce((sum, { count }) => sum + count, 0);
    if (known.length < 2 || records < seen * leastKnown || records <= (best?.records ?? 0)) continue;
    best = { name, records, values: known.length };
  }
  if (best === undefined) return undefined;
  const remark =
    best.values === examples.length
      ? `the lookup ${best.name} knows its values`
      : `the lookup ${best.name} knows ${best.values} of its ${examples.length} most frequent values`;
  return { step: `lookup(${best.name})`, remark };
}
