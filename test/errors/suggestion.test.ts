import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { didYouMean, editDistance, suggest } from "../../src/errors/suggestion.ts";

describe("a suggestion", () => {
  it.each([
    ["trimm", ["trim", "upper"], "trim"],
    ["vendorgruop", ["VENDORGROUPID", "VENDORGROUP"], "VENDORGROUP"],
    ["LIFNR", ["KUNNR", "LFNR"], "LFNR"],
    ["Naem", ["Name", "Same"], "Name"],
  ])("for %s among %j is %s", (word, candidates, expected) => {
    expect(suggest(word, candidates)).toBe(expected);
  });

  it("is not made where nothing is close", () => {
    expect(suggest("AB", ["XY"])).toBeUndefined();
    expect(didYouMean("CURRENCY", ["NAME1", "KTOKK"])).toBe("");
  });

  it("is a sentence to be appended", () => {
    expect(didYouMean("trimm", ["trim"])).toBe(" Did you mean trim?");
  });
});

describe("the edit distance", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });

  it("is nought for the same text only, and the same both ways", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it("says limit + 1 beyond the limit and the truth within it", () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 8 }), (a, b, limit) => {
        expect(editDistance(a, b, limit)).toBe(Math.min(editDistance(a, b), limit + 1));
      }),
    );
  });
});
