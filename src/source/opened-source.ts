import type { PassingRecords } from "./passing-records.ts";
import type { SourceItem } from "./source-record.ts";

/** A source that was opened: its columns are known, its records have not been read yet. */
export interface OpenSource {
  /**
   * CSV: the header, in file order. XML: the wanted paths, in the order asked for.
   */
  readonly columns: readonly string[];
  /** Of the file it is read from. */
  readonly sizeBytes: number;
  /**
   * The records, in batches (an array each, never empty) so that the cost of an await is shared.
   * Throws a DmfpipeError DMFP-SOURCE-INVALID when the rest of the source cannot be read at all.
   */
  batches(): AsyncIterable<readonly SourceItem[]>;
  /**
   * The same for who looks at each record once and reads many: what is in a batch counts until the next one is asked
   * for, which takes its memory, and records may come as PassingRecords.
   */
  passing(): AsyncIterable<readonly (SourceItem | PassingRecords)[]>;
  /**
   * Columns that no record had, once the latest `batches()` or `passing()` has come to its end: in XML an absent element and a
   * misspelt path look the same. Always empty for CSV, whose header says what there is.
   */
  neverSeen(): readonly string[];
}
