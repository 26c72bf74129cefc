import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { reason, type Reason } from "../errors/reason.ts";
import { suggest } from "../errors/suggestion.ts";
import type { SourceItem, SourcePosition } from "./source-record.ts";
import { XmlFields, type CollectedFields, type XmlAttributes } from "./xml-fields.ts";
import { isAtRecord } from "./xml-path.ts";
import type { XmlPlace } from "./xml-position.ts";
import { XmlRows } from "./xml-rows.ts";

export interface XmlRecordOptions {
  readonly file: string;
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
 * Elements and texts of an XML file in, in their order; records out. Who reads the bytes tells it what it finds, and
 * sees to it that the file is well-formed: while a file is read that may change from one reader to another.
 */
export class XmlRecords {
  readonly #options: XmlRecordOptions;
  readonly #fields: XmlFields;
  readonly #rows: XmlRows | undefined;
  /** Whether the text that comes next, if any does, belongs to a value. */
  wantsText = false;
  /** Whether an element that holds nothing but text may be told as a whole; elsewhere it has to be opened and closed. */
  takesLeaves = false;
  /** Local names of the open elements. */
  readonly #open: string[] = [];
  readonly #knownPaths = new Set<string>();
  #items: SourceItem[] = [];
  #records = 0;
  /** Record elements that were read to their end; with rows, each may give several records, or none. */
  #elements = 0;
  /** Where the record that is open began. */
  #began: XmlPlace | undefined;
  #tagByte: number;
  #tagLine = 1;

  constructor(options: XmlRecordOptions, startByte: number) {
    this.#options = options;
    this.#rows = options.rows === undefined ? undefined : new XmlRows(options.paths, options.rows);
    this.#fields = new XmlFields(this.#rows?.recordPaths ?? options.paths);
    this.#tagByte = startByte;
  }

  /** Whether nothing that still comes is of interest. */
  get isOver(): boolean {
    return this.#options.once === true && this.#elements > 0;
  }

