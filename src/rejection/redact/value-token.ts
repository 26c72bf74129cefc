import { createHmac } from "node:crypto";

/** Turns a value into the token that stands for it; the empty text stays empty. */
export type Tokenize = (value: string) => string;

/** Tokens that are kept, because columns repeat their values. */
const greatestKept = 50_000;
const letters = "bcdfghjkmnpqrstvwxyz";
const pairs = 6;

/**
 * Tokens such as `‹A9≤8:k3f9b2c7d4h1›`: what the value is made of (9 digits, 1.5 a number with signs, A letters, A9 both,
 * # anything else), how long it is at most (1, 2, 4, 8, 16 …), and a code that is the same for the same value and the same
 * key. Without the key nobody can find out whether a token stands for a value he suspects.
 *
 * @param key secret of the project
 */
export function tokenizer(key: Buffer): Tokenize {
  const kept = new Map<string, string>();
  return (value) => {
    if (value === "") return "";
    const known = kept.get(value);
    if (known !== undefined) return known;
    const token = `‹${kindOf(value)}≤${lengthClass(value.length)}:${code(key, value)}›`;
    if (kept.size >= greatestKept) kept.clear();
    kept.set(value, token);
    return token;
  };
}

function kindOf(value: string): string {
  if (/^\d+$/.test(value)) return "9";
  if (/^[\s+-]*\d[\d.,'\s]*[+-]?$/.test(value)) return "1.5";
  if (/^[\p{L}\s]+$/u.test(value)) return "A";
  return /^[\p{L}\p{N}\s]+$/u.test(value) ? "A9" : "#";
}

function lengthClass(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}

// Letters and digits in turns, without vowels: no word, and no number of an ERP, comes out by chance.
function code(key: Buffer, value: string): string {
  const hash = createHmac("sha256", key).update(value, "utf8").digest();
  return Array.from({ length: pairs }, (_, index) => {
    const number = hash.readUInt16BE(2 * index) % 200;
    return `${letters.charAt(number % 20)}${Math.floor(number / 20)}`;
  }).join("");
}
