import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { TextHash } from "../source/text-hash.ts";

/** Words a slot takes: 64 bits of the key's hash, and the number stored with it. A byte beside it is its tag. */
const slotWords = 3;
/** A power of two. */
const pageSlots = 2048;
/** Keys a page may have before it is relieved, whatever the others have. */
const fullPage = pageSlots - pageSlots / 16;

/** Up to so many (3 MB) their number is doubled, so that a set of ordinary size is not moved twenty times. */
const manyPages = 128;

/** The greatest number that can be stored with a key. */
const greatestNumber = 4_294_967_294;

const twoTo32 = 2 ** 32;

/**
 * Remembers keys and a number for each (the line where it was first seen), in 16 to 20 bytes a key instead of the
 * hundred and more of a Map of strings: 10,000,000 keys take 160 to 200 MB at any time, growing included.
 *
 * Keys are spread over pages of 24 KiB by the first half of their hash, in its order; within a page the second half
 * says where to look (open addressing). When the pages are four fifths full, there are made a quarter more, and
 * the keys move up to them, from the last page to the first: no second table is needed, and as pages are all of one
 * size and none is given back, memory is not left in pieces.
 *
 * Of each slot a byte, its tag, stands apart: 0 where the slot is free, else eight bits of the hash. So that a key is
 * new, as nearly all are, is found out in memory that is small enough for the processor's caches; the slot is only
 * written to, and nobody waits for that.
 *
 * It keeps 64 bits of a hash of the key, not the key. Two different keys that share them would be taken
 * for duplicates of each other: among 10,000,000 keys the chance is 1 in 370,000, and the record would be
 * rejected with a reason for everybody to see, not lost. (Of keys as data has them; see TextHash.)
 */
export class KeySet {
  readonly #pages: Uint32Array[] = [newPage()];
  /** Of all pages. */
  #tags = new Uint8Array(pageSlots);
  /** Keys of each page. */
  readonly #used: number[] = [0];
  readonly #hash = new TextHash();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Adds the key unless it is there. Returns undefined when it was new, else the number stored with it.
   * `number` is 0 to 4,294,967,294; a greater one is stored as that.
   */
  add(key: string, number: number): number | undefined {
    this.#hash.take(key);
    return this.addHash(this.#hash.high, this.#hash.low, number);
  }

  /** The same for a key that is given as its TextHash. */
  addHash(high: number, low: number, number: number): number | undefined {
    const there = this.#put(high, low, Math.min(number, greatestNumber));
    if (there !== -1) return there;
    this.#size++;
    const pages = this.#pages.length;
    const crowded = (this.#used[this.#pageOf(high)] ?? 0) >= fullPage;
    if (crowded || this.#size * 5 > pages * pageSlots * 4) this.#grow();
    return undefined;
  }

  /** The number stored with the key, or undefined where it is not known. */
  find(key: string): number | undefined {
    const hash = this.#hash;
    hash.take(key);
    const page = this.#pageOf(hash.high);
    const slot = this.#slotOf(page, hash.high, hash.low);
    if (this.#tags[page * pageSlots + slot] === 0) return undefined;
    return this.#pages[page]?.[slot * slotWords + 2];
  }

  has(key: string): boolean {
    return this.find(key) !== undefined;
  }

  #pageOf(high: number): number {
    return Math.floor(high * (this.#pages.length / twoTo32));
  }

  /** The slot that has this hash, or the free one it would take. */
  #slotOf(index: number, high: number, low: number): number {
    const tags = this.#tags;
    const first = index * pageSlots;
    const tag = tagOf(low);
    for (let slot = low & (pageSlots - 1); ; slot = (slot + 1) & (pageSlots - 1)) {
      const there = tags[first + slot];
      if (there === 0) return slot;
      if (there !== tag) continue;
      const page = this.#pages[index];
      if (page?.[slot * slotWords + 1] === low && page[slot * slotWords] === high) return slot;
    }
  }

  /** Returns the stored number where the hash is known, -1 where it was put in. */
  #put(high: number, low: number, number: number): number {
    const index = this.#pageOf(high);
    const page = this.#pages[index];
    const used = this.#used[index];
    // One slot stays free: that is where a search ends.
    if (page === undefined || used === undefined || used >= pageSlots - 1) {
      throw new DmfpipeError("DMFP-BUG", `Too many keys have a hash that begins like ${high}.`);
    }
    const slot = this.#slotOf(index, high, low);
    const at = slot * slotWords;
    if (this.#tags[index * pageSlots + slot] !== 0) return page[at + 2] ?? 0;
    this.#tags[index * pageSlots + slot] = tagOf(low);
    page[at] = high;
    page[at + 1] = low;
    page[at + 2] = number;
    this.#used[index] = used + 1;
    return -1;
  }

  /**
   * With more pages a hash belongs to the same page as before or to a later one. So every page, the last one first,
   * is emptied before keys come into it from those in front of it.
   */
  #grow(): void {
    const before = this.#pages.length;
    const after = Math.ceil(before * (before < manyPages ? 2 : 1.25));
    while (this.#pages.length < after) {
      this.#pages.push(newPage());
      this.#used.push(0);
    }
    const tags = this.#tags;
    this.#tags = new Uint8Array(after * pageSlots);
    const moving = newPage();
    for (let index = before - 1; index >= 0; index--) {
      const page = this.#pages[index];
      if (page === undefined) continue;
      moving.set(page);
      this.#used[index] = 0;
      for (let slot = 0; slot < pageSlots; slot++) {
        if (tags[index * pageSlots + slot] === 0) continue;
        const at = slot * slotWords;
        this.#put(moving[at] ?? 0, moving[at + 1] ?? 0, moving[at + 2] ?? 0);
      }
    }
  }
}

function newPage(): Uint32Array {
  return new Uint32Array(pageSlots * slotWords);
}

/** Bits of the hash that say neither page nor slot; never 0. */
function tagOf(low: number): number {
  return low >>> 24 || 1;
}
