import { readFileSync } from "node:fs";
import type { QuoteTrouble } from "./csv-window.ts";
import { memoBytes, mostMemos, rowProgram, type KernelCell } from "./row-program.ts";
import { windows1252FromLatin1 } from "./text-encoding.ts";
import type { UnitClasses } from "./text-units.ts";

/** The bytes that mean something in a CSV file. */
export interface CsvMarks {
  readonly delimiter: number;
  /** -1: the file knows no quotes. */
  readonly quote: number;
  /** Line feed (a carriage return before it belongs to it), or carriage return. */
  readonly lineEnd: number;
}

/** Why a program stopped at a cell: the two lowest bits of what `copyRows` returns. */
export const cellStop = {
  /** What stands before the value is written; the value is not. */
  toBeWritten: 0,
  /** The value is written but for its quotes, and wanted, or a text that is doubtful. */
  toBeAttended: 1,
  /** There is no room for the row. */
  noRoom: 2,
  /** The value is not certainly right. */
  notCertain: 3,
} as const;

/** What a call of `copyRows` tells; the numbers are their places in `told`. */
export const toldBy = {
  /** Units of all rows. */
  length: 0,
  /** Where the value of the cell begins at which it stopped, and the classes of its units. */
  cellStart: 1,
  cellClasses: 2,
  /** The record in whose row that is. */
  record: 5,
} as const;

/** The order is that of the numbers in find-fields.ts. */
const troubles: readonly (QuoteTrouble | undefined)[] = [
  undefined,
  "text after a closing quote",
  "quote inside an unquoted value",
  "quote not closed",
];

interface KernelCode {
  readonly findFields: (lengthBytes: number, delimiter: number, quote: number, lineEnd: number) => number;
  readonly copyRows: (
    record: number,
    behind: number,
    cell: number,
    cells: number,
    length: number,
    delimiter: number,
  ) => number;
  readonly addKeyPart: (from: number, to: number, normal: boolean) => number;
  readonly quoteValue: (from: number, to: number, seen: number) => number;
  readonly remember: (from: number, to: number, classes: number) => void;
  readonly setCharset: (charset: number, letters: number) => void;
  readonly encodeRows: (from: number, to: number, behind: number, asUtf8: number) => number;
  readonly placeWindow: (window: number, marks: number, bounds: number, records: number, end: number) => void;
  readonly placeRow: (
    classes: number,
    program: number,
    key: number,
    keyEnd: number,
    row: number,
    end: number,
  ) => void;
}

/** The areas of the memory, in bytes; they stand one behind the other. */
interface Areas {
  readonly marks: number;
  readonly bounds: number;
  readonly records: number;
  readonly window: number;
}

/** The order is that of the numbers in decode-value.ts. */
const charsets = ["utf-8", "windows-1252", "iso-8859-1"] as const;

const toldBytes = 64;
const lettersAt = toldBytes;
const lettersBytes = 64;
const classesAt = lettersAt + lettersBytes;
const classesBytes = 64 * 1024;
/** Behind the window: vectors are loaded whole. */
const slackBytes = 64;
const programAt = classesAt + classesBytes;
/** A thousand times what rows of F&O need; memory that nobody touches is none. */
const programBytes = 256 * 1024;
const keyBytes = 16 * 1024;
/** Longer rows are left to others; see StraightPath. */
const rowBytes = 512 * 1024;
/** Of a unit of 16 bits UTF-8 makes three bytes at most. */
const encodedBytes = (rowBytes / 2) * 3;
const memosAt = programAt + programBytes;
const pageBytes = 64 * 1024;

let compiled: WebAssembly.Module | undefined;

/**
 * What is done with every byte of a source, in WebAssembly, for it has instructions that look at sixteen bytes at a time
 * and JavaScript has none: finding the fields of a window, and copying those that no step touches into rows of a data
 * file. Its code is in kernel/, written in AssemblyScript; `npm run kernel` compiles it, and a test demands that it
 * was. Measured by bench/whole-job.ts: the main thread of a build has a third less to do.
 *
 * Each has memory of its own: a window, what was found in it, the program of a row and rows. Nothing of it moves
 * while the records of a window are looked at; a larger window makes it grow.
 */
