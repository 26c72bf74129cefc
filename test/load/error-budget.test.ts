import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { brokenBudgets } from "../../src/load/reading/error-budget.ts";
import type { BuildCounts } from "../../src/load/ledger/ledger-rows.ts";

function counts(read: number, rejectedHere: number, entity = "E"): BuildCounts {
  const packaged = read - rejectedHere;
  const names = { position: 1, entity, legalEntity: "USMF", controlTotals: {} };
  return { ...names, read, filtered: 0, rejectedHere, packaged };
}

function isWithin(load: number | string | undefined, ...rows: readonly BuildCounts[]): boolean {
  return brokenBudgets({ load }, rows).length === 0;
}

describe("the budget of a whole run", () => {
  test.each<[number | string | undefined, number, number, boolean]>([
    [undefined, 10, 10, true],
    [0, 10, 0, true],
    [0, 10, 1, false],
    [3, 10, 3, true],
    [3, 10, 4, false],
    ["5%", 100, 5, true],
    ["5%", 100, 6, false],
    ["5 %", 0, 0, true],
    ["0%", 100, 1, false],
    ["100%", 7, 7, true],
    ["0.57%", 10_000, 57, true],
    ["0.57%", 10_000, 58, false],
    ["33.333%", 3, 1, false],
  ])("%s of %i read, %i rejected: %s", (budget, read, rejected, expected) => {
    expect(isWithin(budget, counts(read, rejected))).toBe(expected);
  });

  test("counts all entities together", () => {
    expect(isWithin("10%", counts(10, 5), counts(90, 5))).toBe(true);
    expect(isWithin("10%", counts(10, 5), counts(90, 6))).toBe(false);
  });

  test("property: a share is meant exactly", () => {
    const percent = fc.tuple(fc.nat(100), fc.nat(999));
    fc.assert(
      fc.property(percent, fc.nat(1_000_000), fc.nat(1_000_000), ([whole, thousandths], read, rejected) => {
        const text = `${whole}.${String(thousandths).padStart(3, "0")}%`;
        const expected = rejected * 100_000 <= read * (whole * 1000 + thousandths);
        expect(isWithin(text, counts(read, rejected))).toBe(expected);
      }),
    );
  });

  test("says how many there were", () => {
    expect(brokenBudgets({ load: "1%" }, [counts(10, 2)])).toEqual([
      { message: "2 of 10 records were rejected; limits.rejections allows 1%." },
    ]);
  });
});

describe("the budgets of entities", () => {
  const rows = [counts(100, 3, "A"), counts(100, 3, "A"), counts(1000, 1, "B")];

  test("count the records of their own entity, in all companies", () => {
    expect(brokenBudgets({ entities: new Map([["A", 6]]) }, rows)).toEqual([]);
    expect(brokenBudgets({ entities: new Map([["A", 5]]) }, rows)).toEqual([
      { entity: "A", message: "6 of 200 records were rejected; rejections of the mapping allows 5." },
    ]);
  });

  test("hold beside that of the whole load, and all that do not suffice are named", () => {
    const entities = new Map<string, string | number>([
      ["A", "2%"],
      ["B", 0],
    ]);
    expect(brokenBudgets({ load: 6, entities }, rows).map(({ entity }) => entity)).toEqual([
      undefined,
      "A",
      "B",
    ]);
    expect(brokenBudgets({ load: 7, entities }, rows).map(({ message }) => message)).toEqual([
      "6 of 200 records were rejected; rejections of the mapping allows 2%.",
      "1 of 1000 records was rejected; rejections of the mapping allows 0.",
    ]);
  });

  test("property: an entity's verdict is that of a load of nothing else", () => {
    const row = fc.record({
      entity: fc.constantFrom("A", "B", "C"),
      read: fc.nat(1000),
      rejected: fc.nat(50),
    });
    const budget = fc.oneof(
      fc.nat(60),
      fc.nat(100).map((share) => `${share}%`),
    );
    fc.assert(
      fc.property(fc.array(row), fc.dictionary(fc.constantFrom("A", "B", "C"), budget), (all, budgets) => {
        const every = all.map(({ entity, read, rejected }) => counts(read, rejected, entity));
        const entities = new Map(Object.entries(budgets));
        const expected = [...entities].filter(
          ([entity, own]) => !isWithin(own, ...every.filter((one) => one.entity === entity)),
        );
        const broken = brokenBudgets({ entities }, every);
        expect(broken.map(({ entity }) => entity)).toEqual(expected.map(([entity]) => entity));
      }),
    );
  });
});
