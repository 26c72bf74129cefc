/** Most characters Excel keeps in one cell; it calls a file with more of them damaged. */
export const greatestCellChars = 32_767;

/** How a text that was too long for a cell ends there. The whole one stands in the source. */
export const shortenedMark = "… (shortened)";

// Characters XML 1.0 has no way to write, DEL (which exceljs leaves out), and CR (which XML readers turn into LF).
const unwritable = /[\u0000-\u0008\u000B-\u001F\u007F\uFFFE\uFFFF]|\p{Cs}/gu;
// Whatever follows it: what is escaped next to it may bring the closing underscore along.
const looksEscaped = /_(?=x[0-9A-Fa-f]{4})/g;
const escaped = /_x([0-9A-Fa-f]{4})_/g;

/**
 * A text as it is written into a cell. What XML cannot hold, or readers would change, is written the way of Office
 * (`_x0001_`; ECMA-376, ST_Xstring), which Excel shows as the character itself. A text longer than a cell may be is cut, and ends
 * with `shortenedMark`.
 */
export function cellText(text: string): string {
  return shortened(text).replaceAll(looksEscaped, "_x005F_").replaceAll(unwritable, escapeOf);
}

/** Whether `cellText` cuts a text. */
export function isTooLong(text: string): boolean {
  return text.length > greatestCellChars;
}

/** The text that `cellText` wrote, as far as it was not cut. */
export function textOfCell(written: string): string {
  return written.replaceAll(escaped, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function shortened(text: string): string {
  if (!isTooLong(text)) return text;
  const room = greatestCellChars - shortenedMark.length;
  const splitsPair = text.charCodeAt(room - 1) >>> 10 === 0x36;
  return text.slice(0, splitsPair ? room - 1 : room) + shortenedMark;
}

function escapeOf(character: string): string {
  return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`;
}