  /** Where the tag stands that opened an element last. */
  get tagStart(): XmlPlace {
    return { byte: this.#tagByte, line: this.#tagLine };
  }

  /** Where the record that is open began; undefined between records. */
  get began(): XmlPlace | undefined {
    return this.#began;
  }

  /** An opening tag begins here. */
  tagBegins(byte: number, line: number): void {
    this.#tagByte = byte;
    this.#tagLine = line;
  }

  /** The tag that began last has ended; `name` without its prefix. Throws DMFP-SOURCE-INVALID when it is too deep. */
  opened(name: string, attributes: XmlAttributes): void {
    const open = this.#open;
    const { record } = this.#options;
    if (open.push(name) > maxDepth) {
      throw this.invalid(`its elements are nested more than ${maxDepth} deep`, this.tagStart);
    }
    if (this.#began !== undefined) {
      this.#fields.open(name, attributes);
      this.#rows?.open(open, { recordDepth: record.length, attributes, at: this.tagStart });
    } else if (isAtRecord(open, record)) {
      this.#began = this.tagStart;
      this.#fields.begin(attributes);
    } else if (this.#records === 0 && this.#knownPaths.size < maxKnownPaths) {
      this.#knownPaths.add(`/${open.join("/")}`);
    }
    this.#noteWanted();
  }

  /** An element without attributes that holds nothing but text; returns whether `fill` wants that. See takesLeaves. */
  leaf(name: string): boolean {
    const isOfRecord = this.#fields.leaf(name);
    return this.#rows?.leaf(name) === true || isOfRecord;
  }

  /** The text of the leaf that was told last. */
  fill(text: string): void {
    this.#fields.fill(text);
    this.#rows?.fill(text);
  }

  /** A text, or a part of one, in the innermost element. */
  text(text: string): void {
    if (this.#began === undefined) return;
    this.#fields.text(text);
    this.#rows?.text(text);
  }

  /** The innermost element was closed; `endByte` tells the offset behind its end tag, if somebody wants to know. */
  closed(endByte: () => number): void {
    if (this.#began !== undefined) {
      this.#fields.close();
      if (this.#rows?.close() === true) this.#rows.end(endByte());
      if (this.#open.length === this.#options.record.length) this.#emit(this.#began, endByte());
    }
    this.#open.pop();
    this.#noteWanted();
  }

  /** The records that have ended since this was asked last. */
  taken(): SourceItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  /** Wanted paths that no record so far had; none while no record was read. */
  neverSeen(): readonly string[] {
    if (this.#records === 0) return [];
    const columns = this.#rows?.neverSeen(this.#fields) ?? this.#fields.neverSeen();
    return columns.map((column) => this.#options.paths[column] ?? "");
  }

  /** The row that ended at this offset, of the record that was read last: where it begins. */
  rowStart(endByte: number): number | undefined {
    return this.#rows?.startOf(endByte);
  }

  /** Throws DMFP-SOURCE-INVALID where an element is open although the file has ended. */
  demandClosed(): void {
    const element = this.#open.at(-1);
    if (element === undefined) return;
    throw this.invalid(`it ends although <${element}> is still open: it was cut off`, this.tagStart);
  }

  /**
   * Throws DMFP-SOURCE-INVALID where the record that is open has grown beyond all measure, with the file read to
   * `readToByte`: what is collected of it is kept until it ends, so there has to be an end to the patience.
   */
  demandMeasure(readToByte: number): void {
    if (this.#began === undefined) return;
    const limit = Math.max(64 * 1024 * 1024, this.#options.maxRecordBytes * 16);
    if (readToByte - this.#began.byte <= limit) return;
    throw this.invalid(`the record that begins here has not ended after ${limit} bytes`, this.#began);
  }

  /** Throws DMFP-SOURCE-INVALID where the file has ended and has nothing at the path of the record. */
  demandRecord(): void {
    if (this.#elements > 0 || this.#knownPaths.size === 0) return;
    const { file, record } = this.#options;
    const wanted = `/${record.join("/")}`;
    const known = [...this.#knownPaths];
    const likely = suggest(wanted, known);
    const has = known.slice(0, 12).join(", ") + (known.length > 12 ? ", …" : "");
    // An empty list of records is a good file: everything above the record element is there.
    const parent = record.slice(0, -1);
    if (parent.length > 0 && known.every((path) => leadsTo(path, parent))) return;
    throw new DmfpipeError(
      "DMFP-SOURCE-INVALID",
      `${file} has no element ${wanted}.${likely === undefined ? "" : ` Did you mean ${likely}?`} It has ${has}.`,
      { at: { file }, next: "Correct source.record in the mapping." },
    );
  }

  /** The error of a file that cannot be read any further. */
  invalid(what: string, place: XmlPlace): DmfpipeError {
    const { file } = this.#options;
    return new DmfpipeError(
      "DMFP-SOURCE-INVALID",
      `${file} cannot be read: ${what}. Reading had to stop at line ${place.line} (byte offset ${place.byte}).`,
      { at: { file, line: place.line } },
    );
  }

  #noteWanted(): void {
    const isInside = this.#began !== undefined;
    const depth = this.#open.length + 1;
    const mayBeRow = this.#rows?.mayBeginAt(depth - this.#options.record.length) === true;
    this.wantsText = isInside && (this.#fields.wantsText || this.#rows?.wantsText === true);
    this.takesLeaves = isInside && depth <= maxDepth && !mayBeRow;
  }

  #emit(began: XmlPlace, endByte: number): void {
    this.#began = undefined;
    this.#elements++;
    const { file } = this.#options;
    const { byte: byteOffset } = began;
    const record = this.#fields.collected();
    if (this.#rows === undefined) {
      const byteLength = endByte - byteOffset;
      const position = { file, line: began.line, record: ++this.#records, byteOffset, byteLength };
      this.#push(position, byteLength, record);
      return;
    }
    // The position of a row begins where the record does, because what stands above it belongs to it, and ends with
    // the row; the line is the row's own.
    for (const row of this.#rows.collected(record)) {
      const byteLength = row.endByte - byteOffset;
      const position = { file, line: row.began.line, record: ++this.#records, byteOffset, byteLength };
      this.#push(position, row.endByte - row.began.byte, row.fields);
    }
  }

  #push(position: SourcePosition, byteLength: number, { values, repeated }: CollectedFields): void {
    const problem = this.#problem(position, byteLength, repeated);
    this.#items.push(
      problem === undefined
        ? { kind: "record", position, values }
        : { kind: "unreadable", position, reasons: [problem] },
    );
  }

  #problem(position: SourcePosition, byteLength: number, repeated: number | undefined): Reason | undefined {
    const { maxRecordBytes, paths } = this.#options;
    if (byteLength > maxRecordBytes) {
      return reason("DMFP-ROW-TOO-LARGE", {
        message: `The record has ${byteLength} bytes; a record may have ${maxRecordBytes}.`,
      });
    }
    if (repeated === undefined) return undefined;
    const path = paths[repeated] ?? "";
    return reason("DMFP-ROW-REPEATED", {
      field: path,
      message: `The record on line ${position.line} has ${path} several times; the mapping takes one.`,
    });
  }
}

/** Whether a path of the file is the beginning of the path to the records (or that path itself). */
function leadsTo(path: string, parent: readonly string[]): boolean {
  const steps = path.slice(1).split("/");
  return steps.length <= parent.length && isAtRecord(steps, parent.slice(0, steps.length));
}
