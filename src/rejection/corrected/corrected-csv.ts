import path from "node:path";
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { parse as parseSync } from "csv-parse/sync";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { SourceEncoding } from "../../project/source-format.ts";
import { detectEncoding } from "../../source/detect-encoding.ts";
import { SourceFile } from "../../source/source-file.ts";
import { byteOrderMark, decodeLeniently, TextPieces } from "../../source/text-encoding.ts";
import {
  hasContent,
  headerNames,
  isRejectedHeader,
  type CorrectedRow,
  type CorrectedTable,
} from "./corrected-row.ts";

/** The header has to end within so many bytes. */
const headBytes = 1024 * 1024;
const delimiters = [";", ",", "\t", "|"] as const;

/**
 * A file of rejected records as a spreadsheet or an editor saved it: with or without byte order mark, in UTF-8, UTF-16 or
 * Windows-1252, with whatever delimiter, and with a `sep=` line or none. Throws DMFP-SOURCE-MISSING where it cannot be
 * opened, DMFP-CORRECTED-FILE for one that has not the columns of rejected records.
 */
export async function openCorrectedCsv(file: string, name: string): Promise<CorrectedTable> {
  const source = await SourceFile.open(file, name);
  const { encoding } = await detectEncoding(source);
  const head = await source.head(headBytes);
  const startByte = byteOrderMark(head)?.lengthBytes ?? 0;
  const text = decodeLeniently(head.subarray(startByte), encoding);
  const separator = /^"?sep=([^\r\n"])"?(?:\r\n|\n|\r)/i.exec(text);
  const { delimiter, columns } = headerOf(text.slice(separator?.[0].length ?? 0), separator?.[1], name);
  return {
    name,
    title: path.basename(name, path.extname(name)),
    columns,
    rows: rowsOf(source, { encoding, startByte, delimiter, skippedChars: separator?.[0].length ?? 0 }),
  };
}

function headerOf(
  text: string,
  said: string | undefined,
  name: string,
): { readonly delimiter: string; readonly columns: readonly string[] } {
  for (const delimiter of said === undefined ? delimiters : [said, ...delimiters]) {
    const columns = firstRow(text, delimiter);
    if (isRejectedHeader(columns)) return { delimiter, columns };
  }
  throw new DmfpipeError(
    "DMFP-CORRECTED-FILE",
    `${name} has no columns _source_file and _source_line in its first row: it is not a file of rejected records, or they were removed.`,
    { at: { file: name, line: 1 } },
  );
}

function firstRow(text: string, delimiter: string): string[] {
  try {
    const [header = []] = parseSync(text, { delimiter, to: 1, relax_column_count: true, relax_quotes: true });
    return headerNames(header);
  } catch {
    // Cut at the wrong character, the header may be anything.
    return [];
  }
}

interface CsvReading {
  readonly encoding: SourceEncoding;
  readonly startByte: number;
  readonly delimiter: string;
  /** Of the line that says the delimiter. */
  readonly skippedChars: number;
}

async function* rowsOf(source: SourceFile, reading: CsvReading): AsyncGenerator<CorrectedRow> {
  const parser = parse({
    delimiter: reading.delimiter,
    relax_column_count: true,
    skip_empty_lines: false,
    // An editor may have left a quote inside a value; a spreadsheet doubles it.
    relax_quotes: true,
  });
  const text = Readable.from(textOf(source, reading));
  text.on("error", (error) => parser.destroy(error));
  text.pipe(parser);
  let row = 0;
  try {
    for await (const values of parser as AsyncIterable<readonly string[]>) {
      row++;
      const cells = values.map((value) => ({ text: value }));
      if (row > 1 && hasContent(cells)) yield { row, cells };
    }
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new DmfpipeError(
      "DMFP-CORRECTED-FILE",
      `${source.name} cannot be read behind row ${row}: ${why}.`,
      { at: { file: source.name }, cause: thrown },
    );
  }
}

async function* textOf(
  source: SourceFile,
  { encoding, startByte, skippedChars }: CsvReading,
): AsyncGenerator<string> {
  const pieces = new TextPieces(encoding);
  let skip = skippedChars;
  for await (const chunk of source.chunks(startByte)) {
    const { text } = pieces.next(chunk);
    const rest = text.slice(skip);
    skip -= text.length - rest.length;
    if (rest !== "") yield rest;
  }
}
