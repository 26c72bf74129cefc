import type { QuoteTrouble } from "./csv-window.ts";
import type { PassingWindow } from "./passing-records.ts";
import type { SourcePosition, SourceRecord } from "./source-record.ts";

/**
 * The whole records of a window (see csv-scanner.ts), numbered from 0, up to its end or to the first trouble. Two
 * readers make it: one that only finds out where the fields stand, for the ordinary dialects, and csv-parse for all
 * others. Which of them it was makes no difference to anybody; a property test holds them equal.
 */
export interface WindowRecords {
  readonly count: number;
  /** Why the record behind the last whole one could not be read. */
  readonly trouble: QuoteTrouble | undefined;
  /** Offset of the record's first byte in the window. */
  startOf(record: number): number;
  /** Offset just behind the record and its line end. */
  endOf(record: number): number;
  /** Line ends from the record's first byte to that offset. */
  linesOf(record: number): number;
  /** How many fields it has. */
  widthOf(record: number): number;
  /** Whether all its bytes are text in the encoding. */
  isText(record: number): boolean;
  /** The record itself; only for one that is text. */
  item(record: number, position: SourcePosition): SourceRecord;
  /** Where the records count until the next window, and need not be made one by one. */
  readonly passing?: PassingWindow | undefined;
}

/** Takes a window apart. */
export type WindowReader = (window: Buffer) => WindowRecords;
