import type { PackageArchive } from "./package-archive.ts";
import { readPart } from "./workbook-parts.ts";

/** Number formats that Excel itself shows as a date or a time. */
const builtInDates = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]);

/** For each cell style of a workbook, whether it shows numbers as dates. */
export async function readDateStyles(archive: PackageArchive, part: string): Promise<readonly boolean[]> {
  const ownDates = new Set<number>();
  const styles: boolean[] = [];
  let insideCells = false;
  await readPart(archive, part, {
    open(name, attributes) {
      if (name === "numFmt" && showsDate(attributes["formatCode"] ?? "")) {
        ownDates.add(Number(attributes["numFmtId"]));
      }
      if (name === "cellXfs") insideCells = true;
      if (name !== "xf" || !insideCells) return;
      const format = Number(attributes["numFmtId"] ?? 0);
      styles.push(builtInDates.has(format) || ownDates.has(format));
    },
    close(name) {
      if (name === "cellXfs") insideCells = false;
    },
  });
  return styles;
}

/** Whether a format code has a part of a date outside of quotes, colours and escapes. */
export function showsDate(formatCode: string): boolean {
  const bare = formatCode.replace(/"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|[_*]./gi, "");
  return /[dmyhs]/i.test(bare) && !/^general$/i.test(bare.trim());
}

/** A number as plain decimal text: `1.1000000000000001` is what Excel stores for 1.1. */
export function plainNumber(text: string): string {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return text;
  const short = String(number);
  if (!short.includes("e")) return short;
  return number.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 20 });
}

/** A serial day number as `yyyy-MM-dd HH:mm:ss`, the notation of F&O's own exports; other text as it is. */
export function serialDate(text: string, from1904: boolean): string {
  const serial = Number(text);
  if (text.trim() === "" || !Number.isFinite(serial) || serial < 0 || serial > 2_958_466) return text;
  // Excel believes 1900 was a leap year: up to that day its numbers are one ahead.
  const days = from1904 ? serial : serial < 60 ? serial + 1 : serial;
  const start = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  const moment = new Date(start + Math.round(days * 86_400) * 1000);
  const written = moment.toISOString().slice(0, 19);
  // Less than a day is a time of day; where dates count from 1904 it may be their first day as well.
  return serial < 1 && !from1904 ? written.slice(11) : written.replace("T", " ");
}

/** Excel writes characters that XML cannot hold as `_x000D_`. */
export function unescapeText(text: string): string {
  return text.includes("_x")
    ? text.replace(/_x([\dA-Fa-f]{4})_/g, (_whole, code: string) => String.fromCharCode(parseInt(code, 16)))
    : text;
}
