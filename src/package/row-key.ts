import type { TextUnitsView } from "./row-scanner.ts";

/**
 * The key of a row of a package, as its fields stand in the file: most rows are passed over, and of those no text is
 * made. Only good until the next row.
 */
export interface RowKey {
  /** In which the fields stand. */
  readonly units: TextUnitsView;
  /** Two numbers a field, in no order: its first unit, and twice the one behind it, plus one where quotes are doubled. */
  readonly bounds: Int32Array;
  /** The fields as texts, in key order. */
  texts(): readonly string[];
}

/** A key that is known as texts. */
export function keyOfTexts(texts: readonly string[]): RowKey {
  const whole = texts.join("");
  const units = new Uint16Array(whole.length);
  for (let at = 0; at < whole.length; at++) units[at] = whole.charCodeAt(at);
  const bounds = new Int32Array(texts.length * 2);
  let at = 0;
  for (const [place, text] of texts.entries()) {
    bounds[place * 2] = at;
    at += text.length;
    bounds[place * 2 + 1] = at * 2;
  }
  return { units, bounds, texts: () => texts };
}
