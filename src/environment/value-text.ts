/** What is being read. */
type Scan = "seek" | "name" | "afterName" | "skip" | "text" | "raw" | "done";

/**
 * Takes the `value` out of an OData answer while it comes in, so that an answer of any size needs no memory: chunks of
 * the answer in, chunks of the value out. The value is a text; one documentation page nests it once more, and an array
 * that is no text is taken as it is written. Throws SyntaxError where the answer is no JSON.
 */
export class ValueText {
  #scan: Scan = "seek";
  #held = "";
  #name = "";
  /** Of what is skipped or copied: brackets that are open, and whether a string is. */
  #depth = 0;
  #inString = false;
  #nested = 0;

  /** Whether the value has been seen to its end. */
  get complete(): boolean {
    return this.#scan === "done";
  }

  /** Whether the answer has been found to have a value. */
  get found(): boolean {
    return this.complete || this.#scan === "text" || this.#scan === "raw";
  }

  add(chunk: string): string {
    const text = this.#held + chunk;
    this.#held = "";
    let value = "";
    let at = 0;
    while (at < text.length && this.#scan !== "done") {
      const scan = this.#scan;
      const step = this.#step(text, at);
      value += step.value;
      // Nothing was taken, and nothing was found out: more of the text is needed.
      if (step.end === at && this.#scan === scan) {
        this.#held = text.slice(at);
        break;
      }
      at = step.end;
    }
    return value;
  }

  #step(text: string, at: number): { readonly end: number; readonly value: string } {
    switch (this.#scan) {
      case "seek":
        return this.#seek(text, at);
      case "name":
        return this.#readName(text, at);
      case "afterName":
        return this.#beginValue(text, at);
      case "skip":
        return { end: this.#pass(text, at), value: "" };
      case "raw": {
        const end = this.#pass(text, at);
        return { end, value: text.slice(at, end) };
      }
      case "text":
        return this.#readText(text, at);
      case "done":
        return { end: text.length, value: "" };
    }
  }

  #seek(text: string, at: number): { readonly end: number; readonly value: string } {
    const character = text[at] ?? "";
    if (this.#nested === 0) {
      if (character === "{") this.#nested = 1;
      else if (!/[\s\uFEFF]/.test(character)) throw new SyntaxError("it is no object");
    } else if (character === '"') this.#scan = "name";
    else if (!/[\s,}]/.test(character)) throw new SyntaxError(`"${character}" stands where a name should be`);
    return { end: at + 1, value: "" };
  }

  #readName(text: string, at: number): { readonly end: number; readonly value: string } {
    const quote = closingQuote(text, at);
    if (quote === -1) return { end: at, value: "" };
    this.#name = text.slice(at, quote);
    this.#scan = "afterName";
    return { end: quote + 1, value: "" };
  }

  #beginValue(text: string, at: number): { readonly end: number; readonly value: string } {
    const character = text[at] ?? "";
    if (character === ":" || /\s/.test(character)) return { end: at + 1, value: "" };
    const wanted = this.#name === "value";
    if (wanted && character === '"') {
      this.#scan = "text";
      return { end: at + 1, value: "" };
    }
    if (wanted && character === "{" && this.#nested === 1) {
      this.#nested = 2;
      this.#scan = "seek";
      return { end: at + 1, value: "" };
    }
    if (wanted && character === "n") {
      // null: there is nothing.
      this.#scan = "done";
      return { end: at + 1, value: "" };
    }
    this.#scan = wanted ? "raw" : "skip";
    this.#depth = 0;
    this.#inString = false;
    const end = this.#pass(text, at);
    return { end, value: wanted ? text.slice(at, end) : "" };
  }

  /** Goes over one value of any kind; ends behind it, or at the end of what is there. */
  #pass(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      const character = text[at];
      if (this.#inString) {
        if (character === "\\") {
          // What is escaped may be in the next chunk.
          if (at + 1 === text.length) return at;
          at++;
        } else if (character === '"') this.#inString = false;
      } else if (character === '"') this.#inString = true;
      else if (character === "{" || character === "[") this.#depth++;
      else if ((character === "}" || character === "]" || character === ",") && this.#depth === 0) {
        this.#scan = this.#scan === "raw" ? "done" : "seek";
        return at;
      } else if (character === "}" || character === "]") this.#depth--;
    }
    return text.length;
  }

  #readText(text: string, at: number): { readonly end: number; readonly value: string } {
    const { end, closed } = wholeText(text, at);
    const value: unknown = JSON.parse(`"${text.slice(at, end)}"`);
    if (closed) this.#scan = "done";
    return { end: closed ? end + 1 : end, value: String(value) };
  }
}

/** Where the string ends that goes on at `from`; -1: not in this text. */
function closingQuote(text: string, from: number): number {
  const { end, closed } = wholeText(text, from);
  return closed ? end : -1;
}

/** How far the string at `from` goes: to its closing quote, or as far as it can be read without what follows. */
function wholeText(text: string, from: number): { readonly end: number; readonly closed: boolean } {
  let whole = from;
  let at = from;
  while (at < text.length) {
    let code = text.charCodeAt(at);
    if (code === 0x22) return { end: at, closed: true };
    let length = 1;
    if (code === 0x5c) {
      length = text[at + 1] === "u" ? 6 : 2;
      if (at + length > text.length) break;
      if (length === 6) code = Number.parseInt(text.slice(at + 2, at + 6), 16);
    }
    at += length;
    // Half a character is not written: its other half would be written apart from it.
    if (code < 0xd800 || code > 0xdbff) whole = at;
  }
  return { end: whole, closed: false };
}
