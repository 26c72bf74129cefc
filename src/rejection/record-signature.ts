import type { RowKey } from "../package/row-key.ts";
import { mixed } from "../source/text-hash.ts";

/*
 * F&O may write the key of a record in any order of its fields and with anything between them. What stays the same is
 * which runs of letters and digits occur. The signature of a key is a number made of these alone: equal for two
 * spellings of one key, and nearly always different for two keys. It leads to the few ids that are worth comparing.
 *
 * Only where nothing stands between the fields, runs grow together; see `joinedSignatures`.
 */

/** A run of letters and digits: everything but the ASCII characters that are neither. Letters beyond ASCII are in it. */
function isSeparator(code: number): boolean {
  return !(
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    code >= 0x80
  );
}

/** Whether a text consists of characters that may stand between the fields of a key. */
export function isSeparatorText(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isSeparator(text.charCodeAt(at))) return false;
  return true;
}

/** The signature of a key given by its fields, or of one text; case does not count. 32 bits. */
export function signatureOf(texts: readonly string[]): number {
  let sum = 0;
  for (const text of texts) sum = (sum + signatureOfText(text)) | 0;
  return sum >>> 0;
}

/** No signature of a run. */
const notAscii = 2 ** 40;

/**
 * The signature of a key as its fields stand in a package, without making texts of them. Undefined where it is not all
 * ASCII: then it takes the texts to know.
 */
export function signatureOfUnits({ units, bounds }: Pick<RowKey, "units" | "bounds">): number | undefined {
  let sum = 0;
  for (let at = 0; at < bounds.length; at += 2) {
    const field = signatureOfStretch(units, bounds[at] as number, (bounds[at + 1] as number) >> 1);
    if (field === notAscii) return undefined;
    sum = (sum + field) | 0;
  }
  return sum >>> 0;
}

/** As signatureOfText. Quotes that are doubled are as little part of a run as those that are not. */
function signatureOfStretch(units: RowKey["units"], from: number, to: number): number {
  let sum = 0;
  let run = start;
  for (let at = from; at < to; at++) {
    let code = units[at] as number;
    if (code >= 0x80) return notAscii;
    if (code >= 0x41 && code <= 0x5a) code += 0x20;
    if (!isSeparator(code)) run = step(run, code);
    else if (run !== start) {
      sum = (sum + mixed(run)) | 0;
      run = start;
    }
  }
  return run === start ? sum : (sum + mixed(run)) | 0;
}

const start = 0x811c9dc5;

function signatureOfText(text: string): number {
  let sum = 0;
  let run = start;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code >= 0x80) return signatureOfFolded(text.trim().toLowerCase());
    if (code >= 0x41 && code <= 0x5a) code += 0x20;
    if (!isSeparator(code)) run = step(run, code);
    else if (run !== start) {
      sum = (sum + mixed(run)) | 0;
      run = start;
    }
  }
  return run === start ? sum : (sum + mixed(run)) | 0;
}

function signatureOfFolded(text: string): number {
  let sum = 0;
  let run = start;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!isSeparator(code)) run = step(run, code);
    else if (run !== start) {
      sum = (sum + mixed(run)) | 0;
      run = start;
    }
  }
  return run === start ? sum : (sum + mixed(run)) | 0;
}

function step(run: number, code: number): number {
  return Math.imul(run ^ code, 0x01000193);
}

/** More orders of more fields are not tried where nothing separates them; 24 for four fields. */
const mostFieldsInAnyOrder = 4;

/** The signatures of a key whose fields are written without anything between them, in every order. */
export function joinedSignatures(parts: readonly string[]): Set<number> {
  const found = new Set<number>();
  for (const order of ordersOf(parts)) found.add(signatureOf([order.join("")]));
  return found;
}

/** The orders in which the fields of a key are tried: key order first, then reversed, then all others. */
export function ordersOf(parts: readonly string[]): readonly (readonly string[])[] {
  const usual = [parts, parts.toReversed()];
  if (parts.length > mostFieldsInAnyOrder) return usual;
  return [...usual, ...permutations(parts)];
}

function permutations(parts: readonly string[]): readonly (readonly string[])[] {
  if (parts.length < 2) return [parts];
  return parts.flatMap((part, index) =>
    permutations(parts.toSpliced(index, 1)).map((rest) => [part, ...rest]),
  );
}
