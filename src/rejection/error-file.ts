import { open } from "node:fs/promises";
import type { EntitySchema } from "../entity/entity-schema.ts";
import type { SourceEncoding } from "../project/source-format.ts";
import { decodedText, openText, tableDialect, tableRows, textLines } from "./error-file-text.ts";
import { hasXmlKeys, xmlKeys } from "./error-file-xml.ts";

/**
 * Microsoft documents that F&O offers a staging error file ("input records that failed") and a target error
 * keys file ("keys only"), but not how they look, and no sample is public. So both are sniffed: text or
 * XML, encoding, delimiter, quotes, and whether there is a header. What cannot be understood is said to be so, not
 * guessed at.
 */
export interface ErrorFileContent {
  /** How the file was read, in words. */
  readonly layout: string;
  /** Key values of each row in key order; a row of the keys file that is one text comes as that one text. */
  readonly ids: AsyncIterable<readonly string[]>;
}

export type ErrorFile =
  ({ readonly understood: true } & ErrorFileContent) | { readonly understood: false; readonly why: string };

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
 * documentation). Rows are found by their key, so the key fields must be among the columns, by name or, without a
 * header, by being the columns of the data file, or the key alone.
 */
export async function readStagingErrorFile(options: ErrorFileOptions): Promise<ErrorFile> {
  const opened = await openErrorFile(options);
  if ("understood" in opened) return opened;
  const { schema, fields } = options;
  const fieldNames = new Map([...(options.columnNames ?? [])].map(([field, column]) => [column, field]));
  const known = new Set([...fields, ...fieldNames.keys(), ...schema.keys]);
  const dialect = tableDialect(
    opened.head,
    (row) => row.filter((name) => known.has(name.toUpperCase())).length,
  );
  const names = dialect.firstRow.map((name) => name.toUpperCase());
  const header = names.some((name) => known.has(name));
  const columns = header
    ? names.map((name) => fieldNames.get(name) ?? name)
    : columnsOf(names.length, options);
  if (columns === undefined) {
    return { understood: false, why: `its first line has ${names.length} columns and no field names` };
  }
  const keyColumns = schema.keys.map((key) => columns.indexOf(key));
  if (keyColumns.length === 0 || keyColumns.includes(-1)) {
    return { understood: false, why: "it does not hold the key of the entity" };
  }
  return table(opened, { ...dialect, header }, keyColumns);
}

function columnsOf(count: number, { fields, schema }: ErrorFileOptions): readonly string[] | undefined {
  if (count === fields.length) return fields;
  return count === schema.keys.length ? schema.keys : undefined;
}

/**
 * The target error keys file: one key a line (the only hint there is), or a table whose header names the key
 * fields.
 */
export async function readTargetKeysFile(options: ErrorFileOptions): Promise<ErrorFile> {
  const opened = await openErrorFile(options);
  if ("understood" in opened) return opened;
  return (
    keyTable(opened, options.schema) ?? {
      understood: true,
      layout: `${encodingWords[opened.encoding]}, one key a line`,
      ids: textLines(decodedText(opened.file, opened.encoding)),
    }
  );
}

/** Undefined where the file is no table; a line without the name of a key field and without quotes is no header. */
function keyTable(opened: OpenedText, schema: EntitySchema): ErrorFile | undefined {
  const firstLine = /^[^\r\n]*/.exec(opened.head)?.[0].toUpperCase() ?? "";
  const quotes = firstLine.startsWith('"');
  if (!quotes && !schema.keys.some((key) => firstLine.includes(key))) return undefined;
  const keys = new Set(schema.keys);
  const isKey = (name: string): boolean => keys.has(name.toUpperCase());
  const dialect = tableDialect(opened.head, (row) => row.filter(isKey).length);
  const names = dialect.firstRow.map((name) => name.toUpperCase());
  const keyColumns = schema.keys.map((key) => names.indexOf(key));
  if (keyColumns.length > 0 && !keyColumns.includes(-1)) {
    return table(opened, { ...dialect, header: true }, keyColumns);
  }
  // Quotes are no part of a key, so what has them is a table.
  if (!quotes || !dialect.quoted || names.length !== schema.keys.length) return undefined;
  return table(opened, { ...dialect, header: false }, [...names.keys()]);
}

type OpenedText = Awaited<ReturnType<typeof openText>>;

/** What text files have in common; an answer at once for a file that is empty, XML or no text. */
async function openErrorFile(options: ErrorFileOptions): Promise<OpenedText | ErrorFile> {
  const binary = await binaryKind(options.path);
  if (binary !== undefined) return { understood: false, why: binary };
  const opened = await openText(options.path);
  if (opened.head === "") return { understood: true, layout: "empty", ids: nothing() };
  return opened.head.startsWith("<") ? await readXmlErrorFile(options, opened) : opened;
}

/** Packages in the format EXCEL may have error files in it: nobody has seen one. */
async function binaryKind(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.toString("hex");
    if (start === "504b0304")
      return "it is an Excel workbook or another zip file: open it, it is kept as it came";
    if (start === "d0cf11e0") return "it is an old Excel workbook: open it, it is kept as it came";
    return undefined;
  } finally {
    await file.close();
  }
}

/** A file in the image of an XML data file. Its first record decides whether it is one. */
async function readXmlErrorFile(
  { schema, columnNames }: ErrorFileOptions,
  opened: OpenedText,
): Promise<ErrorFile> {
  const { file, encoding } = opened;
  const keys = schema.keys.map((key) => columnNames?.get(key) ?? key);
  if (keys.length === 0) return { understood: false, why: "the entity has no known key" };
  try {
    if (!(await hasXmlKeys(decodedText(file, encoding), keys))) {
      return { understood: false, why: "it is XML whose records do not hold the key of the entity" };
    }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { understood: false, why: `it is XML that cannot be read (${why.trim()})` };
  }
  return {
    understood: true,
    layout: `${encodingWords[encoding]}, XML`,
    ids: xmlKeys(decodedText(file, encoding), keys),
  };
}

function table(
  { file, encoding }: OpenedText,
  dialect: { readonly delimiter: string; readonly quoted: boolean; readonly header: boolean },
  keyColumns: readonly number[],
): ErrorFile {
  const { delimiter, header } = dialect;
  const layout = `${encodingWords[encoding]}, separated by ${delimiterWords[delimiter] ?? delimiter}, ${header ? "with" : "without"} a header`;
  return {
    understood: true,
    layout,
    ids: keysOf(tableRows(decodedText(file, encoding), dialect), keyColumns),
  };
}

async function* keysOf(
  rows: AsyncIterable<readonly string[]>,
  keyColumns: readonly number[],
): AsyncGenerator<readonly string[]> {
  for await (const row of rows) yield keyColumns.map((column) => row[column] ?? "");
}

const encodingWords: Readonly<Record<SourceEncoding, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16 (big-endian)",
  "windows-1252": "Windows-1252",
  "iso-8859-1": "ISO-8859-1",
};

const delimiterWords: Readonly<Record<string, string>> = {
  ",": "commas",
  ";": "semicolons",
  "\t": "tabs",
  "|": "vertical bars",
  ":": "colons",
};

async function* nothing(): AsyncGenerator<readonly string[]> {
  // An empty file names no record.
}
