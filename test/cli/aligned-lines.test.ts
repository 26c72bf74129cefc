import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignedLines, wrapped } from "../../src/cli/aligned-lines.ts";

describe("lines of two parts", () => {
  it("have their right parts below each other, however deep the left ones stand", () => {
    const text = alignedLines(
      [
        { left: "NAME", right: '"a"', depth: 0 },
        { left: "| trim", right: '"b"', depth: 2 },
        { left: "alone", right: "", depth: 1 },
      ],
      Number.POSITIVE_INFINITY,
    );
    expect(text).toBe('NAME        "a"\n    | trim  "b"\n  alone');
  });

  it("put the right part on the next line where the left one is too long", () => {
    const text = alignedLines(
      [
        { left: "a left part that is much too long for half a line", right: "right", depth: 0 },
        { left: "short", right: "right", depth: 0 },
      ],
      60,
    );
    expect(text).toBe("a left part that is much too long for half a line\n       right\nshort  right");
  });

  it("go on below themselves where the terminal is narrow", () => {
    const text = alignedLines([{ left: "NAME", right: "one two three four five six seven", depth: 1 }], 30);
    expect(text).toBe("  NAME  one two three four\n        five six seven");
  });

  it("lose no character but the blanks they are broken at", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 100 }), (text, columns) => {
        const lines = wrapped(text, columns);
        expect(lines.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
        expect(lines.every((line) => line.length <= Math.max(16, columns))).toBe(true);
      }),
    );
  });
});
