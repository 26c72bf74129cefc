import { mkdtempSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entityFileFormat, type FormatOptions } from "../../src/package/choose-format.ts";
import { findPackageRows } from "../../src/package/find-rows.ts";
import { PackageWriter, type BuiltPackage } from "../../src/package/package-writer.ts";
import { readPackageRows } from "../../src/package/read-package.ts";
import type { RowKey } from "../../src/package/row-key.ts";
import { signatureOf, signatureOfUnits } from "../../src/rejection/record-signature.ts";
import { sampleOptions, schemaOf } from "./sample-package.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-find-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const columns = ["CURRENCYCODE", "NAME", "SYMBOL"];
const dataFile = "Currencies.csv";

async function build(rows: readonly (readonly string[])[], format?: FormatOptions): Promise<BuiltPackage> {
  const schema = schemaOf("Currencies");
  const chosen = format === undefined ? {} : { format: entityFileFormat(format) };
  const writer = await PackageWriter.open({ ...sampleOptions(folder), schema, fields: columns, ...chosen });
  for (const row of rows) await writer.write(row);
  return await writer.close();
}

interface Numbered {
  readonly row: number;
  readonly values: readonly string[];
}

async function find(
  file: string,
  name: string,
  search: { readonly keys: readonly string[]; readonly wanted: (key: RowKey) => boolean },
): Promise<Numbered[]> {
  const found: Numbered[] = [];
  for await (const { header, rows } of findPackageRows(file, { dataFile: name, ...search })) {
    expect(header).toEqual(columns);
    found.push(...rows);
  }
  return found;
}

async function readAll(file: string, name: string): Promise<Numbered[]> {
  const all: Numbered[] = [];
  for await (const { firstRow, rows } of readPackageRows(file, name)) {
    all.push(...rows.map((values, index) => ({ row: firstRow + index, values })));
  }
  return all;
}

const value = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', ",", ";", "|", ":", "\t", "x", "A", "9", "-") }),
  fc.string({ unit: fc.constantFrom("\r", "\n", '"', "😀", "ä", "İ", "a", " ", "\u2028") }),
  fc.constantFrom("", '"', '""', "EUR", "1,842.50"),
);
const written = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 15 });

test.each<FormatOptions>([
  { name: "CSV-Unicode" },
  { name: "CSV-UTF8" },
  { name: "CSV-UTF8", byteOrderMark: true },
  { name: "Semicolons", delimiter: ";" },
  { name: "Tabs in UTF-16", delimiter: "\t", encoding: "utf-16le" },
  { name: "Bars", delimiter: "|" },
  { name: "Colons", delimiter: ":" },
  { name: "XML-Element" },
])("$name ($delimiter): the wanted rows are those that a reader of all rows finds", async (format) => {
  const keys = fc.shuffledSubarray([...columns, "NOWHERE"], { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(written, keys, fc.nat(3), async (rows, keyFields, every) => {
      const built = await build(rows, format);
      const name = built.entities[0]?.dataFile ?? "";
      const all = await readAll(built.path, name);
      const seen: (readonly string[])[] = [];
      const found = await find(built.path, name, {
        keys: keyFields,
        wanted: (key) => {
          seen.push(key.texts());
          const signature = signatureOfUnits(key);
          // The key alone says no more than its texts, whatever it is read from.
          if (signature !== undefined) expect(signature).toBe(signatureOf(key.texts()));
          return seen.length % (every + 1) === 0;
        },
      });
      const places = keyFields.map((field) => columns.indexOf(field));
      expect(seen).toEqual(all.map(({ values }) => places.map((place) => values[place] ?? "")));
      expect(found).toEqual(all.filter((_, index) => (index + 1) % (every + 1) === 0));
    }),
    { numRuns: 25 },
  );
});

test("rows over many pieces of a file keep their numbers, however long they are", async () => {
  const rows = Array.from({ length: 3_000 }, (_, index) => [
    `K${index + 1}`,
    '"a,\r\n😀'.repeat(index % 400),
    index === 1_500 ? "long ".repeat(400_000) : "€",
  ]);
  const built = await build(rows);
  const found = await find(built.path, dataFile, {
    keys: ["CURRENCYCODE"],
    wanted: (key) => key.texts()[0]?.endsWith("501") === true,
  });
  expect(found).toEqual([501, 1501, 2501].map((row) => ({ row, values: rows[row - 1] })));
});

test("a package without records has no rows", async () => {
  const built = await build([]);
  expect(await find(built.path, dataFile, { keys: ["CURRENCYCODE"], wanted: () => true })).toEqual([]);
});

test("a package that is cut off or was changed is a clear error", async () => {
  const built = await build(Array.from({ length: 5_000 }, (_, index) => [`K${index}`, `name ${index}`, "€"]));
  const bytes = readFileSync(built.path);
  const damaged = path.join(folder, "damaged.zip");
  const search = { keys: ["CURRENCYCODE"], wanted: () => false };
  const refused = { code: "DMFP-RUN-FILE", at: { file: damaged } };

  writeFileSync(damaged, bytes.subarray(0, bytes.length / 2));
  await expect(find(damaged, dataFile, search)).rejects.toMatchObject(refused);

  const changed = Buffer.from(bytes);
  const at = bytes.indexOf("Currencies.csv") + 400;
  changed.writeUInt8(changed.readUInt8(at) ^ 0x55, at);
  writeFileSync(damaged, changed);
  await expect(find(damaged, dataFile, search)).rejects.toMatchObject(refused);

  await expect(find(built.path, "Vendors V2.csv", search)).rejects.toThrow(/has no Vendors V2.csv/);
});
