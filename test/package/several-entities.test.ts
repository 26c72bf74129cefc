import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { entityFileFormat } from "../../src/package/choose-format.ts";
import { PackageWriter, type PackageEntity } from "../../src/package/package-writer.ts";
import { readManifest } from "../../src/package/read-manifest.ts";
import { verifyZip } from "../../src/package/verify-zip.ts";
import { sampleOptions, sampleRecord, schemaOf } from "./sample-package.ts";
import { unpack } from "./unpack.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-several-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function entity(
  label: string,
  fields: readonly string[],
  sequence: number,
  format = "CSV-Unicode",
): PackageEntity {
  return {
    schema: schemaOf(label),
    fields,
    executionUnit: 1,
    level: 10,
    sequence,
    format: entityFileFormat({ name: format }),
  };
}

const settings = () => {
  const { fileName, project, description } = sampleOptions(folder);
  return { folder, fileName, project, description };
};

async function twoEntities(records = 3) {
  const writer = await PackageWriter.open({
    ...settings(),
    ...entity("Currencies", ["CURRENCYCODE", "NAME"], 10),
    failLevelOnError: true,
  });
  for (let number = 1; number <= records; number += 1)
    await writer.write([`C${number}`, `Currency ${number}`]);
  await writer.nextEntity(entity("Exchange rates", ["RATETYPENAME", "RATE"], 20, "XML-Attribute"));
  for (let number = 1; number <= records; number += 1) await writer.write(["Default", `${number}.5`]);
  return writer;
}

test("entities follow each other, each with its own format, place and settings", async () => {
  const built = await (await twoEntities()).close();
  expect(built).toMatchObject({
    records: 6,
    entities: [
      { label: "Currencies", dataFile: "Currencies.csv", records: 3 },
      { label: "Exchange rates", dataFile: "Exchange rates.xml", records: 3 },
    ],
  });
  const files = await unpack(built.path);
  expect([...files.keys()]).toEqual([
    "Currencies.csv",
    "Exchange rates.xml",
    "Manifest.xml",
    "PackageHeader.xml",
  ]);
  expect(files.get("Currencies.csv")?.toString("utf16le")).toContain("\r\nC3,Currency 3\r\n");
  expect(files.get("Exchange rates.xml")?.toString()).toContain(
    'RATETYPENAME="Default" RATE="3.5" />\r\n</Document>',
  );
  const { manifest, remarks } = readManifest(files.get("Manifest.xml") ?? Buffer.alloc(0));
  expect(remarks).toEqual([]);
  expect(manifest.entities).toMatchObject([
    { label: "Currencies", sourceFormat: "CSV-Unicode", level: 10, sequence: 10, failLevelOnError: true },
    {
      label: "Exchange rates",
      sourceFormat: "XML-Attribute",
      level: 10,
      sequence: 20,
      failLevelOnError: false,
    },
  ]);
});

test("entities of more than a chunk are whole, and the same records give the same bytes", async () => {
  const first = await (await twoEntities(40_000)).close();
  const second = await (await twoEntities(40_000)).close();
  expect(second.sha256).toBe(first.sha256);
  const files = await unpack(first.path);
  expect(files.get("Currencies.csv")?.toString("utf16le").split("\r\n").length).toBe(40_002);
  expect(files.get("Exchange rates.xml")?.toString().split("\r\n").length).toBe(40_004);
  expect(first.entities.map(({ dataSizeBytes }) => dataSizeBytes)).toEqual([
    files.get("Currencies.csv")?.length,
    files.get("Exchange rates.xml")?.length,
  ]);
});

test("a version 1 manifest, a configuration project and every setting of an entity reach the manifest", async () => {
  const writer = await PackageWriter.open({
    ...settings(),
    ...entity("Currencies", ["CURRENCYCODE"], 10),
    projectCategory: 1,
    runBusinessLogic: false,
    runBusinessValidation: false,
    failExecutionUnitOnError: true,
    skipStaging: true,
    defaultRefreshType: "FullPush",
    verify: false,
  });
  await writer.write(["EUR"]);
  const files = await unpack((await writer.close()).path);
  expect(readManifest(files.get("Manifest.xml") ?? Buffer.alloc(0)).manifest).toMatchObject({
    projectCategory: 1,
    entities: [
      {
        runBusinessLogic: false,
        runBusinessValidation: false,
        failExecutionUnitOnError: true,
        skipStaging: true,
        defaultRefreshType: "FullPush",
      },
    ],
  });
});

