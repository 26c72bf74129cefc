import { isDigit, minus, numberOf, point, unitAt } from "./change-units";

/** The values of UnitCheck, in the order of `checks` in row-program.ts. */
const decimal: i32 = 1;
const integer: i32 = 2;
const date: i32 = 3;

/** So many digits are a whole number of 32 bits, whatever they are. */
const safeDigits: usize = 9;

/**
 * Whether the units of a value, which is not empty, are certainly right for a field. Where they are not, the check on its
 * text is asked (value-check.ts), which says why.
 */
export function isCertain(check: i32, from: usize, end: usize): bool {
  if (check == decimal) return isDecimal(from, end);
  if (check == integer) return isSmallInteger(from, end);
  if (check == date) return isCertainDate(from, end);
  return check == 0;
}

function isDecimal(from: usize, end: usize): bool {
  const first = behindMinus(from);
  const whole = behindDigits(first, end);
  if (whole == first) return false;
  if (whole == end) return true;
  return unitAt(whole) == point && whole + 2 < end && behindDigits(whole + 2, end) == end;
}

function isSmallInteger(from: usize, end: usize): bool {
  const first = behindMinus(from);
  return end > first && end - first <= safeDigits << 1 && behindDigits(first, end) == end;
}

/** A date without a time, up to the 28th: for the rest the calendar has to be asked. */
function isCertainDate(from: usize, end: usize): bool {
  if (end - from != 20 || unitAt(from + 8) != minus || unitAt(from + 14) != minus) return false;
  const year = numberOf(from, 4);
  const month = numberOf(from + 10, 2);
  const day = numberOf(from + 16, 2);
  return year >= 1900 && year <= 2154 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
}

function behindMinus(from: usize): usize {
  return unitAt(from) == minus ? from + 2 : from;
}

function behindDigits(from: usize, end: usize): usize {
  let at = from;
  while (at < end && isDigit(unitAt(at))) at += 2;
  return at;
}
