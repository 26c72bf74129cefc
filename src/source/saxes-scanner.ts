import { SaxesParser } from "saxes";
import type { SourceEncoding } from "../project/source-format.ts";
import { decodeLeniently, firstInvalidByte, TextPieces } from "./text-encoding.ts";
import type { XmlAttributes } from "./xml-fields.ts";
import { localName } from "./xml-path.ts";
import { lineEnds, XmlPosition, type XmlPlace } from "./xml-position.ts";
import type { XmlRecords } from "./xml-records.ts";

/** Where a reader stands in a file, for another one to go on from there: between two tags, texts or comments. */
export interface XmlStand {
  readonly place: XmlPlace;
  /**
   * A document that leaves a parser in the same state as what was read so far: the tags of the elements that are open,
   * a root element that was closed, a comment where only comments were read, nothing where nothing was.
   */
  readonly before: string;
}

/**
 * Bytes of an XML file in, elements and texts out, as saxes reads them: in any encoding, and with its word on what is
 * wrong. Strict: what is not well-formed, or has a document type declaration (and with it entities of its own), is
 * refused as a whole with DMFP-SOURCE-INVALID.
 *
 * saxes is always fed up to just before a `<`, so that the beginning of every tag it reports lies in the text
 * that was fed last, and its exact position can be found there.
 */
export class SaxesScanner {
  readonly #encoding: SourceEncoding;
  readonly #maxRecordBytes: number;
  readonly #records: XmlRecords;
  readonly #parser = new SaxesParser({ xmlns: false, position: true });
  readonly #pieces: TextPieces;
  readonly #position: XmlPosition;
  #held = "";
  #decodedBytes: number;

  constructor(options: {
    readonly encoding: SourceEncoding;
    readonly maxRecordBytes: number;
    readonly records: XmlRecords;
    readonly from: XmlStand;
  }) {
    const { encoding, maxRecordBytes, records, from } = options;
    this.#encoding = encoding;
    this.#maxRecordBytes = maxRecordBytes;
    this.#records = records;
    this.#pieces = new TextPieces(encoding);
    this.#position = new XmlPosition(encoding, { ...from.place, unit: from.before.length });
    this.#decodedBytes = from.place.byte;
    this.#parser.write(from.before);
    this.#listen();
  }

  /** Reads what ends within this chunk, and tells the records of it. */
  feed(chunk: Buffer): void {
    if (this.#records.isOver) return;
    const { bytes, text } = this.#pieces.next(chunk);
    this.#demandText(bytes, text);
    this.#decodedBytes += bytes.length;
    this.#held += text;
    const cut = this.#held.lastIndexOf("<");
    // A tag or a text that never ends is fed all the same once it is larger than any record may be.
    if (cut > 0) this.#parse(this.#held.slice(0, cut));
    else if (this.#held.length > this.#maxRecordBytes) this.#parse(this.#held);
  }

  /** Reads the rest. Throws DMFP-SOURCE-INVALID when the file ends too early. */
  end(): void {
    if (this.#pieces.heldBytes > 0) {
      throw this.#records.invalid(
        "it ends in the middle of a character: it was cut off",
        this.#decodedTo(""),
      );
    }
    this.#parse(this.#held);
    this.#records.demandClosed();
    this.#parser.close();
  }

  #parse(text: string): void {
    if (text === "") return;
    this.#held = this.#held.slice(text.length);
    this.#position.add(text);
    this.#parser.write(text);
    this.#records.demandMeasure(this.#decodedBytes);
  }

  #listen(): void {
    const parser = this.#parser;
    const records = this.#records;
    const endByte = (): number => this.#position.at(parser.position).byte;
    const invalid = (what: string): void => {
      if (!records.isOver) throw records.invalid(what, this.#position.at(parser.position));
    };
    parser.on("error", (error) => {
      const what = error.message.replace(/^\d+:\d+:\s*/, "").replace(/\.$/, "");
      invalid(`it is not well-formed XML: ${what}`);
    });
    parser.on("doctype", () => {
      invalid("it has a document type declaration (<!DOCTYPE …>), which dmfpipe does not read");
    });
    parser.on("opentagstart", () => {
      if (records.isOver) return;
      const { byte, line } = this.#position.at(this.#position.lastTagBefore(parser.position));
      records.tagBegins(byte, line);
    });
    parser.on("opentag", (tag) => {
      if (!records.isOver) records.opened(localName(tag.name), attributesOf(tag.attributes));
    });
    parser.on("text", (text) => {
      records.text(text);
    });
    parser.on("cdata", (text) => {
      records.text(text);
    });
    parser.on("closetag", () => {
      if (!records.isOver) records.closed(endByte);
    });
  }

  #demandText(bytes: Buffer, text: string): void {
    if (!text.includes("\uFFFD") && text.isWellFormed()) return;
    const at = firstInvalidByte(bytes, this.#encoding);
    if (at === -1) return;
    const { byte, line } = this.#decodedTo(decodeLeniently(bytes.subarray(0, at), this.#encoding));
    throw this.#records.invalid(`it has bytes that are no ${this.#encoding} text`, { byte: byte + at, line });
  }

  /** Where the text ends that was decoded so far, and the line behind some text that follows. */
  #decodedTo(text: string): XmlPlace {
    const line = this.#position.end.line + lineEnds(this.#held) + lineEnds(text);
    return { byte: this.#decodedBytes, line };
  }
}

const noAttributes: XmlAttributes = { count: 0, localName: () => "", value: () => "" };

function attributesOf(attributes: Readonly<Record<string, string>>): XmlAttributes {
  const all = Object.entries(attributes);
  if (all.length === 0) return noAttributes;
  const named = all.filter(([name]) => name !== "xmlns" && !name.startsWith("xmlns:"));
  return {
    count: named.length,
    localName: (index) => localName(named[index]?.[0] ?? ""),
    value: (index) => named[index]?.[1] ?? "",
  };
}
