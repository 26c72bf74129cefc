import { ByteKernel, type CsvMarks } from "./byte-kernel.ts";
import type { QuoteTrouble } from "./csv-window.ts";

/** Numbers a record takes in `records`; see kernel/memory.ts. */
const recordNumbers = 8;

/** Of windows whose records are kept. */
let shared: ByteKernel | undefined;

/**
 * Where the records and fields of a window stand, and nothing of what is in them: finding that out costs one look at
 * each byte, and most bytes are only copied afterwards. bench/csv-read.ts measures it against csv-parse.
 *
 * `bounds` has two numbers a field: the offset of its first byte (behind an opening quote), and twice the offset
 * behind its last byte (of a closing quote), plus one where quotes inside it are doubled.
 */
export class FieldIndex {
  readonly bounds: Int32Array;
  readonly count: number;
  readonly trouble: QuoteTrouble | undefined;
  readonly #fields: number;
  readonly #records: Int32Array;

  /** `passing`: where the window is, and its index; both count until the kernel is given another one. */
  constructor(window: Uint8Array, marks: CsvMarks, passing?: ByteKernel) {
    const kernel = passing ?? (shared ??= new ByteKernel());
    const { records, fields, trouble } = kernel.find(window, marks);
    this.count = records;
    this.trouble = trouble;
    this.#fields = fields;
    const own = passing === undefined;
    this.bounds = own ? kernel.bounds.slice(0, fields * 2) : kernel.bounds;
    this.#records = own ? kernel.records.slice(0, records * recordNumbers) : kernel.records;
  }

  startOf(record: number): number {
    return this.#records[record * recordNumbers] ?? 0;
  }

  endOf(record: number): number {
    return this.#records[record * recordNumbers + 1] ?? 0;
  }

  linesOf(record: number): number {
    return this.#records[record * recordNumbers + 2] ?? 0;
  }

  /** Number of the record's first field among all of the window. */
  firstFieldOf(record: number): number {
    return this.#records[record * recordNumbers + 3] ?? 0;
  }

  widthOf(record: number): number {
    const behind = record + 1 < this.count ? this.firstFieldOf(record + 1) : this.#fields;
    return behind - this.firstFieldOf(record);
  }

  /** Whether all bytes of the record are ASCII. */
  isAscii(record: number): boolean {
    return (this.#records[record * recordNumbers + 4] ?? 0) < 0x80;
  }

  /** Where the row of the record ends among the rows that the kernel wrote, in units. */
  rowEndOf(record: number): number {
    return this.#records[record * recordNumbers + 5] ?? 0;
  }

  /** Says where it ends. */
  endRow(record: number, units: number): void {
    this.#records[record * recordNumbers + 5] = units;
  }

  /** The first and the second half of the hash of the key of that row; see TextHash. */
  keyHighOf(record: number): number {
    return (this.#records[record * recordNumbers + 6] ?? 0) >>> 0;
  }

  keyLowOf(record: number): number {
    return (this.#records[record * recordNumbers + 7] ?? 0) >>> 0;
  }
}
