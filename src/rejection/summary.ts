import type { CauseOverview } from "./causes/cause.ts";
import type { RejectionStage } from "./rejection.ts";
import type { TrendSummary } from "./trend/trend-summary.ts";

/**
 * The counts of the second pass of one entity in one legal entity. Its records are among those of the first pass, and
 * counted there; here it is counted what became of their held-back fields:
 *
 *     records = rejectedStaging + created + updated + rejectedTarget + unprocessed
 */
export interface SecondPassSummary {
  /** Packaged records of the first pass that have held-back fields. */
  readonly records: number;
  readonly staged: number;
  /** In F&O since the first pass, but without the held-back fields; so are those of rejectedTarget. */
  readonly rejectedStaging: number;
  /** The record had vanished in between: F&O made it anew, with no more than the second pass carries. */
  readonly created: number;
  readonly updated: number;
  readonly rejectedTarget: number;
  /** Not sent, because F&O did not take the record in the first pass or something else failed before. */
  readonly unprocessed: number;
}

/**
 * The counts of one entity in one legal entity. Two equations hold when everything is accounted for:
 *
 *     read = filtered + rejectedHere + packaged
 *     packaged = rejectedStaging + created + updated + rejectedTarget + unprocessed
 *
 * A record that is loaded in two passes is counted once, for the first; `secondPass` counts the second by itself.
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
  /** What the sender declared, as decimal texts: `records` and control totals. Absent where nothing was. */
  readonly declared?: Readonly<Record<string, string>>;
  /** Absent where no record has fields that were held back. */
  readonly secondPass?: SecondPassSummary;
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
  /** 2: it fills the held-back fields of records that are in F&O already. Absent: the first pass. */
  readonly pass?: 2;
  readonly executionId: string;
  readonly status: string;
  /** F&O's own last word, for example `PartiallySucceeded`. */
  readonly environmentStatus?: string;
  /** Why the package as a whole failed, where it did. */
  readonly message?: string;
  /** What F&O's error channels answered, untouched; absent where they were not asked. */
  readonly errorFiles?: readonly ErrorFileSummary[];
}

/** A file in which an answer of F&O's error channels is kept as it came. */
export interface ErrorFileSummary {
  readonly channel: "staging error file" | "target error keys" | "execution errors";
  /** DMF label; absent: it is about the whole execution. */
  readonly entity?: string;
  /** Relative to the run's folder. */
  readonly file: string;
  /** How it was read, in words, or why it could not be. */
  readonly layout: string;
}

/** Why nothing that was read may be sent, beyond what is wrong with single records. */
export interface RunObjection {
  readonly code: "DMFP-SOURCE-DECLARED" | "DMFP-ERROR-BUDGET";
  /** DMF label; absent: it is about the whole load. */
  readonly entity?: string;
  /** A whole sentence. */
  readonly message: string;
}

/** What `check` held references against, and how old it was then. */
export interface SnapshotSummary {
  /** DMF label. */
  readonly entity: string;
  readonly records: number;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  /** Its age when it was used, in words: `4 days old`. */
  readonly age: string;
  /** Older than limits.snapshotDays of project.yaml. */
  readonly stale: boolean;
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
  | "abandoned"
  | "nothing to do";

/** The rejections of one owner. */
export interface StewardSummary {
  /** As project.yaml names it, or `Unassigned`. */
  readonly owner: string;
  readonly name?: string;
  readonly email?: string;
  readonly records: number;
  /** The owner's pack, relative to the run's folder. */
  readonly folder: string;
}

/** `summary.json`, part of the contract. */
export interface RunSummary {
  readonly run: string;
  readonly project: string;
  readonly environment: string;
  readonly command: string;
  /** The load whose rejected records were loaded again. */
  readonly resubmissionOf?: string;
  /** Nothing was meant to go further than F&O's staging tables: there, `staged` records are, and all are unprocessed. */
  readonly stagingOnly?: true;
  readonly status: RunStatus;
  readonly exitCode: number;
  /** Not in summary.json: this is of a part of the run's rejections, and all counts are of that part alone. */
  readonly part?: { readonly name: string; /** Rejected records of the whole run. */ readonly of: number };
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
    /** What they go back to, the 20 causes with most records; absent where each was rejected for a reason of its own. */
    readonly causes?: CauseOverview;
    /** Messages of F&O that mappings/messages.yaml declares to be harmless and that explain no rejection; absent: none. */
    readonly noise?: number;
    readonly unattributed: number;
    /** What changed since the last run of the same kind; absent for runs that are compared with none. */
    readonly trend?: TrendSummary;
  };
  /** Owners that have rejections; every rejected record has one. Absent where project.yaml names no stewards. */
  readonly stewards?: readonly StewardSummary[];
  /** The run wrote no report.xlsx, because it has more rejected records than reports.excelRecords, this number. */
  readonly excelLeftOut?: number;
  /** Only of `check`, and only of what the mappings refer to. */
  readonly snapshots?: readonly SnapshotSummary[];
  /** Labels of entities the mappings refer to of which `check` had no snapshot: what the environment has is not known. */
  readonly withoutSnapshot?: readonly string[];
  /** What stopped a load, or would stop one after a dry run; absent where nothing does. */
  readonly objections?: readonly RunObjection[];
}
