import type { Company } from "./company.ts";
import { trades } from "./places.ts";

/** A product that is released in a company of the environment. */
export interface Item {
  readonly number: string;
  readonly description: string;
  /** Unit as the web shop writes it. */
  readonly unit: string;
  /** In cents. */
  readonly priceCents: number;
}

const itemsPerCompany = 200;
const units = ["ST", "ST", "ST", "KG", "M", "PAK"];

/** Released products of a company; the two companies share some of the numbers, as they share products. */
export function itemsOf(company: Company): readonly Item[] {
  const first = company === "100" ? 1001 : 1101;
  return Array.from({ length: itemsPerCompany }, (_, index) => {
    const number = first + index;
    return {
      number: `A-${number}`,
      description: describe(number),
      unit: units[number % units.length] ?? "ST",
      priceCents: 150 + ((number * 7919) % 250_000),
    };
  });
}

/** Items that are released, but stopped for sales: only F&O's business logic knows. */
export const stoppedItems: Readonly<Record<Company, readonly string[]>> = {
  "100": ["A-1044", "A-1077"],
  "200": ["A-1201", "A-1260"],
};

function describe(number: number): string {
  const part =
    ["Rohr", "Flansch", "Dichtung", "Lager", "Ventil", "Schlauch", "Gehäuse"][number % 7] ?? "Teil";
  // Inch marks: the extract of the lines has no quoting, so they are just characters.
  const size = number % 3 === 0 ? `${(number % 9) + 1}"` : `${(number % 40) + 10} mm`;
  return `${part} ${size} ${trades[number % 9] ?? ""}`.trim();
}
