import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SheetNames } from "../../../src/rejection/workbook/sheet-names.ts";

describe("names of sheets", () => {
  test.each([
    ["Vendors V2", "Vendors V2"],
    ["Sales: orders / lines [EU]?", "Sales orders lines EU"],
    ["'quoted'", "quoted"],
    ["Main account financial dimension combinations", "Main account financial dimensio"],
    ["History", "History (2)"],
    ["***", "Sheet"],
  ])("%s becomes %s", (label, name) => {
    expect(new SheetNames().claim(label)).toBe(name);
  });

  test("are legal and different, whatever the labels are", () => {
    const label = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("a", "A", "a'", "x".repeat(40), "Summary"),
    );
    fc.assert(
      fc.property(fc.array(label, { maxLength: 40 }), (labels) => {
        const names = new SheetNames(["Summary"]);
        const claimed = labels.map((one) => names.claim(one));
        for (const name of claimed) expect(name).toMatch(/^(?!'|history$)[^\\/?*[\]:\p{C}]{1,31}(?<!')$/iu);
        const all = ["summary", ...claimed.map((name) => name.toLowerCase())];
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});
