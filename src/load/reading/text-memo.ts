import type { TextUnits } from "../../source/text-units.ts";

/** A power of two. */
const slots = 1024;
/** Units of the longest text that is remembered. */
const room = 32;

/**
 * Gives texts of units, one and the same for the same short value: what a record refers to (groups, currencies, terms of
 * payment) comes again and again, and making a text costs five times of finding it. Of values with the same place the
 * later one stays.
 */
export class TextMemo {
  readonly #texts: (string | undefined)[] = new Array<string | undefined>(slots).fill(undefined);

  /** The text of what stands at the end of units, from an offset on. */
  textFrom(text: TextUnits, from: number): string {
    const { units, length } = text;
    const count = length - from;
    if (count > room) return text.textFrom(from);
    let hash = count;
    for (let at = from; at < length; at++) hash = Math.imul(hash ^ (units[at] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    const known = this.#texts[slot];
    if (known?.length === count && isSame(known, units, from)) return known;
    return (this.#texts[slot] = text.textFrom(from));
  }
}

function isSame(text: string, units: Uint16Array, from: number): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== units[from + at]) return false;
  return true;
}
