import { scrub } from "../../errors/redaction.ts";

/** What stands in a message shape for a value that was taken out. */
export const mask = "‹…›";

// Lengths are bounded so that a hostile text cannot make matching slow. An apostrophe between two letters is
// part of a word (the record's), also inside a quoted value ('O'Brien').
const quoted = [
  /"[^"\n]{0,300}"/g,
  /“[^”\n]{0,300}”/g,
  /„[^“”\n]{0,300}[“”]/g,
  /«[^»\n]{0,300}»/g,
  /‹[^›\n]{0,300}›/g,
  /`[^`\n]{0,300}`/g,
  /(?<![\p{L}\p{N}])'(?:[^'\n]|(?<=[\p{L}\p{N}])'(?=[\p{L}\p{N}])){0,300}'(?![\p{L}\p{N}])/gu,
];
// Account numbers, dates and amounts that stand bare in messages of F&O. Five characters and more, so that a
// field length or a line count stays readable.
const bareNumber =
  /(?<![\p{L}\p{N}‹-])(?=[\p{L}._/:-]{0,40}\p{N})[\p{L}\p{N}._/:-]{4,80}\p{N}(?![\p{L}\p{N}])/gu;

/** Where another record stands, which differs from record to record however short the number is. */
const lineNumber = /\b(line|row|record) \d{1,12}\b/gi;

/**
 * A message without its values, so that messages that say the same of different records become equal: quoted
 * values, the given value, and bare account numbers, dates and amounts are replaced by `‹…›`, secrets by `***`.
 */
export function messageShape(message: string, value?: string): string {
  let shape = scrub(message).replaceAll(/\s+/g, " ").trim();
  for (const pattern of quoted) shape = shape.replaceAll(pattern, mask);
  if (value !== undefined && value.length > 1) shape = maskWhole(shape, value);
  return shape.replaceAll(bareNumber, mask).replaceAll(lineNumber, `$1 ${mask}`);
}

// Only where the value stands as a word of its own: "EU" must not be cut out of "Europe".
function maskWhole(text: string, value: string): string {
  let result = "";
  let from = 0;
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, from)) {
    const end = at + value.length;
    const inWord = isWord(text[at - 1]) || isWord(text[end]);
    result += text.slice(from, at) + (inWord ? value : mask);
    from = end;
  }
  return result + text.slice(from);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
