import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { isUtf16, type CsvDialect } from "./csv-dialect.ts";
import { decodedFields, parseWindow } from "./csv-window.ts";
import { TextPieces } from "./text-encoding.ts";
import { utf16Length, utf8OfUtf16 } from "./utf16-transcoding.ts";

export interface CsvHeader {
  /** Names of the columns in file order, without surrounding blanks. */
  readonly columns: readonly string[];
  /** Offset in the file of the first byte behind the header and its line end. */
  readonly endByte: number;
  /** Line on which that byte stands, 1-based. */
  readonly endLine: number;
}

/**
 * Reads the header from the first bytes of a file. Throws DMFP-SOURCE-EMPTY when there is nothing but blank
 * lines, DMFP-SOURCE-HEADER when a name is missing or comes twice, DMFP-SOURCE-INVALID when the header is no
 * text in the encoding.
 */
export function csvHeader(head: Buffer, dialect: CsvDialect, name: string): CsvHeader {
  const bytes = head.subarray(dialect.startByte);
  const utf16 = isUtf16(dialect);
  const working = utf16 ? utf8OfUtf16(new TextPieces(dialect.encoding).next(bytes).text) : bytes;
  const found = firstRecord(working, dialect, name);
  const lineEnd = dialect.lineEnd.charCodeAt(0);
  const before = working.subarray(0, found.end);
  const lines = before.reduce((count, byte) => (byte === lineEnd ? count + 1 : count), 0);
  return {
    columns: checkedNames(found.fields, { dialect, name, line: dialect.startLine }),
    endByte: dialect.startByte + (utf16 ? utf16Length(working, 0, found.end) : found.end),
    endLine: dialect.startLine + lines,
  };
}

/**
 * The first record that is not blank. It is looked for in the first line, then in twice as much each time, because a name
 * may hold quoted line breaks, and blank lines may stand before it.
 */
function firstRecord(
  working: Buffer,
  dialect: CsvDialect,
  name: string,
): { fields: readonly string[]; end: number } {
  const at = { file: name, line: dialect.startLine };
  let looked = 0;
  while (looked < working.length) {
    const next = working.indexOf(dialect.lineEnd, looked * 2, "latin1");
    looked = next === -1 ? working.length : next + 1;
    const { records, trouble, decoded } = parseWindow(working.subarray(0, looked), dialect);
    const record = records.find(({ fields }) => fields.length > 1 || fields[0]?.trim() !== "");
    if (record === undefined) {
      if (trouble === undefined || (trouble === "quote not closed" && looked < working.length)) continue;
      throw new DmfpipeError(
        "DMFP-SOURCE-HEADER",
        `The header of ${name} cannot be taken apart: ${trouble}.`,
        { at },
      );
    }
    const plain = decoded && dialect.encoding !== "windows-1252";
    const fields = plain ? record.fields : decodedFields(record.fields, dialect);
    if (fields === undefined) {
      throw new DmfpipeError("DMFP-SOURCE-INVALID", `The header of ${name} is no ${dialect.encoding} text.`, {
        at,
        next: `Write the right encoding under source in the mapping, for example ${other(dialect)}.`,
      });
    }
    return { fields, end: record.end };
  }
  throw new DmfpipeError("DMFP-SOURCE-EMPTY", `${name} is empty: it has not even a header.`, {
    at: { file: name },
  });
}

function other(dialect: CsvDialect): string {
  return dialect.encoding === "windows-1252" ? "utf-8" : "windows-1252";
}

interface HeaderPlace {
  readonly dialect: CsvDialect;
  readonly name: string;
  readonly line: number;
}

function checkedNames(fields: readonly string[], place: HeaderPlace): readonly string[] {
  const at = { file: place.name, line: place.line };
  const columnOf = new Map<string, number>();
  return fields.map((field, index) => {
    const column = field.trim();
    if (column === "") {
      const last =
        index === fields.length - 1 ? ` (the header ends with a "${place.dialect.delimiter}")` : "";
      throw new DmfpipeError(
        "DMFP-SOURCE-HEADER",
        `The header of ${place.name} has no name for column ${index + 1} of ${fields.length}${last}.`,
        { at },
      );
    }
    const first = columnOf.get(column);
    if (first !== undefined) {
      throw new DmfpipeError(
        "DMFP-SOURCE-HEADER",
        `The header of ${place.name} has the name ${column} twice: columns ${first} and ${index + 1}.`,
        { at },
      );
    }
    columnOf.set(column, index + 1);
    return column;
  });
}
