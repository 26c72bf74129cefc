/** What is in every text in which there is something to take out: nearly all others are done with one look. */
const suspect = /sig[=%]|bearer|eyJ|client_|_token|AccountKey/i;

/**
 * Takes secrets out of a text that is about to be printed, logged or stored.
 *
 * Field-name based redaction is not enough: a SAS URL travels inside messages of the Azure SDK and of F&O
 * itself. So every sink scrubs by shape: SAS signatures, bearer tokens, JSON web tokens, client secrets in forms.
 */
export function scrub(text: string): string {
  if (!suspect.test(text)) return text;
  return (
    text
      // Whatever stands before it: ?, &, and where the address was encoded or escaped, %26, \u0026, &amp;.
      .replace(/(^|[^a-z])(sig)(=|%(?:25)*3D)[^&\s"'<>]+/gi, "$1$2$3***")
      .replace(/(Bearer)(\s+|%20|\+)[\w.~+/%-]+=*/gi, "$1$2***")
      // Not bound to the beginning of a word: something may stand right before it.
      .replace(/eyJ[\w-]{5,}(?:\.[\w-]*)+/g, "***")
      .replace(
        /(client_secret|client_assertion|access_token|refresh_token|AccountKey)(\\?["']?\s*[=:]\s*\\?["']?)[^&\s"',;}\\]+/gi,
        "$1$2***",
      )
  );
}

/**
 * A value that must not be printed. It shows as `***` wherever it is stringified, logged or inspected;
 * only `reveal` gives it out, to the one place that sends it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "***";
  }
}
