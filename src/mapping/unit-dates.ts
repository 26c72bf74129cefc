import { numberOfDigits } from "../source/unit-digits.ts";
import { daysInMonth } from "./calendar.ts";
import type { UnitStep } from "./unit-step.ts";

const zero = 0x30;
const dash = 0x2d;
/** Of `2011-01-31`. */
const canonicalLength = 10;

const fixedPattern = /^(yyyy|MM|dd)([^\p{L}'])?(yyyy|MM|dd)([^\p{L}'])?(yyyy|MM|dd)$/u;

/**
 * Reads dates of a pattern in which every digit has its place, such as `dd.MM.yyyy` or `yyyyMMdd`; undefined for any
 * other pattern. A date of zeros and whatever is no date are left to the step on texts.
 */
export function dateUnits(pattern: string): UnitStep | undefined {
  const pieces = fixedPattern.exec(pattern);
  if (pieces === null) return undefined;
  const [, first = "", mark = "", second = "", otherMark = "", third = ""] = pieces;
  if (new Set([first, second, third]).size < 3) return undefined;
  const form = [first, mark, second, otherMark, third].join("");
  const [year, month, day] = ["yyyy", "MM", "dd"].map((part) => form.indexOf(part)) as [
    number,
    number,
    number,
  ];
  const marks = [
    { at: first.length, mark },
    { at: first.length + mark.length + second.length, mark: otherMark },
  ].flatMap(({ at, mark: text }) => (text === "" ? [] : [{ at, unit: text.charCodeAt(0) }]));
  return (text, from) => {
    const { units, length } = text;
    if (length === from) return true;
    if (length - from !== form.length) return false;
    for (const { at, unit } of marks) if (units[from + at] !== unit) return false;
    const years = numberOfDigits(units, from + year, 4);
    const months = numberOfDigits(units, from + month, 2);
    const days = numberOfDigits(units, from + day, 2);
    // A comparison with a number that is none is never true.
    if (!(years >= 1 && months >= 1 && months <= 12 && days >= 1)) return false;
    if (days > 28 && days > daysInMonth(years, months)) return false;
    text.room(canonicalLength);
    put(text.units, from, 4, years);
    text.units[from + 4] = dash;
    put(text.units, from + 5, 2, months);
    text.units[from + 7] = dash;
    put(text.units, from + 8, 2, days);
    text.length = from + canonicalLength;
    return true;
  };
}

function put(units: Uint16Array, at: number, digits: number, value: number): void {
  let left = value;
  for (let index = at + digits - 1; index >= at; index--) {
    units[index] = zero + (left % 10);
    left = Math.floor(left / 10);
  }
}
