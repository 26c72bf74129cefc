import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { parse, type Parser } from "csv-parse";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { readXmlRows } from "../package/read-xml-rows.ts";

/**
 * Microsoft documents that F&O offers a staging error file ("input records that failed") and a target error
 * keys file ("keys only"), but not how they look, and no sample is public. So both are sniffed: text or
 * XML, encoding, delimiter, and whether there is a header. What cannot be understood is said to be so, not guessed at.
 */
export interface ErrorFileContent {
  /** Key values of each row in key order; a row of the keys file that is one text comes as that one text. */
  readonly ids: AsyncIterable<readonly string[]>;
}

export type ErrorFile =
  ({ readonly understood: true } & ErrorFileContent) | { readonly understood: false; readonly why: string };

const delimiters = [",", ";", "\t", "|", ":"];
const sniffBytes = 64 * 1024;

export interface ErrorFileOptions {
  readonly path: string;
  readonly schema: EntitySchema;
  /** Fields the columns of the package's data file fill, in order. */
  readonly fields: readonly string[];
  /** Field → name of its column in the data file, where that is another. */
  readonly columnNames?: ReadonlyMap<string, string>;
}

/**
 * The staging error file: taken for the failed rows in the format of the data file (the literal reading of the
 * documentation). Rows are found by their key, so the key fields must be among the columns.
 */
export async function readStagingErrorFile(options: ErrorFileOptions): Promise<ErrorFile> {
  const { schema, fields } = options;
  const sniffed = await sniff(options.path);
  if (sniffed.firstLine === "") return { understood: true, ids: nothing() };
  if (sniffed.firstLine.startsWith("<")) return await readXmlErrorFile(options, sniffed.encoding);
  const fieldNames = new Map([...(options.columnNames ?? [])].map(([field, column]) => [column, field]));
  const known = new Set([...fields, ...fieldNames.keys()]);
  const best = pickDelimiter(sniffed.firstLine, (names) => names.filter((name) => known.has(name)).length);
  const names = splitLine(sniffed.firstLine, best);
  const header = names.some((name) => known.has(name)) ? names : undefined;
  if (header === undefined && names.length !== fields.length) {
    return { understood: false, why: `its first line has ${names.length} columns and no field names` };
  }
  const columns = header?.map((name) => fieldNames.get(name) ?? name) ?? fields;
  const keyColumns = schema.keys.map((key) => columns.indexOf(key));
  if (keyColumns.length === 0 || keyColumns.includes(-1)) {
    return { understood: false, why: "it does not hold the key of the entity" };
  }
  return {
    understood: true,
    ids: keysOfRows(options.path, sniffed.encoding, best, header !== undefined, keyColumns),
  };
}

/**
 * The target error keys file: one key a line (the only hint there is), or a table whose header names the key
 * fields.
 */
export async function readTargetKeysFile(options: ErrorFileOptions): Promise<ErrorFile> {
  const { schema } = options;
  const sniffed = await sniff(options.path);
  if (sniffed.firstLine === "") return { understood: true, ids: nothing() };
  if (sniffed.firstLine.startsWith("<")) return await readXmlErrorFile(options, sniffed.encoding);
  const keys = new Set(schema.keys);
  const best = pickDelimiter(sniffed.firstLine, (names) => names.filter((name) => keys.has(name)).length);
  const header = splitLine(sniffed.firstLine, best);
  const keyColumns = schema.keys.map((key) => header.indexOf(key));
  if (keyColumns.length > 0 && !keyColumns.includes(-1)) {
    return { understood: true, ids: keysOfRows(options.path, sniffed.encoding, best, true, keyColumns) };
  }
  return { understood: true, ids: lines(options.path, sniffed.encoding) };
}

/**
 * A file in the image of an XML data file: one element a record, its fields as elements or attributes. Its first record
 * decides whether it is one.
 */
async function readXmlErrorFile(
  { path, schema, columnNames }: ErrorFileOptions,
  encoding: Encoding,
): Promise<ErrorFile> {
  const keys = schema.keys.map((key) => columnNames?.get(key) ?? key);
  if (keys.length === 0) return { understood: false, why: "the entity has no known key" };
  const rows = (): AsyncGenerator<readonly string[]> =>
    readXmlRows(createReadStream(path), keys, encoding === "utf8" ? "utf-8" : "utf-16le");
  try {
    for await (const key of rows()) {
      if (key.every((part) => part === "")) {
        return { understood: false, why: "it is XML whose records do not hold the key of the entity" };
      }
      break;
    }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { understood: false, why: `it is XML that cannot be read (${why.trim()})` };
  }
  return { understood: true, ids: rows() };
}

type Encoding = "utf8" | "utf16le";

async function sniff(path: string): Promise<{ encoding: Encoding; firstLine: string }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    // Text in Latin letters has a zero in every second byte when it is UTF-16 without a byte order mark.
    const utf16 =
      (head[0] === 0xff && head[1] === 0xfe) || (head.length > 1 && head[0] !== 0 && head[1] === 0);
    const encoding = utf16 ? "utf16le" : "utf8";
    const text = head.toString(encoding).replace(/^\uFEFF/, "");
    return { encoding, firstLine: /^[^\r\n]*/.exec(text.trimStart())?.[0].trim() ?? "" };
  } finally {
    await file.close();
  }
}

function pickDelimiter(line: string, score: (names: string[]) => number): string {
  let best = ",";
  let bestScore = -1;
  for (const delimiter of delimiters) {
    const names = splitLine(line, delimiter);
    const points = score(names) * 1000 + names.length;
    if (points > bestScore) [best, bestScore] = [delimiter, points];
  }
  return best;
}

function splitLine(line: string, delimiter: string): string[] {
  return line.split(delimiter).map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, "$1")
      .toUpperCase(),
  );
}

async function* keysOfRows(
  path: string,
  encoding: Encoding,
  delimiter: string,
  header: boolean,
  keyColumns: readonly number[],
): AsyncGenerator<readonly string[]> {
  const parser = parse({
    delimiter,
    from: header ? 2 : 1,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  for await (const row of fed(parser, path, encoding)) yield keyColumns.map((column) => row[column] ?? "");
}

async function* lines(path: string, encoding: Encoding): AsyncGenerator<readonly string[]> {
  const parser = parse({ delimiter: [], quote: false, skip_empty_lines: true, trim: true });
  for await (const row of fed(parser, path, encoding)) yield [row[0] ?? ""];
}

/**
 * The rows of a file, decoded before the parser sees it: csv-parse looks for delimiters byte by byte, and in UTF-16
 * the second half of one character and the first of the next can look like one.
 */
function fed(parser: Parser, path: string, encoding: Encoding): AsyncIterable<string[]> {
  // An error goes on to the parser, and from there to whoever reads the rows.
  pipeline(decodedText(path, encoding), parser, () => undefined);
  return parser;
}

async function* decodedText(path: string, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding === "utf8" ? "utf-8" : "utf-16le");
  const chunks = createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* nothing(): AsyncGenerator<readonly string[]> {
  // An empty file names no record.
}
