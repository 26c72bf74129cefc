import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PackageWriter, type BuiltPackage } from "../../src/package/package-writer.ts";
import { readPackageRows } from "../../src/package/read-package.ts";
import { sampleDataFile, sampleOptions, sampleRecord, schemaOf, writtenRecord } from "./sample-package.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-read-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function build(records: number): Promise<BuiltPackage> {
  const writer = await PackageWriter.open(sampleOptions(folder));
  for (let number = 1; number <= records; number += 1) await writer.write(sampleRecord(number));
  return await writer.close();
}

async function readAll(file: string, fileName = sampleDataFile): Promise<(readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  for await (const batch of readPackageRows(file, fileName)) rows.push(...batch.rows);
  return rows;
}

test("rows come back in order, numbered, in batches, with the header apart", async () => {
  const built = await build(2_500);
  const numbers: number[] = [];
  let next = 1;
  for await (const { header, firstRow, rows } of readPackageRows(built.path, sampleDataFile)) {
    expect(header).toEqual(["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"]);
    numbers.push(firstRow);
    for (const row of rows) {
      expect(row).toEqual(writtenRecord(next));
      next += 1;
    }
  }
  expect(numbers).toEqual([1, 1001, 2001]);
  expect(next).toBe(2_501);
});

test("rows of many chunks come back whole, surrogate pairs at their borders too", async () => {
  const schema = schemaOf("Currencies");
  const fields = ["CURRENCYCODE", "NAME"];
  const writer = await PackageWriter.open({ ...sampleOptions(folder), schema, fields });
  const name = (number: number): string => `${"😀".repeat(number % 97)},"\r\n${number}`;
  for (let number = 1; number <= 5_000; number += 1) await writer.write([String(number), name(number)]);
  const built = await writer.close();
  const rows = await readAll(built.path, "Currencies.csv");
  expect(rows).toEqual(Array.from({ length: 5_000 }, (_, index) => [String(index + 1), name(index + 1)]));
});

test("whatever was written is read back", async () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "😀", "x", " ", "\uFEFF") }),
  );
  const schema = schemaOf("Currencies");
  for (const fields of [["CURRENCYCODE"], ["CURRENCYCODE", "NAME", "SYMBOL"]]) {
    const row = fc.array(value, { minLength: fields.length, maxLength: fields.length });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const writer = await PackageWriter.open({ ...sampleOptions(folder), schema, fields });
        for (const values of rows) await writer.write(values);
        const built = await writer.close();
        expect(await readAll(built.path, "Currencies.csv")).toEqual(rows);
      }),
      { numRuns: 30 },
    );
  }
});

test("a reader that stops early leaves no file open", async () => {
  const built = await build(50_000);
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let round = 0; round < 20; round += 1) {
    for await (const { rows } of readPackageRows(built.path, sampleDataFile)) {
      if (rows.length > 0) break;
    }
  }
  // Closing is asynchronous: a few may still be on their way, not twenty rounds of them.
  expect(open() - before).toBeLessThan(10);
});

test("a package that is missing, cut off, changed or another's is a clear error", async () => {
  const built = await build(5_000);
  const bytes = readFileSync(built.path);
  const damaged = path.join(folder, "damaged.zip");
  const refused = { code: "DMFP-RUN-FILE", at: { file: damaged } };

  await expect(readAll(damaged)).rejects.toMatchObject(refused);

  writeFileSync(damaged, bytes.subarray(0, bytes.length / 2));
  await expect(readAll(damaged)).rejects.toMatchObject(refused);

  writeFileSync(damaged, "");
  await expect(readAll(damaged)).rejects.toMatchObject(refused);

  writeFileSync(damaged, bytes);
  await expect(readAll(damaged, "Vendors V2.csv")).rejects.toThrow(/has no Vendors V2.csv/);
});

test("a byte that was changed anywhere in the data is found", async () => {
  const built = await build(2_000);
  const bytes = readFileSync(built.path);
  const damaged = path.join(folder, "damaged.zip");
  for (let offset = 200; offset < bytes.length * 0.8; offset += 4_001) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(offset) ^ 0x10, offset);
    writeFileSync(damaged, changed);
    await expect(readAll(damaged)).rejects.toMatchObject({
      code: "DMFP-RUN-FILE",
      at: { file: damaged },
    });
  }
});
