import { z } from "zod";

// Said at both places: which of them zod takes depends on the value.
const words = 'a number of records, or a share such as "5%"';

/** How many records may be rejected: a number of them, or a share of those read such as "5%". */
export const budgetShape = z.union(
  [z.number().int().nonnegative(words), z.string().regex(/^\d+(\.\d+)?\s*%$/, words)],
  words,
);

export type RejectionBudget = z.infer<typeof budgetShape>;
