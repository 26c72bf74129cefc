/** What a pattern made of a text: a canonical date or date-time, an agreed empty date, or nothing it knows. */
export type DateReading = { readonly kind: "date"; readonly value: string } | { readonly kind: "empty" };

export interface DatePattern {
  readonly hasTime: boolean;
  read(text: string): DateReading | undefined;
}

type Part = "year" | "month" | "day" | "hour" | "minute" | "second";

const elements: Readonly<Record<string, { readonly part: Part; readonly digits: string }>> = {
  yyyy: { part: "year", digits: "\\d{4}" },
  yy: { part: "year", digits: "\\d{2}" },
  MM: { part: "month", digits: "\\d{2}" },
  M: { part: "month", digits: "\\d{1,2}" },
  dd: { part: "day", digits: "\\d{2}" },
  d: { part: "day", digits: "\\d{1,2}" },
  HH: { part: "hour", digits: "\\d{2}" },
  H: { part: "hour", digits: "\\d{1,2}" },
  mm: { part: "minute", digits: "\\d{2}" },
  ss: { part: "second", digits: "\\d{2}" },
};

const element = /yyyy|yy|MM|M|dd|d|HH|H|mm|ss|'[^']*'|[\s\S]/g;

/**
 * Compiles a date pattern: yyyy yy MM M dd d HH H mm ss, everything else but letters stands for itself, and so
 * do the letter T and texts in single quotes. Two-digit years are 1950 to 2049. A date of zeros only, as SAP
 * writes an empty one, reads as empty. Gives a sentence about what is wrong when the pattern cannot be used.
 */
export function compileDatePattern(pattern: string): DatePattern | { readonly problem: string } {
  const parts: Part[] = [];
  let source = "";
  for (const [piece] of pattern.matchAll(element)) {
    const known = elements[piece];
    if (known !== undefined) {
      if (parts.includes(known.part)) return { problem: `has the ${known.part} twice` };
      parts.push(known.part);
      source += `(${known.digits})`;
    } else if (piece.startsWith("'") && piece.length > 1) {
      source += escaped(piece.slice(1, -1));
    } else if (/\p{L}/u.test(piece) && piece !== "T") {
      return { problem: `has the letter ${piece}, which stands for nothing; mm are minutes, MM months` };
    } else source += escaped(piece);
  }
  const missing = (["year", "month", "day"] as const).filter((part) => !parts.includes(part));
  if (missing.length > 0) return { problem: `has no ${missing.join(" and no ")}` };
  if (parts.includes("minute") !== parts.includes("hour")) return { problem: "has hours or minutes alone" };
  if (parts.includes("second") && !parts.includes("minute"))
    return { problem: "has seconds without minutes" };
  const compiled = new RegExp(`^${source}$`);
  const hasTime = parts.includes("hour");
  return {
    hasTime,
    read: (text) => {
      const found = compiled.exec(text.trim());
      return found === null ? undefined : reading(partsOf(parts, found), hasTime);
    },
  };
}

function partsOf(parts: readonly Part[], found: RegExpExecArray): Record<Part, number> {
  let shortYear = false;
  const values = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const [index, part] of parts.entries()) {
    const digits = found[index + 1] ?? "";
    values[part] = Number(digits);
    shortYear ||= part === "year" && digits.length === 2;
  }
  const nothing = values.year === 0 && values.month === 0 && values.day === 0;
  if (shortYear && !nothing) values.year += values.year < 50 ? 2000 : 1900;
  return values;
}

function reading(date: Record<Part, number>, hasTime: boolean): DateReading | undefined {
  const { year, month, day, hour, minute, second } = date;
  if (year === 0 && month === 0 && day === 0) return { kind: "empty" };
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const value = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  const time = hasTime ? `T${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}` : "";
  return { kind: "date", value: value + time };
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function padded(value: number, length: number): string {
  return value.toString().padStart(length, "0");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
