import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TextHash } from "../../src/source/text-hash.ts";

/** Keys as systems make them: numbers in a row, padded, with affixes, of several parts. */
const keyShapes: Readonly<Record<string, (number: number) => string>> = {
  "numbers in a row": (number) => String(number),
  "padded numbers": (number) => String(number).padStart(10, "0"),
  "numbers behind a prefix": (number) => `v-${number}`,
  "numbers before a suffix": (number) => `${number}-de`,
  "orders and their lines": (number) => `so${Math.floor(number / 50)}\u001f${number % 50}`,
  "hexadecimal ids": (number) => (number * 65_537).toString(16),
  "two letters that change": (number) =>
    `item ${String.fromCharCode(97 + (number % 26))}${"x".repeat(number % 7)}${number >> 3}`,
};

/** How many of the numbers come a second time. */
function repeated(numbers: readonly number[]): number {
  return numbers.length - new Set(numbers).size;
}

describe.each(Object.entries(keyShapes))("the hash of %s", (_, keyOf) => {
  const count = 200_000;
  const keys = [...new Set(Array.from({ length: count }, (_ignored, number) => keyOf(number)))];
  const hash = new TextHash();
  const hashes = keys.map((key) => {
    hash.take(key);
    return { high: hash.high, low: hash.low };
  });

  test("is as good as random in each half", () => {
    // 200,000 random numbers of 32 bits repeat 4.7 times on average; more than 20 times once in 10,000,000 tries.
    expect(repeated(hashes.map(({ high }) => high))).toBeLessThan(20);
    expect(repeated(hashes.map(({ low }) => low))).toBeLessThan(20);
  });

  test("is as good as random in bits of both halves", () => {
    const mixed = hashes.map(({ high, low }) => ((high & 0xffff) << 16) | (low & 0xffff));
    expect(repeated(mixed)).toBeLessThan(20);
    expect(repeated(hashes.map(({ high, low }) => (high ^ low) >>> 0))).toBeLessThan(20);
  });

  test("is spread evenly by its first and by its last bits", () => {
    const buckets = 1024;
    const mean = keys.length / buckets;
    for (const bucketOf of [
      ({ high }: { high: number }) => high >>> 22,
      ({ low }: { low: number }) => low & 1023,
    ]) {
      const counts = new Array<number>(buckets).fill(0);
      for (const one of hashes) counts[bucketOf(one)] = (counts[bucketOf(one)] ?? 0) + 1;
      const square = counts.reduce((sum, bucket) => sum + (bucket - mean) ** 2 / mean, 0);
      // Chi-square with 1,023 degrees of freedom: mean 1,023, standard deviation 45.
      expect(square).toBeLessThan(1023 + 6 * 45);
    }
  });
});

test("tells apart texts that differ in zeros at their end only", () => {
  const hash = new TextHash();
  const seen = new Set(
    ["", "\0", "\0\0", "a", "a\0", "a\0\0", "ab", "ab\0"].map((text) => {
      hash.take(text);
      return `${hash.high} ${hash.low}`;
    }),
  );
  expect(seen.size).toBe(8);
});

test("code units have the hash of their text, and tell whether all of them are ASCII", () => {
  const hash = new TextHash();
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      hash.take(text);
      const expected = hash.hex();
      const units = Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
      const bits = hash.takeUnits(units, 0, units.length);
      expect(hash.hex()).toBe(expected);
      expect(bits < 0x80).toBe(units.every((unit) => unit < 0x80));
    }),
  );
});
