import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { ExpectedRun } from "../../samples/generator/expected.ts";
import { sampleSet } from "../../samples/generator/sample-set.ts";

const root = path.resolve(import.meta.dirname, "../..");
const files = sampleSet();

function textOf(file: string): string {
  const bytes = files.get(file) ?? Buffer.alloc(0);
  if (file.endsWith("customer-groups.xml")) return bytes.toString("utf16le");
  return bytes.toString(file.includes("vendor") ? "latin1" : "utf8");
}

const expected = JSON.parse(textOf("samples/expected.json")) as ExpectedRun;

/** How a record begins in each extract, so that a line number that is off by one is noticed. */
const beginnings: Readonly<Record<string, RegExp>> = {
  "samples/vendor-groups.csv": /^800;/,
  "samples/vendors.csv": /^(800;|Gebäude 7;)/,
  "samples/customer-groups.xml": /^ {2}<CustomerGroup /,
  "samples/customers.xml": /^<Customer /,
  "samples/exchange-rates.csv": /^(Default|Budget)/,
  "samples/sales-order-headers.csv": /^so-\d/i,
  "samples/sales-order-lines.csv": /^so-\d/i,
};

describe("the generator", () => {
  test.each([...files.keys()])("writes %s as it is committed", (file) => {
    const committed = readFileSync(path.join(root, file));
    expect(committed.equals(files.get(file) ?? Buffer.alloc(0))).toBe(true);
  });

  test("writes the same bytes a second time", () => {
    const again = sampleSet();
    for (const [file, bytes] of files) expect(again.get(file)?.equals(bytes), file).toBe(true);
  });

  test("keeps the committed files below 6 MB", () => {
    const sizes = [...files.keys()].map((file) => statSync(path.join(root, file)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6_000_000);
  });
});

describe("expected.json", () => {
  test("adds up for every entity and for all of them", () => {
    const sum = { read: 0, filtered: 0, rejectedHere: 0, packaged: 0, loaded: 0 };
    for (const row of expected.entities) {
      const { source, mapping, validation, staging, target } = row.rejected;
      expect(row.rejectedHere).toBe(source + mapping + validation);
      expect(row.read).toBe(row.filtered + row.rejectedHere + row.packaged);
      expect(row.packaged).toBe(staging + target + row.loaded);
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += row[name];
    }
    expect(expected.totals).toMatchObject(sum);
    expect(expected.totals.read).toBeGreaterThan(20_000);
  });

  test("lists as many rejections as it counts", () => {
    for (const { entity, legalEntity, rejected } of expected.entities) {
      const listed = expected.rejections.filter(
        (rejection) => rejection.entity === entity && rejection.legalEntity === legalEntity,
      );
      for (const [stage, count] of Object.entries(rejected)) {
        expect(listed.filter((rejection) => rejection.stage === stage)).toHaveLength(count);
      }
    }
  });

  test("has every kind of fault at least twice", () => {
    const kinds = [
      ...["too many fields", "line cut in two", "broken quote", "byte that is no text", "repeated element"],
      ...["bad date", "bad number", "value the lookup does not know", "value the map step does not know"],
      ...["unknown company", "missing mandatory value", "too long", "unknown enum value", "duplicate key"],
      ...["field wants a number", "field wants a date", "control character"],
      ...["longer than the environment's field", "reference the environment does not know"],
      ...[
        "line without header",
        "business rule",
        "missing value only the environment wants",
        "refers to a rejected record",
      ],
    ];
    expect(Object.keys(expected.kinds).sort()).toEqual([...kinds].sort());
    for (const kind of kinds) expect(expected.kinds[kind], kind).toBeGreaterThanOrEqual(2);
  });

  test("names lines on which a record begins", () => {
    for (const file of Object.keys(beginnings)) {
      const lines = textOf(file).replace("\uFEFF", "").split(/\r?\n/);
      const rejections = expected.rejections.filter((rejection) => rejection.file === file);
      expect(rejections.length).toBeGreaterThan(0);
      for (const { line } of rejections) {
        const text = Buffer.from(lines[line - 1] ?? "", file.includes("vendor") ? "latin1" : "utf8");
        expect(text.toString(file.includes("vendor") ? "latin1" : "utf8"), `${file}:${line}`).toMatch(
          beginnings[file] ?? /^$/,
        );
      }
    }
  });

  test("follows a rejected customer to the order and on to its lines", () => {
    const consequences = expected.rejections.filter(({ kind }) => kind === "refers to a rejected record");
    for (const entity of ["Vendors V2", "Customers V3", "Sales order headers V2", "Sales order lines V2"]) {
      expect(consequences.filter((rejection) => rejection.entity === entity).length, entity).toBeGreaterThan(
        1,
      );
    }
  });
});

test("the README says how many records each extract has", () => {
  const rows = readFileSync(path.join(root, "samples/README.md"), "utf8").split("\n");
  for (const file of Object.keys(beginnings)) {
    const { entity } = expected.rejections.find((rejection) => rejection.file === file) ?? { entity: "" };
    const own = expected.entities.filter((row) => row.entity === entity);
    const read = own.reduce((sum, row) => sum + row.read, 0);
    const row = rows.find((text) => text.startsWith(`| \`${path.basename(file)}\``));
    expect(row?.split("|").at(-2)?.trim(), file).toBe(read.toLocaleString("en"));
  }
});
