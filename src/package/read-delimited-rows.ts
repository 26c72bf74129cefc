import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parse, type Parser } from "csv-parse";
import { columnDelimiters } from "./delimited-format.ts";

/**
 * The rows of a text file that EntityFile wrote, header first. Encoding and delimiter are taken from the file itself:
 * UTF-16 has a byte order mark, and what follows the name of the first column is the delimiter. Rejects with what the
 * stream of bytes or the parser says.
 */
export async function* readDelimitedRows(bytes: Readable): AsyncGenerator<string[]> {
  let parser: Parser | undefined;
  let fed: Promise<void> | undefined;
  try {
    const chunks = bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const first = await chunks.next();
    if (first.done === true) return;
    const start = first.value;
    const utf16 = start[0] === 0xff && start[1] === 0xfe;
    parser = parse({
      encoding: utf16 ? "utf16le" : "utf8",
      bom: true,
      delimiter: delimiterOf(start.toString(utf16 ? "utf16le" : "utf8")),
      record_delimiter: "\r\n",
    });
    fed = pipeline(all(start, chunks), parser);
    // The parser hands the same error to the loop below; here it must only not go unhandled.
    fed.catch(() => undefined);
    yield* parser as AsyncIterable<string[]>;
    await fed;
  } finally {
    parser?.destroy();
    bytes.destroy();
  }
}

async function* all(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Names of columns are letters, digits and `_`, so the first other character is the delimiter; comma where none is. */
function delimiterOf(start: string): string {
  const found = /^\uFEFF?"?\w+"?([^\w"\r\n])/.exec(start)?.[1];
  return columnDelimiters.find((delimiter) => delimiter === found) ?? ",";
}
