import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { SourceFormat } from "../project/source-format.ts";
import { csvDialect, type CsvDialect } from "./csv-dialect.ts";
import { csvHeader, type CsvHeader } from "./csv-header.ts";
import { CsvScanner, singleItems, type ScannedItem } from "./csv-scanner.ts";
import { inBatches } from "./item-batches.ts";
import type { SourceFile } from "./source-file.ts";
import type { OpenSource } from "./opened-source.ts";

/** The header has to end within the first MiB. */
const headBytes = 1024 * 1024;
/** Hardly any goes on behind these. */
const usualHeadBytes = 64 * 1024;

/**
 * What is scanned at one go is a small part of what is read at one go: its records are gone again before the garbage
 * collector looks at them for the second time. (Measured on vendors of 230 bytes: peak memory of a run 250 MB
 * instead of 400 MB, in the same time.)
 */
const scannedBytes = 32 * 1024;

export interface OpenCsvOptions {
  readonly file: SourceFile;
  readonly format: SourceFormat;
  /** Columns the mapping reads: a header with none of them in one piece was cut at the wrong delimiter. */
  readonly wanted: readonly string[];
}

/**
 * Opens a CSV source: finds its dialect and reads its header. Errors: DMFP-SOURCE-EMPTY, DMFP-SOURCE-HEADER,
 * DMFP-SOURCE-INVALID. A file with a header and no records is a good one.
 */
export async function openCsv(options: OpenCsvOptions): Promise<OpenSource> {
  const { file } = options;
  const { dialect, header } = await readCsvHead(file, options.format);
  demandDelimiter(header.columns, options.wanted, { dialect, name: file.name });
  return {
    columns: header.columns,
    sizeBytes: file.sizeBytes,
    batches: () => inBatches(csvItems(file, { dialect, header, passing: false }), singleItems),
    passing: () => csvItems(file, { dialect, header, passing: true }),
    neverSeen: () => [],
  };
}

/** Dialect and header of a CSV file; errors as `openCsv`. */
export async function readCsvHead(
  file: SourceFile,
  format: SourceFormat,
): Promise<{ readonly dialect: CsvDialect; readonly header: CsvHeader }> {
  const read = async (lengthBytes: number): ReturnType<typeof readCsvHead> => {
    const head = await file.head(lengthBytes);
    const dialect = csvDialect(head, format, file.name);
    return { dialect, header: csvHeader(head, dialect, file.name) };
  };
  if (file.sizeBytes <= usualHeadBytes) return await read(headBytes);
  try {
    const found = await read(usualHeadBytes);
    // With a line feed before it, the end of the header is where it would be if more had been read.
    if (found.dialect.lineEnd === "\n" && found.header.endByte < usualHeadBytes) return found;
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError)) throw thrown;
  }
  return await read(headBytes);
}

async function* csvItems(
  file: SourceFile,
  how: { readonly dialect: CsvDialect; readonly header: CsvHeader; readonly passing: boolean },
): AsyncGenerator<readonly ScannedItem[]> {
  const { dialect, header, passing } = how;
  const scanner = new CsvScanner({
    file: file.name,
    dialect,
    columns: header.columns,
    fromByte: header.endByte,
    fromLine: header.endLine,
    passing,
  });
  for await (const chunk of file.chunks(header.endByte, { passing })) {
    for (let at = 0; at < chunk.length;) {
      // Where a long record is not complete yet, as much again: it is scanned from its beginning each time.
      const end = at + Math.max(scannedBytes, scanner.pendingBytes);
      yield* scanner.windows(chunk.subarray(at, end));
      at = end;
    }
  }
  yield* scanner.lastWindows();
}

function demandDelimiter(
  columns: readonly string[],
  wanted: readonly string[],
  file: { readonly dialect: CsvDialect; readonly name: string },
): void {
  const [only] = columns;
  if (only === undefined || columns.length > 1 || wanted.length === 0 || wanted.includes(only)) return;
  const likely = [";", "\t", ",", "|"].find(
    (candidate) => candidate !== file.dialect.delimiter && only.includes(candidate),
  );
  if (likely === undefined) return;
  const shown = (delimiter: string): string => (delimiter === "\t" ? "a tab" : `"${delimiter}"`);
  throw new DmfpipeError(
    "DMFP-SOURCE-HEADER",
    `The header of ${file.name} is one single column when cut at ${shown(file.dialect.delimiter)}; it looks as if it wants to be cut at ${shown(likely)}.`,
    {
      at: { file: file.name, line: file.dialect.startLine },
      next: `Write delimiter: ${JSON.stringify(likely)} under source in the mapping.`,
    },
  );
}
