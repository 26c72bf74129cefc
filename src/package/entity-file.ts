import type { ValueFormat } from "./value-format.ts";

/**
 * Bytes handed on at a time. Measured: giving the zip one small chunk per record makes the whole job three
 * times slower; chunks of 256 KiB give that back.
 */
export const entityFileChunkBytes = 256 * 1024;

const byteOrderMark = "\uFEFF";
const needsQuotes = /[",\r\n]/;

/**
 * The data file of one entity in the format CSV-Unicode, which is built into every environment: UTF-16 LE with
 * byte order mark, CRLF, comma, a header in upper case. Observed: a UTF-8 file is refused with "Selected file
 * is not Unicode", and LF alone with "the mapping is incorrect".
 *
 * Records go in as canonical values, bytes come out in chunks of at least 256 KiB (the last one excepted).
 * Written without csv-stringify: this is the path every record takes, and joining strings is several times
 * faster than a writer that looks at options and types for each value. csv-parse checks it in the tests.
 */
export class EntityFile {
  readonly #formats: readonly (ValueFormat | undefined)[];
  #text: string;

  /** `formats` is aligned with `fields`; `undefined` writes the value as it is. */
  constructor(fields: readonly string[], formats: readonly (ValueFormat | undefined)[]) {
    this.#formats = formats;
    this.#text = `${byteOrderMark}${fields.map((field) => csvField(field.toUpperCase())).join(",")}\r\n`;
  }

  /** Adds one record; returns the bytes to be handed on once enough have gathered. */
  add(values: readonly string[]): Buffer | undefined {
    const formats = this.#formats;
    let row = "";
    for (let index = 0; index < formats.length; index++) {
      const value = values[index] ?? "";
      const format = formats[index];
      if (index > 0) row += ",";
      row += csvField(format === undefined ? value : format(value));
    }
    // An entity with one column and an empty value would leave a blank line, which F&O does not allow.
    this.#text += row === "" ? '""\r\n' : `${row}\r\n`;
    return this.#text.length * 2 >= entityFileChunkBytes ? this.take() : undefined;
  }

  /** The bytes that have gathered so far; at the end of the file, the last ones. */
  take(): Buffer {
    const bytes = Buffer.from(this.#text, "utf16le");
    this.#text = "";
    return bytes;
  }
}

/**
 * Quoted only when needed, quotes doubled. Whether F&O's text qualifier understands a doubled quote is not
 * documented; that is why everything that can go without quotes does.
 */
function csvField(value: string): string {
  return needsQuotes.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
