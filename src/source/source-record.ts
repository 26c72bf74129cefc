import type { Reason } from "../errors/reason.ts";

/** Where a record stands in its source. */
export interface SourcePosition {
  /** The file's path as the project names it (relative to the project's root). */
  readonly file: string;
  /** Line on which the record begins, 1-based, as an editor counts (the header is a line too). */
  readonly line: number;
  /** Number of the record in its file, 1-based, the header not counted. */
  readonly record: number;
  /** Offset of the record's first byte in the file, in bytes, a byte order mark included. */
  readonly byteOffset: number;
  /** Length of the record in bytes, its line end not counted. */
  readonly byteLength: number;
}

/**
 * One record as the source holds it. `values` is aligned with the columns of the open source; a column the
 * record does not have (an absent XML element) is the empty string.
 */
export interface SourceRecord {
  readonly kind: "record";
  readonly position: SourcePosition;
  readonly values: readonly string[];
}

/** A stretch of the source that is no readable record. It is counted as read, and rejected. */
export interface UnreadableRecord {
  readonly kind: "unreadable";
  readonly position: SourcePosition;
  readonly reasons: readonly Reason[];
}

export type SourceItem = SourceRecord | UnreadableRecord;
