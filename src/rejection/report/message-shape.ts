import { scrub } from "../../errors/redaction.ts";
import { oneLine } from "../reason-text.ts";
import { isWordAt, WordScanner } from "./message-words.ts";

/** What stands in a message shape for a value that was taken out. */
export const mask = "‹…›";

/** What is known of a message beside its words. */
export interface MessageContext {
  /** The offending value. */
  readonly value?: string | undefined;
  /** The field it is about: its name is no value, whatever digits are in it. */
  readonly field?: string | undefined;
}

/** Quotes, and what closes each. */
const closings: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["“", "”"],
  ["„", "“”"],
  ["«", "»"],
  ["‹", "›"],
  ["`", "`"],
  ["'", "'"],
]);
// So that a hostile text is not searched to its end for every quote in it.
const longestQuotedChars = 300;

/** Words with digits in them that are no values: versions of entities, encodings, characters. */
const nameWithDigits = /^(?:V[2-9]|UTF-?\d+(?:LE|BE)?|windows-\d+|ISO-8859-\d+|U\+[0-9A-F]{4,6})$/i;
/** Before or behind the number that a rule sets: it is the same for all records, and what one wants to know. */
const limitFollows =
  /\b(?:at (?:most|least)|(?:more|less) than|longer than(?: the)?|up to|maximum(?: length)?(?: of| is)?|field holds|header has|may have|allows|such as|which is (?:before|after)) $/i;
const limitPrecedes = /^ (?:fit|(?:are )?allowed)\b/;
const longestLimitChars = 24;

/** What a number goes on with behind a blank: French thousands, and the half of a day. */
const thousands = /(?: \d{3}(?![\p{L}\p{N}_]))+(?:[.,]\d+)?/uy;
const halfOfDay = / [AP]M(?![\p{L}\p{N}])/uy;

const scanner = new WordScanner();

/**
 * A message without its values, so that messages that say the same of different records become equal: what is
 * quoted, the given value, and every word with a digit in it are replaced by `‹…›`, secrets by `***`. Pure.
 *
 * Every reason of every rejection comes by here, so it is one pass over the message; measured, a fifth of what
 * a pattern for each kind of value takes.
 */
export function messageShape(message: string, { value, field }: MessageContext = {}): string {
  const text = oneLine(scrub(message));
  const bare = bareValue(text, value);
  let shape = "";
  let from = 0;
  for (let at = 0; at < text.length;) {
    const end = valueEnd(text, at, bare);
    if (end !== undefined) {
      shape += text.slice(from, at) + mask;
      from = at = end;
    } else if (isWordAt(text, at)) {
      scanner.read(text, at);
      const word = scanner.end;
      if (!scanner.hasDigit || isName(text, at, word, field)) {
        at = word;
        continue;
      }
      shape += text.slice(from, hasSign(text, at) ? at - 1 : at) + mask;
      from = at = numberEnd(text, at, word);
    } else at++;
  }
  return shape + text.slice(from);
}

/** What to do, without the given value; numbers in advice are rules. Pure. */
export function adviceShape(fix: string, { value }: MessageContext = {}): string {
  if (value === undefined || value === "" || !fix.includes(value)) return fix;
  let shape = "";
  let from = 0;
  for (let at = fix.indexOf(value); at >= 0; at = fix.indexOf(value, at + 1)) {
    if (at < from) continue;
    const end = at + value.length;
    const inQuotes = closings.get(fix[at - 1] ?? "")?.includes(fix[end] ?? " ") === true;
    if (!inQuotes && (value.length < 2 || isWordAt(fix, at - 1) || isWordAt(fix, end))) continue;
    shape += fix.slice(from, inQuotes ? at - 1 : at) + mask;
    from = inQuotes ? end + 1 : end;
  }
  return shape + fix.slice(from);
}

/**
 * The value, where it has to be looked for among the words. Where it stands in quotes, it is masked by these, and the
 * same word elsewhere is likely to be no value ("The value 'Vendor' of field Vendor type").
 */
function bareValue(text: string, value: string | undefined): string {
  if (value === undefined || value.length < 2) return "";
  const wanted = oneLine(value);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (closings.get(text[at - 1] ?? "")?.includes(text[at + wanted.length] ?? " ") === true) return "";
  }
  return wanted;
}

/** Offset behind the value that begins here, if one does: quoted, or the known one as words of its own. */
function valueEnd(text: string, at: number, bare: string): number | undefined {
  const closing = closings.get(text[at] ?? "");
  if (closing !== undefined) {
    const end = quotedEnd(text, at, closing);
    if (end !== undefined) return end;
  }
  const end = at + bare.length;
  // "EU" must not be cut out of "Europe".
  const whole = bare !== "" && text.startsWith(bare, at) && !isWordAt(text, at - 1) && !isWordAt(text, end);
  return whole ? end : undefined;
}

/** An apostrophe between two letters is part of a word (the record's), also inside a quoted value ('O'Brien'). */
function quotedEnd(text: string, at: number, closing: string): number | undefined {
  const apostrophe = closing === "'";
  if (apostrophe && isWordAt(text, at - 1)) return undefined;
  const longest = Math.min(text.length, at + longestQuotedChars + 2);
  for (let end = at + 1; end < longest; end++) {
    if (!closing.includes(text[end] ?? "")) continue;
    if (!apostrophe || !isWordAt(text, end + 1)) return end + 1;
    if (!isWordAt(text, end - 1)) return undefined;
  }
  return undefined;
}

function isName(text: string, at: number, end: number, field: string | undefined): boolean {
  const word = text.slice(at, end);
  return (
    word === field ||
    nameWithDigits.test(word) ||
    limitPrecedes.test(text.slice(end, end + longestLimitChars)) ||
    limitFollows.test(text.slice(Math.max(0, at - longestLimitChars), at))
  );
}

/** The minus of a number, not the hyphen of a word. */
function hasSign(text: string, at: number): boolean {
  const sign = text[at - 1];
  return (sign === "-" || sign === "+") && (at < 2 || text[at - 2] === " " || text[at - 2] === "(");
}

function numberEnd(text: string, at: number, end: number): number {
  const word = text.slice(at, end);
  if (/^\d{1,3}$/.test(word)) return endOf(thousands, text, end);
  return word.includes(":") ? endOf(halfOfDay, text, end) : end;
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
