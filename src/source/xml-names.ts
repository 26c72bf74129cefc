import type { SourceEncoding } from "../project/source-format.ts";
import { decodeLeniently } from "./text-encoding.ts";
import { localName } from "./xml-path.ts";

/** A name of an element or attribute, as it stands in a file. */
export class XmlName {
  readonly bytes: Uint8Array;
  /** With its prefix. */
  readonly text: string;
  /** Without it. */
  readonly local: string;
  /** Whether an attribute of this name declares a namespace. */
  readonly declaresNamespace: boolean;
  /** The element that was opened after this one the last time: most records have the same elements in the same order. */
  follower: XmlName = this;

  constructor(bytes: Uint8Array, text: string) {
    this.bytes = bytes;
    this.text = text;
    this.local = localName(text);
    this.declaresNamespace = text === "xmlns" || text.startsWith("xmlns:");
  }
}

const nameStart =
  ":A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F" +
  "\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}";
/** A name, after the productions NameStartChar and NameChar of XML 1.0, fifth edition; to be put into a pattern. */
export const namePattern = `[${nameStart}][-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040${nameStart}]*`;
const wholeName = new RegExp(`^${namePattern}$`, "u");

/** Bytes a name may have in it; all those beyond ASCII, for the name itself is looked at when it is met first. */
export const nameBytes: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[-.:\w]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** As many names are remembered; the sources that are read have some dozens. */
const slotCount = 512;
/** A name longer than that is not remembered. */
const longestName = 256;

/**
 * The names of a file: the same few occur again and again, so that each is decoded and judged once and found by its
 * bytes from then on. A name takes the place of another one with the same slot; what is forgotten is made anew.
 */
export class XmlNames {
  readonly #encoding: SourceEncoding;
  readonly #slots = new Array<XmlName | undefined>(slotCount).fill(undefined);

  constructor(encoding: SourceEncoding) {
    this.#encoding = encoding;
  }

  /** The name of some bytes; `hash`: any number that depends on nothing but them. Undefined where they are no name. */
  find(bytes: Buffer, from: number, to: number, hash: number): XmlName | undefined {
    const slot = (hash ^ (hash >>> 12)) & (slotCount - 1);
    const known = this.#slots[slot];
    if (known !== undefined && known.bytes.length === to - from && hasAt(bytes, from, known.bytes))
      return known;
    const made = this.#made(bytes.subarray(from, to));
    if (made !== undefined && to - from <= longestName) this.#slots[slot] = made;
    return made;
  }

  #made(bytes: Buffer): XmlName | undefined {
    const text = decodeLeniently(bytes, this.#encoding);
    if (!wholeName.test(text)) return undefined;
    return new XmlName(Uint8Array.from(bytes), text);
  }
}

/** Whether the bytes stand at an offset. */
export function hasAt(bytes: Uint8Array, offset: number, wanted: Uint8Array): boolean {
  const { length } = wanted;
  for (let at = 0; at < length; at++) if (bytes[offset + at] !== wanted[at]) return false;
  return true;
}
