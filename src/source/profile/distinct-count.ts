import type { TextHash } from "../text-hash.ts";

/** Registers of the sketch; the error of its estimate is 1.04 / √registers, that is 0.8 %. */
const registerBits = 14;
const registers = 2 ** registerBits;
/** Bits of the hash behind those that choose the register. */
const rankBits = 32;
/** So many different values are counted exactly. */
export const exactDistinct = 8_192;

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
  #exact: Set<number> | undefined = new Set();
  #registers: Uint8Array | undefined;

  /** Counts a text by its hash, unless an equal one was counted before. */
  add(hash: Readonly<TextHash>): void {
    const { high, low } = hash;
    if (this.#exact !== undefined) {
      this.#exact.add((low & 0x1fffff) * 2 ** 32 + high);
      if (this.#exact.size <= exactDistinct) return;
      this.#begin(this.#exact);
      this.#exact = undefined;
      return;
    }
    this.#note(high, low & 0x1fffff);
  }

  /** What was counted so far. */
  result(): DistinctValues {
    if (this.#exact !== undefined) return { count: this.#exact.size, exact: true };
    const estimate = Math.round(this.#estimate());
    // What was counted one by one is certain.
    return { count: Math.max(estimate, exactDistinct + 1), exact: false };
  }

  #begin(hashes: ReadonlySet<number>): void {
    this.#registers = new Uint8Array(registers);
    for (const hash of hashes) this.#note(hash % 2 ** 32, Math.floor(hash / 2 ** 32));
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
