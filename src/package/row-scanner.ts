/** Units of a text: bytes of UTF-8, or code units of UTF-16. */
export type TextUnitsView = Uint8Array | Uint16Array;

const quote = 0x22;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * Goes over the rows of a delimited file that EntityFile wrote, without making a text of any of it: finds out where a few
 * columns of a row stand, and where it ends. Such a file ends every row with CR LF and puts into quotes whatever holds
 * a delimiter, a quote, or a line break, so that outside of quotes each of these is what it looks like.
 *
 * It is one object that is asked again and again. bench/attribution.ts measures it against csv-parse.
 */
export class RowScanner {
  /**
   * Two numbers for each wanted column, in the order in which they stand in the file: where its text begins, behind an
   * opening quote, and twice where it ends, plus one where quotes in it are doubled.
   */
  readonly bounds: Int32Array;
  /** Offset behind the row that was read last. */
  end = 0;
  readonly #delimiter: number;
  readonly #columns: readonly number[];

  /** `columns`: their numbers, counted from 0, ascending. */
  constructor(delimiter: number, columns: readonly number[]) {
    this.#delimiter = delimiter;
    this.#columns = columns;
    this.bounds = new Int32Array(columns.length * 2);
  }

  /** Reads the row from `start` on; false where it does not end before `length`. */
  read(units: TextUnitsView, start: number, length: number): boolean {
    const columns = this.#columns;
    const last = columns.length === 0 ? -1 : (columns[columns.length - 1] as number);
    let at = start;
    let wanted = 0;
    for (let column = 0; column <= last; column++) {
      const from = at < length && units[at] === quote ? at + 1 : at;
      let doubled = 0;
      let to;
      if (from > at) {
        at = from;
        for (;;) {
          while (at < length && units[at] !== quote) at++;
          if (at + 1 >= length) return false;
          if (units[at + 1] !== quote) break;
          doubled = 1;
          at += 2;
        }
        to = at++;
      } else {
        at = this.#behindField(units, at, length);
        to = at;
      }
      if (at + 1 >= length) return false;
      if (column === columns[wanted]) {
        this.bounds[wanted * 2] = from;
        this.bounds[wanted * 2 + 1] = to * 2 + doubled;
        wanted++;
      }
      if (units[at] === carriageReturn) {
        // A row with fewer columns has nothing in those that are missing.
        for (; wanted < columns.length; wanted++) this.bounds.fill(0, wanted * 2, wanted * 2 + 2);
        return this.#ends(at, length);
      }
      at++;
    }
    return this.#skipRest(units, at, length);
  }

  #behindField(units: TextUnitsView, start: number, length: number): number {
    const delimiter = this.#delimiter;
    const greatest = Math.max(delimiter, carriageReturn);
    let at = start;
    for (; at < length; at++) {
      const unit = units[at] as number;
      if (unit <= greatest && (unit === delimiter || unit === carriageReturn)) break;
    }
    return at;
  }

  /** An even number of quotes stands before the end of a row, whatever is in them. */
  #skipRest(units: TextUnitsView, start: number, length: number): boolean {
    let at = start;
    for (;;) {
      for (; at < length; at++) {
        const unit = units[at] as number;
        if (unit <= quote && (unit === quote || unit === carriageReturn)) break;
      }
      if (at >= length) return false;
      if (units[at] === carriageReturn) return this.#ends(at, length);
      at++;
      while (at < length && units[at] !== quote) at++;
      at++;
    }
  }

  #ends(at: number, length: number): boolean {
    this.end = at + 2;
    return this.end <= length;
  }
}

/** The texts of a row that begins at `start` and ends, with its CR LF, before `end`. `text` decodes a stretch. */
export function rowTexts(
  units: TextUnitsView,
  row: { readonly start: number; readonly end: number; readonly delimiter: number },
  text: (from: number, to: number) => string,
): string[] {
  const { start, delimiter } = row;
  const end = units[row.end - 1] === lineFeed ? row.end - 2 : row.end;
  const texts: string[] = [];
  for (let at = start; at <= end; at++) {
    if (units[at] === quote && at < end) {
      const from = ++at;
      let doubled = false;
      for (; at < end; at++) {
        if (units[at] !== quote) continue;
        if (at + 1 >= end || units[at + 1] !== quote) break;
        doubled = true;
        at++;
      }
      const value = text(from, at);
      texts.push(doubled ? value.replaceAll('""', '"') : value);
      at++;
    } else {
      const from = at;
      while (at < end && units[at] !== delimiter) at++;
      texts.push(text(from, at));
    }
  }
  return texts;
}
