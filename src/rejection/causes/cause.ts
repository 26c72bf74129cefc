import type { Reason } from "../../errors/reason.ts";

/**
 * What a cause is: `rejected`, a record of this load that was rejected itself; `missing`, a record of an entity that is
 * loaded, but this one is not among its records; `set-up`, something of F&O that is not part of this load.
 */
export type CauseKind = "rejected" | "missing" | "set-up";

/** One record, there or not, because of which other records were rejected. */
export interface Cause {
  readonly kind: CauseKind;
  /** DMF label, or the table as F&O names it. */
  readonly entity: string;
  /** Absent for what belongs to no single company. */
  readonly legalEntity?: string;
  /** Its key as text; absent where the numbers are of many together. */
  readonly key?: string;
  /** Rejected records that go back to it; a rejected cause counts itself. */
  readonly records: number;
  /** Those that refer to it themselves, rather than to a record that does. */
  readonly direct: number;
  /** Its consequences (and itself) by entity, most first. */
  readonly entities: readonly { readonly entity: string; readonly records: number }[];
  /** Why it was rejected itself. */
  readonly reason?: Pick<Reason, "code" | "message" | "fix">;
  /** Where a rejected one stands. */
  readonly file?: string;
  readonly line?: number;
}

/** All causes of one kind and entity. */
export interface CauseGroup {
  readonly kind: CauseKind;
  readonly entity: string;
  readonly causes: number;
  /** Some causes were too many to tell apart: there are more than `causes`. */
  readonly atLeast?: true;
  readonly records: number;
}

/**
 * What all rejections of a run go back to. Every rejected record is counted once, by its first reason:
 * `total = own + the records of all groups`.
 */
export interface CauseOverview {
  readonly total: number;
  /** Rejected for a reason of their own, and nothing was rejected because of them. */
  readonly own: number;
  /** Most records first. */
  readonly groups: readonly CauseGroup[];
  /** The causes with most records. */
  readonly top: readonly Cause[];
  /** Causes that are not listed, and their records. */
  readonly others: { readonly causes: number; readonly records: number };
  /** Rejected records too many to be looked up: what refers to them may be called missing. Mostly 0. */
  readonly unfollowed: number;
}
