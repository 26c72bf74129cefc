import type { LedgerRun } from "../ledger/ledger-rows.ts";

/** Which runs are compared with each other. */
export interface TrendSeries {
  readonly project: string;
  readonly environment: string;
  /** Dry runs see less than loads do, and a load that ends in staging less than one that does not. */
  readonly kind: "check" | "load" | "staging";
}

/**
 * The series a run is part of; undefined for one that says too little: `build` does not look at references, and the dry
 * run of a resubmission looks at a few records, and without the environment.
 */
export function trendSeriesOf({
  project,
  environment,
  command,
  choices,
}: Pick<LedgerRun, "project" | "environment" | "command" | "choices">): TrendSeries | undefined {
  switch (command) {
    case "load":
    case "resubmit":
      return { project, environment, kind: choices.stagingOnly === true ? "staging" : "load" };
    case "check":
      return choices.resubmissionOf === undefined ? { project, environment, kind: "check" } : undefined;
    default:
      return undefined;
  }
}
