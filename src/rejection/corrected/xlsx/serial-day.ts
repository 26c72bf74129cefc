const msPerDay = 86_400_000;
/** 9999-12-31, the last day spreadsheets know. */
const greatestSerial = 2_958_465;
/** The day before that of number 0. */
const base1904 = Date.UTC(1904, 0, 1);
const base1900 = Date.UTC(1899, 11, 30);

/**
 * A spreadsheet's number of days as it shows them: `2024-12-31`, or `2024-12-31 13:45:00` where it is not midnight. A time
 * without a day is one of day 0, 1899-12-30. Undefined for a number that is no day there.
 *
 * @param from1904 whether day 0 is 1904-01-01
 */
export function dayOfSerial(serial: number, from1904: boolean): string | undefined {
  const greatest = from1904 ? greatestSerial - 1462 : greatestSerial;
  if (!(serial >= 0 && serial < greatest + 1)) return undefined;
  const text = dateTime((from1904 ? base1904 : base1900) + Math.round(serial * msPerDay));
  if (from1904) return text;
  // Excel takes 1900 for a leap year: its day 60 is 1900-02-29, and the days before it are one later than counted here.
  if (serial >= 60 && serial < 61) return text.replace("1900-02-28", "1900-02-29");
  return serial >= 1 && serial < 60 ? dateTime(base1900 + Math.round((serial + 1) * msPerDay)) : text;
}

/** A cell of type `d`, which has ISO 8601, in the same notation; what is something else as it is. */
export function dayOfText(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})?T?(?:(\d{2}:\d{2})(:\d{2})?(?:\.\d+)?)?Z?$/.exec(text);
  if (match === null) return text;
  const [, day = dateTime(base1900), minutes, seconds = ":00"] = match;
  return minutes === undefined || minutes + seconds === "00:00:00" ? day : `${day} ${minutes}${seconds}`;
}

function dateTime(ms: number): string {
  const [date = "", time = ""] = new Date(ms).toISOString().slice(0, 19).split("T");
  return time === "00:00:00" ? date : `${date} ${time}`;
}
