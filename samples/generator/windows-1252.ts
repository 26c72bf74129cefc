/** Characters of Windows-1252 that stand where Latin-1 has control characters. */
const bytesBeyondLatin1: ReadonlyMap<string, number> = new Map([
  ["€", 0x80],
  ["‚", 0x82],
  ["„", 0x84],
  ["…", 0x85],
  ["Š", 0x8a],
  ["Œ", 0x8c],
  ["Ž", 0x8e],
  ["‘", 0x91],
  ["’", 0x92],
  ["“", 0x93],
  ["”", 0x94],
  ["–", 0x96],
  ["š", 0x9a],
  ["œ", 0x9c],
  ["ž", 0x9e],
  ["Ÿ", 0x9f],
]);

/**
 * `text` in Windows-1252 (the ANSI code page of a western Windows), which Node can read but not write.
 * Throws a RangeError for a character the code page does not have: the samples must not lose one unnoticed.
 */
export function encodeWindows1252(text: string): Buffer {
  return Buffer.from(
    Array.from(text, (character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x80 || (code >= 0xa0 && code <= 0xff)) return code;
      const byte = bytesBeyondLatin1.get(character);
      if (byte === undefined) throw new RangeError(`Windows-1252 has no ${character}.`);
      return byte;
    }),
  );
}
