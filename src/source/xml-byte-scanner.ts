import { isUtf8 } from "node:buffer";
import type { SourceEncoding } from "../project/source-format.ts";
import type { XmlStand } from "./saxes-scanner.ts";
import { incompleteTail } from "./text-encoding.ts";
import { hasAt, nameBytes, namePattern, XmlName, XmlNames } from "./xml-names.ts";
import type { XmlRecords } from "./xml-records.ts";
import { TagAttributes, tagIsIncomplete } from "./xml-tag-attributes.ts";
import { textBytes, xmlByte, XmlTexts } from "./xml-text.ts";

/** What became of an attempt to read one tag, text or comment. */
type Outcome = "read" | "incomplete" | "strange";

/** A tag or text that is longer than this is left to the other reader, which does not need to see it as a whole. */
const mostHeldBytes = 8 * 1024 * 1024;

const less = 0x3c;
const greater = 0x3e;
const slash = 0x2f;
const bang = 0x21;
const question = 0x3f;
const minus = 0x2d;
const cdataStart = Buffer.from("<![CDATA[");
/** What may stand in a text that is taken as it is. */
const plainBytes = xmlByte.lineFeed | xmlByte.blank | xmlByte.beyondAscii;
/** Bytes that are no character in Windows-1252. */
const notWindows1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
/** U+FFFE and U+FFFF, which XML does not allow, in UTF-8. */
const notCharacters = [Buffer.from("\uFFFE"), Buffer.from("\uFFFF")];

const declaration =
  /^xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])[A-Za-z][\w.-]*\1)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\2)?[ \t\r\n]*$/;
const instruction = new RegExp(`^(${namePattern})(?:[ \\t\\r\\n]|$)`, "u");

/**
 * Bytes of an XML file in, elements and texts out, without a text being made of what nobody wants. It reads what is
 * certainly well-formed XML 1.0 in an encoding in which ASCII is ASCII; where something looks strange to it, it stops
 * in front of it, for saxes to go on and to judge. So it never has to say what is wrong, and it may be cautious.
 * How much faster it is `bench/xml-read.ts` measures.
 */
export class XmlByteScanner {
  readonly #encoding: SourceEncoding;
  readonly #records: XmlRecords;
  readonly #names: XmlNames;
  readonly #texts: XmlTexts;
  readonly #attributes: TagAttributes;
  readonly #open: XmlName[] = [];
  #rootClosed = false;
  /** The name of the element that was opened last. */
  #last = new XmlName(Uint8Array.of(0), "");
  /** What is held of the file: the last tag or text that was not complete, and what was fed behind it. */
  #bytes: Buffer = Buffer.alloc(0);
  /** Offset of its first byte in the file. */
  #base: number;
  /** End of the whole characters in it. */
  #limit = 0;
  /** What is read next, and its line. */
  #at = 0;
  #line = 1;
  readonly #startByte: number;
  readonly #endByte = (): number => this.#base + this.#at;

  constructor(options: {
    readonly encoding: SourceEncoding;
    readonly startByte: number;
    readonly records: XmlRecords;
  }) {
    const { encoding, startByte, records } = options;
    this.#encoding = encoding;
    this.#records = records;
    this.#names = new XmlNames(encoding);
    this.#texts = new XmlTexts(encoding);
    this.#attributes = new TagAttributes(this.#names, this.#texts);
    this.#startByte = startByte;
    this.#base = startByte;
  }

