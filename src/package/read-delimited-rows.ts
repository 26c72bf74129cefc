import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { TextDecoder } from "node:util";
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
    const decoder = new TextDecoder(utf16 ? "utf-16le" : "utf-8", { fatal: true });
    const text = decoder.decode(start, { stream: true });
    parser = parse({ delimiter: delimiterOf(text), record_delimiter: "\r\n" });
    fed = pipeline(decoded(text, chunks, decoder), parser);
    // The parser hands the same error to the loop below; here it must only not go unhandled.
    fed.catch(() => undefined);
    yield* parser as AsyncIterable<string[]>;
    await fed;
  } finally {
    parser?.destroy();
    bytes.destroy();
  }
}

/**
 * Decoded here, and not by the parser: csv-parse looks for delimiters byte by byte, and in UTF-16 the second half of
 * one character and the first of the next (U+0904 U+1F600) can look like a tab.
 */
async function* decoded(
  first: string,
  rest: AsyncIterator<Buffer>,
  decoder: TextDecoder,
): AsyncGenerator<string> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    yield decoder.decode(next.value, { stream: true });
  }
  yield decoder.decode();
}

/** Names of columns are letters, digits and `_`, so the first other character is the delimiter; comma where none is. */
export function delimiterOf(start: string): (typeof columnDelimiters)[number] {
  const found = /^"?\w+"?([^\w"\r\n])/.exec(start)?.[1];
  return columnDelimiters.find((delimiter) => delimiter === found) ?? ",";
}
