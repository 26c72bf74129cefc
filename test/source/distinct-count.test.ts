import fc from "fast-check";
import { expect, test } from "vitest";
import { DistinctCount, exactDistinct } from "../../src/source/profile/distinct-count.ts";
import { TextHash } from "../../src/source/text-hash.ts";

function countOf(texts: Iterable<string>): ReturnType<DistinctCount["result"]> {
  const distinct = new DistinctCount();
  const hash = new TextHash();
  for (const text of texts) {
    hash.take(text);
    distinct.add(hash);
  }
  return distinct.result();
}

test("counts as a set of the texts does", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (texts) => {
      expect(countOf(texts)).toEqual({ count: new Set(texts).size, exact: true });
    }),
  );
});

test("tells apart hashes whose halves are equal or nothing but zeros", () => {
  const halves = [0, 1, 2, 0x1fffff, 0xffffffff];
  const distinct = new DistinctCount();
  for (const high of halves) {
    for (const low of halves) {
      const hash = new TextHash();
      Object.assign(hash, { high, low });
      distinct.add(hash);
      distinct.add(hash);
    }
  }
  // Of the second half only 21 bits count, so that the last two of them are the same.
  expect(distinct.result()).toEqual({ count: 5 * 4, exact: true });
});

test("is exact up to its limit, and never less than what was certain beyond it", () => {
  const numbers = Array.from({ length: exactDistinct }, (_, number) => `K-${number}`);
  expect(countOf([...numbers, ...numbers])).toEqual({ count: exactDistinct, exact: true });
  const { count, exact } = countOf([...numbers, "one more", ...numbers]);
  expect(exact).toBe(false);
  expect(count).toBeGreaterThan(exactDistinct);
  expect(count).toBeLessThan(exactDistinct * 1.04);
});
