import fc from "fast-check";
import { expect, test } from "vitest";
import { KeySet } from "../../src/entity/key-set.ts";
import { normalizeKey, normalizeKeyAt } from "../../src/entity/record-key.ts";

test("remembers as a Map does", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.nat(4_294_967_294))), (entries) => {
      const set = new KeySet();
      const map = new Map<string, number>();
      for (const [key, number] of entries) {
        expect(set.add(key, number)).toBe(map.get(key));
        if (!map.has(key)) map.set(key, number);
      }
      expect(set.size).toBe(map.size);
      for (const [key, number] of map) expect(set.find(key)).toBe(number);
    }),
  );
});

test("remembers as a Map does while it grows many times", () => {
  // Few digits, so that many keys come again; enough of them that pages fill up and keys move.
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(20_000, 300_000), (seed, range) => {
      const set = new KeySet();
      const map = new Map<string, number>();
      let state = seed;
      for (let number = 0; number < 60_000; number++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const key = `K${state % range}`;
        const known = map.get(key);
        if (set.add(key, number) !== known) expect.fail(`${key} is not as number ${String(known)}`);
        if (known === undefined) map.set(key, number);
      }
      expect(set.size).toBe(map.size);
      for (const [key, number] of map) if (set.find(key) !== number) expect.fail(`${key} was lost`);
      for (let other = 0; other < 1_000; other++) expect(set.has(`no ${other}`)).toBe(false);
    }),
    { numRuns: 5 },
  );
});

test("a number that is too great is stored as the greatest", () => {
  const set = new KeySet();
  set.add("a", 4_294_967_294);
  set.add("b", 2 ** 40);
  expect([set.find("a"), set.find("b")]).toEqual([4_294_967_294, 4_294_967_294]);
});

test("keys that F&O takes as equal are equal", () => {
  expect(normalizeKey(["V-1 ", " Straße"])).toBe(normalizeKey(["v-1", "straße"]));
  expect(normalizeKey(["a", "b"])).not.toBe(normalizeKey(["ab", ""]));
});

test("a key is the same whether its parts are listed or pointed at", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1 }),
      fc.array(fc.nat(5), { minLength: 1 }),
      (values, at) => {
        const positions = at.map((index) => index % values.length);
        const parts = positions.map((index) => values[index] ?? "");
        expect(normalizeKeyAt(values, positions)).toBe(normalizeKey(parts));
      },
    ),
  );
});
