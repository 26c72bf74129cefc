/** A day, and the time of it where there is one: `2024-12-31`, `2024-12-31 13:45:00`. */
export type DateReading = string;

const shape =
  /^(\d{1,4})([./\-\s])(\d{1,2})\2(\d{1,4})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AP]M)?Z?)?$/i;

/**
 * The days a text may mean: `03.04.2024` is a day of April in one country and of March in another. Empty for a text that
 * is no date.
 */
export function dateReadings(text: string): ReadonlySet<DateReading> {
  const plain = text.trim();
  const found = new Set<DateReading>();
  const packed = /^(\d{4})(\d{2})(\d{2})$/.exec(plain);
  if (packed !== null) addDay(found, packed[1], packed[2], packed[3], "");
  const match = shape.exec(plain);
  if (match === null) return found;
  const [, first = "", , second = "", third = "", hours, minutes, seconds = "00", half] = match;
  const time = timeOf(hours, minutes, seconds, half);
  if (first.length > 2) addDay(found, first, second, third, time);
  else {
    for (const year of yearsOf(third)) {
      addDay(found, year, second, first, time);
      addDay(found, year, first, second, time);
    }
  }
  return found;
}

/** Whether two texts may be the same day; a midnight that only one of them shows does not tell them apart. */
export function mayBeSameDate(a: string, b: string): boolean {
  const readings = new Set([...dateReadings(a)].map(withoutMidnight));
  return [...dateReadings(b)].some((reading) => readings.has(withoutMidnight(reading)));
}

/** How a date is written, whichever day it is: digits and separators. Undefined for what is no date. */
export function dateShape(text: string): string | undefined {
  const plain = text.trim();
  const isPacked = /^(?:19|20)\d{6}$/.test(plain);
  if (!isPacked && !shape.test(plain)) return undefined;
  return plain.replaceAll(/\d+/g, (digits) => (digits.length > 2 ? `9${digits.length}` : "9"));
}

/**
 * A day in the notation of another date: `31.12.2024` says how a day of a German source is written. Undefined where that
 * cannot be known, as of `03/04/2024`.
 */
export function inNotationOf(day: DateReading, example: string): string | undefined {
  const [date = "", time] = day.split(" ");
  const [year = "", month = "", dayOfMonth = ""] = date.split("-");
  if (time !== undefined && time !== "00:00:00") return undefined;
  const plain = example.trim();
  if (/^(?:19|20)\d{6}$/.test(plain)) return `${year}${month}${dayOfMonth}`;
  if (/^\d{4}-\d{1,2}-\d{1,2}$/.test(plain)) return date;
  if (/^\d{4}\/\d{1,2}\/\d{1,2}$/.test(plain)) return `${year}/${month}/${dayOfMonth}`;
  if (/^\d{1,2}\.\d{1,2}\.\d{4}$/.test(plain)) return `${dayOfMonth}.${month}.${year}`;
  return undefined;
}

/** Day 0 of spreadsheets; they take 1900 for a leap year, so that it is right from March 1900 on. */
const dayZero = Date.UTC(1899, 11, 30);

/** The day of a spreadsheet's number of days, from 1900-03-01 to 2199. */
export function dateOfSerial(text: string): DateReading | undefined {
  if (!/^\d{2,6}$/.test(text)) return undefined;
  const days = Number(text);
  if (days < 61 || days > 109_574) return undefined;
  return new Date(dayZero + days * 86_400_000).toISOString().slice(0, 10);
}

const monthWords = /^(?:\d{1,4}[-.\s]+\p{L}{3,5}\.?(?:[-.\s]+\d{2,4})?|\p{L}{3,5}\.?[-.\s]+\d{1,4})$/u;

/** Whether a text looks like what a spreadsheet makes of `1-2` or `MAR1`: `01. Feb`, `1-Mar`. */
export function looksLikeShortDate(text: string): boolean {
  return monthWords.test(text.trim());
}

/** Whether a spreadsheet would take a text for a day, though it is none: a number of a part, a size, a version. */
export function isTakenForDate(text: string): boolean {
  return /^\d{1,4}[-/.]\d{1,2}$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}$|^\p{L}{3,9}[-\s]?\d{1,4}$|^\d{1,2}[-\s]?\p{L}{3,9}$/u.test(
    text.trim(),
  );
}

function addDay(
  found: Set<DateReading>,
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  time: string,
): void {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (!(y >= 1000 && m >= 1 && m <= 12 && d >= 1 && d <= 31)) return;
  const date = new Date(Date.UTC(y, m - 1, d));
  if (date.getUTCMonth() !== m - 1) return;
  found.add(date.toISOString().slice(0, 10) + time);
}

function yearsOf(text: string): readonly string[] {
  if (text.length === 4) return [text];
  return text.length === 2 ? [`19${text}`, `20${text}`] : [];
}

function timeOf(
  hours: string | undefined,
  minutes: string | undefined,
  seconds: string,
  half: string | undefined,
): string {
  if (hours === undefined) return "";
  const late = half?.toUpperCase() === "PM" ? 12 : 0;
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + late;
  return ` ${String(hour).padStart(2, "0")}:${minutes ?? "00"}:${seconds}`;
}

function withoutMidnight(reading: DateReading): string {
  return reading.replace(/ 00:00:00$/, "");
}
