/** What may follow an ampersand: a name or a number, and a semicolon. */
const bare = /&(?!(?:[A-Za-z_:][\w.:-]{0,60}|#\d{1,8}|#x[\dA-Fa-f]{1,8});)/g;
/** Longest reference that may be cut in two by the end of a piece. */
const longestReference = 64;

/**
 * Finds an ampersand that begins no reference: the most frequent mistake in XML that was put together by hand. The XML
 * parser reads on to the next semicolon, wherever that is, and then complains about a place that is fine.
 */
export class BareAmpersand {
  #held = "";
  /** Where CDATA or comments are used, a bare ampersand may be right; then it is left to the parser. */
  #unsure = false;

  /**
   * Offset of the first one in this piece of text, or undefined. One that began in the piece before has a negative
   * offset. `last`: no more text comes.
   */
  find(piece: string, last: boolean): number | undefined {
    this.#unsure ||= piece.includes("<![") || piece.includes("<!--");
    if (this.#unsure) return undefined;
    const text = this.#held + piece;
    const begin = -this.#held.length;
    this.#held = "";
    for (const { index } of text.matchAll(bare)) {
      if (!last && text.length - index < longestReference) {
        this.#held = text.slice(index);
        return undefined;
      }
      return begin + index;
    }
    return undefined;
  }
}

/** How the mistake is told. */
export const bareAmpersandText = "there is a bare & in a text, which XML writes &amp;.";
