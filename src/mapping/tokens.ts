import type { ExpressionText } from "./expression-text.ts";

export interface Token {
  /** `symbol`: punctuation and operators; `end`: behind the last character. */
  readonly kind: "word" | "column" | "text" | "number" | "symbol" | "end";
  readonly text: string;
  /** Offset of the first character. */
  readonly at: number;
  readonly end: number;
}

const symbols = ["->", "==", "!=", "<=", ">=", "<", ">", "(", ")", ",", "|", ":", "*"];
const blank = /[\s\u00a0]*/y;
// A hyphen or colon belongs to a word only where more of the word follows, so that `B->` and `default: 1` end it.
const word = /[\p{L}\p{N}_/@.](?:[\p{L}\p{M}\p{N}_/@.]|-(?!>)|:(?=[\p{L}_@])|\[\d+\])*/uy;
/** A text in which the backslash has no meaning, as patterns want it: r"\\d+". */
const rawQuote = /r["']/y;
const negativeNumber = /-\d+(?:\.\d+)?/y;
const number = /^-?\d+(?:\.\d+)?$/;
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/**
 * Cuts an expression into words, back-quoted columns, texts, numbers and symbols. Throws
 * DMFP-MAPPING-EXPRESSION at a character that fits nowhere and at a text that is not closed.
 */
export function tokens(source: ExpressionText): readonly Token[] {
  const { text } = source;
  const found: Token[] = [];
  let at = match(blank, text, 0).length;
  while (at < text.length) {
    const token = tokenAt(source, at);
    found.push(token);
    at = token.end + match(blank, text, token.end).length;
  }
  found.push({ kind: "end", text: "", at: text.length, end: text.length });
  return found;
}

function tokenAt(source: ExpressionText, at: number): Token {
  const { text } = source;
  const character = text.charAt(at);
  if (character === '"' || character === "'") return textToken(source, at, character);
  const raw = match(rawQuote, text, at).slice(1);
  if (raw !== "") return rawTextToken(source, at, raw);
  if (character === "`") {
    const close = text.indexOf("`", at + 1);
    if (close === -1) throw source.error(at, "The back quote ` that opens here is never closed.");
    if (close === at + 1) throw source.error(at, "There is no column name between the back quotes.");
    return { kind: "column", text: text.slice(at + 1, close), at, end: close + 1 };
  }
  const matched = match(negativeNumber, text, at) || match(word, text, at);
  if (matched !== "") {
    return { kind: number.test(matched) ? "number" : "word", text: matched, at, end: at + matched.length };
  }
  const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
  if (symbol !== undefined) return { kind: "symbol", text: symbol, at, end: at + symbol.length };
  const hint = character === "=" ? " Two values are compared with ==." : "";
  throw source.error(at, `The character ${character} has no meaning here.${hint}`, {
    next: "Put a column name with special characters into back quotes: `Net amount (EUR)`.",
  });
}

function textToken(source: ExpressionText, at: number, quote: string): Token {
  const { text } = source;
  let value = "";
  for (let index = at + 1; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === quote) return { kind: "text", text: value, at, end: index + 1 };
    if (character !== "\\") {
      value += character;
      continue;
    }
    index++;
    const escaped = text.charAt(index);
    if (escaped === "\\" || escaped === '"' || escaped === "'") value += escaped;
    else {
      const known = escapes[escaped];
      if (known === undefined) {
        throw source.error(
          index - 1,
          `\\${escaped} has no meaning in a text. Write \\\\ for a backslash, or a pattern as r"\\${escaped}".`,
        );
      }
      value += known;
    }
  }
  throw source.error(at, `The text that opens with ${quote} here is never closed.`);
}

function rawTextToken(source: ExpressionText, at: number, quote: string): Token {
  const close = source.text.indexOf(quote, at + 2);
  if (close === -1) throw source.error(at, `The text that opens with r${quote} here is never closed.`);
  return { kind: "text", text: source.text.slice(at + 2, close), at, end: close + 1 };
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
