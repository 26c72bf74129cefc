import { createReadStream } from "node:fs";
import { SaxesParser, type SaxesTagPlain } from "saxes";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { XmlDecoder } from "./xml-decoder.ts";

/** Where records stand in an XML data file. */
export interface XmlLayout {
  readonly fieldsIn: "elements" | "attributes";
  /** Parent element of every record element; undefined for those directly below `Document`. */
  readonly parents: ReadonlyMap<string, string | undefined>;
}

/** One record element. */
export interface XmlRecord {
  readonly element: string;
  /** 1-based among the records of the same element: F&O's RowId. */
  readonly row: number;
  /** RowId of the record it is nested in: F&O's ParentRowId. */
  readonly parentRow: number | undefined;
  /** Text by field name. */
  readonly fields: ReadonlyMap<string, string>;
}

/** An element named after an entity stands where it does not belong. */
export class XmlRecordMisplaced extends DataFileUnreadable {
  readonly element: string;

  constructor(element: string) {
    super("DMF1830", `XML is not in correct format: the element ${element} is not where it belongs.`);
    this.element = element;
  }
}

/** Text without a tag, and text of one record: enough for every entity, too little for an attack. */
const textLimitChars = 4 * 1024 * 1024;
const recordLimitChars = 16 * 1024 * 1024;

/**
 * The records of an XML data file, as many at a time as one piece of the file holds, every child before its
 * parent. Constant memory. Throws DataFileUnreadable for what is no well-formed document of this layout;
 * document types are refused, so there are no entities to expand.
 */
export async function* readXmlRecords(path: string, layout: XmlLayout): AsyncGenerator<XmlRecord[]> {
  const records = new RecordCollector(layout);
  const decoder = new XmlDecoder();
  const bytes = createReadStream(path, { highWaterMark: 128 * 1024 });
  try {
    for await (const chunk of bytes) {
      records.write(decoder.decode(chunk as Buffer));
      const taken = records.take();
      if (taken.length > 0) yield taken;
    }
    records.write(decoder.end());
    records.end();
    const rest = records.take();
    if (rest.length > 0) yield rest;
  } finally {
    bytes.destroy();
  }
}

interface OpenRecord {
  readonly element: string;
  readonly row: number;
  readonly fields: Map<string, string>;
  chars: number;
}

class RecordCollector {
  readonly #layout: XmlLayout;
  readonly #parser = new SaxesParser();
  readonly #open: OpenRecord[] = [];
  readonly #rows = new Map<string, number>();
  #done: XmlRecord[] = [];
  #insideDocument = false;
  #field: string | undefined;
  #text = "";
  #charsWithoutTag = 0;

  constructor(layout: XmlLayout) {
    this.#layout = layout;
    const parser = this.#parser;
    parser.on("error", (error) => {
      throw notWellFormed(error.message);
    });
    parser.on("doctype", () => {
      throw new DataFileUnreadable("DMF1830", "XML is not in correct format: DTD is not supported.");
    });
    parser.on("opentag", (tag) => {
      this.#opened(tag);
    });
    parser.on("closetag", () => {
      this.#closed();
    });
    const addText = (text: string): void => {
      this.#addText(text);
    };
    parser.on("text", addText);
    parser.on("cdata", addText);
  }

  write(text: string): void {
    this.#charsWithoutTag += text.length;
    this.#parser.write(text);
    // What has no tag for so long is kept by the parser as one text.
    if (this.#charsWithoutTag > textLimitChars + text.length) throw tooLarge();
  }

  end(): void {
    this.#parser.close();
  }

  take(): XmlRecord[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #opened(tag: SaxesTagPlain): void {
    this.#charsWithoutTag = 0;
    const { name } = tag;
    const record = this.#open.at(-1);
    if (!this.#insideDocument) {
      if (name !== "Document") throw notThisFormat(`the root element is ${name}, not Document`);
      this.#insideDocument = true;
    } else if (this.#field !== undefined) {
      throw notThisFormat(`the field ${this.#field} has an element inside`);
    } else if (this.#layout.parents.has(name)) {
      this.#openRecord(name, tag, record);
    } else if (record === undefined) {
      throw notThisFormat(`there is no entity ${name}`);
    } else if (this.#layout.fieldsIn === "attributes") {
      throw notThisFormat(`the element ${record.element} has an element inside`);
    } else {
      this.#field = name;
      this.#text = "";
    }
  }

  #openRecord(element: string, tag: SaxesTagPlain, parent: OpenRecord | undefined): void {
    if (this.#layout.parents.get(element) !== parent?.element) throw new XmlRecordMisplaced(element);
    const row = (this.#rows.get(element) ?? 0) + 1;
    this.#rows.set(element, row);
    const record: OpenRecord = { element, row, fields: new Map(), chars: 0 };
    this.#open.push(record);
    if (this.#layout.fieldsIn === "elements") return;
    for (const [name, value] of Object.entries(tag.attributes)) {
      if (!isNamespace(name)) setField(record, name, value);
    }
  }

  #addText(text: string): void {
    if (this.#field === undefined) {
      const record = this.#open.at(-1);
      if (record !== undefined && text.trim() !== "") {
        throw notThisFormat(`the element ${record.element} has text inside`);
      }
      return;
    }
    this.#text += text;
    if (this.#text.length > textLimitChars) throw tooLarge();
  }

  #closed(): void {
    this.#charsWithoutTag = 0;
    const record = this.#open.at(-1);
    if (record === undefined) return;
    if (this.#field !== undefined) {
      setField(record, this.#field, this.#text);
      this.#field = undefined;
      return;
    }
    this.#open.pop();
    const { element, row, fields } = record;
    this.#done.push({ element, row, fields, parentRow: this.#open.at(-1)?.row });
  }
}

/** A field that comes twice would be a table of its own to the .NET reader: no field of the entity. */
function setField(record: OpenRecord, name: string, value: string): void {
  if (record.fields.has(name)) throw notThisFormat(`the field ${name} comes twice in one record`);
  record.fields.set(name, value);
  record.chars += name.length + value.length + 16;
  if (record.chars > recordLimitChars) throw tooLarge();
}

function isNamespace(attribute: string): boolean {
  return attribute === "xmlns" || attribute.startsWith("xmlns:") || attribute.startsWith("xml:");
}

function notWellFormed(message: string): DataFileUnreadable {
  // Documented: control characters but the tab are not allowed. XML itself allows line ends too.
  const controlCharacter = /disallowed character\.|malformed character entity/.test(message);
  return controlCharacter
    ? new DataFileUnreadable("DMF2055", `The XML file has a character that is not allowed: ${message}`)
    : new DataFileUnreadable("DMF1830", `XML is not in correct format: ${message}`);
}

function notThisFormat(what: string): DataFileUnreadable {
  return new DataFileUnreadable("DMF1830", `XML is not in correct format: ${what}.`);
}

function tooLarge(): DataFileUnreadable {
  return new DataFileUnreadable("DMF1830", "XML is not in correct format: a value is too large.");
}
