import type { ZipEntry } from "../../../package/zip-directory.ts";
import type { ZipReader } from "../../../package/zip-reader.ts";
import { readPart } from "./part-parser.ts";

/** Styles are held in memory. Excel allows 65,490 of them. */
const maxBytes = 64 * 1024 * 1024;

/**
 * The numbers of the cell styles whose numbers are shown as days or times. Without a part of styles there are none. Throws
 * WorkbookDamage.
 */
export async function readDateStyles(
  zip: ZipReader,
  styles: ZipEntry | undefined,
): Promise<ReadonlySet<number>> {
  const dates = new Set<number>();
  if (styles === undefined) return dates;
  const codes = new Map<number, string>();
  const formats: number[] = [];
  const path: string[] = [];
  await readPart(zip, styles, {
    maxBytes,
    events: {
      open(name, attributes) {
        path.push(name);
        if (path.length !== 3) return;
        const format = Number(attributes["numFmtId"] ?? 0);
        if (path[1] === "numFmts" && name === "numFmt") codes.set(format, attributes["formatCode"] ?? "");
        if (path[1] === "cellXfs" && name === "xf") formats.push(format);
      },
      close() {
        path.pop();
      },
    },
  });
  for (const [style, format] of formats.entries()) {
    const code = codes.get(format);
    if (code === undefined ? isBuiltInDate(format) : isDateFormat(code)) dates.add(style);
  }
  return dates;
}

/**
 * ECMA-376, 18.8.30: 14 to 22 and 45 to 47 are days and times everywhere, 27 to 36 and 50 to 58 in the languages of East
 * Asia; elsewhere these are not used.
 */
function isBuiltInDate(format: number): boolean {
  const ranges = [
    [14, 22],
    [27, 36],
    [45, 47],
    [50, 58],
  ] as const;
  return ranges.some(([first, last]) => format >= first && format <= last);
}

/**
 * Whether a number format shows a day or a time: with d, m, y, h or s in any of its parts. What is quoted, escaped
 * (`\d`), a width (`_d`), a filling (`*d`) or in brackets (`[Red]`, `[$-407]`) is no such letter.
 */
export function isDateFormat(code: string): boolean {
  const bare = code.replaceAll(/"[^"]*(?:"|$)|[\\_*][^]?|\[[^\]]*(?:\]|$)/gu, "");
  return /[dmyhs]/i.test(bare.replaceAll(/General|Standard/gi, ""));
}
