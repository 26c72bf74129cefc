import type { DelimitedRow } from "./delimited-row.ts";
import type { EntityFileFormat, RecordEncoder } from "./entity-file-format.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import type { TextUnits } from "../source/text-units.ts";
import type { FileColumn } from "./field-map.ts";

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

  /** Adds one record that was made a row of this file; returns as `add`. */
  addRow(row: DelimitedRow): Buffer | undefined {
    const { text } = row;
    this.#textToBytes();
    if (this.#encoding === "utf16le") this.#addUnits(text);
    else this.#addUtf8(row);
    this.#chars += text.length;
    return this.#takeFull();
  }

  /** The last bytes of the file. Nothing may be added afterwards. */
  end(): Buffer {
    this.#text += this.#encoder.footer;
    return this.#take();
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

  #addUnits({ units, length }: TextUnits): void {
    const bytes = this.#room(length * 2);
    bytes.set(new Uint8Array(units.buffer, units.byteOffset, length * 2), this.#filled);
    this.#filled += length * 2;
  }

  #addUtf8(row: DelimitedRow): void {
    const { text } = row;
    const ascii = row.ascii();
    if (ascii === undefined) {
      // Few rows have more than ASCII.
      const bytes = this.#room(text.length * 3);
      this.#filled += bytes.write(text.textFrom(0), this.#filled, "utf8");
    } else {
      this.#room(ascii.length).set(ascii, this.#filled);
      this.#filled += ascii.length;
    }
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
