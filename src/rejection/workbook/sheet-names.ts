const greatestChars = 31;

/**
 * Names of sheets as Excel allows them: at most 31 characters, none of `\ / ? * [ ] :`, no apostrophe at an end, not
 * `History`, each only once, whatever its case. What does not fit is cut, and told apart by a number: `Vendors (2)`.
 */
export class SheetNames {
  readonly #taken: Set<string>;

  /** `taken`: names of sheets there are besides. */
  constructor(taken: readonly string[] = []) {
    this.#taken = new Set(["history", ...taken.map((name) => name.toLowerCase())]);
  }

  /** A name for `label` that is not taken; it is then. */
  claim(label: string): string {
    const legal = label
      .replaceAll(/[\\/?*[\]:\p{C}]+/gu, " ")
      .replaceAll(/\s+/g, " ")
      .replaceAll(/^[' ]+|[' ]+$/g, "");
    const base = legal === "" ? "Sheet" : legal;
    for (let number = 1; ; number++) {
      const suffix = number === 1 ? "" : ` (${number})`;
      const name = cut(base, greatestChars - suffix.length) + suffix;
      if (this.#taken.has(name.toLowerCase())) continue;
      this.#taken.add(name.toLowerCase());
      return name;
    }
  }
}

function cut(text: string, chars: number): string {
  const splitsPair = text.length > chars && text.charCodeAt(chars - 1) >>> 10 === 0x36;
  return text.slice(0, splitsPair ? chars - 1 : chars).replaceAll(/[' ]+$/g, "");
}
