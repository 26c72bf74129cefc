import { Readable } from "node:stream";
import { parsedRows } from "./parsed-rows.ts";
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
  yield* parsedRows(bytes, encoding, (parser, done) => {
    const records = new NestedRecords(layout, done);
    parser.on("opentag", ({ name, attributes }) => {
      records.open(name, attributes);
    });
    parser.on("text", (text) => {
      records.text(text);
    });
    parser.on("closetag", ({ name }) => {
      records.close(name);
    });
  });
}

/** The elements of a nested file as they come, and the records they make. */
class NestedRecords {
  readonly #columns: ReadonlyMap<string, number>;
  readonly #layout: CompositeLayout;
  readonly #done: (record: readonly string[]) => void;
  /** Elements of the records that are open. */
  readonly #open: string[] = [];
  /** The wanted record that is open, and whether it had a field. */
  #record: string[] | undefined;
  #filled = false;
  /** The field that is open, directly inside a wanted record. */
  #field: string | undefined;
  #text = "";

  constructor(layout: CompositeLayout, done: (record: readonly string[]) => void) {
    this.#layout = layout;
    this.#done = done;
    this.#columns = new Map(layout.columns.map((name, index) => [name, index]));
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#layout.elements.has(name)) this.#begin(name, attributes);
    else if (this.#open.at(-1) === this.#layout.element) {
      this.#field = name;
      this.#text = "";
    }
  }

  text(text: string): void {
    if (this.#field !== undefined) this.#text += text;
  }

  close(name: string): void {
    if (name === this.#field) {
      this.#set(name, this.#text);
      this.#field = undefined;
    } else if (name === this.#open.at(-1)) this.#end(name);
  }

  #begin(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#open.push(name);
    if (name !== this.#layout.element) return;
    this.#record = this.#layout.columns.map(() => "");
    this.#filled = false;
    for (const [attribute, value] of Object.entries(attributes)) this.#set(attribute, value);
  }

  #end(name: string): void {
    this.#open.pop();
    if (name !== this.#layout.element || this.#record === undefined) return;
    if (this.#filled) this.#done(this.#record);
    this.#record = undefined;
  }

  #set(name: string, value: string): void {
    this.#filled = true;
    const column = this.#columns.get(name);
    if (column !== undefined && this.#record !== undefined) this.#record[column] = value;
  }
}
