import fc from "fast-check";
import { expect, test } from "vitest";
import { StraightRows } from "../../src/load/reading/straight-rows.ts";
import { passingWindows } from "../source/passing-window.ts";

test("the records of each legal entity are picked in their order, of any stretch, and none that is left out", () => {
  const straight = new StraightRows(",", 1);
  const places = fc.array(
    fc.record({ company: fc.constantFrom("USMF", "DEMF", "FRRT"), leftOut: fc.boolean() }),
    { minLength: 1, maxLength: 400 },
  );
  fc.assert(
    fc.property(places, fc.nat(400), fc.nat(400), (placed, one, other) => {
      const [records] = passingWindows("x\n".repeat(400), ["X"]);
      if (records === undefined) throw new Error("There are no records.");
      straight.begin(records, 0);
      for (const [at, { company, leftOut }] of placed.entries()) {
        straight.place(at, straight.numberOf(company), leftOut);
      }
      const [from, to] = [Math.min(one, other, placed.length), Math.min(Math.max(one, other), placed.length)];
      const expected = new Map<string, number[]>();
      for (const [at, { company, leftOut }] of placed.entries()) {
        if (leftOut || at < from || at >= to) continue;
        expected.set(company, [...(expected.get(company) ?? []), at]);
      }
      const found = [...straight.byCompany(from, to)].map(([company, picked]): [string, number[]] => {
        return [
          straight.companyNamed(company),
          Array.from({ length: picked.count }, (_, place) => picked.at(place)),
        ];
      });
      expect(found).toEqual([...expected]);
      for (const [, picked] of straight.byCompany(from, to)) {
        for (let place = 0; place < picked.count; place = picked.runEnd(place)) {
          const end = picked.runEnd(place);
          expect(picked.at(end - 1) - picked.at(place)).toBe(end - 1 - place);
          if (end < picked.count) expect(picked.at(end)).toBeGreaterThan(picked.at(end - 1) + 1);
        }
      }
    }),
    { numRuns: 200 },
  );
});
