import { open, type FileHandle } from "node:fs/promises";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { giveBack } from "../../package/give-back.ts";
import { PartialFile } from "../../package/partial-file.ts";
import type { PickedRows } from "../../package/picked-rows.ts";
import type { PassingRecords } from "../../source/passing-records.ts";
import type { SourcePosition } from "../../source/source-record.ts";

/** byteOffset (double), byteLength, line, record, file: 8 + 4 × 4 bytes, little-endian. */
const entryBytes = 24;
/** 192 KiB: a package has 10,000 rows as a rule. */
const entriesPerWrite = 8_192;
/** Read at a time: rows are mostly looked up in their order, some of every hundred. */
const entriesPerRead = 2_048;

/**
 * Remembers for each row of a package where in its source it stands, in a file of 24 bytes a row beside the
 * package: found again by row number, without any of it in memory. This is what makes it possible to show the
 * untouched source row of a record that F&O refused hours later.
 */
export class RowIndexWriter {
  readonly #file: PartialFile;
  readonly #buffer = Buffer.allocUnsafeSlow(entryBytes * entriesPerWrite);
  readonly #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.length);
  #used = 0;

  private constructor(file: PartialFile) {
    this.#file = file;
  }

  static async open(file: string): Promise<RowIndexWriter> {
    return new RowIndexWriter(await PartialFile.open(file));
  }

  /** Adds the position of the next row. `fileNumber`: which of the entity's source files. */
  add(position: SourcePosition, fileNumber: number): Promise<void> | undefined {
    const { line, record, byteOffset, byteLength } = position;
    this.#put(byteOffset, byteLength, line, record, fileNumber);
    return this.#used === entriesPerWrite ? this.#flush() : undefined;
  }

  /** The same for the next rows, of these records. */
  addRecords(records: PassingRecords, picked: PickedRows, fileNumber: number): Promise<void> | undefined {
    for (let row = 0; row < picked.count; row++) {
      const at = picked.at(row);
      const place = records.byteOffsetOf(at);
      this.#put(place, records.byteLengthOf(at), records.lineOf(at), records.firstInFile + at, fileNumber);
      if (this.#used === entriesPerWrite) return this.#flushAndAdd(records, picked.part(row + 1), fileNumber);
    }
    return undefined;
  }

  async #flushAndAdd(records: PassingRecords, picked: PickedRows, fileNumber: number): Promise<void> {
    await this.#flush();
    await this.addRecords(records, picked, fileNumber);
  }

  #put(byteOffset: number, byteLength: number, line: number, record: number, fileNumber: number): void {
    const at = this.#used * entryBytes;
    const view = this.#view;
    view.setFloat64(at, byteOffset, true);
    view.setUint32(at + 8, byteLength, true);
    view.setUint32(at + 12, line, true);
    view.setUint32(at + 16, record, true);
    view.setUint32(at + 20, fileNumber, true);
    this.#used++;
  }

  /** The package, which is published behind it, makes its name durable. */
  async close(): Promise<void> {
    await this.#flush();
    await this.#file.publish({ nameLater: true });
    giveBack(this.#buffer);
  }

  async abort(): Promise<void> {
    await this.#file.discard();
  }

  async #flush(): Promise<void> {
    await this.#file.append(this.#buffer.subarray(0, this.#used * entryBytes));
    this.#used = 0;
  }
}

/** Looks rows up in the file a RowIndexWriter wrote. */
export class RowIndex {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #buffer = Buffer.alloc(entryBytes * entriesPerRead);
  /** The first row in the buffer, and how many are there. */
  #firstRow = 1;
  #rows = 0;

  private constructor(handle: FileHandle, file: string) {
    this.#handle = handle;
    this.#file = file;
  }

  /** Throws DMFP-RUN-FILE when the file is gone. */
  static async open(file: string): Promise<RowIndex> {
    try {
      return new RowIndex(await open(file), file);
    } catch (cause) {
      throw new DmfpipeError("DMFP-RUN-FILE", `${file} cannot be read.`, { at: { file }, cause });
    }
  }

  /**
   * The position of a row (1-based); its `file` is left empty, `fileNumber` says which it is. Throws
   * DMFP-RUN-FILE when the index has no such row.
   */
  async find(row: number): Promise<{ position: Omit<SourcePosition, "file">; fileNumber: number }> {
    if (row < this.#firstRow || row >= this.#firstRow + this.#rows) await this.#fill(row);
    if (this.#rows === 0) {
      throw new DmfpipeError("DMFP-RUN-FILE", `${this.#file} has no row ${row}.`, {
        at: { file: this.#file },
      });
    }
    const at = (row - this.#firstRow) * entryBytes;
    return {
      position: {
        byteOffset: this.#buffer.readDoubleLE(at),
        byteLength: this.#buffer.readUInt32LE(at + 8),
        line: this.#buffer.readUInt32LE(at + 12),
        record: this.#buffer.readUInt32LE(at + 16),
      },
      fileNumber: this.#buffer.readUInt32LE(at + 20),
    };
  }

  /** Reads the entries from a row on. */
  async #fill(row: number): Promise<void> {
    const offset = (row - 1) * entryBytes;
    const { bytesRead } = await this.#handle.read(this.#buffer, 0, this.#buffer.length, offset);
    this.#firstRow = row;
    this.#rows = Math.floor(bytesRead / entryBytes);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
