import type { DelimitedRows } from "./delimited-rows.ts";
import type { EntityFileFormat, RecordEncoder } from "./entity-file-format.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { giveBack } from "./give-back.ts";
import type { FileColumn } from "./field-map.ts";
import type { PickedRows } from "./picked-rows.ts";

/**
 * Bytes handed on at a time. Measured: giving the zip one small chunk per record makes the whole job three
 * times slower; chunks of 256 KiB give that back.
 */
export const entityFileChunkBytes = 256 * 1024;

/** Characters beyond a full chunk that a row may have before more room is made. */
const rowRoom = 8 * 1024;

/**
 * The data file of one entity. Records go in as canonical values or as rows, bytes come out in chunks of at least
 * 256 KiB (the last one excepted). Chunks end between records, so no character is ever cut; where they end does not
 * depend on how the records came in.
 *
 * It gathers texts, or the bytes of rows: as long as one kind comes, nothing is turned into the other.
 */
export class EntityFile {
  readonly #encoder: RecordEncoder;
  readonly #encoding: "utf16le" | "utf8";
  /** So many characters make a full chunk; a character of UTF-8 has at least one byte. */
  readonly #chunkChars: number;
  /** What stands behind the bytes. */
  #text: string;
  #bytes: Buffer | undefined;
  #filled = 0;
  /** Characters that the bytes are. */
  #chars = 0;

  /** Throws DMFP-MAPPING-FIELD where a column's name cannot stand in a file of this format. */
  constructor(format: EntityFileFormat, schema: EntitySchema, columns: readonly FileColumn[]) {
    this.#encoder = format.begin(schema, columns);
    const utf16 = format.encoding === "utf-16le";
    this.#encoding = utf16 ? "utf16le" : "utf8";
    this.#chunkChars = utf16 ? entityFileChunkBytes / 2 : entityFileChunkBytes;
    this.#text = this.#encoder.header;
  }

  /**
   * Adds one record; returns the bytes to be handed on once enough have gathered. They count until the next record is
   * added: the same memory gathers the next ones.
   */
  add(values: readonly string[]): Buffer | undefined {
    this.#text += this.#encoder.record(values);
    return this.#takeFull();
  }

  /**
   * How many of these rows go in before bytes are to be handed on: up to the one that makes the chunk a full one.
   */
  fitting(rows: DelimitedRows, picked: PickedRows): number {
    let room = this.#chunkChars - this.#chars - this.#text.length;
    for (let place = 0; place < picked.count; place++) {
      room -= rows.charsOf(picked.at(place));
      if (room <= 0) return place + 1;
    }
    return picked.count;
  }

  /** Adds rows, no more than are fitting; returns as `add`. */
  addRows(rows: DelimitedRows, picked: PickedRows): Buffer | undefined {
    this.#textToBytes();
    const added = rows.encode(picked, this.#encoding);
    rows.copyTo(this.#room(added), this.#filled);
    this.#filled += added;
    for (let place = 0; place < picked.count; place++) this.#chars += rows.charsOf(picked.at(place));
    return this.#takeFull();
  }

  /** The last bytes of the file. Nothing may be added afterwards. */
  end(): Buffer {
    this.#text += this.#encoder.footer;
    return this.#take();
  }

  /** Gives its memory back, when what `end` returned was handed on. */
  close(): void {
    giveBack(this.#bytes);
    this.#bytes = undefined;
  }

  #takeFull(): Buffer | undefined {
    return this.#chars + this.#text.length >= this.#chunkChars ? this.#take() : undefined;
  }

  #take(): Buffer {
    if (this.#bytes === undefined || this.#filled === 0) {
      const bytes = Buffer.from(this.#text, this.#encoding);
      this.#text = "";
      return bytes;
    }
    this.#textToBytes();
    const bytes = this.#bytes.subarray(0, this.#filled);
    this.#filled = 0;
    this.#chars = 0;
    return bytes;
  }

  #textToBytes(): void {
    if (this.#text === "") return;
    const bytes = this.#room(this.#text.length * (this.#encoding === "utf16le" ? 2 : 3));
    this.#filled += bytes.write(this.#text, this.#filled, this.#encoding);
    this.#chars += this.#text.length;
    this.#text = "";
  }

  /** The bytes, with room for so many more. */
  #room(sizeBytes: number): Buffer {
    const wanted = this.#filled + sizeBytes;
    const charBytes = this.#encoding === "utf16le" ? 2 : 1;
    const bytes = this.#bytes ?? Buffer.allocUnsafeSlow((this.#chunkChars + rowRoom) * charBytes);
    if (bytes.length >= wanted) return (this.#bytes = bytes);
    const more = Buffer.allocUnsafeSlow(Math.max(wanted, bytes.length * 2));
    bytes.copy(more, 0, 0, this.#filled);
    return (this.#bytes = more);
  }
}
