import type { PassingRecords } from "../source/passing-records.ts";
import { TextUnits, type UnitClasses } from "../source/text-units.ts";
import type { PickedRows } from "./picked-rows.ts";

/** What units of a value mean for a delimited file: the bits of UnitClasses. */
export const unitClass = {
  /** The value must stand in quotes. */
  quoted: 1,
  /** It is a quote itself and must be doubled. */
  quote: 2,
  /** The format does not promise to carry it in a text; see format-risk.ts. */
  doubtful: 4,
  /** No format carries it; see value-check.ts. */
  forbidden: 8,
} as const;

const quoteUnit = 0x22;

/**
 * Rows of a delimited file under construction, as UTF-16 code units in the memory of a kernel: the same as RecordEncoder
 * makes of the values, without texts. Each is the row of one of the records of a window, by whose numbers it goes; what
 * they hold counts until they are begun again.
 */
export class DelimitedRows {
  /** All that was written so far. */
  readonly text: TextUnits;
  readonly classes: UnitClasses;
  readonly delimiter: number;
  #records: PassingRecords | undefined;
  #first = 0;

  constructor(delimiter: string) {
    this.classes = classesFor(delimiter);
    this.text = new TextUnits(this.classes);
    this.delimiter = delimiter.charCodeAt(0);
  }

  /** Begins the rows of records from number `first` on. */
  begin(records: PassingRecords, first: number): void {
    this.#records = records;
    this.#first = first;
    this.text.units = records.window.kernel.rowUnits;
    this.text.length = 0;
  }

  /** Whether the rows still are in that memory. What is too long for it is somewhere else, and not whole. */
  get isWhole(): boolean {
    return this.text.units === this.#records?.window.kernel.rowUnits;
  }

  /** The number of the first unit of a row, and of the one behind its last. */
  #startOf(at: number): number {
    return at === this.#first ? 0 : this.#endOf(at - 1);
  }

  #endOf(at: number): number {
    const records = this.#records;
    return records === undefined ? 0 : records.window.index.rowEndOf(records.first + at);
  }

  /** Characters of a row. */
  charsOf(at: number): number {
    return this.#endOf(at) - this.#startOf(at);
  }

  /** There is no row for the next record. */
  pass(at: number): void {
    const records = this.#records;
    records?.window.index.endRow(records.first + at, this.text.length);
  }

  /** Encodes rows as UTF-16 LE or UTF-8; returns how many bytes that are, which `copyTo` then copies. */
  encode(rows: PickedRows, encoding: "utf16le" | "utf8"): number {
    const kernel = this.#records?.window.kernel;
    if (kernel === undefined) return 0;
    kernel.beginEncoding();
    for (let place = 0, behind = 0; place < rows.count; place = behind) {
      behind = rows.runEnd(place);
      const start = this.#startOf(rows.at(place));
      const end = this.#endOf(rows.at(behind - 1));
      if (behind - place === rows.count) kernel.encodeOnly(start, end, encoding);
      else kernel.encodeRows(start, end, encoding);
    }
    return kernel.encodedBytes;
  }

  copyTo(target: Buffer, offset: number): void {
    this.#records?.window.kernel.copyEncoded(target, offset);
  }
}

function classesFor(delimiter: string): UnitClasses {
  const classes = new Uint8Array(0x10000);
  const mark = (first: number, last: number, bit: number): void => {
    for (let unit = first; unit <= last; unit++) classes[unit] = (classes[unit] ?? 0) | bit;
  };
  mark(0x00, 0x1f, unitClass.doubtful);
  mark(0x7f, 0x9f, unitClass.doubtful);
  mark(quoteUnit, quoteUnit, unitClass.doubtful | unitClass.quoted | unitClass.quote);
  for (const unit of [0x0a, 0x0d, delimiter.charCodeAt(0)]) mark(unit, unit, unitClass.quoted);
  mark(0x00, 0x08, unitClass.forbidden);
  mark(0x0b, 0x0c, unitClass.forbidden);
  mark(0x0e, 0x1f, unitClass.forbidden);
  mark(0xfffe, 0xffff, unitClass.forbidden);
  return classes;
}
