import { windows1252FromLatin1 } from "../../source/text-encoding.ts";

/**
 * Whether a text is what another becomes when it is saved or opened in the wrong encoding: `?` where a character was that
 * Windows-1252 does not have, UTF-8 read as Windows-1252 (`MÃ¼ller`), or letters taken apart and put together again.
 */
export function charactersLost(original: string, text: string): boolean {
  if (/^[\x00-\x7f]*$/.test(original)) return false;
  if (original.normalize("NFC") === text.normalize("NFC")) return true;
  if (readAsWindows1252(original) === text) return true;
  return hasOnlyQuestionMarks(original, text);
}

function readAsWindows1252(text: string): string {
  return windows1252FromLatin1(Buffer.from(text, "utf8").toString("latin1"));
}

/** A character beyond the first plane may have become one question mark or two. */
function hasOnlyQuestionMarks(original: string, text: string): boolean {
  const wanted = Array.from(original);
  const units = Array.from(text);
  let at = 0;
  let lost = 0;
  for (const character of wanted) {
    const found = units[at];
    if (found === undefined) return false;
    if (found === character) {
      at++;
      continue;
    }
    const isMark = found === "?" || found === "\uFFFD";
    if (!isMark || (character.codePointAt(0) ?? 0) < 0x80) return false;
    lost++;
    at++;
    if (character.length === 2 && units[at] === "?") at++;
  }
  return lost > 0 && at === units.length;
}
