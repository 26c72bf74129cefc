import type { Reason } from "../errors/reason.ts";

/** What belongs to the one record that is being mapped. */
export interface MappingRun {
  /** Names of the source's columns, aligned with the values. */
  readonly columns: readonly string[];
  readonly values: readonly string[];
  /** Number of the record among all records of the mapping's sources, 1-based. */
  readonly record: number;
  /** Every problem of the record is added here. */
  readonly reasons: Reason[];
}
