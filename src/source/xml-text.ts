import type { SourceEncoding } from "../project/source-format.ts";
import { windows1252FromLatin1 } from "./text-encoding.ts";

/** What a byte of a text or an attribute value means for whoever reads it; they are bits, to be gathered. */
export const xmlByte = {
  plain: 0,
  /** `<` */
  tag: 1,
  /** `&` */
  reference: 2,
  /** `]`, which may be the first of the `]]>` that must not stand in a text. */
  bracket: 4,
  lineFeed: 8,
  /** Carriage return, which counts as a line feed; in attribute values also the tab, which counts as a blank. */
  blank: 16,
  beyondAscii: 32,
  /** What XML does not allow at all. */
  forbidden: 64,
  quote: 128,
} as const;

/** By byte: what it is in the text of an element. */
export const textBytes: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => inText(byte));

/** By byte: what it is in an attribute value; both quotes are `quote`, whichever ends it. */
export const valueBytes: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x22 || byte === 0x27) return xmlByte.quote;
  if (byte === 0x09) return xmlByte.blank;
  return byte === 0x5d ? xmlByte.plain : inText(byte);
});

function inText(byte: number): number {
  switch (byte) {
    case 0x3c:
      return xmlByte.tag;
    case 0x26:
      return xmlByte.reference;
    case 0x5d:
      return xmlByte.bracket;
    case 0x0a:
      return xmlByte.lineFeed;
    case 0x0d:
      return xmlByte.blank;
    case 0x09:
      return xmlByte.plain;
    default:
      return byte < 0x20 ? xmlByte.forbidden : byte < 0x80 ? xmlByte.plain : xmlByte.beyondAscii;
  }
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** Stands for a reference to what is no character; a text cannot have it in any other way. */
const noCharacter = "\0";
const notReference = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)/;

/** A text that is no longer than this is copied when it is cut from another one, and does not keep that in memory. */
const longestCopied = 12;

/**
 * Makes texts of the bytes of one file. `from`, `to`: where they stand in the window; `seen`: what kinds of bytes there
 * are among them, gathered.
 */
export class XmlTexts {
  readonly #encoding: SourceEncoding;
  #bytes: Buffer = Buffer.alloc(0);
  /** The whole window, a character a byte; made when it is needed. Cutting is three times as fast as decoding. */
  #characters: string | undefined;

  constructor(encoding: SourceEncoding) {
    this.#encoding = encoding;
  }

  /** The bytes all texts are in from now on. */
  set window(bytes: Buffer) {
    this.#bytes = bytes;
    this.#characters = undefined;
  }

  /** The text of an element; undefined where it refers to what is no character and no entity every parser knows. */
  ofElement(from: number, to: number, seen: number): string | undefined {
    const text = this.ofCdata(from, to, seen);
    return (seen & xmlByte.reference) === 0 ? text : resolved(text);
  }

  /** A text in which nothing refers to anything. */
  ofCdata(from: number, to: number, seen: number): string {
    const text = this.#decoded(from, to, seen);
    return (seen & xmlByte.blank) === 0 ? text : text.replace(/\r\n?/g, "\n");
  }

  /** An attribute value; undefined as above. */
  ofAttribute(from: number, to: number, seen: number): string | undefined {
    let text = this.#decoded(from, to, seen);
    if ((seen & (xmlByte.blank | xmlByte.lineFeed)) !== 0) text = text.replace(/\r\n|[\t\r\n]/g, " ");
    return (seen & xmlByte.reference) === 0 ? text : resolved(text);
  }

  #decoded(from: number, to: number, seen: number): string {
    if ((seen & xmlByte.beyondAscii) === 0) {
      if (to - from > longestCopied) return this.#bytes.toString("latin1", from, to);
      this.#characters ??= this.#bytes.toString("latin1");
      return this.#characters.slice(from, to);
    }
    if (this.#encoding === "utf-8") return this.#bytes.toString("utf8", from, to);
    const text = this.#bytes.toString("latin1", from, to);
    return this.#encoding === "windows-1252" ? windows1252FromLatin1(text) : text;
  }
}

function resolved(text: string): string | undefined {
  if (notReference.test(text)) return undefined;
  const result = text.replace(/&(#?)(x?)(\w+);/g, (_, isNumber: string, isHex: string, name: string) => {
    // A name that begins with x is none of the five.
    if (isNumber === "") return named[name] ?? "";
    const code = Number.parseInt(name, isHex === "" ? 10 : 16);
    return isCharacter(code) ? String.fromCodePoint(code) : noCharacter;
  });
  return result.includes(noCharacter) ? undefined : result;
}

/** The production Char of XML 1.0. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
