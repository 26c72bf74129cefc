/**
 * A text that was read from UTF-16, as UTF-8. Lone surrogates become their three-byte form, which is no valid
 * UTF-8, so that whoever reads the bytes strictly refuses the record they stand in.
 */
export function utf8OfUtf16(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    const lone = character.length === 1 && code >= 0xd800 && code <= 0xdfff;
    parts.push(
      lone
        ? Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)])
        : Buffer.from(character, "utf8"),
    );
  }
  return Buffer.concat(parts);
}

/** Bytes that a stretch of UTF-8 takes in UTF-16: two a character, four beyond the basic plane. */
export function utf16Length(utf8: Buffer, start: number, end: number): number {
  let units = 0;
  for (let at = start; at < end; at++) {
    const byte = utf8[at] ?? 0;
    if (byte < 0x80 || byte >= 0xc0) units += byte >= 0xf0 ? 2 : 1;
  }
  return units * 2;
}
