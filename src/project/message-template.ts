/** What a message of F&O is about, as far as its words say. */
export interface MessageParts {
  /** The field, in F&O's words. */
  readonly field?: string;
  readonly value?: string;
  /** The table or entity, in F&O's words. */
  readonly table?: string;
}

/** A message made ready to be held against many templates. */
export interface ReadableMessage {
  /** One line, single blanks. */
  readonly text: string;
  /** The same, unit by unit, with all quotes alike and in lower case. */
  readonly folded: string;
}

type PlaceName = "field" | "value" | "table" | "any";

interface Place {
  readonly name: PlaceName;
  /** The folded words behind it, up to the next place; "" only at the end. */
  readonly words: string;
}

const placePattern = /\{(field|value|table|any)\}/g;
/** Letters a template must have outside its places, so that it does not fit everything. */
const fewestLetters = 6;
/** Longer than this it is no name or value, but half a sentence. */
const greatestChars = { field: 80, table: 80, value: 300 };
const quoteMarks = /["'`´‘’‚‛“”„‟«»‹›「」]/u;
const allQuoteMarks = new RegExp(quoteMarks, "gu");

/** Makes a message ready for `MessageTemplate.match`. */
export function readableMessage(message: string): ReadableMessage {
  const text = message.replaceAll(/\s+/g, " ").trim();
  return { text, folded: fold(text) };
}

/**
 * The text of a message with places in it: `Field '{field}' must be filled in`. A place takes as little as it can, at the
 * end of the template all that is left. Every kind of quote stands for every other one, and case is ignored; the
 * template may fit anywhere within a message, unless it begins with a place.
 *
 * Not a regular expression: a template is searched for piece by piece, so there is none that could run away.
 */
export class MessageTemplate {
  readonly text: string;
  readonly #first: string;
  readonly #places: readonly Place[];

  private constructor(text: string, first: string, places: readonly Place[]) {
    this.text = text;
    this.#first = first;
    this.#places = places;
  }

  /** The template, or a sentence that says why it cannot be one. */
  static parse(text: string): MessageTemplate | string {
    const pieces = readableMessage(text).text.split(placePattern);
    const [first = "", ...rest] = pieces;
    const places: Place[] = [];
    for (let at = 0; at < rest.length; at += 2) {
      places.push({ name: rest[at] as PlaceName, words: fold(rest[at + 1] ?? "") });
    }
    const words = [first, ...places.map((place) => place.words)].join(" ");
    const unknown = /\{[^}]*\}/.exec(words)?.[0];
    if (unknown !== undefined) return `has ${unknown}; places are {field}, {value}, {table} and {any}`;
    const named = places.map(({ name }) => name).filter((name) => name !== "any");
    if (new Set(named).size < named.length) return "has the same place twice";
    if (places.slice(0, -1).some((place) => place.words === "")) {
      return "has two places with nothing between them";
    }
    if ((words.match(/\p{L}/gu) ?? []).length < fewestLetters) {
      return `needs ${fewestLetters} letters besides its places, or it would fit almost everything`;
    }
    return new MessageTemplate(text, fold(first), places);
  }

  /** Whether a message is this and nothing else, but for a full stop. */
  isWhole(message: ReadableMessage): boolean {
    const whole = readableMessage(withoutFullStop(message.text));
    const words = this.#places.at(-1)?.words ?? this.#first;
    return (
      whole.folded.startsWith(this.#first) &&
      whole.folded.endsWith(words) &&
      this.match(whole) !== undefined &&
      (this.#places.length > 0 || whole.folded === this.#first)
    );
  }

  /** What stands in the places, or undefined where the message is another one. */
  match({ text, folded }: ReadableMessage): MessageParts | undefined {
    const start = this.#first === "" ? 0 : find(folded, this.#first, 0);
    if (start < 0) return undefined;
    let from = start + this.#first.length;
    const parts: { -readonly [Name in keyof MessageParts]: MessageParts[Name] } = {};
    for (const { name, words } of this.#places) {
      const to = words === "" ? text.length : find(folded, words, from);
      if (to < 0) return undefined;
      const part = words === "" ? withoutFullStop(text.slice(from)) : text.slice(from, to);
      from = to + words.length;
      const clean = unquoted(part);
      if (name !== "any" && clean !== "" && clean.length <= greatestChars[name]) parts[name] = clean;
    }
    return parts;
  }
}

/** Position for position: where a letter has a lower case of another length, letters are folded one by one. */
function fold(text: string): string {
  const alike = text.replaceAll(allQuoteMarks, "'");
  const lower = alike.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(alike, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  }).join("");
}

/** A quote alone between two letters is an apostrophe of the value (O'Brien), not its end. */
function find(folded: string, words: string, from: number): number {
  let at = folded.indexOf(words, from);
  if (words !== "'") return at;
  while (at >= 0 && isLetter(folded[at - 1]) && isLetter(folded[at + 1])) at = folded.indexOf("'", at + 1);
  return at;
}

function isLetter(unit: string | undefined): boolean {
  return unit !== undefined && /[\p{L}\p{N}]/u.test(unit);
}

function withoutFullStop(text: string): string {
  return text.replace(/[.!\s]+$/u, "");
}

function unquoted(part: string): string {
  const text = part.trim();
  const quoted = text.length > 1 && quoteMarks.test(text.charAt(0)) && quoteMarks.test(text.at(-1) ?? "");
  return quoted ? text.slice(1, -1).trim() : text;
}
