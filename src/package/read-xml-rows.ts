import type { Readable } from "node:stream";
import { SaxesParser } from "saxes";

/**
 * The records of an XML file that EntityFile wrote, or F&O in its image, each as the values of the given columns: attributes and child
 * elements alike; a column that is not there is empty. Rejects with what the stream of bytes says, and with an error of
 * the parser where the file is not well-formed or has another shape.
 */
export async function* readXmlRows(
  bytes: Readable,
  columns: readonly string[],
  encoding: "utf-8" | "utf-16le" = "utf-8",
): AsyncGenerator<readonly string[]> {
  const records = new XmlRecords(columns);
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      records.write(decoder.decode(chunk, { stream: true }));
      yield* records.take();
    }
    records.write(decoder.decode());
    records.end();
    yield* records.take();
  } finally {
    bytes.destroy();
  }
}

/** Depth of elements: 1 is Document, 2 a record, 3 a field. */
class XmlRecords {
  readonly #parser = new SaxesParser();
  readonly #columns: ReadonlyMap<string, number>;
  #depth = 0;
  #record: string[] = [];
  #text = "";
  #done: (readonly string[])[] = [];

  constructor(columns: readonly string[]) {
    this.#columns = new Map(columns.map((name, index) => [name, index]));
    this.#parser.on("error", (error) => {
      throw error;
    });
    this.#parser.on("opentag", ({ attributes }) => {
      this.#depth += 1;
      this.#text = "";
      if (this.#depth !== 2) return;
      this.#record = columns.map(() => "");
      for (const [name, value] of Object.entries(attributes)) this.#set(name, value);
    });
    this.#parser.on("text", (text) => {
      if (this.#depth === 3) this.#text += text;
    });
    this.#parser.on("closetag", ({ name }) => {
      if (this.#depth === 3) this.#set(name, this.#text);
      else if (this.#depth === 2) this.#done.push(this.#record);
      this.#depth -= 1;
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  end(): void {
    this.#parser.close();
  }

  take(): readonly (readonly string[])[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #set(name: string, value: string): void {
    const index = this.#columns.get(name);
    if (index !== undefined) this.#record[index] = value;
  }
}
