import type { ColumnProfile } from "../source/column-profile.ts";
import { formatCount } from "./report/number-words.ts";

/** From this share on, in percent, a column is said to hold dates or numbers but for some values. */
const nearlyAllPercent = 90;

/** What a column holds, in a few words: `dates dd.MM.yyyy`, `whole numbers`, `text`. */
export function kindInWords(column: ColumnProfile): string {
  switch (column.kind) {
    case "empty":
      return "nothing";
    case "yes or no":
      return "yes or no";
    case "integer":
      return "whole numbers";
    case "decimal point":
      return "numbers, decimal point";
    case "decimal comma":
      return "numbers, decimal comma";
    case "date": {
      const [first, ...others] = column.fits.dates;
      const all = first !== undefined && first.count + column.fits.emptyDates === column.filled;
      return all || others.length === 0 ? `dates ${first?.pattern ?? ""}` : "dates of several patterns";
    }
    case "text":
      return "text";
    default:
      return column.kind satisfies never;
  }
}

/** How many different values there are: `306`, `about 1,234,000`, `all different`. */
export function distinctInWords({ distinct, filled }: ColumnProfile): string {
  if (!distinct.exact) return `about ${formatCount(roundedCount(distinct.count))}`;
  return filled > 1 && distinct.count === filled
    ? `${formatCount(distinct.count)}, all different`
    : formatCount(distinct.count);
}

/** `3 to 30`, or `4` where all are of one length; empty where no value is filled in. */
export function lengthInWords({ filled, shortest, longest }: ColumnProfile): string {
  if (filled === 0) return "";
  return shortest === longest ? formatCount(longest) : `${formatCount(shortest)} to ${formatCount(longest)}`;
}

/** What somebody who writes the mapping has to think of, one short sentence each. */
export function columnRemarks(column: ColumnProfile): string[] {
  const { kind, filled, fits, oddities } = column;
  const remarks: string[] = [];
  if (kind === "text") {
    const dates = fits.dates[0];
    const candidates = [
      {
        count: (dates?.count ?? 0) + (dates === undefined ? 0 : fits.emptyDates),
        what: `dates ${dates?.pattern ?? ""}`,
      },
      { count: fits.integer, what: "whole numbers" },
      { count: fits.decimalPoint, what: "numbers with a decimal point" },
      { count: fits.decimalComma, what: "numbers with a decimal comma" },
    ];
    // Of what fits equally well the first says most: a whole number is a number with a point and with a comma.
    const nearly = candidates
      .filter(({ count }) => 100 * count >= nearlyAllPercent * filled)
      .toSorted((a, b) => b.count - a.count)[0];
    if (nearly !== undefined)
      remarks.push(`all but ${formatCount(filled - nearly.count)} are ${nearly.what}`);
  }
  const count = (number: number, what: string): void => {
    if (number > 0) remarks.push(`${formatCount(number)} ${what}`);
  };
  count(fits.emptyDates > 0 && fits.dates.length > 0 ? fits.emptyDates : 0, "with zeros for an empty date");
  if (kind !== "date") count(oddities.leadingZeros, "with leading zeros");
  count(oddities.surroundingBlanks, "with blanks before or behind");
  count(oddities.controlCharacters, "with line breaks or other control characters");
  return remarks;
}

/**
 * How often a value came, where that is worth a word: `×17,920`, or `×17,000 or more` where the count may be short.
 * One that may be short by a good part of itself is none: the value is an example then.
 */
export function timesInWords(count: number, shortBy: number): string {
  if (count <= 1 || count < 5 * shortBy) return "";
  return shortBy > 0 ? `×${formatCount(count)} or more` : `×${formatCount(count)}`;
}

/** Three digits are what an estimate within 2 % can carry. */
function roundedCount(count: number): number {
  return Number(count.toPrecision(3));
}
