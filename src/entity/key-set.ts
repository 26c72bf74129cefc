import { hash } from "node:crypto";

/** Words a slot takes: 64 bits of the key's hash, and the number stored with it. */
const slotWords = 3;

/**
 * Remembers keys and a number for each (the line where it was first seen), in 12 bytes a slot instead of the
 * hundred and more of a Map of strings: 10,000,000 keys take about 200 MB, and half as much again only while growing.
 *
 * It keeps 64 bits of a SHA-1 of the key, not the key. Two different keys that share them would be taken
 * for duplicates of each other: among 10,000,000 keys the chance is 1 in 370,000, and the record would be
 * rejected with a reason for everybody to see, not lost.
 */
export class KeySet {
  #slots = new Uint32Array(1024 * slotWords);
  #capacity = 1024;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Adds the key unless it is there. Returns undefined when it was new, else the number stored with it.
   * `number` is 0 to 4,294,967,294.
   */
  add(key: string, number: number): number | undefined {
    const digest = hash("sha1", key, "buffer");
    // Number 0 in a slot means free, so numbers are stored one higher.
    const found = this.#insert(digest.readUInt32LE(0), digest.readUInt32LE(4), number + 1);
    if (found !== 0) return found - 1;
    this.#size++;
    if (this.#size * 4 > this.#capacity * 3) this.#grow();
    return undefined;
  }

  /** The number stored with the key, or undefined where it is not known. */
  find(key: string): number | undefined {
    const digest = hash("sha1", key, "buffer");
    const at = this.#placeOf(digest.readUInt32LE(0), digest.readUInt32LE(4));
    const stored = this.#slots[at + 2] ?? 0;
    return stored === 0 ? undefined : stored - 1;
  }

  /** Returns the stored number where the key is known, 0 where it was inserted. */
  #insert(high: number, low: number, stored: number): number {
    const slots = this.#slots;
    const at = this.#placeOf(high, low);
    const there = slots[at + 2] ?? 0;
    if (there !== 0) return there;
    slots[at] = high;
    slots[at + 1] = low;
    slots[at + 2] = stored;
    return 0;
  }

  /** Where in the array the slot of this hash begins, or the free slot it would take. */
  #placeOf(high: number, low: number): number {
    const mask = this.#capacity - 1;
    const slots = this.#slots;
    for (let slot = (high ^ low) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * slotWords;
      if (slots[at + 2] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * slotWords);
    for (let at = 0; at < old.length; at += slotWords) {
      const stored = old[at + 2] ?? 0;
      if (stored !== 0) this.#insert(old[at] ?? 0, old[at + 1] ?? 0, stored);
    }
  }
}