  /**
   * Reads what ends within this chunk, and tells the records of it. Returns false where it has stopped: `rest` is
   * what it has not read, `stand` where that begins.
   */
  feed(chunk: Buffer): boolean {
    if (this.#records.isOver) return true;
    const checked = this.#limit - this.#at;
    const held = this.#bytes.subarray(this.#at);
    this.#base += this.#at;
    this.#at = 0;
    this.#bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    this.#texts.window = this.#bytes;
    this.#limit = this.#bytes.length - incompleteTail(this.#bytes, this.#encoding);
    if (!this.#isText(checked) || !this.#read() || this.#limit - this.#at > mostHeldBytes) return false;
    this.#records.demandMeasure(this.#base + this.#limit);
    return true;
  }

  /** Whether the file may end here; false where the other reader has to look at it. */
  end(): boolean {
    return this.#rootClosed && this.rest.every((byte) => isBlank(byte));
  }

  /** Where it stands, in between two tags or texts. */
  get stand(): XmlStand {
    const place = { byte: this.#base + this.#at, line: this.#line };
    if (this.#rootClosed) return { place, before: "<root/>" };
    const open = this.#open.map(({ text }) => `<${text}>`).join("");
    return { place, before: open === "" && place.byte > this.#startByte ? "<!---->" : open };
  }

  /** The bytes that were fed and not read. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  /** Whether what is new is text in the encoding, without the characters XML does not allow beyond ASCII. */
  #isText(from: number): boolean {
    const added = this.#bytes.subarray(from, this.#limit);
    if (this.#encoding === "windows-1252") return !notWindows1252.some((byte) => added.includes(byte));
    if (this.#encoding !== "utf-8") return true;
    return isUtf8(added) && !notCharacters.some((character) => added.includes(character));
  }

  /** Reads as far as it can; returns false where something is strange. */
  #read(): boolean {
    const records = this.#records;
    while (this.#at < this.#limit) {
      const at = this.#at;
      const line = this.#line;
      if (this.#leaf()) continue;
      const outcome = this.#bytes[at] === less ? this.#markup() : this.#text();
      if (outcome !== "read") {
        this.#at = at;
        this.#line = line;
        return outcome === "incomplete";
      }
      if (records.isOver) return true;
    }
    return true;
  }

  /**
   * Blanks and an element without attributes that holds nothing but plain text, if it is the one that came here the last
   * time. Nearly all of a file is such elements. Returns false where something else stands here, which is then read
   * piece by piece.
   */
  #leaf(): boolean {
    const records = this.#records;
    if (!records.takesLeaves) return false;
    const bytes = this.#bytes;
    const limit = this.#limit;
    const name = this.#last.follower;
    const { length } = name.bytes;
    let from = this.#at;
    let lines = 0;
    if (!records.wantsText) {
      for (; from < limit && isBlank(bytes[from] as number); from++) if (bytes[from] === 0x0a) lines++;
    }
    const behind = from + 1 + length;
    if (behind + 1 >= limit || bytes[from] !== less || !hasAt(bytes, from + 1, name.bytes)) return false;
    let textLines = 0;
    let seen = 0;
    let end = behind + 2;
    let textEnd = behind + 1;
    if (bytes[behind] === greater) {
      for (; textEnd < limit; textEnd++) {
        const kind = textBytes[bytes[textEnd] as number] as number;
        if (kind === xmlByte.plain) continue;
        if (kind === xmlByte.tag) break;
        if (kind === xmlByte.lineFeed) textLines++;
        seen |= kind;
      }
      end = textEnd + 3 + length;
      if (end > limit || bytes[textEnd + 1] !== slash || bytes[end - 1] !== greater) return false;
      if ((seen & ~plainBytes) !== 0 || !hasAt(bytes, textEnd + 2, name.bytes)) return false;
    } else if (bytes[behind] !== slash || bytes[behind + 1] !== greater) return false;
    records.tagBegins(this.#base + from, this.#line + lines);
    if (records.leaf(name.local)) records.fill(this.#texts.ofCdata(behind + 1, textEnd, seen));
    this.#last = name;
    this.#line += lines + textLines;
    this.#at = end;
    return true;
  }

  #markup(): Outcome {
    switch (this.#bytes[this.#at + 1]) {
      case slash:
        return this.#closingTag();
      case bang:
        return this.#comment();
      case question:
        return this.#instruction();
      default:
        return this.#openingTag();
    }
  }

  /** Everything up to the next tag. */
  #text(): Outcome {
    const bytes = this.#bytes;
    const limit = this.#limit;
    const from = this.#at;
    let at = from;
    let lines = 0;
    let seen = 0;
    for (; at < limit; at++) {
      const kind = textBytes[bytes[at] as number] as number;
      if (kind === xmlByte.plain) continue;
      if (kind === xmlByte.tag) break;
      if (kind === xmlByte.lineFeed) lines++;
      seen |= kind;
    }
    if (at === limit) return "incomplete";
    this.#at = at;
    this.#line += lines;
    if ((seen & xmlByte.forbidden) !== 0) return "strange";
    if (this.#open.length === 0) return bytes.subarray(from, at).every(isBlank) ? "read" : "strange";
    if ((seen & xmlByte.bracket) !== 0 && bytes.subarray(from, at).includes("]]>")) return "strange";
    const isWanted = this.#records.wantsText;
    if (!isWanted && (seen & xmlByte.reference) === 0) return "read";
    const text = this.#texts.ofElement(from, at, seen);
    if (text === undefined) return "strange";
    if (isWanted) this.#records.text(text);
    return "read";
  }

  #openingTag(): Outcome {
    const bytes = this.#bytes;
    const limit = this.#limit;
    const from = this.#at + 1;
    let hash = 0;
    let at = from;
    for (; at < limit && nameBytes[bytes[at] as number] !== 0; at++) {
      hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    }
    if (at === limit) return "incomplete";
    const name = this.#names.find(bytes, from, at, hash);
    if (name === undefined || this.#rootClosed) return "strange";
    const end = this.#attributes.read(bytes, at, limit);
    if (end < 0) return end === tagIsIncomplete ? "incomplete" : "strange";
    const closes = bytes[end] === slash;
    if (closes && end + 1 >= limit) return "incomplete";
    if (closes && bytes[end + 1] !== greater) return "strange";
    this.#last.follower = name;
    this.#last = name;
    this.#records.tagBegins(this.#base + this.#at, this.#line);
    this.#line += this.#attributes.lineFeeds;
    this.#at = end + (closes ? 2 : 1);
    this.#records.opened(name.local, this.#attributes);
    if (!closes) this.#open.push(name);
    else this.#closed();
    return "read";
  }

  #closingTag(): Outcome {
    const bytes = this.#bytes;
    const name = this.#open.at(-1);
    if (name === undefined) return "strange";
    let at = this.#at + 2 + name.bytes.length;
    if (at >= this.#limit) return "incomplete";
    if (!hasAt(bytes, this.#at + 2, name.bytes)) return "strange";
    let lines = 0;
    for (; at < this.#limit && bytes[at] !== greater; at++) {
      const byte = bytes[at] as number;
      if (!isBlank(byte)) return "strange";
      if (byte === 0x0a) lines++;
    }
    if (at >= this.#limit) return "incomplete";
    this.#at = at + 1;
    this.#line += lines;
    this.#open.pop();
    this.#closed();
    return "read";
  }

  #closed(): void {
    this.#records.closed(this.#endByte);
    if (this.#open.length === 0) this.#rootClosed = true;
  }

  /** A comment or a CDATA section; a document type declaration is not for this reader. */
  #comment(): Outcome {
    const bytes = this.#bytes;
    const from = this.#at;
    if (this.#limit - from < 4) return "incomplete";
    if (bytes[from + 2] === minus && bytes[from + 3] === minus) {
      const end = bytes.indexOf("--", from + 4, "latin1");
      if (end === -1 || end + 2 >= this.#limit) return "incomplete";
      return bytes[end + 2] === greater && this.#pass(from, end + 3) !== undefined ? "read" : "strange";
    }
    if (this.#limit - from < cdataStart.length) return "incomplete";
    if (this.#open.length === 0 || !hasAt(bytes, from, cdataStart)) return "strange";
    const end = bytes.indexOf("]]>", from + cdataStart.length, "latin1");
    if (end === -1) return "incomplete";
    const seen = this.#pass(from, end + 3);
    if (seen === undefined) return "strange";
    if (this.#records.wantsText) {
      this.#records.text(this.#texts.ofCdata(from + cdataStart.length, end, seen));
    }
    return "read";
  }

  /** A processing instruction, or the XML declaration where that may stand. */
  #instruction(): Outcome {
    const from = this.#at;
    const end = this.#bytes.indexOf("?>", from + 2, "latin1");
    if (end === -1) return "incomplete";
    const seen = this.#pass(from, end + 2);
    if (seen === undefined) return "strange";
    const text = this.#texts.ofCdata(from + 2, end, seen);
    const [, target] = instruction.exec(text) ?? [];
    if (target === undefined) return "strange";
    if (target.toLowerCase() !== "xml") return "read";
    const isFirst = this.#base + from === this.#startByte;
    return isFirst && declaration.test(text) ? "read" : "strange";
  }

  /** Goes on to an offset; returns the kinds of bytes up to there, or undefined where one of them is forbidden. */
  #pass(from: number, to: number): number | undefined {
    let seen = 0;
    let lines = 0;
    for (let at = from; at < to; at++) {
      const kind = textBytes[this.#bytes[at] as number] as number;
      if (kind === xmlByte.lineFeed) lines++;
      seen |= kind;
    }
    if ((seen & xmlByte.forbidden) !== 0) return undefined;
    this.#at = to;
    this.#line += lines;
    return seen;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
