import fc from "fast-check";
import { expect, test } from "vitest";
import { TextMemo } from "../../src/load/reading/text-memo.ts";
import { TextUnits } from "../../src/source/text-units.ts";

test("gives the text of any units, remembered or not", () => {
  const memo = new TextMemo();
  const value = fc.oneof(
    fc.constantFrom("", "EUR", "USD", "Net 30", "G1", "G2", "x".repeat(32), "x".repeat(33)),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ unit: fc.constantFrom("a", "b", "\u0161", "\ud83d"), maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 5 }), fc.array(value, { maxLength: 20 }), (before, values) => {
      for (const one of [...values, ...values]) {
        const text = new TextUnits(new Uint8Array(0x10000));
        text.text(before + one);
        expect(memo.textFrom(text, before.length)).toBe(one);
      }
    }),
  );
});
