import { axColumns } from "./ax-columns.ts";
import { baanColumns } from "./baan-columns.ts";
import { businessCentralColumns } from "./business-central-columns.ts";
import type { Meaning } from "./meaning.ts";
import { meanings, type MeaningName } from "./meanings.ts";
import { lastStep, nameKey, pathSteps } from "./name-words.ts";
import { plainColumns } from "./plain-columns.ts";
import { sapColumns } from "./sap-columns.ts";

/** What a column is known to be, by its name alone. */
export interface KnownColumn {
  readonly name: MeaningName;
  readonly meaning: Meaning;
  /** For people: `SAP LIFNR`, `AX DlvMode`; undefined for ordinary words. */
  readonly called?: string;
  /** How sure the name is, from 0 to 1. */
  readonly certainty: number;
}

/** SAP's and Baan's names are no words of any language, so they come first; AX's and NAV's often are, so they come last. */
const lists = [
  {
    system: "SAP",
    columns: sapColumns,
    certainty: 0.95,
    prefix: /^(?:[A-Z][A-Z0-9]{2,4}[-.]|(?:LF|KN|MA|VB|EK)[A-Z0-9]{2}_)/i,
  },
  { system: "Baan", columns: baanColumns, certainty: 0.9, prefix: /^t[a-z]{4}\d{3}[-._]/i },
  { system: undefined, columns: plainColumns, certainty: 0.88, prefix: undefined },
  { system: "AX", columns: axColumns, certainty: 0.92, prefix: /^[A-Za-z]+Table[-._]/ },
  { system: "Business Central", columns: businessCentralColumns, certainty: 0.92, prefix: undefined },
] as const;

const tables = lists.map((list) => ({
  ...list,
  byKey: new Map(
    Object.entries<MeaningName>(list.columns).map(([name, meaning]) => [nameKey(name), { name, meaning }]),
  ),
}));

/** How many names of columns the lists know. */
export const synonymCount = tables.reduce((count, { byKey }) => count + byKey.size, 0);

/**
 * What the lists say of a column: by its whole name, by the name without the table before it (`LFA1-LIFNR`), and
 * of an XML path by its last step, or its last two (`Group/@code`). Undefined where no list knows it.
 */
export function knownColumn(column: string): KnownColumn | undefined {
  const steps = pathSteps(column);
  const names = [...new Set([steps.slice(-2).join(""), lastStep(column)])];
  for (const { system, byKey, certainty, prefix } of tables) {
    for (const name of names) {
      const without = prefix === undefined ? name : name.replace(prefix, "");
      const found = byKey.get(nameKey(name)) ?? byKey.get(nameKey(without));
      if (found === undefined) continue;
      // The code of something inside the record is not the record's own.
      if (found.meaning === "ownKey" && steps.length > 1) continue;
      return {
        name: found.meaning,
        meaning: meanings[found.meaning],
        ...(system === undefined ? {} : { called: `${system} ${found.name}` }),
        certainty,
      };
    }
  }
  return undefined;
}
