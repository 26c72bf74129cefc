import type { CorrectedCell } from "./cell-comparison.ts";

/** A row of a file that somebody worked on. */
export interface CorrectedRow {
  /** As a spreadsheet numbers it: the header is row 1. */
  readonly row: number;
  /** Aligned with the columns of its table; what is missing at the end is empty. */
  readonly cells: readonly CorrectedCell[];
}

/** A table of such a file: all of a CSV file, a sheet of a workbook. */
export interface CorrectedTable {
  /** For people: the file, and the sheet where it is one of a workbook. */
  readonly name: string;
  /** What it is called itself: the file's name without folder and ending, the sheet's name. */
  readonly title: string;
  /** The names in its header, without blanks around them; empty where there is none. */
  readonly columns: readonly string[];
  /** Rows that are not all empty, to be read once and before the next table. */
  readonly rows: AsyncIterable<CorrectedRow>;
}

/** Whether a header is that of a file with rejected records. */
export function isRejectedHeader(columns: readonly string[]): boolean {
  const names = new Set(columns.map((name) => name.toLowerCase()));
  return names.has("_source_file") && names.has("_source_line");
}

/** The names of a header as they are compared. */
export function headerNames(cells: readonly string[]): string[] {
  return cells.map((name) => name.replaceAll(/[\u00A0\uFEFF]/g, " ").trim());
}

/** Whether there is something in a row. */
export function hasContent(cells: readonly CorrectedCell[]): boolean {
  return cells.some(({ text }) => text.trim() !== "");
}
