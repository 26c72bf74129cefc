import type { ColumnProfile } from "../../source/column-profile.ts";
import { knownColumn } from "./column-synonyms.ts";
import { columnText } from "./expression-writing.ts";

/** A condition that leaves records out which the source says are gone. */
export interface ProposedWhere {
  readonly column: string;
  readonly condition: string;
  /** Why, in plain words. */
  readonly reason: string;
}

/**
 * A condition on a column that marks deleted records, where the source has one. It stands in the mapping as a
 * comment: whether deleted records are loaded is for people to say.
 */
export function proposeWhere(profiles: readonly ColumnProfile[]): ProposedWhere | undefined {
  for (const profile of profiles) {
    const known = knownColumn(profile.name);
    const column = columnText(profile.name);
    if (known?.name !== "deletionMark" || column === undefined) continue;
    const called = `${known.called ?? profile.name}: ${known.meaning.words}`;
    // 0 and 1, or true and false, stand in every record; a mark stands in some.
    const everywhere = profile.filled > 0 && profile.filled === profile.records;
    if (everywhere && profile.fits.yesNo === profile.filled) {
      return { column: profile.name, condition: `${column} | yesNo != "Yes"`, reason: called };
    }
    const marked = profile.filled.toLocaleString("en-US");
    const reason = `${called}, filled in ${marked} records`;
    return { column: profile.name, condition: `${column} is empty`, reason };
  }
  return undefined;
}
