/** Multipliers of MurmurHash3 (Austin Appleby, public domain). */
const first = 0x239b961b;
const second = 0xab0e9789;
const third = 0x38b34ae5;

/**
 * 64 bits of hash of a text, as two numbers of 32, in the manner of MurmurHash3 (x86, 128 bits): two lanes that
 * feed each other, each fed with every two UTF-16 code units. Made for keys that were not chosen to collide: texts
 * that differ collide as seldom as random numbers would, but who wants two that do can find them.
 *
 * The result stands in the object, so that nothing is allocated: measured, 20 ns for a key of ten characters,
 * where `node:crypto` takes 200 to 1,000.
 */
export class TextHash {
  /** 0 to 4,294,967,295. */
  high = 0;
  /** 0 to 4,294,967,295. */
  low = 0;

  /** Sets `high` and `low`. */
  take(text: string): void {
    const { length } = text;
    let a = length;
    let b = length;
    for (let at = 0; at < length; at += 2) {
      // An odd last unit stands alone; the length tells it from one that is followed by U+0000.
      const next = at + 1 < length ? text.charCodeAt(at + 1) : 0;
      const units = text.charCodeAt(at) | (next << 16);
      a ^= Math.imul(rotated(Math.imul(units, first), 15), second);
      a = (Math.imul(rotated(a, 19) + b, 5) + 0x561ccd1b) | 0;
      b ^= Math.imul(rotated(Math.imul(units, second), 16), third);
      b = (Math.imul(rotated(b, 17) + a, 5) + 0x0bcaa747) | 0;
    }
    this.#finish(a, b);
  }

  #finish(lane: number, other: number): void {
    let a = (lane + other) | 0;
    let b = (other + a) | 0;
    a = mixed(a);
    b = mixed(b);
    a = (a + b) | 0;
    b = (b + a) | 0;
    this.high = a >>> 0;
    this.low = b >>> 0;
  }

  /**
   * Sets `high` and `low` to what `take` would for the text of the code units from `from` up to `to`, which is not
   * made. Bytes of ASCII are code units, too. Returns the bits that any of the units has: below 0x80 where all of them
   * are ASCII.
   */
  takeUnits(units: Uint16Array | Uint8Array, from: number, to: number): number {
    let a = to - from;
    let b = a;
    let bits = 0;
    for (let at = from; at < to; at += 2) {
      const next = at + 1 < to ? (units[at + 1] as number) : 0;
      const pair = (units[at] as number) | (next << 16);
      bits |= pair;
      a ^= Math.imul(rotated(Math.imul(pair, first), 15), second);
      a = (Math.imul(rotated(a, 19) + b, 5) + 0x561ccd1b) | 0;
      b ^= Math.imul(rotated(Math.imul(pair, second), 16), third);
      b = (Math.imul(rotated(b, 17) + a, 5) + 0x0bcaa747) | 0;
    }
    this.#finish(a, b);
    return (bits | (bits >>> 16)) & 0xffff;
  }

  /** The hash as 16 hex digits. */
  hex(): string {
    return [this.high, this.low].map((half) => half.toString(16).padStart(8, "0")).join("");
  }
}

function rotated(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** Lets every bit of a hash depend on every other. */
export function mixed(bits: number): number {
  let h = bits ^ (bits >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