test("attachments stand under Resources, cleaned, after the data file of their entity", async () => {
  const photo = path.join(folder, "photo.bin");
  const bytes = Buffer.alloc(700_000, "0123456789abcdef");
  writeFileSync(photo, bytes);
  const writer = await twoEntities();
  expect(await writer.attach({ path: photo, name: "a:b?.png" })).toBe("Resources/Exchange rates/ab.png");
  expect(await writer.attach({ path: photo })).toBe("Resources/Exchange rates/photo.bin");
  const built = await writer.close();
  expect(built.entities.map(({ attachments }) => attachments)).toEqual([0, 2]);
  const files = await unpack(built.path);
  expect([...files.keys()].slice(1, 4)).toEqual([
    "Exchange rates.xml",
    "Resources/Exchange rates/ab.png",
    "Resources/Exchange rates/photo.bin",
  ]);
  expect(files.get("Resources/Exchange rates/ab.png")?.equals(bytes)).toBe(true);
});

test("attachments with one name on Windows are refused, and so is one that is not there", async () => {
  const file = path.join(folder, "photo.bin");
  writeFileSync(file, "x");
  const writer = await twoEntities();
  await writer.attach({ path: file, name: "Photo.png" });
  await expect(writer.attach({ path: file, name: "photo.PNG" })).rejects.toMatchObject({
    code: "DMFP-PROJECT-INVALID",
  });
  await expect(writer.attach({ path: path.join(folder, "none.png") })).rejects.toMatchObject({
    code: "DMFP-SOURCE-MISSING",
    at: { file: path.join(folder, "none.png") },
  });
  await writer.abort();
  expect(readdirSync(folder)).toEqual(["photo.bin"]);
});

test("an entity twice, or two with one file name, are refused", async () => {
  const writer = await twoEntities();
  await expect(writer.nextEntity(entity("Currencies", ["NAME"], 30))).rejects.toThrow(
    "A package cannot have the entity Currencies twice.",
  );
  await writer.abort();
  const other = await twoEntities();
  const clash = { ...schemaOf("Currencies"), label: "CURRENCIES?" };
  await expect(other.nextEntity({ ...entity("Currencies", ["NAME"], 30), schema: clash })).rejects.toThrow(
    "CURRENCIES.csv and Currencies.csv would be one file in the package.",
  );
  await other.abort();
  expect(readdirSync(folder)).toEqual([]);
});

test("an entity named like the manifest cannot take its place", async () => {
  const schema = { ...schemaOf("Currencies"), label: "Manifest" };
  const opened = PackageWriter.open({
    ...settings(),
    ...entity("Currencies", ["NAME"], 10, "XML-Element"),
    schema,
  });
  await expect(opened).rejects.toMatchObject({ code: "DMFP-PROJECT-INVALID" });
  expect(readdirSync(folder)).toEqual([]);
});

test("a record after the attachments of its entity is a defect of the caller", async () => {
  const file = path.join(folder, "photo.bin");
  writeFileSync(file, "x");
  const writer = await twoEntities();
  await writer.attach({ path: file });
  expect(() => writer.write(["Default", "1"])).toThrow(/after the attachments/);
  await writer.abort();
});

test("abort between entities and in the middle of one leaves nothing behind", async () => {
  for (const records of [0, 3, 40_000]) {
    const writer = await twoEntities(records);
    await writer.abort();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("what was cut off after it was written is no built package", async () => {
  const writer = await PackageWriter.open(sampleOptions(folder));
  for (let number = 1; number <= 60_000; number += 1) {
    const wait = writer.write(sampleRecord(number));
    if (wait !== undefined) await wait;
  }
  // The next write goes to the place where the disk lost what stood before it: a hole of zeros.
  truncateSync(path.join(folder, "001-exchange-rates-usmf-001.zip.partial"), 10);
  await expect(writer.close()).rejects.toMatchObject({ code: "DMFP-FILE-WRITE" });
  expect(existsSync(path.join(folder, "001-exchange-rates-usmf-001.zip"))).toBe(false);
  await writer.abort();
  expect(readdirSync(folder)).toEqual([]);
});

test("reading back compares names, sizes and checksums with what was put in", async () => {
  const built = await (await twoEntities()).close();
  const files = await unpack(built.path);
  const expected = [...files].map(([name, bytes]) => ({
    name,
    sizeBytes: bytes.length,
    crc32: crc32(bytes),
  }));
  const file = await open(built.path);
  onTestFinished(() => file.close());
  const verify = (entries: typeof expected): Promise<void> => verifyZip(file, built.path, entries);
  await verify(expected);
  const [first, ...rest] = expected;
  if (first === undefined) throw new Error("the package has files");
  const different = { code: "DMFP-FILE-WRITE", at: { file: built.path } };
  await expect(verify(rest)).rejects.toMatchObject(different);
  await expect(verify([...rest, first])).rejects.toMatchObject(different);
  await expect(verify([{ ...first, crc32: first.crc32 ^ 1 }, ...rest])).rejects.toMatchObject(different);
  await expect(verify([{ ...first, sizeBytes: 1 }, ...rest])).rejects.toMatchObject(different);
});
