import { partyMeanings } from "./party-meanings.ts";
import { tradeMeanings } from "./trade-meanings.ts";

/**
 * The meanings that synonyms lead to. Some have no field: a person who does not know the ERP still learns what
 * the column is.
 */
export const meanings = { ...partyMeanings, ...tradeMeanings } as const;

export type MeaningName = keyof typeof meanings;
