import { ownCopy } from "./own-copy.ts";

/** Which character stands before the fraction. The other one may group the thousands, always in threes. */
export type DecimalSign = "." | ",";

const sign = "([+-]?)\\s?";
const forms: Readonly<Record<DecimalSign, RegExp>> = {
  ".": new RegExp(`^${sign}(?:(\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.(\\d+))?|\\.(\\d+))\\s?([+-]?)$`),
  ",": new RegExp(`^${sign}(?:(\\d{1,3}(?:\\.\\d{3})+|\\d+)(?:,(\\d+))?|,(\\d+))\\s?([+-]?)$`),
};

/**
 * A number as `-1234.5`, or undefined for what is no number of that form. A sign may stand before or behind, as SAP
 * writes it. The same numbers are read as by the step decimal(".") or decimal(",") of a mapping.
 */
export function plainNumber(text: string, decimal: DecimalSign): string | undefined {
  const parts = forms[decimal].exec(text);
  if (parts === null) return undefined;
  const [, leading = "", whole = "", fraction, bare, trailing = ""] = parts;
  if (leading !== "" && trailing !== "") return undefined;
  const digits = withoutLeadingZeros(whole.replaceAll(decimal === "." ? "," : ".", ""));
  const behind = withoutClosingZeros(fraction ?? bare ?? "");
  const negative = leading + trailing === "-" && /[1-9]/.test(digits + behind);
  return `${negative ? "-" : ""}${digits}${behind === "" ? "" : `.${behind}`}`;
}

function withoutLeadingZeros(digits: string): string {
  return digits.startsWith("0") ? digits.replace(/^0+(?=\d)/, "") : digits || "0";
}

function withoutClosingZeros(digits: string): string {
  return digits.endsWith("0") ? digits.replace(/0+$/, "") : digits;
}

/** Negative, zero or positive as one plain number is less than, equal to or greater than the other; exact. */
export function comparePlainNumbers(a: string, b: string): number {
  const negative = a.startsWith("-");
  if (negative !== b.startsWith("-")) return negative ? -1 : 1;
  return negative ? compareSizes(b.slice(1), a.slice(1)) : compareSizes(a, b);
}

function compareSizes(a: string, b: string): number {
  const [wholeA = "", fractionA = ""] = a.split(".");
  const [wholeB = "", fractionB = ""] = b.split(".");
  if (wholeA.length !== wholeB.length) return wholeA.length - wholeB.length;
  if (wholeA !== wholeB) return wholeA < wholeB ? -1 : 1;
  // Fractions have no zeros at their end, so that the order of texts is the order of numbers.
  return fractionA === fractionB ? 0 : fractionA < fractionB ? -1 : 1;
}

/** The least and the greatest of numbers, as they were written. Exact at any length. */
export class NumberRange {
  #least: WrittenNumber | undefined;
  #greatest: WrittenNumber | undefined;

  get least(): string | undefined {
    return this.#least?.written;
  }

  get greatest(): string | undefined {
    return this.#greatest?.written;
  }

  /** Takes in a number; `plain` is what `plainNumber` made of it, `size` the same rounded to floating point. */
  add(written: string, plain: string, size: number): void {
    if (this.#least === undefined || compare(plain, size, this.#least) < 0) {
      this.#least = { written: ownCopy(written), plain: ownCopy(plain), size };
    }
    if (this.#greatest === undefined || compare(plain, size, this.#greatest) > 0) {
      this.#greatest = { written: ownCopy(written), plain: ownCopy(plain), size };
    }
  }
}

interface WrittenNumber {
  readonly written: string;
  readonly plain: string;
  /** Rounded to floating point; only where two are equal the texts have to be compared. */
  readonly size: number;
}

function compare(plain: string, size: number, other: WrittenNumber): number {
  if (size !== other.size) return size - other.size;
  return plain === other.plain ? 0 : comparePlainNumbers(plain, other.plain);
}
