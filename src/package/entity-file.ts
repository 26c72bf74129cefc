import type { DelimitedRow } from "./delimited-row.ts";
import type { EntityFileFormat, RecordEncoder } from "./entity-file-format.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import type { FileColumn } from "./field-map.ts";

/**
 * Bytes handed on at a time. Measured: giving the zip one small chunk per record makes the whole job three
 * times slower; chunks of 256 KiB give that back.
 */
export const entityFileChunkBytes = 256 * 1024;

/** Units beyond a full chunk that a row may take before more room is made. */
const rowRoom = 8 * 1024;

/**
 * The data file of one entity. Records go in as canonical values or as rows, bytes come out in chunks of at least
 * 256 KiB (the last one excepted). Chunks end between records, so no character is ever cut; where they end does not
 * depend on how the records came in.
 *
 * It gathers texts, or the code units of rows: as long as one kind comes, nothing is turned into the other.
 */
export class EntityFile {
  readonly #encoder: RecordEncoder;
  readonly #encoding: "utf16le" | "utf8";
  /** So many characters make a full chunk; a character of UTF-8 has at least one byte. */
  readonly #chunkChars: number;
  /** What stands behind the units. */
  #text: string;
  #units: Buffer | undefined;
  #unitBytes = 0;

  /** Throws DMFP-MAPPING-FIELD where a column's name cannot stand in a file of this format. */
  constructor(format: EntityFileFormat, schema: EntitySchema, columns: readonly FileColumn[]) {
    this.#encoder = format.begin(schema, columns);
    const utf16 = format.encoding === "utf-16le";
    this.#encoding = utf16 ? "utf16le" : "utf8";
    this.#chunkChars = utf16 ? entityFileChunkBytes / 2 : entityFileChunkBytes;
    this.#text = this.#encoder.header;
  }

  /** Adds one record; returns the bytes to be handed on once enough have gathered. */
  add(values: readonly string[]): Buffer | undefined {
    this.#text += this.#encoder.record(values);
    return this.#takeFull();
  }

  /** Adds one record that was made a row of this file; returns as `add`. */
  addRow({ text }: DelimitedRow): Buffer | undefined {
    this.#textToUnits();
    const bytes = text.length * 2;
    const units = this.#room(bytes);
    const { buffer, byteOffset } = text.units;
    units.set(new Uint8Array(buffer, byteOffset, bytes), this.#unitBytes);
    this.#unitBytes += bytes;
    return this.#takeFull();
  }

  /** The last bytes of the file. Nothing may be added afterwards. */
  end(): Buffer {
    this.#text += this.#encoder.footer;
    return this.#take();
  }

  #takeFull(): Buffer | undefined {
    return this.#unitBytes / 2 + this.#text.length >= this.#chunkChars ? this.#take() : undefined;
  }

  #take(): Buffer {
    if (this.#units === undefined) {
      const bytes = Buffer.from(this.#text, this.#encoding);
      this.#text = "";
      return bytes;
    }
    this.#textToUnits();
    const units = this.#units.subarray(0, this.#unitBytes);
    this.#units = undefined;
    this.#unitBytes = 0;
    return this.#encoding === "utf16le" ? units : Buffer.from(units.toString("utf16le"), "utf8");
  }

  #textToUnits(): void {
    if (this.#text === "") return;
    const bytes = this.#text.length * 2;
    this.#room(bytes).write(this.#text, this.#unitBytes, "utf16le");
    this.#unitBytes += bytes;
    this.#text = "";
  }

  /** The units, with room for so many more bytes. A chunk that was handed on is never written to again. */
  #room(bytes: number): Buffer {
    const wanted = this.#unitBytes + bytes;
    const units = this.#units ?? Buffer.allocUnsafeSlow((this.#chunkChars + rowRoom) * 2);
    if (units.length >= wanted) return (this.#units = units);
    const more = Buffer.allocUnsafeSlow(Math.max(wanted, units.length * 2));
    units.copy(more, 0, 0, this.#unitBytes);
    return (this.#units = more);
  }
}
