import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern, maxPatternText } from "../../src/mapping/safe-pattern.ts";

describe("a pattern that is taken", () => {
  it.each([
    [r`\d{3,}`, "Tel. 0612345678", "0612345678"],
    [r`^(\w+)@(\w+)\.com$`, "info@contoso.com", "info@contoso.com"],
    [r`^(\w+)\s+(\w+)\s+(\d+)$`, "Main St 4", "Main St 4"],
    [r`^[^,]*,[^,]*,`, "a,b,c", "a,b,"],
    [r`^(.*),(.*)$`, "a,b,c", "a,b,c"],
    [r`(?:NL|DE)\d{2}`, "xx DE44", "DE44"],
    [r`^(?<head>[A-Z]{2})?(\d{3}\.)*\d+$`, "DE001.234", "DE001.234"],
    [r`\p{Lu}[\p{Ll}\-]+`, "ein Müller", "Müller"],
    [r`[\]\\]x\/\u{41}`, "\\x/A", "\\x/A"],
    [r`(ab){2}`, "ababab", "abab"],
  ])("%s finds what it means", (pattern, text, found) => {
    const compiled = compilePattern(pattern);
    expect(compiled).toBeInstanceOf(RegExp);
    expect(compiled instanceof RegExp ? compiled.exec(text)?.[0] : compiled).toBe(found);
  });
});

describe("a pattern that is refused", () => {
  it.each([
    ["", "empty"],
    [r`(a+)+$`, "repetition inside"],
    [r`([a-z]+\d*)*x`, "repetition inside"],
    [r`(a{1,20}){1,20}`, "repetition inside"],
    [r`^(a|a)*$`, "repeats the alternatives"],
    [r`(a|aa){30}`, "repeats the alternatives"],
    [r`(x?){30}`, "repetition inside"],
    [r`.*.*`, "can take the same characters"],
    [r`^.*.*.*$`, "can take the same characters"],
    [r`\w+\d+`, "can take the same characters"],
    [r`^\s*\s*\s*x`, "can take the same characters"],
    [r`^a*(b?)a*a*$`, "can take the same characters"],
    [r`^\w*(?:1|x)\w*[a-z]*$`, "can take the same characters"],
    [r`(a)\1`, "refers back"],
    [r`(?<n>a)\k<n>`, "refers back"],
    [r`(?=a)`, "looks around"],
    [r`(?<!a)b`, "looks around"],
    [r`(?i)a`, "none of"],
    [r`a)`, "closes nothing"],
    [r`(a`, "never closed"],
    [r`[a`, "never closed"],
    [r`*a`, "behind nothing"],
    [r`^*`, "repeats ^"],
    [r`^[中\u5000]+[の\u5000]+[は\u{5000}]+$`, "can take the same characters"],
    [r`a{2000}`, "more than 1000 times"],
    [r`\q`, "cannot be used"],
    ["a\\", "ends with a backslash"],
    ["(".repeat(30), "more than 20 deep"],
    ["(a|b)?".repeat(12), "too many alternatives"],
    ["a".repeat(501), "more than 500"],
  ])("%s", (pattern, words) => {
    expect(compilePattern(pattern)).toMatchObject({ problem: expect.stringContaining(words) as string });
  });
});

describe("whatever pattern is taken", () => {
  const piece = fc.constantFrom(
    ...Array.from("ab1.,|()*+?^$"),
    "\\d",
    "\\w",
    "\\s",
    "[ab]",
    "[^a]",
    "(?:",
    "{2}",
    "{1,3}",
    "(a",
    "b)",
    "a+",
    ".*",
    "\\d*",
  );
  /** Texts that make careless patterns run away: one character, or few, again and again, and a wrong end. */
  const texts = ["a", "b", "1", " ", ",", "ab", "a1", "1a,"].flatMap((unit) =>
    ["", "!", "\u0000"].map(
      (end) => unit.repeat(Math.ceil(maxPatternText / unit.length)).slice(0, maxPatternText - 1) + end,
    ),
  );

  it("answers about the worst texts within a fraction of a second", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const pattern = compilePattern(pieces.join(""));
        if (!(pattern instanceof RegExp)) return;
        const begin = performance.now();
        for (const text of texts) pattern.exec(text);
        expect(performance.now() - begin).toBeLessThan(1500);
      }),
      { numRuns: 3000 },
    );
  });
});

function r(text: TemplateStringsArray): string {
  return text.raw.join("");
}