export class ByteKernel {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #code: KernelCode;
  #areas: Areas = { marks: 0, bounds: 0, records: 0, window: 0 };
  #windowAt = 0;
  #rowAt = 0;
  #utf8At = 0;
  #encodedAt = 0;
  #encodedBytes = 0;
  #loaded = false;
  #bytes = Buffer.alloc(0);
  /** Writes rows; see kernel/copy-rows.ts, and `cellStop` for what it returns. */
  readonly copyRows: KernelCode["copyRows"];
  /** Adds units of the rows to the key of a row; returns 0 where it cannot. See kernel/row-key.ts. */
  readonly addKeyPart: KernelCode["addKeyPart"];
  /** Puts the value at the end of the rows into quotes; see kernel/quote-value.ts. */
  readonly quoteValue: KernelCode["quoteValue"];
  /** Remembers what was written where `copyRows` stopped; see kernel/value-memo.ts. */
  readonly remember: KernelCode["remember"];
  /** See `toldBy`. */
  told = new Int32Array(0);
  /** See FieldIndex. */
  bounds = new Int32Array(0);
  records = new Int32Array(0);
  /** The rows. */
  rowUnits = new Uint16Array(0);

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL("./kernel/kernel.wasm", import.meta.url)));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.#code = exports as unknown as KernelCode;
    this.copyRows = this.#code.copyRows;
    this.addKeyPart = this.#code.addKeyPart;
    this.quoteValue = this.#code.quoteValue;
    this.remember = this.#code.remember;
    this.#layOut({ marks: 32 * 1024, bounds: 64 * 1024, records: 16 * 1024, window: 64 * 1024 });
    const letters = windows1252FromLatin1(
      String.fromCharCode(...Array.from({ length: 32 }, (_, at) => 0x80 + at)),
    );
    new Uint16Array(this.#memory.buffer, lettersAt).set(
      Array.from(letters, (letter) => letter.charCodeAt(0)),
    );
  }

  /** Finds the records and fields of a window: their number is returned, their places are in `records` and `bounds`. */
  find(
    window: Uint8Array,
    { delimiter, quote, lineEnd }: CsvMarks,
  ): { readonly records: number; readonly fields: number; readonly trouble: QuoteTrouble | undefined } {
    if (window.length + slackBytes > this.#areas.window)
      this.#grow({ window: window.length * 2 + slackBytes });
    for (;;) {
      this.#bytes.set(window, this.#windowAt);
      const records = this.#code.findFields(window.length, delimiter, quote, lineEnd);
      const [, , , fields = 0, trouble = 0] = this.told;
      if (records >= 0) return { records, fields, trouble: troubles[trouble] };
      const { marks, bounds, records: recordsBytes } = this.#areas;
      this.#grow({ marks: marks * 2, bounds: bounds * 2, records: recordsBytes * 2 });
    }
  }

  /**
   * Takes the program of a row; false where it is too large. `classes`: of the units; see UnitClasses. `charset`: of the
   * windows, all of whose records are text in it. What was found in the window stays as it is.
   */
  load(cells: readonly KernelCell[], classes: UnitClasses, charset: (typeof charsets)[number]): boolean {
    const program = rowProgram(cells, programAt, memosAt);
    if (program.length > programBytes) return false;
    // What other cells remembered is gone. Memory that was not touched stays so.
    if (this.#loaded) this.#bytes.fill(0, memosAt, memosAt + mostMemos * memoBytes);
    this.#loaded = true;
    this.#bytes.set(classes, classesAt);
    this.#code.setCharset(charsets.indexOf(charset), lettersAt);
    this.#bytes.set(program, programAt);
    return true;
  }

  /** Nothing is encoded any more. */
  beginEncoding(): void {
    this.#encodedBytes = 0;
    this.#encodedAt = this.#utf8At;
  }

  /** Encodes the units of the rows from number `from` up to `to`, behind those that are encoded already. */
  encodeRows(from: number, to: number, encoding: "utf16le" | "utf8"): void {
    this.#encodedBytes = this.#code.encodeRows(from, to, this.#encodedBytes, encoding === "utf8" ? 1 : 0);
  }

  /** All rows there are to encode, from number `from` up to `to`. */
  encodeOnly(from: number, to: number, encoding: "utf16le" | "utf8"): void {
    this.beginEncoding();
    if (encoding === "utf8") this.encodeRows(from, to, encoding);
    else {
      // They are what they should be where they are.
      this.#encodedAt = this.#rowAt + from * 2;
      this.#encodedBytes = (to - from) * 2;
    }
  }

  /** Of what is encoded. */
  get encodedBytes(): number {
    return this.#encodedBytes;
  }

  /** Copies what is encoded. */
  copyEncoded(target: Buffer, offset: number): void {
    this.#bytes.copy(target, offset, this.#encodedAt, this.#encodedAt + this.#encodedBytes);
  }

  #grow(larger: Partial<Areas>): void {
    this.#layOut({ ...this.#areas, ...larger });
  }

  #layOut(areas: Areas): void {
    const aligned = (sizeBytes: number): number => Math.ceil(sizeBytes / 16) * 16;
    const marks = memosAt + mostMemos * memoBytes;
    const bounds = marks + aligned(areas.marks);
    const records = bounds + aligned(areas.bounds);
    const window = records + aligned(areas.records);
    const key = window + aligned(areas.window);
    const row = key + keyBytes;
    const rowEnd = row + rowBytes;
    const end = rowEnd + encodedBytes + slackBytes;
    const pages = Math.ceil((end - this.#memory.buffer.byteLength) / pageBytes);
    if (pages > 0) this.#memory.grow(pages);
    const { buffer } = this.#memory;
    this.#areas = areas;
    this.#windowAt = window;
    this.#rowAt = row;
    this.#utf8At = rowEnd;
    this.#bytes = Buffer.from(buffer);
    this.told = new Int32Array(buffer, 0, toldBytes / 4);
    this.bounds = new Int32Array(buffer, bounds, (records - bounds) / 4);
    this.records = new Int32Array(buffer, records, (window - records) / 4);
    this.rowUnits = new Uint16Array(buffer, row, rowBytes / 2);
    this.#code.placeWindow(window, marks, bounds, records, window);
    this.#code.placeRow(classesAt, programAt, key, row, row, rowEnd);
  }
}
