import { numberOfDigits } from "../source/unit-digits.ts";
import type { FieldType } from "./entity-schema.ts";

/**
 * Whether the units of a value from `from` up to `to`, which is not empty, are certainly right for a field. False: ask
 * the check on its text (value-check.ts), which says why.
 */
export type UnitCheck = (units: Uint16Array, from: number, to: number) => boolean;

const zero = 0x30;
const nine = 0x39;
const minus = 0x2d;
const point = 0x2e;
/** So many digits are a whole number of 32 bits, whatever they are. */
const safeDigits = 9;

/**
 * The check of a type on values that are not decoded; one without a `check` takes everything. Undefined: only the text
 * can tell. Size and characters are not its business.
 */
export function unitCheck(type: FieldType): { readonly check: UnitCheck | undefined } | undefined {
  switch (type) {
    case "string":
    case "unknown":
      return { check: undefined };
    case "decimal":
      return { check: isDecimal };
    case "int32":
    case "int64":
      return { check: isSmallInteger };
    case "datetime":
      return { check: isCertainDate };
    case "enum":
    case "guid":
      return undefined;
  }
}

function isSmallInteger(units: Uint16Array, from: number, to: number): boolean {
  const first = units[from] === minus ? from + 1 : from;
  return to > first && to - first <= safeDigits && digitsEnd(units, first, to) === to;
}

/** A date without a time, up to the 28th: for the rest the calendar has to be asked. */
function isCertainDate(units: Uint16Array, from: number, to: number): boolean {
  if (to - from !== 10 || units[from + 4] !== minus || units[from + 7] !== minus) return false;
  const year = numberOfDigits(units, from, 4);
  const month = numberOfDigits(units, from + 5, 2);
  const day = numberOfDigits(units, from + 8, 2);
  return year >= 1900 && year <= 2154 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
}

function isDecimal(units: Uint16Array, from: number, to: number): boolean {
  const first = units[from] === minus ? from + 1 : from;
  const whole = digitsEnd(units, first, to);
  if (whole === first) return false;
  if (whole === to) return true;
  return units[whole] === point && whole + 1 < to && digitsEnd(units, whole + 1, to) === to;
}

function digitsEnd(units: Uint16Array, from: number, to: number): number {
  let at = from;
  while (at < to && (units[at] ?? 0) >= zero && (units[at] ?? 0) <= nine) at++;
  return at;
}
