import type { JobDetail } from "../../environment/job-details.ts";
import type { PartCounts } from "../ledger/ledger-rows.ts";

/*
 * A load that goes no further than F&O's staging tables (ImportFromPackage with execute: false) is judged by the same
 * rules as any other, with what arrived in staging in the place of what arrived in the target.
 */

/** F&O's counts with what was staged as what was loaded. The target step did not take place, so it says nothing. */
export function stagedAsLoaded(details: readonly JobDetail[]): readonly JobDetail[] {
  return details.map((detail) => ({ ...detail, targetStatus: "", created: detail.staged, updated: 0 }));
}

/** The counts of a package of such a load: what is in staging only has not been processed. */
export function notLoaded(counts: PartCounts): PartCounts {
  const { created, updated, unprocessed } = counts;
  return { ...counts, created: 0, updated: 0, unprocessed: unprocessed + created + updated };
}
