import type { Reason } from "../errors/reason.ts";

/** The record goes into a package. */
export interface MappedRecord {
  readonly kind: "mapped";
  /** Company code, upper case, 1 to 4 characters. */
  readonly legalEntity: string;
  /**
   * Values in canonical form, aligned with the target fields of the mapping:
   * text as it is; decimals `-1234.5` (point, no grouping); dates `2011-01-31`, date-times `2011-01-31T10:20:30`;
   * enums by symbol name. The package room turns them into what its format wants.
   */
  readonly values: readonly string[];
}

/** The mapping's `where` left the record out. */
export interface FilteredRecord {
  readonly kind: "filtered";
  /** As far as it is known, so that the record is counted where it belongs. */
  readonly legalEntity?: string;
}

/** The record cannot be mapped; every problem is listed, not only the first. */
export interface UnmappableRecord {
  readonly kind: "rejected";
  readonly reasons: readonly Reason[];
  /** As far as it is known. */
  readonly legalEntity?: string;
  /** What could be mapped, aligned with the target fields; empty where a step failed. */
  readonly values: readonly string[];
}

export type MapResult = MappedRecord | FilteredRecord | UnmappableRecord;
