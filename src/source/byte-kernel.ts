import { readFileSync } from "node:fs";
import type { QuoteTrouble } from "./csv-window.ts";
import { rowProgram, type KernelCell } from "./row-program.ts";
import type { UnitClasses } from "./text-units.ts";

/** The bytes that mean something in a CSV file. */
export interface CsvMarks {
  readonly delimiter: number;
  /** -1: the file knows no quotes. */
  readonly quote: number;
  /** Line feed (a carriage return before it belongs to it), or carriage return. */
  readonly lineEnd: number;
}

/** Why a program stopped at a cell: the two lowest bits of what `copyCells` returns. */
export const cellStop = {
  /** What stands before the value is written; the value is not. */
  toBeWritten: 0,
  /** The value is written, and wanted or of a class of units. */
  toBeAttended: 1,
  /** The row is too long. */
  noRoom: 2,
  /** The value is not certainly right. */
  notCertain: 3,
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
  readonly copyCells: (
    cell: number,
    count: number,
    field: number,
    length: number,
    delimiter: number,
  ) => number;
  readonly narrowRow: (length: number) => number;
  readonly placeWindow: (window: number, marks: number, bounds: number, records: number, end: number) => void;
  readonly placeRow: (classes: number, program: number, row: number, end: number) => void;
}

/** The areas of the memory, in bytes; they stand one behind the other. */
interface Areas {
  readonly marks: number;
  readonly bounds: number;
  readonly records: number;
  readonly window: number;
}

const toldBytes = 64;
const classesBytes = 64 * 1024;
/** Behind the window: vectors are loaded whole. */
const slackBytes = 64;
const programAt = toldBytes + classesBytes;
/** A thousand times what rows of F&O need; memory that nobody touches is none. */
const programBytes = 256 * 1024;
/** Longer rows are left to others; see StraightPath. */
const rowBytes = 512 * 1024;
const pageBytes = 64 * 1024;

let compiled: WebAssembly.Module | undefined;

/**
 * What is done with every byte of a source, in WebAssembly, for it has instructions that look at sixteen bytes at a time
 * and JavaScript has none: finding the fields of a window, and copying those that no step touches into the row of a
 * data file. Its code is in kernel/, written in AssemblyScript; `npm run kernel` compiles it, and a test demands that it
 * was. Measured by bench/whole-job.ts: the main thread of a build has a third less to do.
 *
 * Each has memory of its own: a window, what was found in it, the program of a row and the row. Nothing of it moves
 * while the records of a window are looked at; a larger window makes it grow.
 */
export class ByteKernel {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #code: KernelCode;
  #areas: Areas = { marks: 0, bounds: 0, records: 0, window: 0 };
  #windowAt = 0;
  #bytes = new Uint8Array(0);
  /** Writes cells of a row; see kernel/copy-cells.ts, and `cellStop` for what it returns. */
  readonly copyCells: KernelCode["copyCells"];
  /** What a call of `copyCells` tells: units of the row, where the value of the cell begins, its classes. */
  told = new Int32Array(0);
  /** See FieldIndex. */
  bounds = new Int32Array(0);
  records = new Int32Array(0);
  /** The row under construction. */
  rowUnits = new Uint16Array(0);

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL("./kernel/kernel.wasm", import.meta.url)));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.#code = exports as unknown as KernelCode;
    this.copyCells = this.#code.copyCells;
    this.#layOut({ marks: 32 * 1024, bounds: 64 * 1024, records: 16 * 1024, window: 64 * 1024 });
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
   * Takes the program of a row; false where it is too large. `classes`: of the units; see UnitClasses. What was found in
   * the window stays as it is.
   */
  load(cells: readonly KernelCell[], classes: UnitClasses): boolean {
    const program = rowProgram(cells, programAt);
    if (program.length > programBytes) return false;
    this.#bytes.set(classes, toldBytes);
    this.#bytes.set(program, programAt);
    return true;
  }

  /** The row of so many units as ASCII; undefined where it is not. It counts until the next call of anything. */
  asciiRow(length: number): Uint8Array | undefined {
    if (length * 3 + slackBytes > rowBytes) return undefined;
    const at = this.#code.narrowRow(length);
    return at === 0 ? undefined : this.#bytes.subarray(at, at + length);
  }

  #grow(larger: Partial<Areas>): void {
    this.#layOut({ ...this.#areas, ...larger });
  }

  #layOut(areas: Areas): void {
    const aligned = (sizeBytes: number): number => Math.ceil(sizeBytes / 16) * 16;
    const marks = programAt + programBytes;
    const bounds = marks + aligned(areas.marks);
    const records = bounds + aligned(areas.bounds);
    const window = records + aligned(areas.records);
    const row = window + aligned(areas.window);
    const end = row + rowBytes;
    const pages = Math.ceil((end - this.#memory.buffer.byteLength) / pageBytes);
    if (pages > 0) this.#memory.grow(pages);
    const { buffer } = this.#memory;
    this.#areas = areas;
    this.#windowAt = window;
    this.#bytes = new Uint8Array(buffer);
    this.told = new Int32Array(buffer, 0, toldBytes / 4);
    this.bounds = new Int32Array(buffer, bounds, (records - bounds) / 4);
    this.records = new Int32Array(buffer, records, (window - records) / 4);
    this.rowUnits = new Uint16Array(buffer, row, rowBytes / 2);
    this.#code.placeWindow(window, marks, bounds, records, window);
    this.#code.placeRow(toldBytes, programAt, row, end);
  }
}
