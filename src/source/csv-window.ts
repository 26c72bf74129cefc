import { isUtf8 } from "node:buffer";
import { CsvError, parse } from "csv-parse/sync";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { CsvDialect } from "./csv-dialect.ts";
import { windows1252FromLatin1 } from "./text-encoding.ts";

/** One record as csv-parse found it in a window. */
export interface WindowRecord {
  readonly fields: readonly string[];
  /** Offset in the window just behind the record and its line end. */
  readonly end: number;
}

/** Why csv-parse stopped before the end of the window, at the record behind the last good one. */
export type QuoteTrouble =
  "text after a closing quote" | "quote inside an unquoted value" | "quote not closed";

export interface WindowResult {
  readonly records: readonly WindowRecord[];
  readonly trouble?: QuoteTrouble;
  /**
   * False when some byte of the window is no text in the encoding. The fields then hold one character a byte,
   * and `decodedFields` says record by record.
   */
  readonly decoded: boolean;
}

/**
 * Reads the records of a window: working bytes (one byte a character, or UTF-8; see csv-scanner.ts) that end
 * at a line end or at the end of the file. Pure; blank lines are no records. csv-parse counts bytes exactly
 * (observed with csv-parse 7: `info.bytes` is the offset behind the record's line end, blank lines included).
 */
export function parseWindow(window: Buffer, dialect: CsvDialect): WindowResult {
  const utf8 = workingCharset(dialect) === "utf8";
  const decoded = !utf8 || isUtf8(window);
  const records: WindowRecord[] = [];
  try {
    parse(window, {
      encoding: utf8 && decoded ? "utf8" : "latin1",
      delimiter: workingBytes(dialect.delimiter, dialect),
      quote: dialect.quote === "" ? null : workingBytes(dialect.quote, dialect),
      escape: dialect.quote === "" ? null : workingBytes(dialect.quote, dialect),
      record_delimiter: dialect.lineEnd === "\n" ? ["\r\n", "\n"] : ["\r"],
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (fields: string[], { bytes }) => {
        records.push({ fields, end: bytes });
        return null;
      },
    });
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    return { records, decoded, trouble: troubleOf(thrown) };
  }
  return { records, decoded };
}

/**
 * The fields as text, or undefined when a byte of the record is no text in the encoding. Only needed where the
 * window was not `decoded`, and for Windows-1252.
 */
export function decodedFields(fields: readonly string[], dialect: CsvDialect): readonly string[] | undefined {
  if (dialect.encoding === "iso-8859-1") return fields;
  const texts: string[] = [];
  for (const field of fields) {
    if (dialect.encoding === "windows-1252") {
      const text = windows1252FromLatin1(field);
      if (text.includes("\uFFFD")) return undefined;
      texts.push(text);
    } else {
      const bytes = Buffer.from(field, "latin1");
      if (!isUtf8(bytes)) return undefined;
      texts.push(bytes.toString("utf8"));
    }
  }
  return texts;
}

/** A text of the dialect as working bytes. */
export function workingBytes(text: string, dialect: CsvDialect): Buffer {
  return Buffer.from(text, workingCharset(dialect));
}

function workingCharset(dialect: CsvDialect): "latin1" | "utf8" {
  return dialect.encoding === "windows-1252" || dialect.encoding === "iso-8859-1" ? "latin1" : "utf8";
}

function troubleOf(error: CsvError): QuoteTrouble {
  // The second code is spelled without its prefix by csv-parse itself.
  const code: string = error.code;
  switch (code) {
    case "CSV_INVALID_CLOSING_QUOTE":
      return "text after a closing quote";
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_OPENING_QUOTE":
      return "quote inside an unquoted value";
    case "CSV_QUOTE_NOT_CLOSED":
      return "quote not closed";
    default:
      throw new DmfpipeError("DMFP-BUG", `csv-parse gave ${code}: ${error.message}`, { cause: error });
  }
}
