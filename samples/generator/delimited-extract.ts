import { encodeWindows1252 } from "./windows-1252.ts";
import type { Row } from "./spoil.ts";

export interface DelimitedExtractOptions {
  readonly columns: readonly string[];
  readonly delimiter: string;
  readonly lineEnd: "\r\n" | "\n";
  readonly encoding: "windows-1252" | "utf-8";
  readonly byteOrderMark?: boolean;
  /** Whether values with a delimiter, quote or line break are put in quotes; without, they are written as they are. */
  readonly quotes: boolean;
}

/** Written as the single byte 0xFC: an ü of Latin-1, which is no text in UTF-8. */
export const strayLatin1 = "\uE0FC";

/** Collects the lines of a delimited extract and knows on which line each record begins. */
export class DelimitedExtract {
  readonly #options: DelimitedExtractOptions;
  readonly #lines: string[] = [];
  #lineCount = 0;

  constructor(options: DelimitedExtractOptions) {
    this.#options = options;
    this.#append(options.columns.join(options.delimiter));
  }

  /** Adds a record; `mangle` spoils its text. Returns the line it begins on, 1-based, the header counted. */
  add(row: Row, mangle?: (text: string) => string): number {
    const { columns, delimiter } = this.#options;
    const text = columns.map((column) => this.#quote(row[column] ?? "")).join(delimiter);
    return this.#append(mangle === undefined ? text : mangle(text));
  }

  toBytes(): Buffer {
    const text = this.#lines.join(this.#options.lineEnd) + this.#options.lineEnd;
    if (this.#options.encoding === "windows-1252") return encodeWindows1252(text);
    const start = this.#options.byteOrderMark === true ? [Buffer.from([0xef, 0xbb, 0xbf])] : [];
    const pieces = text.split(strayLatin1).flatMap((piece, index) => {
      const bytes = Buffer.from(piece, "utf8");
      return index === 0 ? [bytes] : [Buffer.from([0xfc]), bytes];
    });
    return Buffer.concat([...start, ...pieces]);
  }

  #append(text: string): number {
    const line = this.#lineCount + 1;
    this.#lines.push(text);
    this.#lineCount += text.split("\n").length;
    return line;
  }

  #quote(value: string): string {
    const { delimiter, quotes } = this.#options;
    if (!quotes || !(value.includes(delimiter) || /["\r\n]/.test(value))) return value;
    return `"${value.replaceAll('"', '""')}"`;
  }
}

/** Takes the quotes away from the one quoted value that contains `part`, as an export that forgot them does. */
export function unquote(text: string, part: string): string {
  const at = text.indexOf(part);
  const open = text.lastIndexOf('"', at);
  const close = text.indexOf('"', at + part.length);
  if (at < 0 || open < 0 || close < 0) throw new RangeError(`There is no quoted value with ${part}.`);
  return text.slice(0, open) + text.slice(open + 1, close) + text.slice(close + 1);
}
