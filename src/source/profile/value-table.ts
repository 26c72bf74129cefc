import { TextHash } from "../text-hash.ts";

/** A text and how often it came; where counts are not exact, at least so often. */
export interface CountedText {
  readonly text: string;
  readonly count: number;
}

/** Looks at a value that came `count` times. The value may be a window into a larger text: what is kept is copied. */
export type ValueListener = (value: string, count: number, hash: Readonly<TextHash>) => void;

/**
 * Counts values in a bounded space and finds the most frequent ones (Misra and Gries, "Finding repeated elements",
 * 1982, with the counters taken down in bulk). It also spares the work on values that are repeated: the listener
 * looks at a value when it comes first, and then once more, with the number of times it came again, when the table
 * has to make room or is asked to tell.
 *
 * As long as the different values fit, every count is exact. Beyond that a count may be too small by as much as
 * `shortBy`, which is at most 2 n / capacity of n values; whatever comes more often than that is found.
 *
 * Values are told apart by 64 bits of their hashes, and the text of one is kept from its second time on: of millions
 * that come once nothing but numbers is written. A Map of texts would cost more than all the rest of a profile.
 */
export class ValueTable {
  readonly #capacity: number;
  readonly #listener: ValueListener;
  readonly #hash = new TextHash();
  /** Place of a value among the entries, one higher; 0: free. Twice as many as entries. */
  readonly #slots: Int32Array;
  /** Two a value: the halves of its hash. */
  readonly #hashes: Uint32Array;
  /** Two a value: how often it came, and how often since the listener looked at it. Side by side for the cache. */
  readonly #counts: Float64Array;
  readonly #texts: (string | undefined)[] = [];
  #size = 0;
  #shortBy = 0;

  /** `capacity`: a power of two. */
  constructor(capacity: number, listener: ValueListener) {
    this.#capacity = capacity;
    this.#listener = listener;
    this.#slots = new Int32Array(2 * capacity);
    this.#hashes = new Uint32Array(2 * capacity);
    this.#counts = new Float64Array(2 * capacity);
  }

  /** How much a count may be too small. 0: all counts are exact. */
  get shortBy(): number {
    return this.#shortBy;
  }

  /** Counts a value. `copy` gives a text that may be kept. */
  add(value: string, copy: (value: string) => string): void {
    const hash = this.#hash;
    hash.take(value);
    const place = this.#find(hash.high, hash.low);
    if (place === -1) {
      this.#listener(value, 1, hash);
      this.#insert(hash.high, hash.low, undefined);
      return;
    }
    const counts = this.#counts;
    counts[2 * place] = (counts[2 * place] ?? 0) + 1;
    counts[2 * place + 1] = (counts[2 * place + 1] ?? 0) + 1;
    this.#texts[place] ??= copy(value);
  }

  /**
   * The same of a value that stands as bytes of ASCII from `from` up to `to`; returns false where one of them is no
   * ASCII, and counts nothing then. The value is decoded when it comes first, and once more to be kept: most values of
   * most columns come again and again.
   */
  addAscii(bytes: Buffer, from: number, to: number): boolean {
    const hash = this.#hash;
    if (hash.takeUnits(bytes, from, to) >= 0x80) return false;
    const place = this.#find(hash.high, hash.low);
    if (place === -1) {
      this.#listener(bytes.toString("latin1", from, to), 1, hash);
      this.#insert(hash.high, hash.low, undefined);
      return true;
    }
    const counts = this.#counts;
    counts[2 * place] = (counts[2 * place] ?? 0) + 1;
    counts[2 * place + 1] = (counts[2 * place + 1] ?? 0) + 1;
    this.#texts[place] ??= bytes.toString("latin1", from, to);
    return true;
  }

  /** Counts a value that is too long to be kept, under a short name. The listener looks at it every time. */
  addLong(value: string, nameOf: (value: string, hash: TextHash) => string): void {
    const hash = this.#hash;
    hash.take(value);
    this.#listener(value, 1, hash);
    const place = this.#find(hash.high, hash.low);
    if (place === -1) this.#insert(hash.high, hash.low, nameOf(value, hash));
    else this.#counts[2 * place] = (this.#counts[2 * place] ?? 0) + 1;
  }

  /** Lets the listener look at all values that came again. */
  tell(): void {
    for (let place = 0; place < this.#size; place++) {
      const count = this.#counts[2 * place + 1] ?? 0;
      if (count === 0) continue;
      this.#counts[2 * place + 1] = 0;
      const hash = this.#hash;
      hash.high = this.#hashes[2 * place] ?? 0;
      hash.low = this.#hashes[2 * place + 1] ?? 0;
      this.#listener(this.#texts[place] ?? "", count, hash);
    }
  }

  /** The most frequent of the values that came more than once and fit, most frequent first; of equals the earlier. */
  top(limit: number, fits: (value: string) => boolean): CountedText[] {
    return this.#texts
      .slice(0, this.#size)
      .flatMap((text, place) =>
        text !== undefined && fits(text) ? [{ text, count: this.#counts[2 * place] ?? 0 }] : [],
      )
      .sort((a, b) => b.count - a.count)
      .slice(0, limit);
  }

  /** The place of a value among the entries, or -1. */
  #find(high: number, low: number): number {
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const place = (slots[slot] ?? 0) - 1;
      if (place === -1) return place;
      if (hashes[2 * place + 1] === low && hashes[2 * place] === high) return place;
    }
  }

  #insert(high: number, low: number, text: string | undefined): void {
    if (this.#size === this.#capacity) this.#takeDown();
    this.#put(high, low, 1);
    this.#texts[this.#size - 1] = text;
  }

  #put(high: number, low: number, count: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = low & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    const place = this.#size++;
    slots[slot] = place + 1;
    this.#hashes[2 * place] = high;
    this.#hashes[2 * place + 1] = low;
    this.#counts[2 * place] = count;
    this.#counts[2 * place + 1] = 0;
  }

  /** Takes from all counters what the middle one has; who has nothing left makes room for others. */
  #takeDown(): void {
    this.tell();
    const less = this.#middleCount();
    this.#shortBy += less;
    const before = this.#size;
    this.#size = 0;
    this.#slots.fill(0);
    for (let place = 0; place < before; place++) {
      const left = (this.#counts[2 * place] ?? 0) - less;
      const text = this.#texts[place];
      if (left <= 0) continue;
      this.#put(this.#hashes[2 * place] ?? 0, this.#hashes[2 * place + 1] ?? 0, left);
      this.#texts[this.#size - 1] = text;
    }
    this.#texts.length = this.#size;
  }

  /** Of a full table, the greater of the two in the middle. */
  #middleCount(): number {
    const counts = new Float64Array(this.#capacity);
    for (let place = 0; place < counts.length; place++) counts[place] = this.#counts[2 * place] ?? 0;
    return counts.sort()[this.#capacity / 2] ?? 0;
  }
}
