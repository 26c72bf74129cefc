import type { ByteKernel } from "../source/byte-kernel.ts";
import { TextUnits, type UnitClasses } from "../source/text-units.ts";

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
 * A row of a delimited file under construction, as UTF-16 code units: the same as RecordEncoder makes of the values,
 * without texts. One and the same is used for all rows; what it holds counts until it is begun again.
 */
export class DelimitedRow {
  readonly text: TextUnits;
  readonly classes: UnitClasses;
  readonly delimiter: number;
  #kernel: ByteKernel | undefined;

  constructor(delimiter: string) {
    this.classes = classesFor(delimiter);
    this.text = new TextUnits(this.classes);
    this.delimiter = delimiter.charCodeAt(0);
  }

  /** Begins a row in the memory of a kernel. */
  begin(kernel: ByteKernel): void {
    this.#kernel = kernel;
    this.text.units = kernel.rowUnits;
    this.text.length = 0;
  }

  /** Whether the row still is in that memory. One that is too long for it is somewhere else, and not whole. */
  get isWhole(): boolean {
    return this.text.units === this.#kernel?.rowUnits;
  }

  /** The row as bytes; undefined where it is not all ASCII. They count until the next row is begun. */
  ascii(): Uint8Array | undefined {
    return this.isWhole ? this.#kernel?.asciiRow(this.text.length) : undefined;
  }

  /** Puts the value from `from` on into quotes, those in it doubled. `seen`: the classes of its units. */
  quote(from: number, seen: number): void {
    const { text } = this;
    let quotes = 0;
    if ((seen & unitClass.quote) !== 0) {
      for (let at = from; at < text.length; at++) if (text.units[at] === quoteUnit) quotes++;
    }
    text.room(quotes + 2);
    const { units } = text;
    let to = text.length + quotes + 1;
    units[to] = quoteUnit;
    text.length += quotes + 2;
    // From the end, so that nothing is overwritten that is still to be moved.
    for (let at = to - quotes - 2; at >= from; at--) {
      const unit = units[at] ?? 0;
      units[--to] = unit;
      if (unit === quoteUnit) units[--to] = quoteUnit;
    }
    units[from] = quoteUnit;
  }

  end(): void {
    const { text } = this;
    // A blank line is not allowed; see delimitedFormat.
    if (text.length === 0) text.text('""');
    text.text("\r\n");
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
