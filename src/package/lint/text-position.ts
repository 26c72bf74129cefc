/** A place in a text, 1-based, in UTF-16 code units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets in a text into lines and columns; they must be asked for in ascending order. */
export class TextPosition {
  readonly #text: string;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  at(offset: number): TextPlace {
    for (;;) {
      const next = this.#text.indexOf("\n", this.#lineStart);
      if (next === -1 || next >= offset) break;
      this.#line++;
      this.#lineStart = next + 1;
    }
    return { line: this.#line, column: Math.max(1, offset - this.#lineStart + 1) };
  }
}
