import type { Tokenize } from "./value-token.ts";

/** What may not be read in a message, and what may. */
export interface MaskRules {
  readonly tokenize: Tokenize;
  /** Whether a text is a value of any rejected record. */
  readonly isValue: (text: string) => boolean;
  /** Whether a text is a name of the set-up (column, field, entity), which is no secret. */
  readonly isName: (text: string) => boolean;
}

/** Words a value may have to be found in the message of another record. */
const greatestWords = 12;

// Lengths are bounded so that a hostile text cannot make matching slow.
const quoted =
  /"[^"\n]{0,300}"|“[^”\n]{0,300}”|„[^“”\n]{0,300}[“”]|«[^»\n]{0,300}»|`[^`\n]{0,300}`|(?<![\p{L}\p{N}])'(?:[^'\n]|(?<=[\p{L}\p{N}])'(?=[\p{L}\p{N}])){0,300}'(?![\p{L}\p{N}])/gu;
// Anything with a digit that is too long for a count. Where a record stands is no value of it.
const numbered =
  /(?<!\bline |\bU\+)(?<![\p{L}\p{N}])(?=[\p{L}._/:-]{0,40}\p{N})[\p{L}\p{N}][\p{L}\p{N}._/:@-]{2,80}[\p{L}\p{N}](?![\p{L}\p{N}])/gu;
const token = /‹[^‹›]{1,40}›/g;

/**
 * A message without values: those of the record itself, whatever is quoted, words with digits in them, and words that
 * are a value of any rejected record become tokens. Names of columns, fields and entities stay, and so does the
 * wording, by which people recognise the message. Pure.
 *
 * @param own the record's values, source and mapped
 */
export function maskMessage(message: string, own: readonly string[], rules: MaskRules): string {
  let text = maskOwn(message, own, rules);
  text = outsideTokens(text, (part) =>
    part.replaceAll(quoted, (whole) => {
      const inner = whole.slice(1, -1);
      return inner === "" || rules.isName(inner)
        ? whole
        : whole.charAt(0) + rules.tokenize(inner) + whole.charAt(whole.length - 1);
    }),
  );
  text = outsideTokens(text, (part) =>
    part.replaceAll(numbered, (word) => (rules.isName(word) || isCode(word) ? word : rules.tokenize(word))),
  );
  return outsideTokens(text, (part) => maskValues(part, rules));
}

function isCode(word: string): boolean {
  return word.startsWith("DMFP-");
}

/** Longest first, so that no value is cut by a shorter one in it. Short ones only as words of their own. */
function maskOwn(message: string, own: readonly string[], rules: MaskRules): string {
  const values = [...new Set(own.flatMap((value) => [value, value.trim()]))]
    .filter((value) => value.length > 1 && message.includes(value) && !rules.isName(value))
    .sort((a, b) => b.length - a.length);
  let text = message;
  for (const value of values) text = outsideTokens(text, (part) => replaceValue(part, value, rules.tokenize));
  return text;
}

function replaceValue(text: string, value: string, tokenize: Tokenize): string {
  let result = "";
  let from = 0;
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, from)) {
    const end = at + value.length;
    const inWord = value.length < 4 && (isWord(text[at - 1]) || isWord(text[end]));
    result += text.slice(from, at) + (inWord ? value : tokenize(value));
    from = end;
  }
  return result + text.slice(from);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** Values of other records: every stretch of words that is one, the longest first. */
function maskValues(text: string, { isValue, isName, tokenize }: MaskRules): string {
  const words = [...text.matchAll(/\S+/g)].map((match) => ({
    at: match.index,
    end: match.index + match[0].length,
  }));
  let result = "";
  let from = 0;
  for (let first = 0; first < words.length;) {
    const found = longestValue(
      text,
      words.slice(first, first + greatestWords),
      (candidate) => candidate.length >= 4 && isValue(candidate) && !isName(candidate),
    );
    if (found === undefined) {
      first++;
      continue;
    }
    result += text.slice(from, found.at) + tokenize(text.slice(found.at, found.end));
    from = found.end;
    while ((words[first]?.at ?? Infinity) < found.end) first++;
  }
  return result + text.slice(from);
}

function longestValue(
  text: string,
  words: readonly { readonly at: number; readonly end: number }[],
  isSecret: (candidate: string) => boolean,
): { readonly at: number; readonly end: number } | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  for (let count = words.length; count > 0; count--) {
    const last = words[count - 1] ?? first;
    const stretch = text.slice(first.at, last.end);
    // A value at the end of a sentence, or between brackets.
    const before = /^[^\p{L}\p{N}]*/u.exec(stretch)?.[0].length ?? 0;
    const after = /[^\p{L}\p{N}]*$/u.exec(stretch)?.[0].length ?? 0;
    for (const [left, right] of [
      [0, 0],
      [before, 0],
      [0, after],
      [before, after],
    ] as const) {
      const [at, end] = [first.at + left, last.end - right];
      if (at < end && isSecret(text.slice(at, end))) return { at, end };
    }
  }
  return undefined;
}

function outsideTokens(text: string, change: (part: string) => string): string {
  let result = "";
  let from = 0;
  for (const match of text.matchAll(token)) {
    result += change(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return result + change(text.slice(from));
}
