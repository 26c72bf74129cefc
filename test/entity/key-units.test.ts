import fc from "fast-check";
import { expect, test } from "vitest";
import { KeySet } from "../../src/entity/key-set.ts";
import { KeyUnits } from "../../src/entity/key-units.ts";
import { normalizeKey } from "../../src/entity/record-key.ts";
import { TextUnits } from "../../src/source/text-units.ts";

const part = fc.string({
  unit: fc.constantFrom("a", "Z", "0", " ", "\t", "\u00a0", "Ä", "İ", "ẞ", "😀", "\u2003"),
  maxLength: 8,
});

test("a key made of units is the normalized key: one that was added as text is found again, and no other", () => {
  const key = new KeyUnits();
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
      key.clear();
      for (const value of parts) {
        const text = new TextUnits(new Uint8Array(0x10000));
        text.text("in front of it");
        const from = text.length;
        text.text(value);
        key.add(text, from);
      }
      const normalized = normalizeKey(parts);
      expect(String.fromCharCode(...key.units.subarray(0, key.length))).toBe(normalized);
      const known = new KeySet();
      known.add(normalized, 7);
      expect(known.addUnits(key.units, key.length, 8)).toBe(7);
      expect(new KeySet().addUnits(key.units, key.length, 8)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("keys may be long", () => {
  const key = new KeyUnits();
  const text = new TextUnits(new Uint8Array(0x10000));
  for (const value of ["A".repeat(3000), "é".repeat(3000), "b"]) {
    const from = text.length;
    text.text(value);
    key.add(text, from);
    text.text(",");
    text.length = from;
  }
  expect(String.fromCharCode(...key.units.subarray(0, key.length))).toBe(
    normalizeKey(["A".repeat(3000), "é".repeat(3000), "b"]),
  );
});
