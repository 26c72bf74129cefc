/** Ways to write a date that are looked for, in the order in which they are proposed where several fit. */
const datePatterns = [
  "yyyy-MM-dd",
  "dd.MM.yyyy",
  "d.M.yyyy",
  "dd/MM/yyyy",
  "MM/dd/yyyy",
  "d/M/yyyy",
  "M/d/yyyy",
  "dd-MM-yyyy",
  "MM-dd-yyyy",
  "yyyy/MM/dd",
  "yyyy.MM.dd",
  "dd.MM.yy",
  "dd/MM/yy",
  "MM/dd/yy",
  "yyyyMMdd",
  "ddMMyyyy",
];
const timePatterns = [" HH:mm", " HH:mm:ss", " HH:mm:ss.SSS", "THH:mm", "THH:mm:ss", "THH:mm:ss.SSS"];
const offsetTimes = ["THH:mmXXX", "THH:mm:ssXXX", "THH:mm:ss.SSSXXX"];

const parts: Readonly<Record<string, string>> = {
  yyyy: "(?<year>\\d{4})",
  yy: "(?<year>\\d{2})",
  MM: "(?<month>\\d{2})",
  M: "(?<month>\\d{1,2})",
  dd: "(?<day>\\d{2})",
  d: "(?<day>\\d{1,2})",
  HH: "(?<hour>\\d{2})",
  mm: "(?<minute>\\d{2})",
  ss: "(?<second>\\d{2})",
  SSS: "\\d{1,9}",
  XXX: "(?<offset>Z|[+-]\\d{2}:?\\d{2})",
};

/** One way to write dates: the pattern as the step date("…") takes it, and its expression. */
export interface DateForm {
  readonly pattern: string;
  readonly expression: RegExp;
  /** Digits and nothing else: any number of that length looks like it, so only years people use are believed. */
  readonly digitsOnly: boolean;
}

export const dateForms: readonly DateForm[] = [
  ...datePatterns.flatMap((date) => [date, ...timesOf(date).map((time) => `${date}${time}`)]),
  "yyyyMMddHHmmss",
].map((pattern) => ({
  pattern,
  expression: new RegExp(
    `^${pattern.replace(/yyyy|yy|MM|M|dd|d|HH|mm|SSS|ss|XXX|\./g, (piece) => parts[piece] ?? "\\.")}$`,
  ),
  digitsOnly: /^[A-Za-z]+$/.test(pattern) && !pattern.includes("T"),
}));

function timesOf(date: string): readonly string[] {
  if (date === "yyyy-MM-dd") return [...timePatterns, ...offsetTimes];
  return date.includes("yyyy") && !/^[a-zA-Z]+$/.test(date)
    ? timePatterns.filter((time) => time.startsWith(" "))
    : [];
}

/** Characters of the longest text that can be a date. */
export const longestDate = 35;

export interface DateReading {
  readonly found: readonly { readonly form: DateForm; readonly order: string }[];
  readonly empty: boolean;
}

/** The forms that texts of the shape of this one may fit. In a shape T and Z are capitals like any other. */
export function formsOf(text: string): readonly DateForm[] {
  const plain = lettersOfDates(text);
  return dateForms.filter((form) => form.expression.test(plain));
}

/**
 * The forms among the given ones in which `text` is a date that exists, each with a text that sorts as the dates
 * do. Texts of zeros in one of the forms, as SAP writes an empty date, are `empty`.
 */
export function readDate(text: string, forms: readonly DateForm[]): DateReading {
  const found: { form: DateForm; order: string }[] = [];
  let empty = false;
  for (const form of forms) {
    const order = orderOf(text, form);
    if (order === "empty") empty = true;
    else if (order !== undefined) found.push({ form, order });
  }
  return { found, empty: empty && found.length === 0 };
}

/** The text with T between date and time and Z at the end, whatever capitals stand there. */
function lettersOfDates(text: string): string {
  return text.replace(/[A-Z](?=\d)/, "T").replace(/[A-Z]$/, "Z");
}

function orderOf(text: string, form: DateForm): string | undefined {
  const groups = form.expression.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { year = "", month = "", day = "", hour = "00", minute = "00", second = "00", offset } = groups;
  if (Number(year) === 0 && Number(month) === 0 && Number(day) === 0) return "empty";
  const fullYear = year.length === 2 ? Number(year) + (Number(year) < 50 ? 2000 : 1900) : Number(year);
  if (form.digitsOnly && (fullYear < 1900 || fullYear > 2199) && fullYear !== 9999) return undefined;
  const lengthDays = daysInMonth(fullYear, Number(month));
  if (fullYear < 1 || Number(day) < 1 || Number(day) > lengthDays) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const date = `${String(fullYear).padStart(4, "0")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const order = `${date}T${hour}:${minute}:${second}Z`;
  return offset === undefined || offset === "Z" ? order : inUtc(order, offset);
}

function inUtc(local: string, offset: string): string {
  const digits = offset.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  const utcMs = Date.parse(local) + (offset.startsWith("-") ? minutes : -minutes) * 60_000;
  return new Date(utcMs).toISOString().replace(".000", "");
}

/** 0 for a month that does not exist. */
function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [0, 31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month] ?? 0;
}
