import { CsvScanner } from "../../src/source/csv-scanner.ts";
import type { PassingRecords } from "../../src/source/passing-records.ts";

/** The records of a CSV text, without a header, as they come when they pass: in one window if they are few. */
export function passingWindows(text: string, columns: readonly string[]): readonly PassingRecords[] {
  const dialect = {
    encoding: "utf-8",
    delimiter: ",",
    quote: '"',
    lineEnd: "\n",
    startByte: 0,
    startLine: 1,
    maxRecordBytes: 1000,
  } as const;
  const scanner = new CsvScanner({ file: "f", dialect, columns, fromByte: 0, fromLine: 1, passing: true });
  return [...scanner.windows(Buffer.from(text))].flat().map((records) => {
    if (records.kind !== "records") throw new Error("They do not pass.");
    return records;
  });
}
