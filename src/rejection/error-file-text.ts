import { pipeline } from "node:stream";
import { parse, type Options } from "csv-parse";
import { parse as parseAtOnce } from "csv-parse/sync";
import type { SourceEncoding } from "../project/source-format.ts";
import { detectEncoding } from "../source/detect-encoding.ts";
import { SourceFile } from "../source/source-file.ts";
import { TextPieces } from "../source/text-encoding.ts";

const delimiters = [",", ";", "\t", "|", ":"];
const sniffBytes = 64 * 1024;
/** So many rows show whether quotes in them are quotes. */
const sniffedRows = 200;

/** How a text file is laid out, as far as its first 64 KiB say. */
export interface TextLayout {
  readonly encoding: SourceEncoding;
  /** The beginning, decoded, without a byte order mark and what blanks come first. */
  readonly head: string;
}

/** Opens a text file and finds out its encoding. Throws DMFP-SOURCE-MISSING. */
export async function openText(path: string): Promise<TextLayout & { readonly file: SourceFile }> {
  const file = await SourceFile.open(path, path);
  const { encoding } = await detectEncoding(file);
  const { text } = new TextPieces(encoding).next(await file.head(sniffBytes));
  return { file, encoding, head: text.replace(/^\uFEFF/, "").trimStart() };
}

/** The text of a file, decoded piece by piece, without a byte order mark. */
export async function* decodedText(file: SourceFile, encoding: SourceEncoding): AsyncGenerator<string> {
  const pieces = new TextPieces(encoding);
  let first = true;
  for await (const chunk of file.chunks(0)) {
    const { text } = pieces.next(chunk);
    yield first ? text.replace(/^\uFEFF/, "") : text;
    first = false;
  }
}

/** Delimiter and quoting of a table. */
export interface TableDialect {
  readonly delimiter: string;
  /** Whether `"` encloses values; where it does not, it is a character as any other. */
  readonly quoted: boolean;
  readonly firstRow: readonly string[];
}

/**
 * The dialect in which the first row of a table makes most sense: `score` says how many of its values are what is
 * looked for, and of equals the one with more columns wins.
 */
export function tableDialect(head: string, score: (row: readonly string[]) => number): TableDialect {
  let best: TableDialect = { delimiter: ",", quoted: true, firstRow: [] };
  let bestPoints = -1;
  for (const delimiter of delimiters) {
    for (const quoted of [true, false]) {
      const rows = firstRows(head, delimiter, quoted);
      const firstRow = (rows[0] ?? []).map((value) => value.trim());
      const regular = rows.filter((row) => row.length === firstRow.length).length / Math.max(1, rows.length);
      const points = score(firstRow) * 1000 + firstRow.length + regular / 2;
      if (points > bestPoints) [best, bestPoints] = [{ delimiter, quoted, firstRow }, points];
    }
  }
  return best;
}

function firstRows(head: string, delimiter: string, quoted: boolean): readonly (readonly string[])[] {
  // The last line may be cut off.
  const end = Math.max(head.lastIndexOf("\n"), head.lastIndexOf("\r"));
  const text = head.length < sniffBytes / 2 || end === -1 ? head : head.slice(0, end);
  const options = { delimiter, to: sniffedRows, relax_column_count: true, skip_empty_lines: true };
  try {
    return parseAtOnce(text, quoted ? { ...options, relax_quotes: true } : { ...options, quote: false });
  } catch {
    return [];
  }
}

/** The rows of a table, the header left out where it has one. */
export function tableRows(
  text: AsyncIterable<string>,
  dialect: Pick<TableDialect, "delimiter" | "quoted"> & { readonly header: boolean },
): AsyncIterable<readonly string[]> {
  const { delimiter, quoted, header } = dialect;
  const options = {
    delimiter,
    from: header ? 2 : 1,
    relax_column_count: true,
    skip_empty_lines: true,
  };
  return parsed(text, quoted ? { ...options, relax_quotes: true } : { ...options, quote: false });
}

/** The lines of a text, trimmed, each as a row of one value; empty ones are left out. */
export async function* textLines(text: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const chunk of text) {
    const lines = (rest + chunk).split(/[\r\n]/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield [line.trim()];
  }
  if (rest.trim() !== "") yield [rest.trim()];
}

/**
 * The text is decoded before the parser sees it: csv-parse looks for delimiters byte by byte, and in UTF-16 the second
 * half of one character and the first of the next can look like one.
 */
function parsed(text: AsyncIterable<string>, options: Options): AsyncIterable<readonly string[]> {
  const parser = parse(options);
  // An error goes on to the parser, and from there to whoever reads the rows.
  pipeline(text, parser, () => undefined);
  return parser as AsyncIterable<readonly string[]>;
}
