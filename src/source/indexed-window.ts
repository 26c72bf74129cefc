import { isAscii, isUtf8 } from "node:buffer";
import { ByteKernel, type CsvMarks } from "./byte-kernel.ts";
import { ByteRecord, type RecordBytes } from "./byte-record.ts";
import type { CsvDialect } from "./csv-dialect.ts";
import { workingBytes } from "./csv-window.ts";
import { FieldIndex } from "./field-index.ts";
import { firstInvalidByte } from "./text-encoding.ts";
import type { WindowReader, WindowRecords } from "./window-records.ts";

/**
 * The reader that stays on bytes, for dialects whose delimiter and quote are one byte each; undefined for others.
 * `passing`: the records of a window count until the next one is read.
 */
export function indexedWindow(dialect: CsvDialect, passing = false): WindowReader | undefined {
  const marks = marksOf(dialect);
  if (marks === undefined) return undefined;
  const { encoding } = dialect;
  const charset = encoding === "windows-1252" || encoding === "iso-8859-1" ? encoding : "utf-8";
  const asInFile = charset === encoding;
  const kernel = passing ? new ByteKernel() : undefined;
  return (window): WindowRecords => {
    const index = new FieldIndex(window, marks, kernel);
    const { bounds } = index;
    const shared: RecordBytes = { bytes: window, bounds, charset, quote: marks.quote, asInFile };
    const allText = charset === "utf-8" ? isUtf8(window) : isAscii(window);
    return {
      count: index.count,
      passing: kernel === undefined ? undefined : { ...shared, kernel, index },
      trouble: index.trouble,
      startOf: (record) => index.startOf(record),
      endOf: (record) => index.endOf(record),
      linesOf: (record) => index.linesOf(record),
      widthOf: (record) => index.widthOf(record),
      isText: (record) =>
        allText ||
        index.isAscii(record) ||
        firstInvalidByte(window.subarray(index.startOf(record), index.endOf(record)), charset) === -1,
      item: (record, position) =>
        new ByteRecord(position, shared, {
          firstField: index.firstFieldOf(record),
          width: index.widthOf(record),
          ascii: index.isAscii(record),
        }),
    };
  };
}

function marksOf(dialect: CsvDialect): CsvMarks | undefined {
  const delimiter = workingBytes(dialect.delimiter, dialect);
  const quote = workingBytes(dialect.quote, dialect);
  const lineEnd = dialect.lineEnd.charCodeAt(0);
  if (delimiter.length !== 1 || quote.length > 1) return undefined;
  const [delimiterByte = -1] = delimiter;
  const [quoteByte = -1] = quote;
  const different = new Set([delimiterByte, quoteByte, 10, 13]).size === 4;
  return different ? { delimiter: delimiterByte, quote: quoteByte, lineEnd } : undefined;
}
