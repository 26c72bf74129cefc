import type { QuoteTrouble } from "./csv-window.ts";

/** The bytes that mean something in a CSV file. */
export interface CsvMarks {
  readonly delimiter: number;
  /** -1: the file knows no quotes. */
  readonly quote: number;
  /** Line feed (a carriage return before it belongs to it), or carriage return. */
  readonly lineEnd: number;
}

const lineFeed = 10;
const carriageReturn = 13;

/** Numbers a record takes in `records`. */
const recordWords = 5;

/**
 * Where the records and fields of a window stand, and nothing of what is in them: finding that out costs one look at
 * each byte, and most bytes are only copied afterwards. bench/csv-read.ts measures it against csv-parse.
 *
 * `bounds` has two numbers a field: the offset of its first byte (behind an opening quote), and twice the offset
 * behind its last byte (of a closing quote), plus one where quotes inside it are doubled.
 */
export class FieldIndex {
  bounds: Int32Array;
  #fields = 0;
  #records: Int32Array;
  count = 0;
  trouble: QuoteTrouble | undefined;

  /** Room for so many numbers of fields and of records; more is made where it is needed. */
  constructor(fields: number, records: number) {
    this.bounds = new Int32Array(Math.max(fields, 16) * 2);
    this.#records = new Int32Array(Math.max(records, 4) * recordWords);
  }

  /** Makes it that of another window, in the same memory. */
  clear(): void {
    this.#fields = 0;
    this.count = 0;
    this.trouble = undefined;
  }

  get fields(): number {
    return this.#fields;
  }

  startOf(record: number): number {
    return this.#records[record * recordWords] ?? 0;
  }

  endOf(record: number): number {
    return this.#records[record * recordWords + 1] ?? 0;
  }

  linesOf(record: number): number {
    return this.#records[record * recordWords + 2] ?? 0;
  }

  /** Number of the record's first field among all of the window. */
  firstFieldOf(record: number): number {
    return this.#records[record * recordWords + 3] ?? 0;
  }

  widthOf(record: number): number {
    const behind = record + 1 < this.count ? this.firstFieldOf(record + 1) : this.#fields;
    return behind - this.firstFieldOf(record);
  }

  /** Whether all bytes of the record are ASCII. */
  isAscii(record: number): boolean {
    return (this.#records[record * recordWords + 4] ?? 0) < 0x80;
  }

  /**
   * Reads a window that ends at a line end or at the end of the file. As strict as csv-parse: a quote may stand only
   * at the beginning of a field, doubled inside a quoted one, or before a delimiter or the end of the record.
   */
  read(bytes: Uint8Array, marks: CsvMarks): void {
    const { delimiter, quote, lineEnd } = marks;
    const { length } = bytes;
    // Most bytes of a text are greater than all marks: one comparison is enough for them.
    const greatest = Math.max(delimiter, quote, lineEnd);
    let at = 0;
    while (at < length) {
      const first = bytes[at] as number;
      if (first === lineEnd) {
        at++;
        continue;
      }
      if (first === carriageReturn && lineEnd === lineFeed && bytes[at + 1] === lineFeed) {
        at += 2;
        continue;
      }
      const start = at;
      const firstField = this.#fields;
      let lines = 0;
      let seen = 0;
      for (;;) {
        let from = at;
        let end: number;
        if (at < length && bytes[at] === quote) {
          let doubled = 0;
          from = ++at;
          for (;;) {
            if (at >= length) {
              this.#stop("quote not closed", firstField);
              return;
            }
            const byte = bytes[at] as number;
            if (byte === quote) {
              if (bytes[at + 1] !== quote) break;
              doubled = 1;
              at++;
            } else if (byte === lineEnd) lines++;
            seen |= byte;
            at++;
          }
          end = at * 2 + doubled;
          at++;
          if (at < length) {
            const next = bytes[at] as number;
            const ends =
              next === delimiter ||
              next === lineEnd ||
              (next === carriageReturn && lineEnd === lineFeed && bytes[at + 1] === lineFeed);
            if (!ends) {
              this.#stop("text after a closing quote", firstField);
              return;
            }
            if (next === carriageReturn && next !== lineEnd && next !== delimiter) at++;
          }
        } else {
          for (; at < length; at++) {
            const byte = bytes[at] as number;
            if (byte <= greatest && (byte === delimiter || byte === lineEnd || byte === quote)) break;
            seen |= byte;
          }
          if (at < length && bytes[at] === quote) {
            {
              this.#stop("quote inside an unquoted value", firstField);
              return;
            }
          }
          const crlf =
            lineEnd === lineFeed && bytes[at] === lineFeed && at > from && bytes[at - 1] === carriageReturn;
          end = (crlf ? at - 1 : at) * 2;
        }
        this.#putField(from, end);
        if (at >= length) break;
        const mark = bytes[at] as number;
        at++;
        if (mark === lineEnd) {
          lines++;
          break;
        }
      }
      this.#putRecord(start, at, lines, firstField, seen);
    }
  }

  #putField(from: number, end: number): void {
    const at = this.#fields * 2;
    if (at === this.bounds.length) this.bounds = grown(this.bounds);
    this.bounds[at] = from;
    this.bounds[at + 1] = end;
    this.#fields++;
  }

  #putRecord(start: number, end: number, lines: number, firstField: number, seen: number): void {
    const at = this.count * recordWords;
    if (at === this.#records.length) this.#records = grown(this.#records);
    this.#records[at] = start;
    this.#records[at + 1] = end;
    this.#records[at + 2] = lines;
    this.#records[at + 3] = firstField;
    this.#records[at + 4] = seen;
    this.count++;
  }

  #stop(trouble: QuoteTrouble, firstField: number): void {
    this.trouble = trouble;
    this.#fields = firstField;
  }
}

function grown(numbers: Int32Array): Int32Array {
  const more = new Int32Array(numbers.length * 2);
  more.set(numbers);
  return more;
}
