const zero = 0x30;

/** The number that so many digits make, from an offset on; NaN where one of the units is no digit. */
export function numberOfDigits(units: Uint16Array, from: number, digits: number): number {
  let value = 0;
  for (let at = from; at < from + digits; at++) {
    const digit = (units[at] ?? 0) - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
