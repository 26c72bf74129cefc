import type { SourceEncoding } from "../project/source-format.ts";

export interface ByteOrderMark {
  readonly encoding: SourceEncoding;
  readonly lengthBytes: number;
}

/** The byte order mark a file begins with, if any. */
export function byteOrderMark(head: Buffer): ByteOrderMark | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: "utf-8", lengthBytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", lengthBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", lengthBytes: 2 };
  return undefined;
}

/**
 * What Windows-1252 puts at 0x80 to 0x9F, where it differs from ISO-8859-1; U+FFFD for the five bytes that are
 * no character at all. (The WHATWG decoder lets those five pass as control characters. They are the clearest
 * sign of a file that really is in a DOS code page, where 0x81 is the letter ü.)
 */
const windows1252High = "€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ";

/** Turns a text that was read as ISO-8859-1 into Windows-1252; bytes that are no character become U+FFFD. */
export function windows1252FromLatin1(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (character) => windows1252High[character.charCodeAt(0) - 0x80] ?? "");
}

/** Decodes bytes; what is no text in the encoding becomes U+FFFD. For texts that are shown, not loaded. */
export function decodeLeniently(bytes: Buffer, encoding: SourceEncoding): string {
  switch (encoding) {
    case "utf-8":
      return bytes.toString("utf8");
    case "utf-16le":
      return bytes.toString("utf16le").toWellFormed();
    case "utf-16be":
      return swapped(bytes).toString("utf16le").toWellFormed();
    case "windows-1252":
      return windows1252FromLatin1(bytes.toString("latin1"));
    case "iso-8859-1":
      return bytes.toString("latin1");
  }
}

/** A copy with the bytes of each pair exchanged; an odd byte at the end is left out. */
export function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
}

/** Offset of the first byte that is no text in the encoding, or -1. UTF-16 is looked at in whole pairs. */
export function firstInvalidByte(bytes: Buffer, encoding: SourceEncoding): number {
  switch (encoding) {
    case "utf-8":
      return firstInvalidUtf8(bytes);
    case "windows-1252":
      return bytes.findIndex(
        (byte) => byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d,
      );
    case "iso-8859-1":
      return -1;
    case "utf-16le":
      return byteOfUnit(firstLoneSurrogate(bytes.toString("utf16le")));
    case "utf-16be":
      return byteOfUnit(firstLoneSurrogate(swapped(bytes).toString("utf16le")));
  }
}

function firstInvalidUtf8(bytes: Buffer): number {
  // Decoding and encoding again gives the same bytes up to the first that was replaced by U+FFFD.
  const again = Buffer.from(bytes.toString("utf8"), "utf8");
  if (again.equals(bytes)) return -1;
  const length = Math.min(again.length, bytes.length);
  let at = 0;
  while (at < length && again[at] === bytes[at]) at++;
  // U+FFFD itself begins with EF BF: a cut-off EF or EF BF at the end looks equal for that long.
  while (at > 0 && at === length && (bytes[at - 1] ?? 0) >= 0x80) at--;
  return Math.min(at, bytes.length - 1);
}

function byteOfUnit(unit: number): number {
  return unit === -1 ? -1 : unit * 2;
}

function firstLoneSurrogate(text: string): number {
  if (text.isWellFormed()) return -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xd800 || code > 0xdfff) continue;
    const next = text.charCodeAt(at + 1);
    if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return at;
    at++;
  }
  return -1;
}

/**
 * Bytes in, text out, piece by piece: bytes that may belong to a character of the next piece are held back.
 * Invalid UTF-8 and bytes Windows-1252 does not know become U+FFFD, lone surrogates stay; the caller that
 * wants to be strict asks `firstInvalidByte` of the bytes.
 */
export class TextPieces {
  readonly #encoding: SourceEncoding;
  #held: Buffer = Buffer.alloc(0);

  constructor(encoding: SourceEncoding) {
    this.#encoding = encoding;
  }

  /** The whole characters of what is held and `chunk`, as bytes and as text. */
  next(chunk: Buffer): { readonly bytes: Buffer; readonly text: string } {
    const all = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const whole = all.length - incompleteTail(all, this.#encoding);
    this.#held = all.subarray(whole);
    const bytes = all.subarray(0, whole);
    switch (this.#encoding) {
      case "utf-16le":
        return { bytes, text: bytes.toString("utf16le") };
      case "utf-16be":
        return { bytes, text: swapped(bytes).toString("utf16le") };
      default:
        return { bytes, text: decodeLeniently(bytes, this.#encoding) };
    }
  }

  /** Bytes at the very end that are no whole character; 0 for a file that ends well. */
  get heldBytes(): number {
    return this.#held.length;
  }
}

/** How many bytes at the end are the beginning of a character whose rest is not there. */
export function incompleteTail(bytes: Buffer, encoding: SourceEncoding): number {
  switch (encoding) {
    case "utf-16le":
    case "utf-16be": {
      const odd = bytes.length & 1;
      const high = bytes[bytes.length - odd - (encoding === "utf-16le" ? 1 : 2)] ?? 0;
      return high >= 0xd8 && high <= 0xdb ? odd + 2 : odd;
    }
    case "utf-8": {
      for (let back = 1; back <= 3 && back <= bytes.length; back++) {
        const byte = bytes[bytes.length - back] ?? 0;
        if (byte >= 0x80 && byte < 0xc0) continue;
        const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
        return length > back ? back : 0;
      }
      return 0;
    }
    default:
      return 0;
  }
}
