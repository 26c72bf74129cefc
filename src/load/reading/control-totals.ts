import type { Located } from "../../project/located.ts";
import { addNumbers, numberText, readNumber, zero, type ExactNumber } from "./exact-number.ts";

/**
 * Adds up columns of a source over all records that could be read, whatever becomes of them: the sums a sender
 * declares beside an extract are of the extract, not of what was good in it. A value that is no number counts as
 * nothing and is said so by its own rejection.
 */
export class ControlTotals {
  readonly #columns: ReadonlyMap<string, Located<string>>;
  readonly #sums = new Map<string, ExactNumber>();

  constructor(columns: ReadonlyMap<string, Located<string>>) {
    this.#columns = columns;
    for (const name of columns.keys()) this.#sums.set(name, zero);
  }

  /** Whether there is nothing to add up. */
  get isEmpty(): boolean {
    return this.#columns.size === 0;
  }

  add(columns: readonly string[], values: readonly string[]): void {
    this.addOf(columns, (index) => values[index] ?? "");
  }

  /** The same of a record whose values are decoded only when they are asked for, by their position. */
  addOf(columns: readonly string[], valueAt: (index: number) => string): void {
    for (const [name, column] of this.#columns) {
      const index = columns.indexOf(column.value);
      const number = index === -1 ? undefined : readNumber(valueAt(index));
      const sum = this.#sums.get(name);
      if (number !== undefined && sum !== undefined) this.#sums.set(name, addNumbers(sum, number));
    }
  }

  /** The sums as decimal texts with a point, by name. */
  texts(): Record<string, string> {
    return Object.fromEntries([...this.#sums].map(([name, sum]) => [name, numberText(sum)]));
  }
}
