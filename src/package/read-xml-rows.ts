import type { Readable } from "node:stream";
import { parsedRows } from "./parsed-rows.ts";

/**
 * The records of an XML file that EntityFile wrote, or F&O in its image, each as the values of the given columns:
 * attributes and child elements alike; a column that is not there is empty. Rejects with what the stream of bytes says,
 * and with an error of the parser where the file is not well-formed.
 */
export async function* readXmlRows(
  bytes: Readable,
  columns: readonly string[],
  encoding: "utf-8" | "utf-16le" = "utf-8",
): AsyncGenerator<readonly string[]> {
  const positions = new Map(columns.map((name, index) => [name, index]));
  yield* parsedRows(bytes, encoding, (parser, done) => {
    /** Of elements: 1 is Document, 2 a record, 3 a field. */
    let depth = 0;
    let record: string[] = [];
    let text = "";
    const set = (name: string, value: string): void => {
      const position = positions.get(name);
      if (position !== undefined) record[position] = value;
    };
    parser.on("opentag", ({ attributes }) => {
      depth += 1;
      text = "";
      if (depth !== 2) return;
      record = columns.map(() => "");
      for (const [name, value] of Object.entries(attributes)) set(name, value);
    });
    parser.on("text", (piece) => {
      if (depth === 3) text += piece;
    });
    parser.on("closetag", ({ name }) => {
      if (depth === 3) set(name, text);
      else if (depth === 2) done(record);
      depth -= 1;
    });
  });
}
