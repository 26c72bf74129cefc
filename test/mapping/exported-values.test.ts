import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { EntitySchema } from "../../src/entity/entity-schema.ts";
import { exportedValueSteps } from "../../src/mapping/propose/exported-values.ts";
import { ColumnProfiler } from "../../src/source/column-profile.ts";

const vendors = schemaOf("Vendors V2");

function schemaOf(label: string): EntitySchema {
  const schema = EntityCatalogue.builtIn().find(label);
  if (schema === undefined) throw new Error(`no ${label}`);
  return schema;
}

function steps(field: string, values?: readonly string[]): readonly string[] {
  const profiler = new ColumnProfiler([field]);
  for (const value of values ?? []) profiler.add([value]);
  const [profile] = values === undefined ? [] : profiler.profiles();
  return exportedValueSteps(vendors, vendors.fields.get(field), profile);
}

describe("values that F&O exported are read back as", () => {
  test("texts and symbols of enums: as they are, blanks included", () => {
    expect(steps("VENDORORGANIZATIONNAME", [" two blanks "])).toEqual([]);
    expect(steps("ONHOLDSTATUS", ["No", "All", "Payment"])).toEqual([]);
  });

  test("dates: in the form the values show, and without values in every form exports have", () => {
    expect(steps("ADDRESSVALIDFROM", ["2011-01-31 00:00:00", ""])).toEqual(['date("yyyy-MM-dd HH:mm:ss")']);
    expect(steps("ADDRESSVALIDFROM", ["8/25/2020 13:03", "12/31/2154 23:59"])).toEqual([
      'date("M/d/yyyy HH:mm")',
    ]);
    const everything = ['date("yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd")'];
    expect(steps("ADDRESSVALIDFROM")).toEqual(everything);
    expect(steps("ADDRESSVALIDFROM", ["", ""])).toEqual(everything);
  });

  test("decimals: without a zero before the point, and with nothing behind it", () => {
    expect(steps("CREDITLIMIT", [".500000", "1000.000000"])).toEqual(['decimal(".")']);
    expect(steps("CREDITLIMIT", ["1.", "2.5000000000000000"])).toEqual([
      'replacePattern(r"\\.$", "")',
      'decimal(".")',
    ]);
    expect(steps("CREDITLIMIT", ["12,50", "3,00"])).toEqual(['decimal(",")']);
    expect(steps("CREDITLIMIT")).toEqual(['decimal(".")']);
  });

  test("a field nobody knows: as it is", () => {
    expect(exportedValueSteps(vendors, undefined, undefined)).toEqual([]);
  });
});
