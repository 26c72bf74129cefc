/** Letters that are no base letter with a mark, so that taking marks away does not reach them. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: "ss",
  ẞ: "SS",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  Œ: "OE",
  ø: "o",
  Ø: "O",
  đ: "d",
  Đ: "D",
  ð: "d",
  Ð: "D",
  þ: "th",
  Þ: "Th",
  ł: "l",
  Ł: "L",
  ı: "i",
};
const special = new RegExp(`[${Object.keys(plainLetters).join("")}]`, "gu");

/** The text without marks on its letters: `Müller` becomes `Muller`, `Łódź` becomes `Lodz`, `ß` becomes `ss`. */
export function withoutAccents(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(special, (letter) => plainLetters[letter] ?? letter)
    .normalize("NFC");
}

/** Every word with a capital letter first and small ones behind it. */
export function capitalized(text: string): string {
  return text
    .toLowerCase()
    .replace(
      /(^|[^\p{L}\p{M}\p{N}'’])(\p{L})/gu,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    );
}
