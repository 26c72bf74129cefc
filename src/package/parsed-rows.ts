import type { Readable } from "node:stream";
import { SaxesParser } from "saxes";

/** What makes rows of an XML file: it listens to the parser, and gives each row to `done`. */
export type RowListener = (parser: SaxesParser, done: (row: readonly string[]) => void) => void;

/**
 * The rows of an XML file that dmfpipe wrote, or F&O in its image, as the bytes come; only those of one piece are in
 * memory. Rejects with what the stream of bytes says, and with an error of the parser where the file is not well-formed.
 */
export async function* parsedRows(
  bytes: Readable,
  encoding: "utf-8" | "utf-16le",
  listen: RowListener,
): AsyncGenerator<readonly string[]> {
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  let rows: (readonly string[])[] = [];
  listen(parser, (row) => {
    rows.push(row);
  });
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      parser.write(decoder.decode(chunk, { stream: true }));
      yield* rows;
      rows = [];
    }
    parser.write(decoder.decode());
    parser.close();
    yield* rows;
  } finally {
    bytes.destroy();
  }
}
