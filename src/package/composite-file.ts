import { entityFileChunkBytes } from "./entity-file.ts";
import type { FileColumn } from "./field-map.ts";
import { assertElementName, xmlAttribute, xmlText } from "./xml-format.ts";

/** An entity of a composite entity, as far as its records in the file go. */
export interface CompositeElement {
  /** DMF label, for messages. */
  readonly label: string;
  /** Name of the element of one record. */
  readonly element: string;
  /** Index of the entity its records are nested in; undefined for the first, the documents. */
  readonly parent: number | undefined;
  readonly columns: readonly FileColumn[];
}

/** The two XML formats that every environment has. */
export type XmlFormatName = "XML-Element" | "XML-Attribute";

/**
 * The data file of a composite entity: `<Document>` with one element a document, and in it, behind its fields, the
 * elements of the records nested in it (Microsoft's page on developing composite entities shows it so with attributes;
 * files of clients in the field with elements). Text goes in by `begin` and `end` of records, bytes come out in chunks
 * of at least 256 KiB, the last one excepted.
 *
 * A record without records of an entity below gets one empty element of that entity, and that again one of each below
 * it: Microsoft's list of errors has one for an element that is not found (MAP011) and says that rows may be empty.
 */
export class CompositeFile {
  readonly #elements: readonly CompositeElement[];
  readonly #names: readonly (readonly string[])[];
  readonly #attributes: boolean;
  /** Indexes of the entities nested directly in each. */
  readonly #below: readonly (readonly number[])[];
  /** What each open record has of the entities below it. */
  readonly #open: { readonly entity: number; readonly seen: Set<number> }[] = [];
  #text = '<?xml version="1.0" encoding="utf-8"?>\r\n<Document>\r\n';

  /** Throws DMFP-MAPPING-FIELD where a name cannot stand in an XML file. */
  constructor(elements: readonly CompositeElement[], format: XmlFormatName) {
    for (const { label, element, columns } of elements) {
      for (const name of [element, ...columns.map((column) => column.name)]) assertElementName(name, label);
    }
    this.#elements = elements;
    this.#names = elements.map(({ columns }) => columns.map(({ name }) => name));
    this.#attributes = format === "XML-Attribute";
    this.#below = elements.map((_, index) =>
      elements.flatMap(({ parent }, child) => (parent === index ? [child] : [])),
    );
  }

  /** Begins a record of the entity with this index: its values in canonical form, aligned with the columns. */
  begin(entity: number, values: readonly string[]): void {
    this.#open.at(-1)?.seen.add(entity);
    const names = this.#names[entity] ?? [];
    const { element = "" } = this.#elements[entity] ?? {};
    if (this.#attributes) {
      let text = `<${element}`;
      for (let index = 0; index < names.length; index++) {
        text += ` ${names[index] ?? ""}="${xmlAttribute(values[index] ?? "")}"`;
      }
      this.#text += `${text}>`;
    } else {
      let text = `<${element}>`;
      for (let index = 0; index < names.length; index++) {
        const name = names[index] ?? "";
        text += `<${name}>${xmlText(values[index] ?? "")}</${name}>`;
      }
      this.#text += text;
    }
    this.#open.push({ entity, seen: new Set() });
  }

  /** Ends the record that was begun last. Returns the bytes to be handed on once enough have gathered. */
  end(): Buffer | undefined {
    const record = this.#open.pop();
    if (record === undefined) return undefined;
    const { entity, seen } = record;
    for (const child of this.#below[entity] ?? []) if (!seen.has(child)) this.#text += this.#empty(child);
    this.#text += `</${this.#elements[entity]?.element ?? ""}>`;
    if (this.#open.length === 0) this.#text += "\r\n";
    return this.#text.length >= entityFileChunkBytes ? this.#take() : undefined;
  }

  /** The last bytes of the file. */
  finish(): Buffer {
    this.#text += "</Document>\r\n";
    return this.#take();
  }

  #empty(entity: number): string {
    const { element = "" } = this.#elements[entity] ?? {};
    const inside = (this.#below[entity] ?? []).map((child) => this.#empty(child)).join("");
    return inside === "" ? `<${element} />` : `<${element}>${inside}</${element}>`;
  }

  #take(): Buffer {
    const bytes = Buffer.from(this.#text, "utf8");
    this.#text = "";
    return bytes;
  }
}
