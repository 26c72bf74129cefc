import { isUtf8 } from "node:buffer";
import type { SourceEncoding } from "../../project/source-format.ts";
import type { CsvDialect } from "../../source/csv-dialect.ts";
import { parseWindow } from "../../source/csv-window.ts";
import { byteOrderMark, TextPieces } from "../../source/text-encoding.ts";
import { utf16Length, utf8OfUtf16 } from "../../source/utf16-transcoding.ts";
import { dataPlace, type DataContext } from "./data-judge.ts";
import { excerpt } from "./finding-log.ts";

/** What the beginning of a text file with columns says. */
export interface DelimitedHead {
  readonly dialect: CsvDialect;
  /** Names as written, without surrounding blanks. */
  readonly columns: readonly string[];
  /** The line the header ends on. */
  readonly headerLine: number;
  /** Lines in front of the header that should not be there, but for Excel's `sep=` line: 0 in a good file. */
  readonly blankLines: number;
  /** End of the header without its line end; offset in the file. */
  readonly headerEndByte: number;
  /** First byte behind the header's line end, and the line it stands on. */
  readonly endByte: number;
  readonly endLine: number;
}

const delimiters = [",", ";", "\t", "|", ":"] as const;
/** Larger records are not read: a quote was not closed. */
const maxRecordBytes = 4 * 1024 * 1024;

/**
 * Finds encoding, delimiter and header from the first bytes of a file, and names what does not fit its format; it goes
 * on with what the file really is, so that one mistake does not hide the others. Returns undefined when there is
 * nothing to read.
 */
export function readDelimitedHead(bytes: Buffer, context: DataContext): DelimitedHead | undefined {
  const { encoding, markBytes } = findEncoding(bytes, context);
  const working = workingText(bytes.subarray(markBytes), encoding);
  const dialect: CsvDialect = {
    encoding,
    delimiter: context.format.delimiter ?? ",",
    quote: '"',
    lineEnd: !working.includes(10) && working.includes(13) ? "\r" : "\n",
    startByte: markBytes,
    startLine: 1,
    maxRecordBytes,
  };
  const sepBytes = separatorLine(working, context);
  const body = working.subarray(sepBytes);
  const header = firstRecord(body, dialect);
  if (header === "quote") {
    context.log.add("DMFP-LINT-CSV-QUOTE", dataPlace(context, { line: 1 }), () => ({
      message: "The header cannot be taken apart: a quote is not closed or stands in the wrong place.",
    }));
    return undefined;
  }
  if (header === undefined) {
    context.log.add("DMFP-LINT-DATA-EMPTY", dataPlace(context), () => ({
      message: `${context.entry} has neither header nor records.`,
    }));
    return undefined;
  }
  const delimiter = findDelimiter(body.subarray(0, header.end), dialect, context);
  const found = delimiter === dialect.delimiter ? header : firstRecord(body, { ...dialect, delimiter });
  if (found === undefined || found === "quote") return undefined;
  const fileBytes = (end: number): number =>
    markBytes + (encoding.startsWith("utf-16") ? utf16Length(working, 0, sepBytes + end) : sepBytes + end);
  const lineFeed = dialect.lineEnd.charCodeAt(0);
  const linesBefore = count(working.toString("latin1", 0, sepBytes + found.end), dialect.lineEnd);
  const endsLine = body[found.end - 1] === lineFeed;
  return {
    dialect: { ...dialect, delimiter },
    columns: found.fields.map((field) => field.trim()),
    headerLine: endsLine ? linesBefore : linesBefore + 1,
    blankLines: count(/^(?:[ \t]*\r?\n)*/.exec(body.toString("latin1", 0, found.end))?.[0] ?? "", "\n"),
    headerEndByte: fileBytes(found.end - lineEndLength(body, found.end, lineFeed)),
    endByte: fileBytes(found.end),
    endLine: linesBefore + 1,
  };
}

function findEncoding(
  bytes: Buffer,
  context: DataContext,
): { readonly encoding: SourceEncoding; readonly markBytes: number } {
  const mark = byteOrderMark(bytes);
  const zero = bytes.subarray(0, 64).indexOf(0);
  const unmarked = zero === -1 ? undefined : zero % 2 === 1 ? "utf-16le" : "utf-16be";
  // The last few bytes may be half a character.
  const encoding = mark?.encoding ?? unmarked ?? (isUtf8(wholeUtf8(bytes)) ? "utf-8" : "windows-1252");
  const trouble = encodingTrouble({ encoding, marked: mark !== undefined }, context.format.encoding);
  if (trouble !== undefined) {
    context.log.add("DMFP-LINT-DATA-ENCODING", dataPlace(context, { line: 1 }), () => ({
      message: `${context.entry} is ${trouble}; ${context.entity.format} ${expected[context.format.encoding ?? "code page"]}.`,
    }));
  }
  return { encoding, markBytes: mark?.lengthBytes ?? 0 };
}

