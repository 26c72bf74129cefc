import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { parse, type CsvError } from "csv-parse";

/** A delimited text format, as F&O's Source data formats define it. */
export interface DelimitedFormat {
  readonly name: string;
  readonly encoding: "utf-16le" | "utf-8";
  readonly delimiter: string;
}

/** What the first bytes of a data file tell. */
export interface DataFileStart {
  readonly empty: boolean;
  /** Whether the bytes can be text in the format's encoding. */
  readonly encodingFits: boolean;
  /** How the first line ends. */
  readonly lineEnd: "crlf" | "lf" | "none";
}

/** Reading a data file had to stop: nothing of it can be staged. */
export class DataFileUnreadable extends Error {
  override readonly name = "DataFileUnreadable";
  readonly code: string;

  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

/** Looks at the beginning of a data file. */
export async function inspectDataFile(path: string, format: DelimitedFormat): Promise<DataFileStart> {
  const start = await firstBytes(path, 256 * 1024);
  if (start.length === 0) return { empty: true, encodingFits: true, lineEnd: "none" };
  const utf16 = start[0] === 0xff && start[1] === 0xfe;
  const encodingFits = format.encoding === "utf-16le" ? utf16 : !utf16;
  const text = new TextDecoder(utf16 ? "utf-16le" : "utf-8").decode(start);
  const firstBreak = /\r?\n/.exec(text)?.[0];
  const lineEnd = firstBreak === undefined ? "none" : firstBreak === "\r\n" ? "crlf" : "lf";
  return { empty: false, encodingFits, lineEnd };
}

/**
 * The rows of a delimited file, header first, each an array of values. Constant memory. Throws DataFileUnreadable
 * where the text cannot be split into rows at all.
 */
export async function* readRows(path: string, format: DelimitedFormat): AsyncGenerator<string[]> {
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
    for await (const row of parser as AsyncIterable<string[]>) yield row;
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

function notText(): DataFileUnreadable {
  return new DataFileUnreadable("DMF1957", "Selected file is not Unicode");
}

async function firstBytes(path: string, limitBytes: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(limitBytes);
    const { bytesRead } = await file.read(buffer, 0, limitBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
