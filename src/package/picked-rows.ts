/**
 * Rows out of many, by their numbers and in their order: those of one legal entity, between which others may stand. The
 * numbers are somebody else's, and count as long as they say.
 */
export class PickedRows {
  readonly #numbers: Uint32Array;
  readonly #from: number;
  readonly #to: number;

  /** The rows whose numbers stand from place `from` up to `to`. */
  constructor(numbers: Uint32Array, from = 0, to = numbers.length) {
    this.#numbers = numbers;
    this.#from = from;
    this.#to = to;
  }

  /** A single row. */
  static of(at: number): PickedRows {
    return new PickedRows(Uint32Array.of(at));
  }

  get count(): number {
    return this.#to - this.#from;
  }

  /** The number of a row by its place among these, from 0 on. */
  at(place: number): number {
    return this.#numbers[this.#from + place] as number;
  }

  /** The place behind the last of those rows that stand together, from a place on. */
  runEnd(place: number): number {
    const numbers = this.#numbers;
    let at = this.#from + place + 1;
    while (at < this.#to && numbers[at] === (numbers[at - 1] as number) + 1) at++;
    return at - this.#from;
  }

  /** The rows from one place up to another. */
  part(from: number, to = this.count): PickedRows {
    return new PickedRows(this.#numbers, this.#from + from, this.#from + to);
  }
}
