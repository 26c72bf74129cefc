import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { BuildCounts } from "./ledger.ts";

/**
 * Stops a load in which more records were rejected than `limits.rejections` allows, before anything is sent:
 * a source that is wrong as a whole (a shifted column, another encoding) should not reach F&O in part.
 *
 * @param budget a number of records, or a share of those read such as "5%"; absent: no limit
 */
export function assertWithinBudget(
  budget: number | string | undefined,
  counts: readonly BuildCounts[],
): void {
  if (budget === undefined) return;
  const read = counts.reduce((sum, count) => sum + count.read, 0);
  const rejected = counts.reduce((sum, count) => sum + count.rejectedHere, 0);
  if (isWithin(budget, rejected, read)) return;
  throw new DmfpipeError(
    "DMFP-ERROR-BUDGET",
    `${rejected} of ${read} records were rejected; limits.rejections allows ${budget}. Nothing was sent.`,
  );
}

/** In whole numbers: 0.57 % of 10,000 are 57 records, and not 56.99999999999999. */
function isWithin(budget: number | string, rejected: number, read: number): boolean {
  if (typeof budget === "number") return rejected <= budget;
  const [whole = "0", fraction = ""] = budget.replace("%", "").trim().split(".");
  return BigInt(rejected) * 100n * 10n ** BigInt(fraction.length) <= BigInt(read) * BigInt(whole + fraction);
}
