/** A decimal number as an integer of its smallest decimal place: exact, whatever its length. */
export interface ExactNumber {
  readonly units: bigint;
  /** Digits behind the point. */
  readonly places: number;
}

export const zero: ExactNumber = { units: 0n, places: 0 };

/**
 * A number as extracts write them: the last of `,` and `.` is the decimal separator, unless it comes more than once,
 * as only one that groups thousands does. A sign may stand on either side. Undefined for what is no number.
 */
export function readNumber(text: string): ExactNumber | undefined {
  const match = /^\s*([+-]?)([\d.,' ]*\d)([+-]?)\s*$/.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? "";
  const last = Math.max(digits.lastIndexOf(","), digits.lastIndexOf("."));
  const separator = digits.indexOf(digits.charAt(last)) < last ? -1 : last;
  const fraction = separator === -1 ? "" : digits.slice(separator + 1);
  const units = BigInt(digits.replace(/\D/g, ""));
  return { units: match[1] === "-" || match[3] === "-" ? -units : units, places: fraction.length };
}

/** A number of things, which may have its thousands grouped. Undefined for what is no whole number. */
export function readCount(text: string): ExactNumber | undefined {
  const trimmed = text.trim();
  if (!/^\d+$/.test(trimmed) && !/^\d{1,3}(?:[., '’]\d{3})+$/.test(trimmed)) return undefined;
  return { units: BigInt(trimmed.replace(/\D/g, "")), places: 0 };
}

/** The sum, with as many places as the more exact of the two. */
export function addNumbers(a: ExactNumber, b: ExactNumber): ExactNumber {
  const places = Math.max(a.places, b.places);
  return { units: scaled(a, places) + scaled(b, places), places };
}

/** The first less the second. */
export function subtractNumbers(a: ExactNumber, b: ExactNumber): ExactNumber {
  return addNumbers(a, { units: -b.units, places: b.places });
}

/** The number as a decimal text with a point. */
export function numberText({ units, places }: ExactNumber): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  return `${units < 0n ? "-" : ""}${whole}${places === 0 ? "" : `.${digits.slice(-places)}`}`;
}

function scaled(number: ExactNumber, places: number): bigint {
  return number.units * 10n ** BigInt(places - number.places);
}
