import type { Located } from "../project/mapping-definition.ts";

/**
 * Adds up columns of a source over all records that could be read, whatever becomes of them: the sums a sender
 * declares beside an extract are of the extract, not of what was good in it. Exact, as integers of the
 * smallest decimal place seen; a value that is no number counts as nothing and is said so by its own rejection.
 */
export class ControlTotals {
  readonly #columns: ReadonlyMap<string, Located<string>>;
  readonly #sums = new Map<string, { units: bigint; places: number }>();

  constructor(columns: ReadonlyMap<string, Located<string>>) {
    this.#columns = columns;
    for (const name of columns.keys()) this.#sums.set(name, { units: 0n, places: 0 });
  }

  add(columns: readonly string[], values: readonly string[]): void {
    for (const [name, column] of this.#columns) {
      const number = parseNumber(values[columns.indexOf(column.value)] ?? "");
      const sum = this.#sums.get(name);
      if (number === undefined || sum === undefined) continue;
      const places = Math.max(sum.places, number.places);
      sum.units = scale(sum.units, places - sum.places) + scale(number.units, places - number.places);
      sum.places = places;
    }
  }

  /** The sums as decimal texts with a point, by name. */
  texts(): Record<string, string> {
    return Object.fromEntries([...this.#sums].map(([name, sum]) => [name, decimalText(sum)]));
  }
}

/**
 * A number as extracts write them: the last of `,` and `.` is the decimal separator, unless it comes more than once,
 * as only one that groups thousands does. A sign may stand on either side.
 */
function parseNumber(text: string): { units: bigint; places: number } | undefined {
  const match = /^\s*([+-]?)([\d.,' ]*\d)([+-]?)\s*$/.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? "";
  const last = Math.max(digits.lastIndexOf(","), digits.lastIndexOf("."));
  const separator = digits.indexOf(digits.charAt(last)) < last ? -1 : last;
  const fraction = separator === -1 ? "" : digits.slice(separator + 1);
  const units = BigInt(digits.replace(/\D/g, ""));
  return { units: match[1] === "-" || match[3] === "-" ? -units : units, places: fraction.length };
}

function scale(units: bigint, places: number): bigint {
  return units * 10n ** BigInt(places);
}

function decimalText({ units, places }: { units: bigint; places: number }): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  return `${units < 0n ? "-" : ""}${whole}${places === 0 ? "" : `.${digits.slice(-places)}`}`;
}
