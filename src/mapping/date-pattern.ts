import { canonicalSecond, clockTime, daysInMonth, dayNumber, padded } from "./calendar.ts";
import { monthNumber } from "./month-names.ts";

/** What a pattern made of a text: a canonical date or date-time, an agreed empty date, or nothing it knows. */
export type DateReading = { readonly kind: "date"; readonly value: string } | { readonly kind: "empty" };

export interface DatePattern {
  readonly hasTime: boolean;
  read(text: string): DateReading | undefined;
}

type Part = "year" | "month" | "day" | "hour" | "minute" | "second" | "fraction" | "half" | "offset";

const monthName = "\\p{L}{3,9}\\.?";
const elements: Readonly<Record<string, { readonly part: Part; readonly form: string }>> = {
  yyyy: { part: "year", form: "\\d{4}" },
  yy: { part: "year", form: "\\d{2}" },
  MMMM: { part: "month", form: monthName },
  MMM: { part: "month", form: monthName },
  MM: { part: "month", form: "\\d{2}" },
  M: { part: "month", form: "\\d{1,2}" },
  dd: { part: "day", form: "\\d{2}" },
  d: { part: "day", form: "\\d{1,2}" },
  HH: { part: "hour", form: "\\d{2}" },
  H: { part: "hour", form: "\\d{1,2}" },
  hh: { part: "hour", form: "\\d{2}" },
  h: { part: "hour", form: "\\d{1,2}" },
  mm: { part: "minute", form: "\\d{2}" },
  ss: { part: "second", form: "\\d{2}" },
  SSS: { part: "fraction", form: "\\d{1,9}" },
  a: { part: "half", form: "[AaPp]\\.?[Mm]\\.?" },
  XXX: { part: "offset", form: "Z|[+-]\\d{2}:?\\d{2}" },
};

const element = /yyyy|yy|MMMM|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|XXX|a|'[^']*'|[\s\S]/g;

/**
 * Compiles a date pattern: yyyy yy MMMM MMM MM M dd d HH H hh h mm ss SSS a XXX, everything else but letters stands
 * for itself, and so do the letter T and texts in single quotes. Two-digit years are 1950 to 2049. A time with an
 * offset is given in UTC; fractions of a second are left off, as F&O keeps none. A date of zeros only, as SAP
 * writes an empty one, reads as empty. Gives a sentence about what is wrong when the pattern cannot be used.
 */
export function compileDatePattern(pattern: string): DatePattern | { readonly problem: string } {
  const parts: Part[] = [];
  let source = "";
  let twelveHours = false;
  for (const [piece] of pattern.matchAll(element)) {
    const known = elements[piece];
    if (known !== undefined) {
      if (parts.includes(known.part)) return { problem: `has the ${known.part} twice` };
      parts.push(known.part);
      source += `(${known.form})`;
      twelveHours ||= piece.startsWith("h");
    } else if (piece.startsWith("'") && piece.length > 1) {
      source += escaped(piece.slice(1, -1));
    } else if (/\p{L}/u.test(piece) && piece !== "T") {
      return { problem: `has the letter ${piece}, which stands for nothing; mm are minutes, MM months` };
    } else source += escaped(piece);
  }
  const problem = whatIsMissing(parts, twelveHours);
  if (problem !== undefined) return { problem };
  const compiled = new RegExp(`^${source}$`, "u");
  const hasTime = parts.includes("hour");
  return {
    hasTime,
    read: (text) => {
      const found = compiled.exec(text.trim());
      if (found === null) return undefined;
      const date = partsOf(parts, found);
      return date === undefined ? undefined : reading(date, hasTime);
    },
  };
}

function whatIsMissing(parts: readonly Part[], twelveHours: boolean): string | undefined {
  const has = (part: Part): boolean => parts.includes(part);
  const missing = (["year", "month", "day"] as const).filter((part) => !has(part));
  if (missing.length > 0) return `has no ${missing.join(" and no ")}`;
  if (has("minute") && !has("hour")) return "has hours or minutes alone";
  if (has("hour") && !has("minute") && !twelveHours) return "has hours or minutes alone";
  if (has("second") && !has("minute")) return "has seconds without minutes";
  if (has("fraction") && !has("second")) return "has fractions of a second without seconds";
  if (has("offset") && !has("hour")) return "has an offset without a time";
  if (twelveHours && !has("half")) return "has hours up to 12 (h) without AM or PM (a)";
  return has("half") && !twelveHours ? "has AM or PM (a) without hours up to 12 (h)" : undefined;
}

interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes the written time is ahead of UTC; undefined: no offset was written. */
  readonly offset: number | undefined;
}

/** Undefined for a month nobody calls so, and for hours a clock of twelve hours does not have. */
function partsOf(parts: readonly Part[], found: RegExpExecArray): DateParts | undefined {
  const numbers = {
    year: 0,
    month: 0,
    day: 0,
    hour: 0,
    minute: 0,
    second: 0,
    offset: undefined as number | undefined,
  };
  let shortYear = false;
  let half: string | undefined;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    const text = found[index + 1] ?? "";
    if (part === undefined || part === "fraction") continue;
    if (part === "half") half = text.charAt(0).toLowerCase();
    else if (part === "offset") numbers.offset = offsetMinutes(text);
    else {
      const number = part === "month" && text.charCodeAt(0) > 57 ? monthNumber(text) : Number(text);
      if (number === undefined) return undefined;
      numbers[part] = number;
      shortYear ||= part === "year" && text.length === 2;
    }
  }
  if (half !== undefined) {
    if (numbers.hour < 1 || numbers.hour > 12) return undefined;
    numbers.hour = (numbers.hour % 12) + (half === "p" ? 12 : 0);
  }
  const nothing = numbers.year === 0 && numbers.month === 0 && numbers.day === 0;
  if (shortYear && !nothing) numbers.year += numbers.year < 50 ? 2000 : 1900;
  return numbers;
}

function offsetMinutes(text: string): number {
  if (text === "Z") return 0;
  const digits = text.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return text.startsWith("-") ? -minutes : minutes;
}

function reading(date: DateParts, hasTime: boolean): DateReading | undefined {
  const { year, month, day, hour, minute, second, offset } = date;
  if (year === 0 && month === 0 && day === 0) return { kind: "empty" };
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const ofDay = hour * 3600 + minute * 60 + second;
  if (offset !== undefined) {
    const utc = canonicalSecond(dayNumber({ year, month, day }) * 86_400 + ofDay - offset * 60);
    return utc === undefined ? undefined : { kind: "date", value: utc };
  }
  const value = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  return { kind: "date", value: hasTime ? `${value}T${clockTime(ofDay)}` : value };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
