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

/** How the batches of a source are read. */
export interface BatchReading {
  /**
   * A batch counts only until the next one is asked for, whose records take its memory: for who looks at each record
   * once and reads many. Default: records may be kept.
   */
  readonly passing?: boolean;
}

/** A source that was opened: its columns are known, its records have not been read yet. */
export interface OpenSource {
  /**
   * CSV: the header, in file order. XML: the wanted paths, in the order asked for.
   */
  readonly columns: readonly string[];
  /**
   * The records, in batches (an array each, never empty) so that the cost of an await is shared.
   * Throws a DmfpipeError DMFP-SOURCE-INVALID when the rest of the source cannot be read at all.
   */
  batches(reading?: BatchReading): AsyncIterable<readonly SourceItem[]>;
  /**
   * Columns that no record had, once the latest `batches()` has come to its end: in XML an absent element and a
   * misspelt path look the same. Always empty for CSV, whose header says what there is.
   */
  neverSeen(): readonly string[];
}
