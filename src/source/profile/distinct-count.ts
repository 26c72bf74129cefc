import type { TextHash } from "../text-hash.ts";

/** Registers of the sketch; the error of its estimate is 1.04 / √registers, that is 0.8 %. */
const registerBits = 14;
const registers = 2 ** registerBits;
/** Bits of the hash behind those that choose the register. */
const rankBits = 32;
/** So many different values are counted exactly. */
export const exactDistinct = 8_192;
/** A power of two, as all sizes of the table are. */
const leastPlaces = 16;
/** Of the second half of a hash, what is kept of it. */
const lowBits = 0x1fffff;
const mark = 0x200000;

/** How many different values there are; an estimate lies within 2 % in 49 of 50 cases. */
export interface DistinctValues {
  readonly count: number;
  readonly exact: boolean;
}

/**
 * Counts different texts in a bounded space: up to 8,192 exactly (by 53 bits of their hashes), beyond that by a
 * HyperLogLog sketch of 16 KiB, whose estimate is off by less than 0.8 % in two of three cases and by less than 2 %
 * in 49 of 50. The estimator is Otmar Ertl's ("New cardinality estimation algorithms for HyperLogLog sketches",
 * 2017), which needs no tables of corrections.
 */
export class DistinctCount {
  /**
   * What was counted, as two numbers each: half of the hash, and 21 bits of the other with a mark, 0 where the place is free.
   * A Set of numbers of 53 bits would make an object of each.
   */
  #exact: Uint32Array | undefined = new Uint32Array(2 * leastPlaces);
  #size = 0;
  #registers: Uint8Array | undefined;

  /** Counts a text by its hash, unless an equal one was counted before. */
  add(hash: Readonly<TextHash>): void {
    const { high, low } = hash;
    const kept = low & lowBits;
    if (this.#exact === undefined) {
      this.#note(high, kept);
      return;
    }
    if (!entered(this.#exact, high, kept | mark)) return;
    this.#size++;
    if (this.#size > exactDistinct) {
      this.#begin(this.#exact);
      this.#exact = undefined;
    } else if (4 * this.#size > this.#exact.length) this.#exact = twiceAsLarge(this.#exact);
  }

  /** What was counted so far. */
  result(): DistinctValues {
    if (this.#exact !== undefined) return { count: this.#size, exact: true };
    const estimate = Math.round(this.#estimate());
    // What was counted one by one is certain.
    return { count: Math.max(estimate, exactDistinct + 1), exact: false };
  }

  #begin(entries: Uint32Array): void {
    this.#registers = new Uint8Array(registers);
    for (let at = 0; at < entries.length; at += 2) {
      const marked = entries[at + 1] ?? 0;
      if (marked !== 0) this.#note(entries[at] ?? 0, marked & lowBits);
    }
  }

  #note(high: number, low: number): void {
    const sketch = this.#registers;
    if (sketch === undefined) return;
    const register = high >>> (32 - registerBits);
    // The 18 bits that are left of the one half and 14 of the 21 that are kept of the other.
    const rest = (high << registerBits) | (low >>> 7);
    const rank = rest === 0 ? rankBits + 1 : Math.clz32(rest) + 1;
    if (rank > (sketch[register] ?? 0)) sketch[register] = rank;
  }

  #estimate(): number {
    const counts = new Array<number>(rankBits + 2).fill(0);
    for (const rank of this.#registers ?? []) counts[rank] = (counts[rank] ?? 0) + 1;
    let z = registers * tau(1 - (counts[rankBits + 1] ?? 0) / registers);
    for (let rank = rankBits; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] ?? 0));
    z += registers * sigma((counts[0] ?? 0) / registers);
    return registers ** 2 / (2 * Math.LN2 * z);
  }
}

/** Enters a hash, its second half marked, unless it is there; returns whether it was not. */
function entered(entries: Uint32Array, high: number, marked: number): boolean {
  const last = entries.length - 1;
  for (let at = (high << 1) & last; ; at = (at + 2) & last) {
    const there = entries[at + 1];
    if (there === marked && entries[at] === high) return false;
    if (there !== 0) continue;
    entries[at] = high;
    entries[at + 1] = marked;
    return true;
  }
}

function twiceAsLarge(entries: Uint32Array): Uint32Array {
  const larger = new Uint32Array(2 * entries.length);
  for (let at = 0; at < entries.length; at += 2) {
    const marked = entries[at + 1] ?? 0;
    if (marked !== 0) entered(larger, entries[at] ?? 0, marked);
  }
  return larger;
}

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY;
  let x = start;
  let y = 1;
  let z = x;
  for (let before = -1; z !== before;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let x = start;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; z !== before;) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
