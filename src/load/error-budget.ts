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
  const allowed = typeof budget === "number" ? budget : (read * Number.parseFloat(budget)) / 100;
  if (rejected <= allowed) return;
  throw new DmfpipeError(
    "DMFP-ERROR-BUDGET",
    `${rejected} of ${read} records were rejected; limits.rejections allows ${budget}. Nothing was sent.`,
  );
}
