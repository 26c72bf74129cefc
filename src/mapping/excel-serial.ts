import { canonicalDay, clockTime, dayNumber } from "./calendar.ts";

/** Days from Excel's day 0 to 1970-01-01, by the workbook's date system. */
const dayZero = {
  1900: dayNumber({ year: 1899, month: 12, day: 30 }),
  1904: dayNumber({ year: 1904, month: 1, day: 1 }),
};
/** Excel believes that 1900 was a leap year (as Lotus 1-2-3 did): this day never was, those before are off by one. */
const phantomDay = 60;

/**
 * A function that turns Excel's number of a date into a canonical date (or date-time, rounded to seconds). A zero
 * is an empty date in the system of 1900, where it is no day. Undefined for what is no such number: not a number,
 * negative, beyond the year 9999, 29 February 1900, or a fraction of a day where a date without time is wanted.
 */
export function excelReader(epoch: 1900 | 1904, withTime: boolean): (text: string) => string | undefined {
  return (text) => {
    const parts = /^(\d{1,7})(?:\.(\d{1,30}))?$/.exec(text);
    if (parts === null) return undefined;
    let serial = Number(parts[1]);
    // Twelve digits are a tenth of a microsecond of a day, and are exact as a number.
    let second = Math.round(Number(`0.${(parts[2] ?? "0").slice(0, 12)}`) * 86_400);
    if (!withTime && /[1-9]/.test(parts[2] ?? "")) return undefined;
    if (second === 86_400) {
      second = 0;
      serial++;
    }
    if (epoch === 1900 && serial === 0 && second === 0) return "";
    if (epoch === 1900 && (serial === phantomDay || serial === 0)) return undefined;
    const shift = epoch === 1900 && serial < phantomDay ? 1 : 0;
    const day = canonicalDay(dayZero[epoch] + serial + shift);
    return day === undefined || !withTime ? day : `${day}T${clockTime(second)}`;
  };
}
