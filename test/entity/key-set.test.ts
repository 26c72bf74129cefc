import fc from "fast-check";
import { expect, test } from "vitest";
import { KeySet } from "../../src/entity/key-set.ts";
import { normalizeKey } from "../../src/entity/record-key.ts";

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
    }),
  );
});

test("grows past many keys and still knows each", () => {
  const set = new KeySet();
  for (let index = 0; index < 50_000; index++) expect(set.add(`key ${index}`, index)).toBeUndefined();
  for (let index = 0; index < 50_000; index += 7) expect(set.add(`key ${index}`, 0)).toBe(index);
});

test("keys that F&O takes as equal are equal", () => {
  expect(normalizeKey(["V-1 ", " Straße"])).toBe(normalizeKey(["v-1", "straße"]));
  expect(normalizeKey(["a", "b"])).not.toBe(normalizeKey(["ab", ""]));
});
