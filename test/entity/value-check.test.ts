import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { compileChecks, isCanonicalDate } from "../../src/entity/value-check.ts";

const schema = EntityCatalogue.builtIn().find("Customers V3");
if (schema === undefined) throw new Error("no Customers V3");

function codes(field: string, value: string): string[] {
  if (schema === undefined) return [];
  return compileChecks(schema, [field])([value]).map((reason) => reason.code);
}

describe("checking a value against its field", () => {
  test.each([
    ["CUSTOMERACCOUNT", "C-1", []],
    ["CUSTOMERACCOUNT", "", ["DMFP-VALUE-MISSING"]],
    ["CUSTOMERACCOUNT", "x".repeat(20), []],
    ["CUSTOMERACCOUNT", "x".repeat(21), ["DMFP-VALUE-LENGTH"]],
    ["CREDITLIMIT", "-12.50", []],
    ["CREDITLIMIT", "12,50", ["DMFP-VALUE-NUMBER"]],
    ["CREDITLIMIT", "1e5", ["DMFP-VALUE-NUMBER"]],
    ["CREDITLIMIT", "", []],
    ["ALLOWONACCOUNT", "Yes", []],
    ["ALLOWONACCOUNT", "Ja", ["DMFP-VALUE-ENUM"]],
    ["ACCOUNTSTATEMENT", "Quarter", []],
    ["ADDRESSVALIDFROM", "2024-02-29", []],
    ["ADDRESSVALIDFROM", "2023-02-29", ["DMFP-VALUE-DATE"]],
    ["ADDRESSVALIDFROM", "29.02.2024", ["DMFP-VALUE-DATE"]],
    ["ORGANIZATIONNAME", "a\u0000b", ["DMFP-VALUE-CHARACTER"]],
    ["ORGANIZATIONNAME", "a\ud800", ["DMFP-VALUE-CHARACTER"]],
    ["ORGANIZATIONNAME", "line\r\nbreak\t", []],
  ])("%s = %j", (field, value, expected) => {
    expect(codes(field, value)).toEqual(expected);
  });

  test("all problems of a record come at once", () => {
    const check = compileChecks(schema, ["CUSTOMERACCOUNT", "CREDITLIMIT", "ALLOWONACCOUNT"]);
    expect(check(["", "much", "perhaps"]).map((reason) => reason.field)).toEqual([
      "CUSTOMERACCOUNT",
      "CREDITLIMIT",
      "ALLOWONACCOUNT",
    ]);
  });

  test("every day of F&O's calendar is a date, and nothing outside it", () => {
    const from = Date.UTC(1900, 0, 1);
    const to = Date.UTC(2154, 11, 31);
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1800, 0, 1), max: Date.UTC(2300, 0, 1) }), (time) => {
        const text = new Date(time).toISOString().slice(0, 10);
        const day = Date.parse(text);
        expect(isCanonicalDate(text)).toBe(day >= from && day <= to);
      }),
    );
  });

  test("never throws", () => {
    const check = compileChecks(schema, [...schema.fields.keys()]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (values) => {
        expect(Array.isArray(check(values))).toBe(true);
      }),
    );
  });
});
