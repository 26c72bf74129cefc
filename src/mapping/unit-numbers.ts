import type { DecimalForm } from "./decimal-text.ts";
import type { TextUnits } from "../source/text-units.ts";
import type { UnitStep } from "./unit-step.ts";

const zero = 0x30;
const minus = 0x2d;
const point = 0x2e;

/**
 * Reads decimal numbers as they mostly are: a minus in front, behind or none, no leading zeros, no more digits behind
 * the separator than are kept. Everything else, wrong or only rare, is left to the step on texts.
 */
export function decimalUnits(form: DecimalForm, scale: number | undefined): UnitStep {
  const decimal = form.decimal.charCodeAt(0);
  const thousands = form.thousands === "" ? -1 : form.thousands.charCodeAt(0);
  return (text, from) => {
    if (text.length === from) return true;
    text.room(1 + (scale ?? 0));
    const { units } = text;
    const behind = text.length;
    if (units[behind - 1] === minus && units[from] !== minus) {
      // SAP writes its minus behind.
      units.copyWithin(from + 1, from, behind - 1);
      units[from] = minus;
    }
    const first = units[from] === minus ? from + 1 : from;
    const end = behindWhole(units, { first, behind, thousands });
    if (end === -1) return false;
    // What is written never overtakes what is read: separators go, and digits are only moved towards the beginning.
    let to = first;
    for (let at = first; at < end; at++) if (units[at] !== thousands) units[to++] = units[at] as number;
    if (units[first] === zero && to > first + 1) return false;
    let digits = 0;
    if (end < behind) {
      digits = behind - end - 1;
      if (units[end] !== decimal || digits === 0 || digits > (scale ?? digits)) return false;
      units[to++] = point;
      for (let at = end + 1; at < behind; at++) {
        const unit = units[at] as number;
        if (unit < zero || unit > zero + 9) return false;
        units[to++] = unit;
      }
    }
    text.length = to;
    if (scale !== undefined && digits < scale) pad(text, scale - digits, digits === 0);
    return first === from || hasDigitBeyondZero(text, first);
  };
}

/** The offset behind the digits in front of the decimal separator; -1 where they are not grouped in threes, or none. */
function behindWhole(
  units: Uint16Array,
  {
    first,
    behind,
    thousands,
  }: { readonly first: number; readonly behind: number; readonly thousands: number },
): number {
  let groups = 0;
  let inGroup = 0;
  let at = first;
  for (; at < behind; at++) {
    const unit = units[at] as number;
    if (unit >= zero && unit <= zero + 9) inGroup++;
    else if (unit === thousands) {
      if (groups === 0 ? inGroup < 1 || inGroup > 3 : inGroup !== 3) return -1;
      groups++;
      inGroup = 0;
    } else break;
  }
  return inGroup === 0 || (groups > 0 && inGroup !== 3) ? -1 : at;
}

function pad(text: TextUnits, zeros: number, withPoint: boolean): void {
  text.room(zeros + 1);
  if (withPoint) text.units[text.length++] = point;
  text.units.fill(zero, text.length, text.length + zeros);
  text.length += zeros;
}

/** A zero has no sign. */
function hasDigitBeyondZero({ units, length }: TextUnits, from: number): boolean {
  for (let at = from; at < length; at++) {
    const unit = units[at] as number;
    if (unit > zero && unit <= zero + 9) return true;
  }
  return false;
}
