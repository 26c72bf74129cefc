import type { TextUnits } from "../source/text-units.ts";
import { normalizeKey } from "./record-key.ts";

/**
 * The normalized key of a record (see record-key.ts) made from its parts as units, so that no text is made of a key of
 * ASCII. The same units as the text that `normalizeKey` gives.
 */
export class KeyUnits {
  units = new Uint16Array(256);
  length = 0;
  #parts = 0;

  clear(): void {
    this.length = 0;
    this.#parts = 0;
  }

  /** Adds the value that stands at the end of a text from `from` on as the next part. */
  add(text: TextUnits, from: number): void {
    this.#room(text.length - from + 1);
    if (this.#parts++ > 0) this.units[this.length++] = 0x1f;
    const { units } = text;
    let first = from;
    let behind = text.length;
    while (first < behind && isBlank(units[first] ?? 0)) first++;
    while (behind > first && isBlank(units[behind - 1] ?? 0)) behind--;
    const begun = this.length;
    for (let at = first; at < behind; at++) {
      const unit = units[at] ?? 0;
      if (unit >= 0x80) {
        this.length = begun;
        this.#addText(normalizeKey([text.textFrom(from)]));
        return;
      }
      this.units[this.length++] = unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit;
    }
  }

  #addText(text: string): void {
    this.#room(text.length);
    for (let at = 0; at < text.length; at++) this.units[this.length++] = text.charCodeAt(at);
  }

  #room(count: number): void {
    if (this.units.length - this.length >= count) return;
    const more = new Uint16Array((this.length + count) * 2);
    more.set(this.units);
    this.units = more;
  }
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 9 && unit <= 13);
}
