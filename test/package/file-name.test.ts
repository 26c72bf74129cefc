import fc from "fast-check";
import { expect, test } from "vitest";
import { dataFileName, dataProjectName } from "../../src/package/file-name.ts";

test.each([
  ["Country/regions", "Countryregions.csv"],
  ["Vendors V2", "Vendors V2.csv"],
  ["Größen: S|M|L?", "Größen SML.csv"],
  ['a<b>c:d"e/f\\g|h?i*j\u0007', "abcdefghij.csv"],
])("%j becomes %j", (label, name) => {
  expect(dataFileName(label, ".csv")).toBe(name);
});

test("a label of which nothing is left is refused", () => {
  expect(() => dataFileName("../..", ".csv")).toThrow(
    expect.objectContaining({ code: "DMFP-MAPPING-ENTITY" }),
  );
});

test("no label makes a path of the name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (label) => {
      fc.pre(/[a-z]/i.test(label));
      expect(dataFileName(label, ".csv")).not.toMatch(/[<>:"/\\|?*\u0000-\u001f]/);
    }),
  );
});

test.each([
  ["Vendor master 2026", "Vendor-master-2026"],
  ["dmfpipe_USMF", "dmfpipe_USMF"],
  ["Müller & Söhne", "Muller-Sohne"],
  ["x".repeat(70), "x".repeat(60)],
])("project %j becomes %j", (text, name) => {
  expect(dataProjectName(text)).toBe(name);
});

test("a project of which nothing is left is refused", () => {
  expect(() => dataProjectName("供应商")).toThrow(expect.objectContaining({ code: "DMFP-PROJECT-INVALID" }));
});
