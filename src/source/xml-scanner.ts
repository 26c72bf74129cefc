import { SaxesParser } from "saxes";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { reason, type Reason } from "../errors/reason.ts";
import { suggest } from "../errors/suggestion.ts";
import type { SourceEncoding } from "../project/source-format.ts";
import type { SourceItem, SourcePosition } from "./source-record.ts";
import { firstInvalidByte, TextPieces } from "./text-encoding.ts";
import { XmlFields, type CollectedFields } from "./xml-fields.ts";
import { isAtRecord, localName } from "./xml-path.ts";
import { XmlPosition, type XmlPlace } from "./xml-position.ts";
import { XmlRows } from "./xml-rows.ts";

export interface XmlScannerOptions {
  readonly file: string;
  readonly encoding: SourceEncoding;
  /** Bytes of the byte order mark, which are not fed. */
  readonly startByte: number;
  /** Steps of the path of the record element, from the root down. */
  readonly record: readonly string[];
  /** Steps from the record element to the repeated elements that are the records in its stead. */
  readonly rows?: readonly string[];
  /** Relative to the record element or, with `rows`, to the row; `../` then leads up. */
  readonly paths: readonly string[];
  readonly maxRecordBytes: number;
  /** Only the first record element is read; what follows it is of no interest, and need not be XML. */
  readonly once?: boolean;
}

/** Deeper nesting than any extract has; stops a file that is made to exhaust memory. */
const maxDepth = 100;
/** Distinct element paths that are remembered for the message "there is no such record element". */
const maxKnownPaths = 200;

/**
 * Bytes of an XML file in, records out. Strict: what is not well-formed, or has a document type declaration
 * (and with it entities of its own), is refused as a whole with DMFP-SOURCE-INVALID.
 *
 * saxes is always fed up to just before a `<`, so that the beginning of every tag it reports lies in the text
 * that was fed last, and its exact position can be found there.
 */
export class XmlScanner {
  readonly #options: XmlScannerOptions;
  readonly #parser = new SaxesParser({ xmlns: false, position: true });
  readonly #pieces: TextPieces;
  readonly #position: XmlPosition;
  readonly #fields: XmlFields;
  readonly #rows: XmlRows | undefined;
  readonly #open: string[] = [];
  readonly #knownPaths = new Set<string>();
  #held = "";
  #decodedBytes: number;
  #items: SourceItem[] = [];
  #records = 0;
  /** Record elements that were read to their end; with rows, each may give several records, or none. */
  #elements = 0;
  /** Where the record that is open began. */
  #began: XmlPlace | undefined;
  #tagStart: XmlPlace;

  constructor(options: XmlScannerOptions) {
    this.#options = options;
    this.#pieces = new TextPieces(options.encoding);
    this.#position = new XmlPosition(options.encoding, options.startByte);
    this.#rows = options.rows === undefined ? undefined : new XmlRows(options.paths, options.rows);
    this.#fields = new XmlFields(this.#rows?.recordPaths ?? options.paths);
    this.#decodedBytes = options.startByte;
    this.#tagStart = { byte: options.startByte, line: 1 };
    this.#listen();
  }

