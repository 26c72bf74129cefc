import type { RejectionStage } from "./rejection.ts";

/**
 * The counts of one entity in one legal entity. Two equations hold when everything is accounted for:
 *
 *     read = filtered + rejectedHere + packaged
 *     packaged = rejectedStaging + created + updated + rejectedTarget + unprocessed
 *
 * Records that never got as far as a legal entity are counted under the legal entity "" (shown as "none").
 */
export interface EntitySummary {
  readonly entity: string;
  readonly legalEntity: string;
  readonly read: number;
  readonly filtered: number;
  /** Rejected by dmfpipe itself: stages source, mapping and validation. */
  readonly rejectedHere: number;
  readonly packaged: number;
  readonly staged: number;
  readonly rejectedStaging: number;
  readonly created: number;
  readonly updated: number;
  readonly rejectedTarget: number;
  /** Packaged, but F&O did not get to it: its package failed as a whole, or an earlier entity did. */
  readonly unprocessed: number;
  readonly balanced: boolean;
  /** Sums declared by the mapping (`controlTotals`), by name, as decimal texts; empty where none are. */
  readonly controlTotals: Readonly<Record<string, string>>;
}

export interface PackageSummary {
  readonly key: string;
  /** Relative to the run's folder. */
  readonly file: string;
  readonly entity: string;
  readonly legalEntity: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly records: number;
  readonly executionId: string;
  readonly status: string;
  /** F&O's own last word, for example `PartiallySucceeded`. */
  readonly environmentStatus?: string;
  /** Why the package as a whole failed, where it did. */
  readonly message?: string;
}

/** Whether all went well, in one word. */
export type RunStatus =
  | "succeeded"
  | "finished with rejections"
  | "failed"
  | "in doubt"
  | "interrupted"
  | "unbalanced"
  | "stopped by the error budget"
  | "nothing to do";

/** `summary.json`, part of the contract. */
export interface RunSummary {
  readonly run: string;
  readonly project: string;
  readonly environment: string;
  readonly command: string;
  readonly status: RunStatus;
  readonly exitCode: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly balanced: boolean;
  readonly entities: readonly EntitySummary[];
  readonly packages: readonly PackageSummary[];
  readonly rejections: {
    readonly total: number;
    readonly byStage: Readonly<Record<RejectionStage, number>>;
    /** Number of records that have a reason of this code; a record may count under several codes. */
    readonly byCode: Readonly<Record<string, number>>;
    readonly unattributed: number;
  };
}
