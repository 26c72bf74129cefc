import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guardFormula } from "../../src/rejection/formula-guard.ts";

describe("a text that a spreadsheet would run", () => {
  test.each([
    ...["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1", "＋1+1", "－1+1", "＠x", "﹦1", "−1−1"],
    ...[
      "\t=1",
      "\r=1",
      "\ttext",
      "\rtext",
      " =1",
      "\u00A0=1",
      "\u200B=1",
      "\uFEFF=1",
      "\u0001=1",
      "-12,50 EUR",
      "+49 171 1",
    ],
  ])("%j gets an apostrophe in front", (text) => {
    expect(guardFormula(text)).toBe(`'${text}`);
  });

  test.each(["-12,50", "+31612345678", "-1.234.567,89", "-0", "", "a=b", "'=1", "12-3", "‹=1›"])(
    "%j stays",
    (text) => {
      expect(guardFormula(text)).toBe(text);
    },
  );

  test("is harmless afterwards, and never changed in any other way", () => {
    const text = fc.string({
      unit: fc.constantFrom("=", "-", "@", " ", "\t", "1", ",", "a", "\u200B", "＝", "'"),
      maxLength: 6,
    });
    fc.assert(
      fc.property(text, (value) => {
        const guarded = guardFormula(value);
        expect([value, `'${value}`]).toContain(guarded);
        const visible = guarded.replace(/^[\s\u200B]+/u, "");
        expect(/^[=@＝]/u.test(visible)).toBe(false);
        expect(/^-/.test(visible) && !/^-\d+(?:,\d+)*$/.test(guarded)).toBe(false);
      }),
    );
  });
});
