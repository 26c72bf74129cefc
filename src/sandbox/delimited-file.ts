import { createReadStream } from "node:fs";
import { parse, type CsvError } from "csv-parse";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import type { DelimitedFormat } from "./data-format.ts";
import { firstBytes } from "./first-bytes.ts";

/** What the first bytes of a delimited file tell. */
export interface DelimitedStart {
  readonly empty: boolean;
  /** Whether the bytes can be text in the format's encoding. */
  readonly encodingFits: boolean;
  /** How the first line ends. */
  readonly lineEnd: "crlf" | "lf" | "none";
  /** Whether the file begins with a blank line. */
  readonly blankStart: boolean;
  /** A file of another kind, by its first bytes. */
  readonly otherType: "excel" | "xml" | undefined;
}

/** Looks at the beginning of a delimited file. */
export async function inspectDelimited(path: string, format: DelimitedFormat): Promise<DelimitedStart> {
  const start = await firstBytes(path, 256 * 1024);
  if (start.length === 0) {
    return { empty: true, encodingFits: true, lineEnd: "none", blankStart: false, otherType: undefined };
  }
  const utf16 = start[0] === 0xff && start[1] === 0xfe;
  const encodingFits = format.encoding === "utf-16le" ? utf16 : !utf16;
  const text = new TextDecoder(utf16 ? "utf-16le" : "utf-8").decode(start);
  const firstBreak = /\r?\n/.exec(text);
  const lineEnd = firstBreak === null ? "none" : firstBreak[0] === "\r\n" ? "crlf" : "lf";
  const otherType = text.startsWith("PK\u0003\u0004") ? "excel" : text.startsWith("<") ? "xml" : undefined;
  return { empty: false, encodingFits, lineEnd, blankStart: firstBreak?.index === 0, otherType };
}

/** SSIS, which reads text files for F&O, cuts longer values (documented). */
const longestValue = 32_768;
const batchRows = 250;
const batchChars = 1024 * 1024;

/**
 * The rows of a delimited file, header first, each an array of values, some hundred at a time. Constant memory.
 * Throws DataFileUnreadable where the text cannot be split into rows at all.
 */
export async function* readDelimited(path: string, format: DelimitedFormat): AsyncGenerator<string[][]> {
  const bytes = createReadStream(path, { highWaterMark: 256 * 1024 });
  const parser = parse({
    delimiter: format.delimiter,
    record_delimiter: "\r\n",
    relax_column_count: true,
    // A row is at most what SSIS would take for a column, times a generous number of columns.
    max_record_size: 4 * 1024 * 1024,
  });
  const decoder = new TextDecoder(format.encoding, { fatal: true });
  bytes.on("error", (error) => parser.destroy(error));
  bytes.on("end", () => {
    try {
      parser.end(decoder.decode());
    } catch {
      parser.destroy(notText());
    }
  });
  bytes.on("data", (chunk) => {
    try {
      const text = decoder.decode(chunk as Buffer, { stream: true });
      if (!parser.write(text)) bytes.pause();
    } catch {
      parser.destroy(notText());
      bytes.destroy();
    }
  });
  parser.on("drain", () => bytes.resume());
  try {
    let batch: string[][] = [];
    let chars = 0;
    for await (const row of parser as AsyncIterable<string[]>) {
      batch.push(row.some(isTooLong) ? row.map((value) => value.slice(0, longestValue)) : row);
      for (const value of row) chars += value.length;
      if (batch.length < batchRows && chars < batchChars) continue;
      yield batch;
      batch = [];
      chars = 0;
    }
    if (batch.length > 0) yield batch;
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("CSV_")) {
      throw new DataFileUnreadable(
        "DMF2018",
        `The data of a column is not valid: ${(error as CsvError).message}`,
      );
    }
    throw error;
  } finally {
    bytes.destroy();
  }
}

function isTooLong(value: string): boolean {
  return value.length > longestValue;
}

function notText(): DataFileUnreadable {
  return new DataFileUnreadable("DMF1957", "Selected file is not Unicode");
}
