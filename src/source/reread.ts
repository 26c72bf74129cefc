import type { FileHandle } from "node:fs/promises";
import type { SourceFormat } from "../project/source-format.ts";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { CsvDialect } from "./csv-dialect.ts";
import { CsvScanner } from "./csv-scanner.ts";
import { readCsvHead } from "./csv-source.ts";
import { openForReading, readAt, readInto, SourceFile } from "./source-file.ts";
import type { SourceItem, SourcePosition } from "./source-record.ts";
import { decodeLeniently } from "./text-encoding.ts";
import { windowReader } from "./window-reader.ts";
import type { WindowReader } from "./window-records.ts";
import { xmlEncoding } from "./xml-encoding.ts";
import { rowPath } from "./xml-path.ts";
import { XmlScanner } from "./xml-scanner.ts";

const rowChunkBytes = 256 * 1024;
/** Read at a time: positions mostly come in their order, and every reading costs a wait. */
const aheadBytes = 64 * 1024;

/** A record as it stands in the source. */
export interface ReadRecord {
  /**
   * The record's text without its line end; bytes that are no text in the encoding show as U+FFFD, and a
   * record beyond the size limit is cut there.
   */
  readonly raw: string;
  /** Aligned with the columns; empty for an unreadable record. */
  readonly values: readonly string[];
  /** Where its values were corrected, in a file that is none of the sources; rows as a spreadsheet numbers them. */
  readonly corrected?: { readonly file: string; readonly row: number };
}

/** Reads single records again. */
export interface RowReader {
  /** `known`: its text, where who asks has it and needs no values. */
  read(position: SourcePosition, known?: string): Promise<ReadRecord>;
  close(): Promise<void>;
}

/**
 * Reads single records of a source again, by position: how the original text of the few rejected records is
 * fetched without keeping that of all the others.
 */
export class RecordReader implements RowReader {
  readonly #handle: FileHandle;
  readonly #format: SourceFormat;
  readonly #columns: readonly string[];
  /** Present for CSV. */
  readonly #dialect: CsvDialect | undefined;
  /** One for all records: the values of each are taken before the next is read. */
  readonly #readWindow: WindowReader | undefined;
  readonly #encoding: CsvDialect["encoding"];
  /** What was read last, and where it begins; always in the same memory, but for a record that is larger. */
  #ahead: Buffer;
  readonly #aheadMemory = Buffer.allocUnsafeSlow(aheadBytes);
  #aheadOffset = 0;

  private constructor(options: {
    handle: FileHandle;
    format: SourceFormat;
    columns: readonly string[];
    dialect: CsvDialect | undefined;
    encoding: CsvDialect["encoding"];
  }) {
    this.#handle = options.handle;
    this.#format = options.format;
    this.#columns = options.columns;
    this.#dialect = options.dialect;
    this.#readWindow = options.dialect === undefined ? undefined : windowReader(options.dialect);
    this.#encoding = options.encoding;
    this.#ahead = this.#aheadMemory.subarray(0, 0);
  }

  /** `columns`: those of the open source the positions come from. Errors: as openSource. */
  static async open(path: string, format: SourceFormat, columns: readonly string[]): Promise<RecordReader> {
    const file = await SourceFile.open(path, path);
    const dialect = format.record === undefined ? (await readCsvHead(file, format)).dialect : undefined;
    const encoding = dialect?.encoding ?? xmlEncoding(await file.head(512), format.encoding, path).encoding;
    const handle = await openForReading(path, path);
    return new RecordReader({ handle, format, columns, dialect, encoding });
  }

  async read(position: SourcePosition, known?: string): Promise<ReadRecord> {
    if (known !== undefined) return { raw: known, values: [] };
    if (this.#format.rows !== undefined) return this.#readRow(position, this.#format.rows);
    const length = Math.min(position.byteLength, this.#format.maxRecordBytes);
    const bytes = await this.#bytes(position.byteOffset, length);
    const raw = decodeLeniently(bytes, this.#encoding);
    if (length < position.byteLength) return { raw, values: [] };
    const [item] = this.#items(bytes, position);
    return { raw, values: item?.kind === "record" ? item.values : [] };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #bytes(offset: number, lengthBytes: number): Promise<Buffer> {
    const end = this.#aheadOffset + this.#ahead.length;
    if (offset < this.#aheadOffset || offset + lengthBytes > end) {
      const memory = lengthBytes > aheadBytes ? Buffer.allocUnsafeSlow(lengthBytes) : this.#aheadMemory;
      this.#ahead = memory.subarray(0, 0);
      this.#ahead = await readInto(this.#handle, offset, memory);
      this.#aheadOffset = offset;
    }
    const at = offset - this.#aheadOffset;
    return this.#ahead.subarray(at, at + lengthBytes);
  }

  /** A row needs all of the record around it: a value it takes from there may stand behind it. */
  async #readRow(position: SourcePosition, rows: string): Promise<ReadRecord> {
    const scanner = new XmlScanner({
      file: position.file,
      encoding: this.#encoding,
      startByte: position.byteOffset,
      record: ["*"],
      rows: rowPath(rows),
      paths: this.#columns,
      maxRecordBytes: this.#format.maxRecordBytes,
      once: true,
    });
    const end = position.byteOffset + position.byteLength;
    let at = position.byteOffset;
    for (;;) {
      const bytes = await readAt(this.#handle, at, rowChunkBytes);
      const items = scanner.feed(bytes);
      at += bytes.length;
      const item = items.find((candidate) => candidate.position.byteLength === position.byteLength);
      const start = scanner.rowStart(end);
      if (start !== undefined && item !== undefined) {
        const length = Math.min(end - start, this.#format.maxRecordBytes);
        const raw = decodeLeniently(await readAt(this.#handle, start, length), this.#encoding);
        return { raw, values: item.kind === "record" ? item.values : [] };
      }
      if (items.length > 0 || bytes.length === 0) return { raw: "", values: [] };
    }
  }

  #items(bytes: Buffer, position: SourcePosition): SourceItem[] {
    try {
      return this.#dialect === undefined
        ? this.#xmlItems(bytes, position)
        : this.#csvItems(bytes, position, this.#dialect);
    } catch (thrown) {
      // The stretch was refused as a whole: an open quote at its end, a record cut by the size limit.
      if (thrown instanceof DmfpipeError && thrown.code === "DMFP-SOURCE-INVALID") return [];
      throw thrown;
    }
  }

  #csvItems(bytes: Buffer, position: SourcePosition, dialect: CsvDialect): SourceItem[] {
    const scanner = new CsvScanner({
      file: position.file,
      dialect,
      columns: this.#columns,
      fromByte: position.byteOffset,
      fromLine: position.line,
      ...(this.#readWindow === undefined ? {} : { reader: this.#readWindow }),
    });
    return [...scanner.feed(bytes), ...scanner.end()];
  }

  #xmlItems(bytes: Buffer, position: SourcePosition): SourceItem[] {
    const scanner = new XmlScanner({
      file: position.file,
      encoding: this.#encoding,
      startByte: position.byteOffset,
      // The record element is the root of this fragment; its name was matched when it was first read.
      record: ["*"],
      paths: this.#columns,
      maxRecordBytes: this.#format.maxRecordBytes,
    });
    return [...scanner.feed(bytes), ...scanner.end()];
  }
}
