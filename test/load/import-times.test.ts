import fc from "fast-check";
import { expect, test } from "vitest";
import { expectedMs, type ImportTime } from "../../src/load/ledger/import-times.ts";

function time(records: number, ms: number, more: Partial<ImportTime> = {}): ImportTime {
  return { run: "r", entities: ["Vendors V2"], records, ms, ...more };
}

const thousand = { entities: ["Vendors V2"], records: 1_000 };

test("the median of earlier packages, in proportion to their records", () => {
  const history = [time(1_000, 9_000), time(500, 2_000), time(2_000, 6_000)];
  expect(expectedMs(thousand, history)).toBe(4_000);
  expect(expectedMs(thousand, history.slice(0, 1))).toBe(9_000);
});

test("nothing is made of no history, of other entities, of another pass, or of far smaller packages", () => {
  expect(expectedMs(thousand, [])).toBeUndefined();
  expect(expectedMs(thousand, [time(1_000, 1, { entities: ["Customers V3"] })])).toBeUndefined();
  expect(
    expectedMs(thousand, [time(1_000, 1, { entities: ["Vendors V2", "Customers V3"] })]),
  ).toBeUndefined();
  expect(expectedMs(thousand, [time(1_000, 1, { pass: 2 })])).toBeUndefined();
  expect(expectedMs({ ...thousand, pass: 2 }, [time(1_000, 5, { pass: 2 })])).toBe(5);
  expect(expectedMs(thousand, [time(99, 1)])).toBeUndefined();
});

test("it lies between the slowest and the fastest of the comparable ones, whatever their order", () => {
  const history = fc.uniqueArray(
    fc.record({ records: fc.integer({ min: 100, max: 10_000 }), ms: fc.nat(100_000) }),
    { minLength: 1, maxLength: 5, selector: ({ records }) => records },
  );
  fc.assert(
    fc.property(history, (entries) => {
      const times = entries.map(({ records, ms }) => time(records, ms));
      const found = expectedMs(thousand, times) ?? NaN;
      const each = times.map(({ records, ms }) => (ms * 1_000) / records);
      expect(found).toBeGreaterThanOrEqual(Math.min(...each) - 1);
      expect(found).toBeLessThanOrEqual(Math.max(...each) + 1);
      expect(expectedMs(thousand, times.toReversed())).toBe(found);
    }),
  );
});
