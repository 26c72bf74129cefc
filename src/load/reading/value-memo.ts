import type { TextUnits } from "../../source/text-units.ts";

/** A power of two. */
const slots = 1024;
/** Longest value of the source, in bytes, and longest result, in units, that are remembered. */
const keyRoom = 32;
const valueRoom = 48;
/** After so many questions it is asked whether it was worth it. */
const trial = 4096;

/**
 * Remembers what became of values of a column: codes, dates and currencies come again and again, and copying a result
 * costs a tenth of computing it. Of values with the same place the later one stays. Where fewer than half of the
 * values come again it gives up, and costs nothing any more.
 */
export class ValueMemo {
  readonly #keys = new Uint8Array(slots * keyRoom);
  /** Plus one, so that 0 is a free slot. */
  readonly #keyLengths = new Uint8Array(slots);
  readonly #values = new Uint16Array(slots * valueRoom);
  readonly #valueLengths = new Uint8Array(slots);
  readonly #seen = new Uint8Array(slots);
  #asked = 0;
  #found = 0;
  #slot = -1;

  /**
   * Appends what became of a value (the bytes from `from` up to `to`) and returns the classes of its units; -1 where
   * that is not known.
   */
  append(bytes: Buffer, from: number, to: number, text: TextUnits): number {
    this.#slot = -1;
    const length = to - from;
    if (this.#asked < 0 || length > keyRoom) return -1;
    if (++this.#asked === trial) this.#weigh();
    let hash = length;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    this.#slot = slot;
    if (this.#keyLengths[slot] !== length + 1) return -1;
    const key = slot * keyRoom - from;
    for (let at = from; at < to; at++) if (this.#keys[key + at] !== bytes[at]) return -1;
    this.#found++;
    const value = slot * valueRoom;
    text.append(this.#values, value, value + (this.#valueLengths[slot] as number));
    return this.#seen[slot] as number;
  }

  /** Remembers what became of the value that was asked for last: the units from `start` on. */
  remember(bytes: Buffer, from: number, to: number, text: TextUnits, start: number, seen: number): void {
    const slot = this.#slot;
    const length = text.length - start;
    if (slot === -1 || length > valueRoom) return;
    this.#keys.set(bytes.subarray(from, to), slot * keyRoom);
    this.#keyLengths[slot] = to - from + 1;
    this.#values.set(text.units.subarray(start, text.length), slot * valueRoom);
    this.#valueLengths[slot] = length;
    this.#seen[slot] = seen;
  }

  #weigh(): void {
    this.#asked = this.#found * 2 < trial ? Number.NEGATIVE_INFINITY : 0;
    this.#found = 0;
  }
}
