/**
 * Decimal numbers as texts: exact at any length, because nothing here goes through floating point. Canonical
 * form: an optional `-`, digits without leading zeros, and `.` with at least one digit where there is a fraction.
 */
export interface DecimalForm {
  readonly decimal: string;
  /** Empty: digits are not grouped. A blank stands for the no-break blanks as well. */
  readonly thousands: string;
}

/** A function that turns a number of the form into canonical form; undefined for what is no such number. */
export function decimalReader(form: DecimalForm): (text: string) => string | undefined {
  const group = form.thousands === " " ? "[ \u00a0\u202f]" : escaped(form.thousands);
  const grouped = form.thousands === "" ? "" : `\\d{1,3}(?:${group}\\d{3})+|`;
  const pattern = new RegExp(
    `^([+-]?)\\s?(?:(${grouped}\\d+)(?:${escaped(form.decimal)}(\\d+))?|${escaped(form.decimal)}(\\d+))\\s?([+-]?)$`,
  );
  return (text) => {
    const parts = pattern.exec(text.trim());
    if (parts === null) return undefined;
    const [, leading = "", whole = "", fraction, fractionOnly, trailing = ""] = parts;
    if (leading !== "" && trailing !== "") return undefined;
    return canonical(leading + trailing === "-", whole.replace(/\D/g, ""), fraction ?? fractionOnly ?? "");
  };
}

/** How a number is rounded that lies between two others; `half`: half away from zero, as people are taught. */
export type RoundingMode = "half" | "half-even" | "up" | "down" | "ceiling" | "floor";

export const roundingModes: readonly RoundingMode[] = ["half", "half-even", "up", "down", "ceiling", "floor"];

/** Rounds a canonical decimal to `scale` digits behind the point, and fills up to as many. */
export function roundDecimal(value: string, scale: number, mode: RoundingMode = "half"): string {
  const negative = value.startsWith("-");
  const [whole = "0", fraction = ""] = (negative ? value.slice(1) : value).split(".");
  const kept = BigInt(whole + fraction.padEnd(scale, "0").slice(0, scale));
  const roundsUp = isRoundedUp({ kept, rest: fraction.slice(scale), negative, mode });
  const digits = (roundsUp ? kept + 1n : kept).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return canonical(negative, digits.slice(0, point), digits.slice(point));
}

/** Whether the digits that are cut off make the kept ones greater by one (in size, whatever the sign). */
function isRoundedUp(number: {
  readonly kept: bigint;
  readonly rest: string;
  readonly negative: boolean;
  readonly mode: RoundingMode;
}): boolean {
  const { kept, rest, negative, mode } = number;
  const inexact = /[1-9]/.test(rest);
  switch (mode) {
    case "half":
      return (rest[0] ?? "0") >= "5";
    case "half-even": {
      const first = rest[0] ?? "0";
      const tie = first === "5" && !/[1-9]/.test(rest.slice(1));
      return tie ? kept % 2n === 1n : first >= "5";
    }
    case "up":
      return inexact;
    case "down":
      return false;
    case "ceiling":
      return inexact && !negative;
    case "floor":
      return inexact && negative;
  }
}

/** Whether a text is a plain number: sign, digits, and a point with digits. */
export function isPlainNumber(text: string): boolean {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text);
}

/** Negative, zero or positive, as the first plain number is smaller than, equal to or greater than the second. */
export function compareDecimals(a: string, b: string): number {
  const scale = Math.max(fractionLength(a), fractionLength(b));
  const difference = scaled(a, scale) - scaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** A canonical decimal of its parts: without leading zeros, without a sign on zero. */
export function canonical(negative: boolean, whole: string, fraction: string): string {
  const digits = whole.replace(/^0+(?=\d)/, "") || "0";
  const sign = negative && /[1-9]/.test(digits + fraction) ? "-" : "";
  return sign + digits + (fraction === "" ? "" : `.${fraction}`);
}

function fractionLength(value: string): number {
  const point = value.indexOf(".");
  return point === -1 ? 0 : value.length - point - 1;
}

function scaled(value: string, scale: number): bigint {
  const digits = value.replace("+", "").replace(".", "") + "0".repeat(scale - fractionLength(value));
  return BigInt(digits);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\']/g, "\\$&");
}
