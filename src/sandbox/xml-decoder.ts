import { TextDecoder } from "node:util";
import { DataFileUnreadable } from "./data-file-unreadable.ts";

/** The declaration must stand in the first bytes; this many are looked at. */
const declarationBytes = 512;

/**
 * Bytes of an XML file to text, piece by piece: by byte order mark, else by the declaration, else UTF-8, as the XML
 * recommendation has it. Throws DataFileUnreadable for bytes that are not text in that encoding.
 */
export class XmlDecoder {
  #decoder: TextDecoder | undefined;
  #start: Buffer = Buffer.alloc(0);

  decode(bytes: Buffer): string {
    if (this.#decoder !== undefined) return decodeWith(this.#decoder, bytes, true);
    this.#start = Buffer.concat([this.#start, bytes]);
    return this.#start.length < declarationBytes ? "" : this.#begin();
  }

  /** The text of the last bytes. */
  end(): string {
    const begun = this.#decoder === undefined ? this.#begin() : "";
    return this.#decoder === undefined ? begun : begun + decodeWith(this.#decoder, undefined, false);
  }

  #begin(): string {
    const start = this.#start;
    this.#start = Buffer.alloc(0);
    this.#decoder = decoderFor(start);
    return decodeWith(this.#decoder, start, true);
  }
}

function decoderFor(start: Buffer): TextDecoder {
  const encoding = encodingOf(start);
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new DataFileUnreadable(
      "DMF1830",
      `XML is not in correct format: the encoding ${encoding} is unknown.`,
    );
  }
}

function encodingOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  const text = start.toString("latin1", 0, declarationBytes);
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']/.exec(text)?.[1];
  if (declared === undefined || declared.toLowerCase() === "utf-8") return "utf-8";
  // These bytes are not UTF-16, whatever the declaration says.
  return declared.toLowerCase().startsWith("utf-16") ? "utf-16le" : declared;
}

function decodeWith(decoder: TextDecoder, bytes: Buffer | undefined, more: boolean): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: more });
  } catch {
    throw new DataFileUnreadable(
      "DMF1830",
      "XML is not in correct format: invalid characters in its encoding.",
    );
  }
}
