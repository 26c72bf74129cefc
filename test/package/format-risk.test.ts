import fc from "fast-check";
import { expect, test } from "vitest";
import { entityFileFormat } from "../../src/package/choose-format.ts";
import { fileColumns } from "../../src/package/field-map.ts";
import { compileFormatRisks } from "../../src/package/format-risk.ts";
import { schemaOf } from "./sample-package.ts";

function risks(format: string, value: string, field = "NAME"): string[] {
  const columns = fileColumns(["CURRENCYCODE", field]);
  const { reasons } = compileFormatRisks(entityFileFormat({ name: format }), schemaOf("Currencies"), columns);
  return reasons(["EUR", value]).map((found) => `${found.code} ${found.field ?? ""}`);
}

test.each([
  ["plain", []],
  ["comma, and; blanks ", []],
  ["Übel 😀", []],
  ['3" pipe', ["DMFP-FORMAT-QUALIFIER NAME"]],
  ["two\r\nlines", ["DMFP-FORMAT-LINE-BREAK NAME"]],
  ["a\tb", ["DMFP-FORMAT-CHARACTER NAME"]],
  ["a\u0085b", ["DMFP-FORMAT-CHARACTER NAME"]],
  ["\uD83D", ["DMFP-FORMAT-CHARACTER NAME"]],
  ['"\n\u0001', ["DMFP-FORMAT-QUALIFIER NAME", "DMFP-FORMAT-LINE-BREAK NAME", "DMFP-FORMAT-CHARACTER NAME"]],
  ["x".repeat(32_769), ["DMFP-FORMAT-LENGTH NAME"]],
  ["x".repeat(32_768), []],
])("columns of text: %j", (value, expected) => {
  expect(risks("CSV-Unicode", value)).toEqual(expected);
  expect(risks("Our own", value)).toEqual(expected);
});

test.each([
  ['"two"\r\nlines\tand <more> & more', []],
  ["a\u0085b", []],
  ["a\u0001b", ["DMFP-FORMAT-CHARACTER NAME"]],
  ["a\uFFFFb", ["DMFP-FORMAT-CHARACTER NAME"]],
  ["\uDC00", ["DMFP-FORMAT-CHARACTER NAME"]],
  ["x".repeat(32_769), ["DMFP-FORMAT-LENGTH NAME"]],
])("XML: %j", (value, expected) => {
  expect(risks("XML-Element", value)).toEqual(expected);
  expect(risks("XML-Attribute", value)).toEqual(expected);
});

test("messages say what it is and in which format", () => {
  const { reasons } = compileFormatRisks(
    entityFileFormat({ name: "CSV-UTF8" }),
    schemaOf("Currencies"),
    fileColumns(["NAME"]),
  );
  expect(reasons(['a\t"b'])).toMatchObject([
    { field: "NAME", message: "NAME holds a quote, which is what encloses texts in CSV-UTF8." },
    { field: "NAME", message: "NAME holds a tab, which CSV-UTF8 does not promise to carry." },
  ]);
});

test("numbers, dates and enums cannot hold any of it and are not looked at", () => {
  const columns = fileColumns(["STARTDATE", "RATE"]);
  const { reasons } = compileFormatRisks(
    entityFileFormat({ name: "CSV-Unicode" }),
    schemaOf("Exchange rates"),
    columns,
  );
  expect(reasons(['"', "\n"])).toEqual([]);
});

test("what is not named as a risk needs no qualifier but for the delimiter", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => {
      fc.pre(risks("CSV-Unicode", value).length === 0);
      expect(value).not.toMatch(/["\r\n\t]/);
    }),
  );
});
