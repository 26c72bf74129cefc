import { delimiterOf } from "./read-delimited-rows.ts";
import type { RowKey } from "./row-key.ts";
import { RowScanner, rowTexts, type TextUnitsView } from "./row-scanner.ts";

/** A row of a data file: its number, 1-based, the header not counted, and its values. */
export interface FoundRow {
  readonly row: number;
  readonly values: readonly string[];
}

/** Which columns matter, once the first line of the file is known. */
export type ColumnChoice = (names: readonly string[]) => {
  readonly header: readonly string[];
  /** Numbers of the columns of the key, in key order; -1: there is none. */
  readonly keyColumns: readonly number[];
};

const usualWindowBytes = 512 * 1024;
/** In units: a name in F&O has a hundred at most. */
const longestFirstName = 1024;

/**
 * The stretch of a delimited data file that is in memory while its rows are gone over: the rest of a row that the last
 * piece cut, and the next piece. Encoding and delimiter are taken from the file itself: UTF-16 has a byte order mark, and
 * what follows the name of the first column is the delimiter.
 */
export class DelimitedWindow {
  readonly #choose: ColumnChoice;
  #bytes = Buffer.allocUnsafeSlow(usualWindowBytes);
  #usedBytes = 0;
  #rows: KeyedRows | undefined;

  constructor(choose: ColumnChoice) {
    this.#choose = choose;
  }

  /** Empty until the first line is whole. */
  get header(): readonly string[] {
    return this.#rows?.header ?? [];
  }

  /** Takes the next piece of the file; returns the wanted rows of those that are whole now. */
  add(chunk: Buffer, wanted: (key: RowKey) => boolean): FoundRow[] {
    this.#append(chunk);
    let at = 0;
    if (this.#rows === undefined) {
      const first = firstRow(this.#bytes.subarray(0, this.#usedBytes));
      if (first === undefined) return [];
      this.#rows = new KeyedRows({ ...this.#choose(first.names), ...first });
      at = first.endBytes;
    }
    const found: FoundRow[] = [];
    const end = this.#rows.find(this.#bytes, { from: at, to: this.#usedBytes, wanted, found });
    this.#bytes.copyWithin(0, end, this.#usedBytes);
    this.#usedBytes -= end;
    return found;
  }

  /** To be called behind the last piece. Throws where it ended in the middle of a row. */
  end(): void {
    if (this.#usedBytes > 0) throw new RangeError("its last row has no end");
  }

  /** Gives its memory back at once; nothing may be added afterwards. */
  close(): void {
    this.#bytes.buffer.transfer(0);
  }

  #append(chunk: Buffer): void {
    const needed = this.#usedBytes + chunk.length;
    if (needed > this.#bytes.length) {
      const more = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
      this.#bytes.copy(more, 0, 0, this.#usedBytes);
      this.#bytes = more;
    }
    chunk.copy(this.#bytes, this.#usedBytes);
    this.#usedBytes = needed;
  }
}

/** Bytes as units of their encoding, and what decodes a stretch of them. */
function unitsOf(
  bytes: Buffer,
  utf16: boolean,
): {
  readonly units: TextUnitsView;
  readonly unitBytes: number;
  readonly text: (from: number, to: number) => string;
} {
  const unitBytes = utf16 ? 2 : 1;
  const { buffer, byteOffset } = bytes;
  const length = Math.floor(bytes.length / unitBytes);
  return {
    units: utf16 ? new Uint16Array(buffer, byteOffset, length) : new Uint8Array(buffer, byteOffset, length),
    unitBytes,
    text: (from, to) => bytes.toString(utf16 ? "utf16le" : "utf8", from * unitBytes, to * unitBytes),
  };
}

/** What the first row of a file says about it; undefined where the row is not whole. */
function firstRow(bytes: Buffer):
  | {
      readonly utf16: boolean;
      readonly delimiter: string;
      readonly names: readonly string[];
      readonly endBytes: number;
    }
  | undefined {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const { units, text, unitBytes } = unitsOf(bytes, utf16);
  const marked = text(0, utf16 ? 1 : 3) === "\uFEFF";
  const start = marked ? (utf16 ? 1 : 3) : 0;
  const delimiter = delimiterOf(text(start, Math.min(units.length, start + longestFirstName)));
  const scanner = new RowScanner(delimiter.charCodeAt(0), []);
  if (!scanner.read(units, start, units.length)) return undefined;
  const { end } = scanner;
  const names = rowTexts(units, { start, end, delimiter: delimiter.charCodeAt(0) }, text);
  return { utf16, delimiter, names, endBytes: end * unitBytes };
}

/** Goes over the rows of one file, window by window. */
class KeyedRows {
  readonly header: readonly string[];
  readonly #utf16: boolean;
  readonly #delimiter: number;
  readonly #scanner: RowScanner;
  /** Where each field of the key stands among the columns that the scanner finds; -1: nowhere. */
  readonly #places: readonly number[];
  #row = 0;

  constructor(layout: ReturnType<ColumnChoice> & { readonly utf16: boolean; readonly delimiter: string }) {
    const wanted = [...new Set(layout.keyColumns.filter((column) => column >= 0))].sort((a, b) => a - b);
    this.header = layout.header;
    this.#utf16 = layout.utf16;
    this.#delimiter = layout.delimiter.charCodeAt(0);
    this.#scanner = new RowScanner(this.#delimiter, wanted);
    this.#places = layout.keyColumns.map((column) => wanted.indexOf(column));
  }

  /** Returns the offset behind the last whole row. */
  find(
    bytes: Buffer,
    {
      from,
      to,
      wanted,
      found,
    }: {
      readonly from: number;
      readonly to: number;
      readonly wanted: (key: RowKey) => boolean;
      readonly found: FoundRow[];
    },
  ): number {
    const { units, text, unitBytes } = unitsOf(bytes.subarray(0, to), this.#utf16);
    const { length } = units;
    const scanner = this.#scanner;
    const { bounds } = scanner;
    const key: RowKey = {
      units,
      bounds,
      texts: () => this.#places.map((place) => fieldText(bounds, place, text)),
    };
    let at = from / unitBytes;
    while (at < length && scanner.read(units, at, length)) {
      this.#row++;
      if (wanted(key)) {
        const row = { start: at, end: scanner.end, delimiter: this.#delimiter };
        found.push({ row: this.#row, values: rowTexts(units, row, text) });
      }
      at = scanner.end;
    }
    return at * unitBytes;
  }
}

function fieldText(bounds: Int32Array, place: number, text: (from: number, to: number) => string): string {
  if (place < 0) return "";
  const end = bounds[place * 2 + 1] ?? 0;
  const value = text(bounds[place * 2] ?? 0, end >> 1);
  return (end & 1) === 0 ? value : value.replaceAll('""', '"');
}
