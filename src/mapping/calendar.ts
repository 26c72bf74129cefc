/** A day of the Gregorian calendar; month and day from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A canonical date or date-time, taken apart: the number of its day since 1970-01-01 and the seconds within it. */
export interface DayAndSecond {
  readonly day: number;
  readonly second: number;
}

const secondsPerDay = 86_400;

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 (negative before), for years from 1 to 9999. */
export function dayNumber({ year, month, day }: CalendarDay): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / (secondsPerDay * 1000));
}

/** Takes `2011-01-31` or `2011-01-31T10:20:30` apart; the text must have one of these forms. */
export function readCanonical(text: string): DayAndSecond {
  const day = dayNumber({
    year: Number(text.slice(0, 4)),
    month: Number(text.slice(5, 7)),
    day: Number(text.slice(8, 10)),
  });
  const second =
    text.length > 10
      ? Number(text.slice(11, 13)) * 3600 + Number(text.slice(14, 16)) * 60 + Number(text.slice(17, 19))
      : 0;
  return { day, second };
}

/** `2011-01-31`; undefined outside the years 1 to 9999. */
export function canonicalDay(day: number): string | undefined {
  const date = new Date(day * secondsPerDay * 1000);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 1 || year > 9999) return undefined;
  return `${padded(year, 4)}-${padded(date.getUTCMonth() + 1, 2)}-${padded(date.getUTCDate(), 2)}`;
}

/** `2011-01-31T10:20:30` for seconds since 1970-01-01; undefined outside the years 1 to 9999. */
export function canonicalSecond(seconds: number): string | undefined {
  const day = Math.floor(seconds / secondsPerDay);
  const date = canonicalDay(day);
  return date === undefined ? undefined : `${date}T${clockTime(seconds - day * secondsPerDay)}`;
}

/** Seconds since 1970-01-01 of a canonical date-time, as if its clock were UTC. */
export function secondsOf(text: string): number {
  const { day, second } = readCanonical(text);
  return day * secondsPerDay + second;
}

/** `10:20:30` for seconds since midnight. */
export function clockTime(second: number): string {
  return `${padded(Math.floor(second / 3600), 2)}:${padded(Math.floor(second / 60) % 60, 2)}:${padded(second % 60, 2)}`;
}

export function padded(value: number, length: number): string {
  return value.toString().padStart(length, "0");
}
