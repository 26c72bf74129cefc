import fc from "fast-check";
import { expect, test } from "vitest";
import { cellText, greatestCellChars } from "../../../src/rejection/workbook/cell-text.ts";
import { textCell } from "../../../src/rejection/workbook/entity-sheet.ts";

test("a text is a cell as it stands, but what XML or Excel would change", () => {
  const pieces = [
    "a",
    "Ü",
    " ",
    "\u00A0",
    "\u2003",
    "\n",
    "\r",
    "_",
    "_x0041_",
    "\u0007",
    "\uFFFE",
    "😀",
    "\uD800",
  ];
  const text = fc.oneof(
    fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc
      .constantFrom(greatestCellChars - 1, greatestCellChars, greatestCellChars + 1)
      .map((length) => "x".repeat(length)),
  );
  fc.assert(
    fc.property(text, (value) => {
      const written = cellText(value);
      const formatted = /^\s|\s$|\n/.test(written);
      const cell = formatted ? { richText: [{ text: written }] } : written;
      expect(textCell(value)).toEqual(value === "" ? null : cell);
    }),
    { numRuns: 1000 },
  );
});