const expected = {
  "utf-16": "is UTF-16 LE with byte order mark",
  "utf-8": "says that it is UTF-8",
  "code page": "is read in single bytes",
};

function encodingTrouble(
  is: { readonly encoding: SourceEncoding; readonly marked: boolean },
  wanted: DataContext["format"]["encoding"],
): string | undefined {
  const name = is.encoding === "windows-1252" ? "in a code page of single bytes" : is.encoding.toUpperCase();
  switch (wanted) {
    case "utf-16":
      if (is.encoding !== "utf-16le") return name;
      return is.marked ? undefined : `${name} without byte order mark`;
    case "utf-8":
      return is.encoding === "utf-8" ? undefined : name;
    case "code page":
      return is.encoding.startsWith("utf-16") ? name : undefined;
    case undefined:
      return undefined;
  }
}

function wholeUtf8(bytes: Buffer): Buffer {
  return new TextPieces("utf-8").next(bytes).bytes;
}

/** UTF-16 as UTF-8, everything else as it is: what the CSV reader works on. */
function workingText(bytes: Buffer, encoding: SourceEncoding): Buffer {
  return encoding.startsWith("utf-16") ? utf8OfUtf16(new TextPieces(encoding).next(bytes).text) : bytes;
}

/** Length of Excel's `sep=` line, 0 where there is none. */
function separatorLine(working: Buffer, context: DataContext): number {
  const line = /^sep=[^\r\n](\r\n|\n|\r)/i.exec(working.toString("latin1", 0, 16))?.[0] ?? "";
  if (line !== "") {
    context.log.add("DMFP-LINT-CSV-SEP", dataPlace(context, { line: 1 }), () => ({
      message: `The first line is ${excerpt(line.trim())}.`,
    }));
  }
  return line.length;
}

/** The header; lines are added until it is complete, because a name may hold a quoted line break. */
function firstRecord(
  working: Buffer,
  dialect: CsvDialect,
): { readonly fields: readonly string[]; readonly end: number } | "quote" | undefined {
  let end = 0;
  while (end < working.length) {
    const next = working.indexOf(dialect.lineEnd, end, "latin1");
    end = next === -1 ? working.length : next + 1;
    const { records, trouble } = parseWindow(working.subarray(0, end), dialect);
    if (trouble === "quote not closed" && end < working.length) continue;
    if (trouble !== undefined) return "quote";
    const record = records[0];
    if (record === undefined || (record.fields.length === 1 && record.fields[0]?.trim() === "")) continue;
    return { fields: record.fields, end };
  }
  return undefined;
}

/**
 * The delimiter of the header: that of the format, unless another one finds more columns of the field map. Formats that
 * every environment has separate by commas, so there another one is a mistake.
 */
function findDelimiter(header: Buffer, dialect: CsvDialect, context: DataContext): string {
  const wanted = new Set(context.entity.maps.map(({ column }) => column.toUpperCase()));
  const found = (delimiter: string): number => {
    const record = firstRecord(header, { ...dialect, delimiter });
    if (record === undefined || record === "quote") return 0;
    return record.fields.filter((field) => wanted.has(field.trim().toUpperCase())).length;
  };
  let best = dialect.delimiter;
  for (const candidate of delimiters) if (found(candidate) > found(best)) best = candidate;
  if (best === dialect.delimiter || context.format.delimiter === undefined) return best;
  context.log.add("DMFP-LINT-CSV-DELIMITER", dataPlace(context, { line: 1 }), () => ({
    message: `The columns are separated by ${name(best)}; ${context.entity.format} separates by ${name(dialect.delimiter)}.`,
  }));
  return best;
}

function name(delimiter: string): string {
  return delimiter === "\t" ? "a tab" : `"${delimiter}"`;
}

function count(text: string, wanted: string): number {
  return text.split(wanted).length - 1;
}

function lineEndLength(bytes: Buffer, end: number, lineFeed: number): number {
  if (bytes[end - 1] !== lineFeed) return 0;
  return lineFeed === 10 && bytes[end - 2] === 13 ? 2 : 1;
}
