import { TextDecoder } from "node:util";
import { SaxesParser, type SaxesTagPlain } from "saxes";
import type { ZipEntry } from "../../../package/zip-directory.ts";
import type { ZipReader } from "../../../package/zip-reader.ts";
import { byteOrderMark } from "../../../source/text-encoding.ts";
import { WorkbookDamage } from "./workbook-damage.ts";

/** What an XML part of a workbook consists of. Names of elements come without the prefix of their namespace. */
export interface PartEvents {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(): void;
  /** One text may come in several pieces. */
  text?(text: string): void;
}

/** Deeper nesting than any workbook has; stops a file that is made to exhaust memory. */
const maxDepth = 100;
/** A cell of Excel has at most 32,767 characters; those of others may have more, but not without end. */
export const greatestTextChars = 16 * 1024 * 1024;

/**
 * Reads one XML part, bytes in, events out. Strict: what is not well-formed, no text in UTF-8 or UTF-16 (the only two that
 * ECMA-376 part 2 allows), or has a document type declaration is refused with WorkbookDamage.
 */
export class PartParser {
  readonly #part: string;
  readonly #parser = new SaxesParser({ xmlns: false, position: false });
  #decoder: TextDecoder | undefined;
  #depth = 0;
  #charsWithoutTag = 0;

  constructor(part: string, events: PartEvents) {
    this.#part = part;
    const parser = this.#parser;
    parser.on("error", ({ message }) => {
      throw this.#damage(message.replace(/\.$/, ""));
    });
    parser.on("doctype", () => {
      throw this.#damage("it has a document type declaration, which is not allowed");
    });
    parser.on("opentag", (tag: SaxesTagPlain) => {
      this.#charsWithoutTag = 0;
      this.#depth++;
      if (this.#depth > maxDepth) throw this.#damage("its elements are nested too deeply");
      events.open(localName(tag.name), tag.attributes);
    });
    parser.on("closetag", () => {
      this.#charsWithoutTag = 0;
      this.#depth--;
      events.close?.();
    });
    const addText = (text: string): void => events.text?.(text);
    parser.on("text", addText);
    parser.on("cdata", addText);
  }

  write(bytes: Buffer): void {
    this.#decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
    this.#parse(this.#decoded(bytes));
  }

  end(): void {
    this.#parse(this.#decoded());
    this.#parser.close();
  }

  // The decoder keeps the first bytes of a character that is cut for the next piece.
  #decoded(bytes?: Buffer): string {
    try {
      return this.#decoder?.decode(bytes, { stream: bytes !== undefined }) ?? "";
    } catch {
      throw this.#damage("it has bytes that are no text");
    }
  }

  #parse(text: string): void {
    this.#charsWithoutTag += text.length;
    this.#parser.write(text);
    // saxes keeps what has no tag as one text.
    if (this.#charsWithoutTag > greatestTextChars + text.length) {
      throw this.#damage(`it has a text of more than ${greatestTextChars} characters`);
    }
  }

  #damage(why: string): WorkbookDamage {
    return new WorkbookDamage(`${this.#part}: ${why}`);
  }
}

/**
 * Feeds a whole part to `events`. `maxBytes`: a larger one is refused. Throws WorkbookDamage, and what the zip reader says of damaged
 * bytes.
 */
export async function readPart(
  zip: ZipReader,
  entry: ZipEntry,
  options: { readonly maxBytes: number; readonly events: PartEvents },
): Promise<void> {
  if (entry.sizeBytes > options.maxBytes) {
    throw new WorkbookDamage(
      `${entry.name} has ${entry.sizeBytes} bytes, more than the ${options.maxBytes} that are read`,
    );
  }
  const parser = new PartParser(entry.name, options.events);
  for await (const bytes of zip.stream(entry)) parser.write(bytes);
  parser.end();
}

/** A name without the prefix of its namespace. */
export function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function encodingOf(head: Buffer): string {
  const marked = byteOrderMark(head)?.encoding;
  if (marked !== undefined) return marked;
  // A part begins with `<`.
  if (head[0] === 0x3c && head[1] === 0) return "utf-16le";
  return head[0] === 0 && head[1] === 0x3c ? "utf-16be" : "utf-8";
}
