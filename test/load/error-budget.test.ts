import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { assertWithinBudget } from "../../src/load/error-budget.ts";
import type { BuildCounts } from "../../src/load/ledger.ts";

function counts(read: number, rejectedHere: number): BuildCounts {
  const packaged = read - rejectedHere;
  const names = { position: 1, entity: "E", legalEntity: "USMF", controlTotals: {} };
  return { ...names, read, filtered: 0, rejectedHere, packaged };
}

function isWithin(budget: number | string | undefined, ...rows: readonly BuildCounts[]): boolean {
  try {
    assertWithinBudget(budget, rows);
    return true;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DmfpipeError);
    expect(thrown).toMatchObject({ code: "DMFP-ERROR-BUDGET" });
    return false;
  }
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
    expect(() => {
      assertWithinBudget("1%", [counts(10, 2)]);
    }).toThrow("2 of 10 records were rejected; limits.rejections allows 1%. Nothing was sent.");
  });
});
