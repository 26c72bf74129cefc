import type { TextUnits } from "../source/text-units.ts";

/**
 * What a step does to a value that stands at the end of a text under construction, from `from` on: the same as its
 * `apply`, without a text being made. False: not for this value; what it left there is of no use then. An empty value
 * stays as it is.
 */
export type UnitStep = (text: TextUnits, from: number) => boolean;

/** Units of white space among ASCII, as `trim` knows them. */
function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 9 && unit <= 13);
}

/** Takes blanks away at the end. */
export function trimEndUnits(text: TextUnits, from: number): boolean {
  const { units } = text;
  let { length } = text;
  while (length > from && isBlank(units[length - 1] ?? 0)) length--;
  text.length = length;
  // Beyond ASCII there are more blanks than are told apart here.
  return length === from || (units[length - 1] ?? 0) < 0x80;
}

/** Takes blanks away at the beginning. */
export function trimStartUnits(text: TextUnits, from: number): boolean {
  const { units, length } = text;
  let first = from;
  while (first < length && isBlank(units[first] ?? 0)) first++;
  if (first < length && (units[first] ?? 0) >= 0x80) return false;
  if (first > from) {
    units.copyWithin(from, first, length);
    text.length = length - (first - from);
  }
  return true;
}

/** Takes blanks away at both ends. */
export function trimUnits(text: TextUnits, from: number): boolean {
  return trimEndUnits(text, from) && trimStartUnits(text, from);
}

/** Makes capitals of small letters. */
export const upperUnits: UnitStep = changingCase(0x61, 0x7a, -0x20);

/** Makes small letters of capitals. */
export const lowerUnits: UnitStep = changingCase(0x41, 0x5a, 0x20);

function changingCase(first: number, last: number, by: number): UnitStep {
  return ({ units, length }, from) => {
    for (let at = from; at < length; at++) {
      const unit = units[at] ?? 0;
      if (unit >= first && unit <= last) units[at] = unit + by;
      else if (unit >= 0x80) return false;
    }
    return true;
  };
}

/** Fills a value up to a length, from the left. */
export function padStartUnits(length: number, fill: string): UnitStep {
  const unit = fill.charCodeAt(0);
  return (text, from) => {
    const has = text.length - from;
    if (has === 0 || has >= length) return true;
    text.room(length - has);
    text.units.copyWithin(from + length - has, from, text.length);
    text.units.fill(unit, from, from + length - has);
    text.length = from + length;
    return true;
  };
}

/** A value for where there is none. */
export function defaultUnits(value: string): UnitStep {
  return (text, from) => {
    if (text.length === from) text.text(value);
    return true;
  };
}
