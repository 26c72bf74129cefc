/** A part of a pattern that takes exactly one character: `a`, `\d`, `.`, `[A-Z]`. */
export interface AtomPart {
  readonly kind: "atom";
  /** As written, to be compiled on its own. */
  readonly text: string;
}

/** `( … | … )`, and the pattern as a whole. */
export interface GroupPart {
  readonly kind: "group";
  readonly branches: readonly (readonly RepeatedPart[])[];
}

/** `^`, `$`, `\b`: a place, not a character. */
export interface PlacePart {
  readonly kind: "place";
  readonly text: string;
}

/** A part with how often it may come. */
export interface RepeatedPart {
  readonly part: AtomPart | GroupPart | PlacePart;
  readonly least: number;
  /** Infinity without an end. */
  readonly most: number;
  /** As written, the quantifier included. */
  readonly text: string;
}

/** What is wrong with a pattern, and at which of its characters. */
export interface PatternProblem {
  readonly problem: string;
  readonly at: number;
}

/** Ends the parsing; it never leaves this module. */
class PatternRefused extends Error {
  readonly at: number;

  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

/**
 * Takes a pattern apart: characters, classes, groups, alternatives and quantifiers of JavaScript's regular
 * expressions. References back and looking around are refused, because no bound can be given for their time.
 */
export function parsePattern(pattern: string): GroupPart | PatternProblem {
  try {
    return new PatternParser(pattern).whole();
  } catch (thrown) {
    if (thrown instanceof PatternRefused) return { problem: thrown.message, at: thrown.at };
    throw thrown;
  }
}

const maxDepth = 20;
const quantifier = /[*+?]|\{(\d+)(?:(,)(\d*))?\}/y;
const escape = /\\(?:p\{[^}]*\}|P\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/uy;
const characterClass = /\[(?:[^\]\\]|\\[\s\S])*\]/uy;

class PatternParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): GroupPart {
    const group = this.#branches();
    if (this.#at < this.#text.length) throw new PatternRefused("has a ) that closes nothing", this.#at);
    return group;
  }

  #branches(): GroupPart {
    if (this.#depth++ >= maxDepth)
      throw new PatternRefused(`has groups more than ${maxDepth} deep`, this.#at);
    const branches: RepeatedPart[][] = [[]];
    while (this.#at < this.#text.length && this.#text[this.#at] !== ")") {
      if (this.#take(/\|/y) !== "") branches.push([]);
      else branches.at(-1)?.push(this.#repeated());
    }
    this.#depth--;
    return { kind: "group", branches };
  }

  #repeated(): RepeatedPart {
    const start = this.#at;
    const part = this.#part();
    const { least, most } = this.#quantifier();
    if (part.kind === "place" && most !== 1) throw new PatternRefused(`repeats ${part.text}`, start);
    return { part, least, most, text: this.#text.slice(start, this.#at) };
  }

  #quantifier(): { least: number; most: number } {
    quantifier.lastIndex = this.#at;
    const found = quantifier.exec(this.#text);
    if (found === null) return { least: 1, most: 1 };
    const [text, least, comma, most] = found;
    this.#at += text.length;
    this.#take(/\?/y);
    if (text === "*") return { least: 0, most: Infinity };
    if (text === "+") return { least: 1, most: Infinity };
    if (text === "?") return { least: 0, most: 1 };
    const lower = Number(least);
    return { least: lower, most: comma === undefined ? lower : most === "" ? Infinity : Number(most) };
  }

  #part(): AtomPart | GroupPart | PlacePart {
    const at = this.#at;
    const place = this.#take(/[\^$]|\\[bB]/y);
    if (place !== "") return { kind: "place", text: place };
    if (this.#take(/\(/y) !== "") return this.#group(at);
    if (/[*+?{}]/.test(this.#text.charAt(at))) {
      throw new PatternRefused(`has a ${this.#text.charAt(at)} behind nothing it could repeat`, at);
    }
    if (this.#text.charAt(at) === "\\") return this.#escape();
    const text = this.#take(characterClass) || this.#take(/[^[]/uy);
    if (text === "") throw new PatternRefused("has a [ that is never closed", at);
    return { kind: "atom", text };
  }

  #group(at: number): GroupPart {
    if (this.#take(/\?(?:[=!]|<[=!])/y) !== "")
      throw new PatternRefused("looks around with (?…), which is refused", at);
    if (this.#take(/\?(?::|<\w+>)/y) === "" && this.#text.charAt(this.#at) === "?") {
      throw new PatternRefused("has a (? that is none of (?: and (?<name>", at);
    }
    const group = this.#branches();
    if (this.#take(/\)/y) === "") throw new PatternRefused("has a ( that is never closed", at);
    return group;
  }

  #escape(): AtomPart {
    const at = this.#at;
    const text = this.#take(escape);
    if (text === "") throw new PatternRefused("ends with a backslash", at);
    if (/^\\[1-9k]/.test(text)) throw new PatternRefused(`refers back with ${text}, which is refused`, at);
    return { kind: "atom", text };
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += text.length;
    return text;
  }
}
