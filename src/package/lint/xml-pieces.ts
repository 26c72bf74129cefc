import type { DataContext } from "./data-judge.ts";
import { dataPlace } from "./data-judge.ts";
import { excerpt } from "./finding-log.ts";

/** A declaration stands within the first bytes of a file. */
const headBytes = 256;

/**
 * Bytes of an XML file in, text out, piece by piece. The encoding comes from the byte order mark and the declaration,
 * which must not contradict each other; bytes that are no text in it are a finding, and nothing comes after it.
 */
export class XmlPieces {
  readonly #context: DataContext;
  #head: Buffer | undefined = Buffer.alloc(0);
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #encoding = "";
  #failed = false;

  constructor(context: DataContext) {
    this.#context = context;
  }

  /** The text of these bytes and of what was held back; undefined when the bytes cannot be read. */
  next(chunk: Buffer): string | undefined {
    if (this.#failed) return undefined;
    if (this.#head === undefined) return this.#decode(chunk, true);
    this.#head = Buffer.concat([this.#head, chunk]);
    return this.#head.length < headBytes ? "" : this.#begin();
  }

  /** What is left at the end of the file. */
  end(): string | undefined {
    if (this.#failed) return undefined;
    const head = this.#head === undefined ? "" : this.#begin();
    if (head === undefined) return undefined;
    const rest = this.#decode(Buffer.alloc(0), false);
    return rest === undefined ? undefined : head + rest;
  }

  #begin(): string | undefined {
    const head = this.#head ?? Buffer.alloc(0);
    this.#head = undefined;
    const marked = markedEncoding(head);
    const text = Buffer.from(head.subarray(0, headBytes).filter((byte) => byte !== 0)).toString("latin1");
    const declared = /<\?xml\s[^>]*?encoding\s*=\s*["']([^"']+)["']/.exec(text)?.[1]?.toLowerCase();
    this.#encoding = marked ?? declared ?? "utf-8";
    const family = (name: string): string => (name.startsWith("utf-16") ? "utf-16" : name);
    if (
      declared !== undefined &&
      family(declared) !== family(marked ?? "utf-8") &&
      isUnicode(marked, declared)
    ) {
      return this.#fail(`The declaration says ${excerpt(declared)}, the bytes are ${marked ?? "utf-8"}.`);
    }
    try {
      this.#decoder = new TextDecoder(this.#encoding, { fatal: true });
    } catch {
      return this.#fail(`The declaration names the unknown encoding ${excerpt(this.#encoding)}.`);
    }
    return this.#decode(head, true);
  }

  #decode(bytes: Buffer, more: boolean): string | undefined {
    try {
      return this.#decoder?.decode(bytes, { stream: more }) ?? "";
    } catch {
      return this.#fail(`Some bytes are no ${this.#encoding.toUpperCase()} text.`);
    }
  }

  /** Says what is wrong; the result is that there is no text. */
  #fail(message: string): string | undefined {
    this.#failed = true;
    this.#context.log.add("DMFP-LINT-DATA-TEXT", dataPlace(this.#context), () => ({ message }));
    return undefined;
  }
}

/** What the first bytes say: a byte order mark, or `<` in two bytes. */
function markedEncoding(head: Buffer): string | undefined {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0)) return "utf-16le";
  if ((head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] === 0x3c)) return "utf-16be";
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? "utf-8" : undefined;
}

/** Whether mark or declaration is UTF-16: a contradiction then, where a code page needs no mark. */
function isUnicode(marked: string | undefined, declared: string): boolean {
  return marked !== undefined || declared.startsWith("utf-16");
}
