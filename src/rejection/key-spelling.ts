import { isSeparatorText, ordersOf } from "./record-signature.ts";

/**
 * How F&O wrote a key of several fields as one text: the order of the fields, and what stands between any two of them.
 * `2,0,1|; ` is the third field first, with semicolon and blank.
 */
export type KeySpelling = string;

/** What may stand between two fields: up to three ASCII characters that are neither letters nor digits. */
const longestSeparator = 3;
/** Blanks at the ends are trimmed off, so where the first or last field is empty these cannot be read off the text. */
const blankSeparators = [" ", ", ", "; ", " - ", " | ", " / ", "\t"];

/**
 * All ways in which a text can be read as these fields, the same separator between any two. Empty: it is not that key.
 * Both must be normalized (trimmed, lower case). For a key of one field it is the field itself.
 */
export function spellingsOf(text: string, parts: readonly string[]): KeySpelling[] {
  if (parts.length < 2) return text === (parts[0] ?? "") ? ["0|"] : [];
  const found = new Set<KeySpelling>();
  const lengthChars = parts.reduce((sum, part) => sum + part.length, 0);
  const separatorChars = (text.length - lengthChars) / (parts.length - 1);
  if (Number.isInteger(separatorChars) && separatorChars >= 0 && separatorChars <= longestSeparator) {
    read({ text, parts, separatorChars, order: [], at: 0, separator: undefined }, found);
  }
  if (parts.includes("")) {
    const positions = ordersOf(parts.map((_, index) => String(index)));
    for (const order of positions) {
      for (const separator of blankSeparators) {
        const joined = order.map((index) => parts[Number(index)]).join(separator);
        if (joined.trim() === text) found.add(`${order.join(",")}|${separator}`);
      }
    }
  }
  return [...found];
}

/** Whether the fields stand in key order: what everybody expects, and nobody documents. */
export function isKeyOrder(spelling: KeySpelling): boolean {
  const order = spelling.slice(0, spelling.indexOf("|")).split(",");
  return order.every((position, index) => position === String(index));
}

interface Reading {
  readonly text: string;
  readonly parts: readonly string[];
  readonly separatorChars: number;
  /** Fields that were read. */
  readonly order: readonly number[];
  readonly at: number;
  readonly separator: string | undefined;
}

function read(reading: Reading, found: Set<KeySpelling>): void {
  const { text, parts, order, separatorChars } = reading;
  const tried = new Set<string>();
  for (const [index, part] of parts.entries()) {
    // Of two equal fields it does not matter which comes first.
    if (order.includes(index) || tried.has(part) || !text.startsWith(part, reading.at)) continue;
    tried.add(part);
    const next = [...order, index];
    const end = reading.at + part.length;
    if (next.length === parts.length) {
      if (end === text.length) found.add(`${next.join(",")}|${reading.separator ?? ""}`);
      continue;
    }
    const separator = text.slice(end, end + separatorChars);
    if (reading.separator === undefined ? !isSeparatorText(separator) : separator !== reading.separator)
      continue;
    read({ ...reading, order: next, at: end + separatorChars, separator }, found);
  }
}
