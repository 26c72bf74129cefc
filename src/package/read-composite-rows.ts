import { Readable } from "node:stream";
import { SaxesParser } from "saxes";
import { batches, damaged, type PackageRows } from "./read-package.ts";
import { ownZipLimits, ZipReader } from "./zip-reader.ts";

/** Which records of a composite file are wanted. */
export interface CompositeLayout {
  /** Element of the wanted records. */
  readonly element: string;
  /** Names of its fields in the file. */
  readonly columns: readonly string[];
  /** What they are called in what is read; default: as in the file. */
  readonly fields?: readonly string[];
  /** Elements of the records of all entities in the file. */
  readonly elements: ReadonlySet<string>;
}

/**
 * Reads back the records of one entity of a package that CompositePackageWriter wrote, in the order of their elements,
 * in batches; only one batch is in memory. Throws DMFP-RUN-FILE when the package is missing, cut off or was changed.
 */
export async function* readCompositeRows(
  file: string,
  fileName: string,
  layout: CompositeLayout,
): AsyncGenerator<PackageRows> {
  const zip = await ZipReader.open(file, { limits: ownZipLimits, code: "DMFP-RUN-FILE" });
  try {
    const entry = zip.find(fileName);
    if (entry === undefined) throw damaged(file, `it has no ${fileName}`);
    const bytes = Readable.from(zip.stream(entry), { objectMode: false });
    yield* batches(layout.fields ?? layout.columns, nestedRows(bytes, layout));
  } catch (thrown) {
    throw damaged(file, thrown);
  } finally {
    await zip.close();
  }
}

/**
 * The wanted records of a nested XML file, each as the values of the given columns; an element without any field is
 * none. Rejects with what the stream says, and with an error of the parser where the file is not well-formed.
 */
export async function* nestedRows(
  bytes: Readable,
  layout: CompositeLayout,
  encoding: "utf-8" | "utf-16le" = "utf-8",
): AsyncGenerator<readonly string[]> {
  const records = new NestedRecords(layout);
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

class NestedRecords {
  readonly #parser = new SaxesParser();
  readonly #columns: ReadonlyMap<string, number>;
  readonly #layout: CompositeLayout;
  /** Elements of the records that are open. */
  readonly #open: string[] = [];
  /** The wanted record that is open, and whether it had a field. */
  #record: string[] | undefined;
  #filled = false;
  /** The field that is open, directly inside a wanted record. */
  #field: string | undefined;
  #text = "";
  #done: (readonly string[])[] = [];

  constructor(layout: CompositeLayout) {
    this.#layout = layout;
    this.#columns = new Map(layout.columns.map((name, index) => [name, index]));
    this.#parser.on("error", (error) => {
      throw error;
    });
    this.#parser.on("opentag", ({ name, attributes }) => {
      if (layout.elements.has(name)) this.#begin(name, attributes);
      else if (this.#open.at(-1) === layout.element) {
        this.#field = name;
        this.#text = "";
      }
    });
    this.#parser.on("text", (text) => {
      if (this.#field !== undefined) this.#text += text;
    });
    this.#parser.on("closetag", ({ name }) => {
      if (name === this.#field) {
        this.#set(name, this.#text);
        this.#field = undefined;
      } else if (name === this.#open.at(-1)) this.#end(name);
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  end(): void {
    this.#parser.close();
  }

  take(): (readonly string[])[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #begin(name: string, attributes: Readonly<Record<string, unknown>>): void {
    this.#open.push(name);
    if (name !== this.#layout.element) return;
    this.#record = this.#layout.columns.map(() => "");
    this.#filled = false;
    for (const [attribute, value] of Object.entries(attributes)) this.#set(attribute, String(value));
  }

  #end(name: string): void {
    this.#open.pop();
    if (name !== this.#layout.element || this.#record === undefined) return;
    if (this.#filled) this.#done.push(this.#record);
    this.#record = undefined;
  }

  #set(name: string, value: string): void {
    this.#filled = true;
    const column = this.#columns.get(name);
    if (column !== undefined && this.#record !== undefined) this.#record[column] = value;
  }
}
