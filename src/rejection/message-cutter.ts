/** A piece that grows past this is handed on as it is: no message of a person is so long, and memory has an end. */
const longestPieceChars = 1024 * 1024;
/** Enough to see the name of the first member. */
const beginningChars = 256;

/**
 * Cuts the text of GetExecutionErrors into its objects, wherever the borders of the chunks fall in which it comes. An
 * object ends where the next one begins: at a comma, a brace, and the name that the first object begins with (in every
 * sample `RecordId`). Quotes and braces are not counted, because F&O does not escape those inside messages.
 */
export class MessageCutter {
  #rest = "";
  /** Everything before has been searched. */
  #searched = 0;
  /** The quoted name each object begins with; known after the first characters. */
  #name: string | undefined;

  /** Adds a chunk; returns the objects that are complete. */
  add(chunk: string): string[] {
    this.#rest += chunk;
    if (this.#name === undefined) {
      if (this.#rest.length < beginningChars) return [];
      this.#begin();
    }
    return this.#cut();
  }

  /** The text is over; returns what is left of it. */
  end(): string[] {
    if (this.#name === undefined) this.#begin();
    const pieces = this.#cut();
    const last = this.#rest.trimEnd().replace(/\]$/, "");
    this.#rest = "";
    return [...pieces, last].filter((piece) => piece.trim() !== "" && piece.trim() !== "null");
  }

  #begin(): void {
    this.#rest = this.#rest.replace(/^[\uFEFF\s]*\[?/, "");
    this.#name = /^\s*\{\s*("[^"\\]{1,100}")\s*:/.exec(this.#rest)?.[1] ?? '"RecordId"';
  }

  #cut(): string[] {
    const name = this.#name ?? "";
    const pieces: string[] = [];
    let start = 0;
    let at = this.#rest.indexOf(name, this.#searched);
    while (at !== -1) {
      const after = skipBlanks(this.#rest, at + name.length);
      // The colon may be in the next chunk.
      if (after === this.#rest.length) break;
      const comma = this.#rest[after] === ":" ? commaBefore(this.#rest, { at, from: start }) : -1;
      if (comma !== -1) {
        pieces.push(this.#rest.slice(start, comma));
        start = comma + 1;
      }
      at = this.#rest.indexOf(name, at + name.length);
    }
    const searched = at === -1 ? this.#rest.length - name.length + 1 : at;
    this.#rest = this.#rest.slice(start);
    this.#searched = Math.max(0, searched - start);
    if (this.#rest.length > longestPieceChars) {
      pieces.push(this.#rest);
      this.#rest = "";
      this.#searched = 0;
    }
    return pieces;
  }
}

/** Where the comma stands that separates the object beginning with the name at `at` from the one before; -1: nowhere. */
function commaBefore(text: string, { at, from }: { readonly at: number; readonly from: number }): number {
  const brace = skipBlanksBack(text, at - 1);
  if (text[brace] !== "{") return -1;
  const comma = skipBlanksBack(text, brace - 1);
  return comma >= from && text[comma] === "," ? comma : -1;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text, at)) at++;
  return at;
}

function skipBlanksBack(text: string, from: number): number {
  let at = from;
  while (at >= 0 && isBlank(text, at)) at--;
  return at;
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
