import type { DateForm } from "./date-form.ts";
import type { ShapeReader } from "./value-shape.ts";

/** A shape, and how often it came. */
export interface CountedShape {
  readonly shape: string;
  readonly count: number;
}

/** What is remembered of a shape. */
export interface ShapeEntry {
  readonly check: number;
  count: number;
  shape: string | undefined;
  /** Ways to write a date that values of this shape fit, once that was found out. */
  dateForms: readonly DateForm[] | undefined;
}

/**
 * Counts shapes in a bounded space, as ValueTable does values: as long as there are fewer than twice `capacity`, all
 * counts are exact; beyond that a count may be too small by `shortBy`, at most n / capacity of n values.
 *
 * Two hashes of a shape (62 bits) lead to its count. Its text is put together once; and where there are many
 * shapes, as in free text, only when it comes again.
 */
export class ShapeTally {
  readonly #capacity: number;
  readonly #entries = new Map<number, ShapeEntry>();
  #shortBy = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get shortBy(): number {
    return this.#shortBy;
  }

  /** Counts the shape of the value that was read last `count` times. */
  add(reader: ShapeReader, count: number): ShapeEntry {
    let key = reader.hash;
    let entry = this.#entries.get(key);
    while (entry !== undefined && entry.check !== reader.check) entry = this.#entries.get(++key);
    if (entry !== undefined) {
      entry.count += count;
      entry.shape ??= reader.shape();
      return entry;
    }
    if (this.#entries.size >= 2 * this.#capacity) {
      this.#takeDown();
      key = reader.hash;
      while (this.#entries.has(key)) key++;
    }
    const shape = this.#shortBy === 0 || count > 1 ? reader.shape() : undefined;
    entry = { check: reader.check, count, shape, dateForms: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  /** The most frequent shapes, at most `limit`, most frequent first. Shapes that are cut alike are one. */
  top(limit: number): CountedShape[] {
    const counts = new Map<string, number>();
    for (const { shape, count } of this.#entries.values()) {
      if (shape !== undefined) counts.set(shape, (counts.get(shape) ?? 0) + count);
    }
    return [...counts]
      .map(([shape, count]) => ({ shape, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, limit);
  }

  #takeDown(): void {
    const counts = new Float64Array(this.#entries.size);
    let index = 0;
    for (const { count } of this.#entries.values()) counts[index++] = count;
    counts.sort();
    const less = counts[this.#capacity - 1] ?? 0;
    this.#shortBy += less;
    // Anew, and not by deleting: an entry behind a gap would not be found by its hash again.
    const kept = [...this.#entries].filter(([, entry]) => entry.count > less);
    this.#entries.clear();
    for (const [key, entry] of kept) {
      entry.count -= less;
      this.#entries.set(key, entry);
    }
  }
}
