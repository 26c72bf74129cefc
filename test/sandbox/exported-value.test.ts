import fc from "fast-check";
import { expect, test } from "vitest";
import type { EntityField, FieldType } from "../../src/entity/entity-schema.ts";
import { exportedValue } from "../../src/sandbox/exported-value.ts";
import { stageValue } from "../../src/sandbox/field-value.ts";

function field(type: FieldType): EntityField {
  return { name: "FIELD", odataName: "Field", type, mandatory: false, key: false };
}

test.each<[FieldType, string, string]>([
  ["decimal", "", ".000000"],
  ["decimal", "0", ".000000"],
  ["decimal", "-0.00", ".000000"],
  ["decimal", "1", "1.000000"],
  ["decimal", "-0.5", "-.500000"],
  ["decimal", "007.25", "7.250000"],
  ["decimal", "0.12345678901234567", ".1234567890123456"],
  ["int32", "", "0"],
  ["int64", "42", "42"],
  ["datetime", "2011-01-31T00:00:00Z", "2011-01-31 00:00:00"],
  ["datetime", "", ""],
  ["enum", "", "No"],
  ["enum", "Yes", "Yes"],
  ["string", "as it is ", "as it is "],
  ["unknown", "as it is", "as it is"],
])("%s '%s' is exported as '%s'", (type, value, expected) => {
  expect(exportedValue(field(type), value, ["No", "Yes"])).toBe(expected);
});

test("a number that is exported can be staged again and is the same number", () => {
  const numbers = fc.tuple(
    fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
    fc.integer({ min: 0, max: 16 }),
  );
  fc.assert(
    fc.property(numbers, ([digits, scale]) => {
      const text = digits
        .toString()
        .replace("-", "")
        .padStart(scale + 1, "0");
      const value = `${digits < 0n ? "-" : ""}${text.slice(0, text.length - scale)}.${text.slice(text.length - scale)}`;
      const exported = exportedValue(field("decimal"), value, []);
      expect(stageValue(field("decimal"), exported, { members: [], size: undefined })).toEqual({
        value: exported,
      });
      expect(Number(exported)).toBe(Number(value) + 0);
    }),
  );
});
