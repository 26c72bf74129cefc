import { decodeLeniently, windows1252FromLatin1 } from "./text-encoding.ts";
import type { SourcePosition, SourceRecord } from "./source-record.ts";

/** What the records of one window share. */
export interface RecordBytes {
  readonly bytes: Buffer;
  /** Of all fields of the window; see FieldIndex. */
  readonly bounds: Int32Array;
  readonly charset: "utf-8" | "windows-1252" | "iso-8859-1";
  /** The quote that may be doubled inside a field; -1: none. */
  readonly quote: number;
  /** Whether the bytes are those of the file: UTF-16 was turned into UTF-8. */
  readonly asInFile: boolean;
}

/** Where the fields of a record are in its window. */
export interface FieldPlace {
  /** Among the fields of the window. */
  readonly firstField: number;
  readonly width: number;
  /** Whether all bytes of the record are ASCII. */
  readonly ascii: boolean;
}

/** The fields of a record of which only the place is known. Nothing is decoded until somebody asks. */
export class ByteFields implements FieldPlace {
  readonly window: RecordBytes;
  firstField: number;
  width: number;
  ascii: boolean;

  constructor(window: RecordBytes, { firstField, width, ascii }: FieldPlace) {
    this.window = window;
    this.firstField = firstField;
    this.width = width;
    this.ascii = ascii;
  }

  /**
   * A number that stands for the field's value where that is one to four ASCII characters: codes of companies and the
   * like, which are compared more often than they are read. -1 for any other value.
   */
  shortCode(field: number): number {
    const { bytes, bounds } = this.window;
    const at = (this.firstField + field) * 2;
    const from = bounds[at] ?? 0;
    const end = bounds[at + 1] ?? 0;
    const length = (end >> 1) - from;
    if (length < 1 || length > 4 || (end & 1) !== 0) return -1;
    let code = 0;
    for (let index = from; index < from + length; index++) {
      const byte = bytes[index] ?? 0;
      if (byte === 0 || byte >= 0x80) return -1;
      code = (code << 8) | byte;
    }
    return code;
  }

  /** The text of one field, counted from 0. */
  text(field: number): string {
    const { bytes, bounds, charset, quote } = this.window;
    const at = (this.firstField + field) * 2;
    const from = bounds[at] ?? 0;
    const end = bounds[at + 1] ?? 0;
    const to = end >> 1;
    if (from === to) return "";
    const text =
      this.ascii || charset !== "utf-8"
        ? bytes.toString("latin1", from, to)
        : bytes.toString("utf8", from, to);
    const letters = !this.ascii && charset === "windows-1252" ? windows1252FromLatin1(text) : text;
    if ((end & 1) === 0) return letters;
    const mark = String.fromCharCode(quote);
    return letters.replaceAll(mark + mark, mark);
  }
}

/**
 * A record that stays bytes: who copies them never decodes it. Its window stays in memory as long as the record does;
 * texts that it gave do not keep it.
 */
export class ByteRecord extends ByteFields implements SourceRecord {
  readonly kind = "record";
  readonly position: SourcePosition;
  #values: readonly string[] | undefined;

  constructor(position: SourcePosition, window: RecordBytes, place: FieldPlace) {
    super(window, place);
    this.position = position;
  }

  get values(): readonly string[] {
    this.#values ??= this.#allTexts();
    return this.#values;
  }

  #allTexts(): readonly string[] {
    const { bytes, bounds } = this.window;
    const values: string[] = [];
    const first = this.firstField * 2;
    const start = bounds[first] ?? 0;
    const behind = (bounds[first + this.width * 2 - 1] ?? 0) >> 1;
    const whole = this.ascii ? bytes.toString("latin1", start, behind) : "";
    for (let field = 0; field < this.width; field++) {
      const from = bounds[first + field * 2] ?? 0;
      const end = bounds[first + field * 2 + 1] ?? 0;
      const length = (end >> 1) - from;
      // A short piece of a text is a copy of its own (see ownCopy) and quicker cut than decoded.
      const cut = this.ascii && (end & 1) === 0 && length < 13;
      values.push(cut ? whole.slice(from - start, from - start + length) : this.text(field));
    }
    return values;
  }

  /** The record as it stands in the file; undefined where it has to be looked up there. */
  rawText(): string | undefined {
    const { bytes, bounds, charset, quote, asInFile } = this.window;
    if (!asInFile) return undefined;
    const first = bounds[this.firstField * 2] ?? 0;
    const start = first > 0 && bytes[first - 1] === quote ? first - 1 : first;
    return decodeLeniently(bytes.subarray(start, start + this.position.byteLength), charset);
  }
}
