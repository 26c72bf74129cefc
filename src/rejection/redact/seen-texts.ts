import { TextHash } from "../../source/text-hash.ts";

/** 32 MiB: with ten million values one text in 3,000 is taken for one of them wrongly. */
const bits = 2 ** 28;
const probes = 4;

/**
 * Remembers texts in a room of fixed size (a Bloom filter): of one that was added it always says so; of another,
 * seldom by mistake. Made for values that must not be shown: a mistake hides too much, never too little.
 */
export class SeenTexts {
  readonly #bits = new Uint8Array(bits / 8);
  readonly #hash = new TextHash();

  add(text: string): void {
    for (const bit of this.#places(text))
      this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }

  has(text: string): boolean {
    return this.#places(text).every((bit) => ((this.#bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0);
  }

  #places(text: string): number[] {
    this.#hash.take(text);
    const { high, low } = this.#hash;
    return Array.from({ length: probes }, (_, probe) => ((high + Math.imul(probe, low)) >>> 0) % bits);
  }
}
