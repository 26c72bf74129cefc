import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { TextStore } from "../../../../src/rejection/corrected/xlsx/text-store.ts";

const mebibyte = 1024 * 1024;
/** Halves of pairs too. */
const anyUnit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));

function storeOf(texts: readonly string[], memoryBytes: number): TextStore {
  const store = new TextStore(memoryBytes);
  onTestFinished(() => {
    store.close();
  });
  for (const text of texts) store.add(text);
  return store;
}

test.each([
  ["in memory", 64 * mebibyte],
  ["partly on disk", mebibyte],
  ["all on disk", 0],
])("texts come back by their number, in any order: %s", (_where, memoryBytes) => {
  const text = fc.oneof(
    fc.string({ unit: anyUnit, maxLength: 12 }),
    fc.constantFrom("", "\uD800", "Müller", "😀", "x".repeat(70_000), "ß€".repeat(40_000)),
  );
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 60 }),
      fc.array(fc.nat({ max: 59 }), { minLength: 1, maxLength: 60 }),
      (texts, order) => {
        const store = new TextStore(memoryBytes);
        try {
          for (const one of texts) store.add(one);
          expect(store.count).toBe(texts.length);
          for (const number of order) expect(store.get(number)).toBe(texts[number]);
          for (const [number, one] of texts.entries()) expect(store.get(number)).toBe(one);
        } finally {
          store.close();
        }
      },
    ),
    {
      numRuns: 40,
      examples: [
        [
          ["x".repeat(2 * mebibyte), "y", "z".repeat(mebibyte)],
          [2, 0, 1, 3],
        ],
      ],
    },
  );
});

test("many texts go on behind the memory, and are read one after the other and from all over", () => {
  const texts = Array.from({ length: 120_000 }, (_, number) => `${number} ${"ü".repeat(number % 40)}`);
  const store = storeOf(texts, mebibyte);
  expect(texts.filter((text, number) => store.get(number) !== text)).toEqual([]);
  const sorted = texts.map((_, number) => (number * 7919) % texts.length);
  expect(sorted.filter((number) => store.get(number) !== texts[number])).toEqual([]);
  expect(store.get(texts.length)).toBeUndefined();
});

test("a file on disk has no name from the beginning", () => {
  const names = (): string[] => readdirSync(tmpdir()).filter((name) => /^dmfpipe-texts-/.test(name));
  const before = names();
  const store = storeOf(["x".repeat(3 * mebibyte)], 0);
  expect(names()).toEqual(before);
  expect(store.get(0)).toHaveLength(3 * mebibyte);
});
