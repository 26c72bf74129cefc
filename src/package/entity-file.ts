import type { EntityFileFormat, RecordEncoder } from "./entity-file-format.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import type { FileColumn } from "./field-map.ts";

/**
 * Bytes handed on at a time. Measured: giving the zip one small chunk per record makes the whole job three
 * times slower; chunks of 256 KiB give that back.
 */
export const entityFileChunkBytes = 256 * 1024;

/**
 * The data file of one entity. Records go in as canonical values, bytes come out in chunks of at least 256 KiB (the
 * last one excepted). Chunks end between records, so no character is ever cut.
 */
export class EntityFile {
  readonly #encoder: RecordEncoder;
  readonly #encoding: "utf16le" | "utf8";
  /** So many characters make a full chunk; a character of UTF-8 has at least one byte. */
  readonly #chunkChars: number;
  #text: string;

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
    return this.#text.length >= this.#chunkChars ? this.#take() : undefined;
  }

  /** The last bytes of the file. Nothing may be added afterwards. */
  end(): Buffer {
    this.#text += this.#encoder.footer;
    return this.#take();
  }

  #take(): Buffer {
    const bytes = Buffer.from(this.#text, this.#encoding);
    this.#text = "";
    return bytes;
  }
}
