import fc from "fast-check";
import { expect, test } from "vitest";
import type { EntityField, FieldType } from "../../src/entity/entity-schema.ts";
import { readDate, stageValue } from "../../src/sandbox/field-value.ts";

const rules = { members: ["No", "Yes"], size: 5 };

function field(type: FieldType): EntityField {
  return { name: "FIELD", odataName: "Field", type, mandatory: false, key: false };
}

test.each<[FieldType, string, string]>([
  ["string", "12345", "12345"],
  ["decimal", "-12.50", "-12.50"],
  ["decimal", ".000000", ".000000"],
  ["decimal", "1.", "1."],
  ["int32", "2147483647", "2147483647"],
  ["int64", "-9223372036854775808", "-9223372036854775808"],
  ["enum", "yes", "Yes"],
  ["guid", "{5A0DB0C5-0000-4000-8000-00000000D1F0}", "{5A0DB0C5-0000-4000-8000-00000000D1F0}"],
  ["datetime", "2011-01-31 00:00:00", "2011-01-31T00:00:00Z"],
])("%s takes %s", (type, text, value) => {
  expect(stageValue(field(type), text, rules)).toEqual({ value });
});

test.each<[FieldType, string]>([
  ["string", "123456"],
  ["decimal", "12,50"],
  ["decimal", "1e5"],
  ["decimal", "."],
  ["decimal", "12345678901234567"],
  ["int32", "2147483648"],
  ["int32", "1.0"],
  ["int64", "9223372036854775808"],
  ["enum", "1"],
  ["enum", "Maybe"],
  ["guid", "5A0DB0C5"],
  ["datetime", "31.12.2024"],
])("%s refuses %s", (type, text) => {
  expect(stageValue(field(type), text, rules)).toHaveProperty("problem");
});

test("an empty text fits every type", () => {
  for (const type of [
    "string",
    "decimal",
    "int32",
    "int64",
    "datetime",
    "enum",
    "guid",
    "unknown",
  ] as const) {
    expect(stageValue(field(type), "", rules)).toEqual({ value: "" });
  }
});

test.each([
  ["2024-02-29", "2024-02-29T00:00:00Z"],
  ["2024-02-29T13:14:15.1234567Z", "2024-02-29T13:14:15Z"],
  ["8/25/2020 13:03", "2020-08-25T13:03:00Z"],
  ["12/31/2154 23:59:59", "2154-12-31T23:59:59Z"],
  ["1/2/2024 12:05:06 AM", "2024-01-02T00:05:06Z"],
  ["11-Nov-2023", "2023-11-11T00:00:00Z"],
])("%s is a date", (text, value) => {
  expect(readDate(text)).toBe(value);
});

test.each([
  "2023-02-29",
  "2024-13-01",
  "31/12/2024",
  "1899-12-31",
  "2155-01-01",
  "2024-01-01 24:00:00",
  "2024-1-1",
  "",
  "0",
  "11-Foo-2023",
  "1/2/2024 13:00 PM",
])("%s is no date", (text) => {
  expect(readDate(text)).toBeUndefined();
});

test("every day F&O knows is read in each notation", () => {
  const day = fc.date({ min: new Date("1900-01-01"), max: new Date("2154-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(day, (date) => {
      const iso = date.toISOString().slice(0, 19);
      const us = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${iso.slice(11)}`;
      expect(readDate(iso)).toBe(`${iso}Z`);
      expect(readDate(iso.replace("T", " "))).toBe(`${iso}Z`);
      expect(readDate(us)).toBe(`${iso}Z`);
    }),
  );
});
