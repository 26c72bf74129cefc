import type { SourceEncoding } from "../project/source-format.ts";

/** A place in an XML file. */
export interface XmlPlace {
  /** Offset in bytes from the beginning of the file. */
  readonly byte: number;
  /** 1-based. */
  readonly line: number;
}

/**
 * Turns positions in the decoded text (UTF-16 code units, as saxes counts them) into bytes and lines. It walks
 * along with the parser: positions must be asked for in ascending order, and only within the text that was
 * added last.
 */
export class XmlPosition {
  readonly #encoding: SourceEncoding;
  #text = "";
  /** Position of the first unit of `#text`. */
  #textStart: number;
  #unit: number;
  #byte: number;
  #line: number;

  /** `from`: where the first text that is added stands, and the position the parser gives its first unit. */
  constructor(encoding: SourceEncoding, from: XmlPlace & { readonly unit: number }) {
    this.#encoding = encoding;
    this.#textStart = from.unit;
    this.#unit = from.unit;
    this.#byte = from.byte;
    this.#line = from.line;
  }

  /** The text that is parsed next, following directly on the one before. */
  add(text: string): void {
    this.at(this.#textStart + this.#text.length);
    this.#textStart += this.#text.length;
    this.#text = text;
  }

  /** Where the text that was added last ends. */
  get end(): XmlPlace {
    return this.at(this.#textStart + this.#text.length);
  }

  /** The place of a unit. */
  at(unit: number): XmlPlace {
    if (unit > this.#unit) {
      const slice = this.#text.slice(this.#unit - this.#textStart, unit - this.#textStart);
      this.#byte += encodedLength(slice, this.#encoding);
      this.#line += lineEnds(slice);
      this.#unit = unit;
    }
    return { byte: this.#byte, line: this.#line };
  }

  /** Position of the last `<` before a unit, within the text that was added last. */
  lastTagBefore(unit: number): number {
    return this.#textStart + this.#text.lastIndexOf("<", unit - 1 - this.#textStart);
  }
}

function encodedLength(text: string, encoding: SourceEncoding): number {
  switch (encoding) {
    case "utf-8":
      return Buffer.byteLength(text, "utf8");
    case "utf-16le":
    case "utf-16be":
      return text.length * 2;
    default:
      return text.length;
  }
}

/** How many lines end in a text. */
export function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