  /** Wanted paths that no record so far had; none while no record was read. */
  neverSeen(): readonly string[] {
    if (this.#records === 0) return [];
    const columns = this.#rows?.neverSeen(this.#fields) ?? this.#fields.neverSeen();
    return columns.map((column) => this.#options.paths[column] ?? "");
  }

  /** The records that end within this chunk. */
  feed(chunk: Buffer): SourceItem[] {
    if (this.#isOver) return [];
    const { bytes, text } = this.#pieces.next(chunk);
    this.#demandText(bytes, text);
    this.#decodedBytes += bytes.length;
    this.#held += text;
    const cut = this.#held.lastIndexOf("<");
    // A tag or a text that never ends is fed all the same once it is larger than any record may be.
    if (cut > 0) this.#parse(this.#held.slice(0, cut));
    else if (this.#held.length > this.#options.maxRecordBytes) this.#parse(this.#held);
    return this.#taken();
  }

  /** The last records. Throws DMFP-SOURCE-INVALID when the file ends too early or has no record at all. */
  end(): SourceItem[] {
    if (this.#pieces.heldBytes > 0) {
      throw this.#invalid("it ends in the middle of a character: it was cut off", this.#tagStart);
    }
    this.#parse(this.#held);
    if (this.#open.length > 0) {
      const element = this.#open.at(-1) ?? "";
      throw this.#invalid(`it ends although <${element}> is still open: it was cut off`, this.#tagStart);
    }
    this.#parser.close();
    if (this.#elements === 0 && this.#knownPaths.size > 0) this.#demandRecord();
    return this.#taken();
  }

  /** The row that ended at this offset, of the record that was read last: where it begins. */
  rowStart(endByte: number): number | undefined {
    return this.#rows?.startOf(endByte);
  }

  /** Whether nothing that still comes is of interest. */
  get #isOver(): boolean {
    return this.#options.once === true && this.#elements > 0;
  }

  #parse(text: string): void {
    if (text === "") return;
    this.#held = this.#held.slice(text.length);
    this.#position.add(text);
    this.#parser.write(text);
    if (this.#began === undefined) return;
    // saxes keeps a text until its element ends, so there has to be an end to the patience with a huge record.
    const limit = Math.max(64 * 1024 * 1024, this.#options.maxRecordBytes * 16);
    if (this.#decodedBytes - this.#began.byte > limit) {
      throw this.#invalid(`the record that begins here has not ended after ${limit} bytes`, this.#began);
    }
  }

  #taken(): SourceItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #listen(): void {
    const parser = this.#parser;
    parser.on("error", (error) => {
      if (this.#isOver) return;
      const what = error.message.replace(/^\d+:\d+:\s*/, "").replace(/\.$/, "");
      throw this.#invalid(`it is not well-formed XML: ${what}`, this.#position.at(parser.position));
    });
    parser.on("doctype", () => {
      if (this.#isOver) return;
      throw this.#invalid(
        "it has a document type declaration (<!DOCTYPE …>), which dmfpipe does not read",
        this.#position.at(parser.position),
      );
    });
    parser.on("opentagstart", () => {
      if (this.#isOver) return;
      this.#tagStart = this.#position.at(this.#position.lastTagBefore(parser.position));
    });
    parser.on("opentag", (tag) => {
      this.#opened(tag.name, tag.attributes);
    });
    parser.on("text", (text) => {
      this.#text(text);
    });
    parser.on("cdata", (text) => {
      this.#text(text);
    });
    parser.on("closetag", () => {
      this.#closed();
    });
  }

  #text(text: string): void {
    if (this.#began === undefined) return;
    this.#fields.text(text);
    this.#rows?.text(text);
  }

  #opened(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#isOver) return;
    this.#open.push(localName(name));
    if (this.#open.length > maxDepth) {
      throw this.#invalid(`its elements are nested more than ${maxDepth} deep`, this.#tagStart);
    }
    if (this.#began !== undefined) {
      this.#fields.open(name, attributes);
      this.#rows?.open(this.#open.slice(this.#options.record.length), attributes, this.#tagStart);
    } else if (isAtRecord(this.#open, this.#options.record)) {
      this.#began = this.#tagStart;
      this.#fields.begin(attributes);
    } else if (this.#records === 0 && this.#knownPaths.size < maxKnownPaths) {
      this.#knownPaths.add(`/${this.#open.join("/")}`);
    }
  }

  #closed(): void {
    if (this.#isOver) return;
    if (this.#began !== undefined) {
      this.#fields.close();
      if (this.#rows?.close() === true) this.#rows.end(this.#position.at(this.#parser.position).byte);
      if (this.#open.length === this.#options.record.length) this.#emit(this.#began);
    }
    this.#open.pop();
  }

  #emit(began: XmlPlace): void {
    this.#began = undefined;
    this.#elements++;
    if (this.#rows !== undefined) {
      this.#emitRows(this.#rows, began);
      return;
    }
    this.#records++;
    const byteLength = this.#position.at(this.#parser.position).byte - began.byte;
    const position = {
      file: this.#options.file,
      line: began.line,
      record: this.#records,
      byteOffset: began.byte,
      byteLength,
    };
    this.#push(position, byteLength, this.#fields.collected());
  }

  /**
   * The rows of a record. Their position begins where the record does, because what stands above a row belongs to
   * it, and ends with the row; the line is the row's own.
   */
  #emitRows(rows: XmlRows, began: XmlPlace): void {
    for (const row of rows.collected(this.#fields.collected())) {
      this.#records++;
      const position = {
        file: this.#options.file,
        line: row.began.line,
        record: this.#records,
        byteOffset: began.byte,
        byteLength: row.endByte - began.byte,
      };
      this.#push(position, row.endByte - row.began.byte, row.fields);
    }
  }

  #push(position: SourcePosition, byteLength: number, fields: CollectedFields): void {
    const { values, repeated } = fields;
    let problem: Reason | undefined;
    if (byteLength > this.#options.maxRecordBytes) {
      problem = reason("DMFP-ROW-TOO-LARGE", {
        message: `The record has ${byteLength} bytes; a record may have ${this.#options.maxRecordBytes}.`,
      });
    } else if (repeated !== undefined) {
      const path = this.#options.paths[repeated] ?? "";
      problem = reason("DMFP-ROW-REPEATED", {
        field: path,
        message: `The record on line ${position.line} has ${path} several times; the mapping takes one.`,
      });
    }
    this.#items.push(
      problem === undefined
        ? { kind: "record", position, values }
        : { kind: "unreadable", position, reasons: [problem] },
    );
  }

  #demandText(bytes: Buffer, text: string): void {
    if (!text.includes("\uFFFD") && text.isWellFormed()) return;
    const at = firstInvalidByte(bytes, this.#options.encoding);
    if (at === -1) return;
    const place = { byte: this.#decodedBytes + at, line: this.#tagStart.line };
    throw this.#invalid(`it has bytes that are no ${this.#options.encoding} text`, place);
  }

  #demandRecord(): void {
    const wanted = `/${this.#options.record.join("/")}`;
    const known = [...this.#knownPaths];
    const likely = suggest(wanted, known);
    const has = known.slice(0, 12).join(", ") + (known.length > 12 ? ", …" : "");
    // An empty list of records is a good file: everything above the record element is there.
    const parent = this.#options.record.slice(0, -1);
    if (parent.length > 0 && known.every((path) => leadsTo(path, parent))) return;
    throw new DmfpipeError(
      "DMFP-SOURCE-INVALID",
      `${this.#options.file} has no element ${wanted}.${likely === undefined ? "" : ` Did you mean ${likely}?`} It has ${has}.`,
      { at: { file: this.#options.file }, next: "Correct source.record in the mapping." },
    );
  }

  #invalid(what: string, place: XmlPlace): DmfpipeError {
    const { file } = this.#options;
    return new DmfpipeError(
      "DMFP-SOURCE-INVALID",
      `${file} cannot be read: ${what}. Reading had to stop at line ${place.line} (byte offset ${place.byte}).`,
      { at: { file, line: place.line } },
    );
  }
}

/** Whether a path of the file is the beginning of the path to the records (or that path itself). */
function leadsTo(path: string, parent: readonly string[]): boolean {
  const steps = path.slice(1).split("/");
  return steps.length <= parent.length && isAtRecord(steps, parent.slice(0, steps.length));
}
