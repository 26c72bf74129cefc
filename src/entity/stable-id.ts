import { createHash } from "node:crypto";

/** Digits and letters without those that are mistaken for each other (I, L, O, U). */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * An id made of the values of a record: the same values always give the same id, and different ones practically
 * never do (SHA-256, five bits a character: 16 characters are 80 bits). `length` in characters, at most 51.
 */
export function stableId(values: readonly string[], length: number): string {
  // Lengths go in as well, so that "ab","c" is something else than "a","bc".
  const text = values.map((value) => `${value.length}:${value}`).join("");
  const digest = createHash("sha256").update(text).digest("hex");
  const bits = BigInt(`0x${digest}`);
  let id = "";
  for (let at = 0; at < length; at++) id += alphabet[Number((bits >> BigInt(251 - at * 5)) & 31n)] ?? "";
  return id;
}
