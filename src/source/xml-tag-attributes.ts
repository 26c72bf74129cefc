import type { XmlAttributes } from "./xml-fields.ts";
import { nameBytes, type XmlName, type XmlNames } from "./xml-names.ts";
import { valueBytes, xmlByte, type XmlTexts } from "./xml-text.ts";

/** What is answered where a tag does not end in the bytes at hand, and where it is not as a tag should be. */
export const tagIsIncomplete = -1;
export const tagIsStrange = -2;

/** A tag with more attributes is left to the other reader: each is looked for among all those before it. */
const mostAttributes = 100;

const equals = 0x3d;
const slash = 0x2f;
const greater = 0x3e;

/**
 * The attributes of the opening tag that was read last. Where they stand is noted for all of them; decoded are those
 * somebody asks for.
 */
export class TagAttributes implements XmlAttributes {
  readonly #names: XmlNames;
  readonly #texts: XmlTexts;
  #bytes: Buffer = Buffer.alloc(0);
  /** Of all attributes, to find one that is there twice. */
  readonly #all: string[] = [];
  readonly #named: XmlName[] = [];
  /** Of each of those: first byte, byte behind it, kinds of bytes. */
  readonly #stretches: number[] = [];
  /** Line feeds that stand between the name of the element and the end of its tag. */
  lineFeeds = 0;

  constructor(names: XmlNames, texts: XmlTexts) {
    this.#names = names;
    this.#texts = texts;
  }

  get count(): number {
    return this.#named.length;
  }

  localName(index: number): string {
    return this.#named[index]?.local ?? "";
  }

  value(index: number): string {
    const [from = 0, to = 0, seen = 0] = this.#stretches.slice(index * 3, index * 3 + 3);
    return this.#texts.ofAttribute(from, to, seen) ?? "";
  }

  /**
   * Reads what stands between the name of an element and the end of its tag. Returns the offset of the `>` or `/` that
   * ends it, or one of the two answers above.
   */
  read(bytes: Buffer, from: number, limit: number): number {
    this.#bytes = bytes;
    this.lineFeeds = 0;
    if (this.#all.length > 0) this.#all.length = 0;
    if (this.#named.length > 0) this.#named.length = this.#stretches.length = 0;
    let at = from;
    for (;;) {
      const begins = this.#behindBlanks(at, limit);
      if (begins === limit) return tagIsIncomplete;
      const byte = bytes[begins] as number;
      if (byte === greater || byte === slash) return begins;
      // Attributes are told apart by blanks.
      if (begins === at) return tagIsStrange;
      at = this.#attribute(begins, limit);
      if (at < 0) return at;
    }
  }

  /** Returns the offset behind the attribute that begins here. */
  #attribute(from: number, limit: number): number {
    const bytes = this.#bytes;
    let hash = 0;
    let at = from;
    for (; at < limit && nameBytes[bytes[at] as number] !== 0; at++)
      hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    if (at === limit) return tagIsIncomplete;
    const name = this.#names.find(bytes, from, at, hash);
    if (name === undefined) return tagIsStrange;
    at = this.#behindBlanks(at, limit);
    if (at === limit) return tagIsIncomplete;
    if (bytes[at] !== equals) return tagIsStrange;
    at = this.#behindBlanks(at + 1, limit);
    if (at === limit) return tagIsIncomplete;
    return this.#value(name, at, limit);
  }

  #value(name: XmlName, quoteAt: number, limit: number): number {
    const bytes = this.#bytes;
    const quote = bytes[quoteAt] as number;
    if (valueBytes[quote] !== xmlByte.quote) return tagIsStrange;
    let seen = 0;
    let at = quoteAt + 1;
    for (; at < limit; at++) {
      const kind = valueBytes[bytes[at] as number] as number;
      if (kind === xmlByte.plain) continue;
      if (kind === xmlByte.quote) {
        if (bytes[at] === quote) break;
      } else {
        if (kind === xmlByte.lineFeed) this.lineFeeds++;
        else if (kind === xmlByte.tag || kind === xmlByte.forbidden) return tagIsStrange;
        seen |= kind;
      }
    }
    if (at === limit) return tagIsIncomplete;
    if (this.#all.length === mostAttributes || this.#all.includes(name.text)) return tagIsStrange;
    this.#all.push(name.text);
    const isReferring = (seen & xmlByte.reference) !== 0;
    if (isReferring && this.#texts.ofAttribute(quoteAt + 1, at, seen) === undefined) return tagIsStrange;
    if (!name.declaresNamespace) {
      this.#named.push(name);
      this.#stretches.push(quoteAt + 1, at, seen);
    }
    return at + 1;
  }

  #behindBlanks(from: number, limit: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (; at < limit; at++) {
      const byte = bytes[at] as number;
      if (byte === 0x0a) this.lineFeeds++;
      else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) break;
    }
    return at;
  }
}
