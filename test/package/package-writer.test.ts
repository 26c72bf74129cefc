import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PackageWriter } from "../../src/package/package-writer.ts";
import { sampleDataFile, sampleOptions, sampleRecord, schemaOf, writtenRecord } from "./sample-package.ts";
import { unpack } from "./unpack.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-package-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function build(records: number, into = folder) {
  const writer = await PackageWriter.open(sampleOptions(into));
  for (let number = 1; number <= records; number += 1) await writer.write(sampleRecord(number));
  return await writer.close();
}

function hasTool(name: string, ...args: string[]): boolean {
  try {
    execFileSync(name, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("a package is a flat zip of data file, Manifest.xml and PackageHeader.xml, in that order", async () => {
  const built = await build(3);
  const entries = await unpack(built.path);
  expect([...entries.keys()]).toEqual([sampleDataFile, "Manifest.xml", "PackageHeader.xml"]);
  const rows = parse(entries.get(sampleDataFile)?.toString("utf16le") ?? "", { bom: true });
  expect(rows).toEqual([
    ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"],
    writtenRecord(1),
    writtenRecord(2),
    writtenRecord(3),
  ]);
  const manifest = entries.get("Manifest.xml")?.toString("utf16le") ?? "";
  expect(manifest).toContain("<EntityName>Exchange rates</EntityName>");
  expect(manifest).toContain(`<InputFilePath>${sampleDataFile}</InputFilePath>`);
  expect(manifest).toContain("<SourceFormat>CSV-Unicode</SourceFormat>");
  expect(manifest).toContain("<TargetEntity>ExchangeRateEntity</TargetEntity>");
  expect(entries.get("PackageHeader.xml")?.toString("utf16le")).toContain(
    "<Description>Sample extracts</Description>",
  );
});

test("what close says of the file is true, and nobody else may read it", async () => {
  const built = await build(5_000);
  const bytes = readFileSync(built.path);
  expect(built).toEqual({
    path: path.join(folder, "001-exchange-rates-usmf-001.zip"),
    fileName: "001-exchange-rates-usmf-001.zip",
    sha256: createHash("sha256").update(bytes).digest("hex"),
    sizeBytes: bytes.length,
    records: 5_000,
    entities: [
      {
        label: "Exchange rates",
        dataFile: sampleDataFile,
        records: 5_000,
        dataSizeBytes: (await unpack(built.path)).get(sampleDataFile)?.length,
        attachments: 0,
      },
    ],
  });
  expect(statSync(built.path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["001-exchange-rates-usmf-001.zip"]);
});

test("the file has its name only when it is complete", async () => {
  const writer = await PackageWriter.open(sampleOptions(folder));
  await writer.write(sampleRecord(1));
  expect(readdirSync(folder)).toEqual(["001-exchange-rates-usmf-001.zip.partial"]);
  await writer.close();
  expect(readdirSync(folder)).toEqual(["001-exchange-rates-usmf-001.zip"]);
});

test("what a crash left behind is overwritten", async () => {
  writeFileSync(path.join(folder, "001-exchange-rates-usmf-001.zip.partial"), "x".repeat(1_000_000));
  const built = await build(2);
  expect((await unpack(built.path)).size).toBe(3);
  expect(built.sizeBytes).toBeLessThan(5_000);
});

test("the same records give the same bytes, whatever the time zone, language and umask", async () => {
  const script = path.join(import.meta.dirname, "build-sample-package.ts");
  const surroundings = [
    { TZ: "UTC", LANG: "C", umask: "0" },
    { TZ: "Pacific/Kiritimati", LANG: "de_DE.UTF-8", umask: "63" },
    { TZ: "America/St_Johns", LANG: "tr_TR.UTF-8", umask: "2" },
  ];
  const hashes = await Promise.all(
    surroundings.map(async ({ TZ, LANG, umask }, index) => {
      const into = path.join(folder, String(index));
      const env = { ...process.env, TZ, LANG, LC_ALL: LANG };
      const { stdout } = await promisify(execFile)(process.execPath, [script, into, umask], { env });
      return stdout;
    }),
  );
  const here = await build(20_000);
  expect(hashes).toEqual([here.sha256, here.sha256, here.sha256]);
});

test.runIf(hasTool("unzip", "-v"))("Info-ZIP finds nothing wrong", async () => {
  const built = await build(30_000);
  expect(execFileSync("unzip", ["-t", built.path], { encoding: "utf8" })).toContain("No errors detected");
});

test.runIf(hasTool("python3", "--version"))("Python's zipfile finds nothing wrong", async () => {
  const built = await build(30_000);
  const code = "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())";
  expect(execFileSync("python3", ["-c", code, built.path], { encoding: "utf8" }).trim()).toBe("None");
});

test("whatever the values, an independent reader finds the same ones in the package", async () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', ",", "\r\n", "\n", "😀", "ß", "x", " ") }),
  );
  const row = fc.array(value, { minLength: 3, maxLength: 3 });
  const schema = schemaOf("Currencies");
  const fields = ["CURRENCYCODE", "NAME", "SYMBOL"];
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
      const writer = await PackageWriter.open({ ...sampleOptions(folder), schema, fields });
      for (const values of rows) await writer.write(values);
      const built = await writer.close();
      const data = (await unpack(built.path)).get("Currencies.csv")?.toString("utf16le") ?? "";
      expect(parse(data, { bom: true, record_delimiter: "\r\n" })).toEqual([fields, ...rows]);
    }),
    { numRuns: 40 },
  );
});

test("a record of another width is a defect of the caller", async () => {
  const writer = await PackageWriter.open(sampleOptions(folder));
  expect(() => writer.write(["one"])).toThrow(/1 values for the 5 fields/);
  await writer.abort();
});

test("abort leaves nothing behind, at any moment and more than once", async () => {
  for (const records of [0, 1, 50_000]) {
    const writer = await PackageWriter.open(sampleOptions(folder));
    for (let number = 1; number <= records; number += 1) await writer.write(sampleRecord(number));
    await writer.abort();
    await writer.abort();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("abort while a write waits ends the wait", async () => {
  const writer = await PackageWriter.open(sampleOptions(folder));
  let waiting: Promise<void> | undefined;
  for (let number = 1; waiting === undefined; number += 1) waiting = writer.write(sampleRecord(number));
  const outcome = waiting.then(
    () => "went on",
    () => "ended",
  );
  await writer.abort();
  expect(await outcome).toBe("ended");
  expect(readdirSync(folder)).toEqual([]);
});

test("abort after close leaves the package alone", async () => {
  const writer = await PackageWriter.open(sampleOptions(folder));
  await writer.write(sampleRecord(1));
  const built = await writer.close();
  await writer.abort();
  expect(existsSync(built.path)).toBe(true);
});

test("a folder that cannot be made is a clear error", async () => {
  const options = sampleOptions("/dev/null/packages");
  await expect(PackageWriter.open(options)).rejects.toMatchObject({
    code: "DMFP-FILE-WRITE",
    at: { file: "/dev/null/packages/001-exchange-rates-usmf-001.zip" },
  });
});

test.runIf(existsSync("/dev/full"))("a full disk ends writing, close and nothing else", async () => {
  const partial = path.join(folder, "001-exchange-rates-usmf-001.zip.partial");
  symlinkSync("/dev/full", partial);
  const writer = await PackageWriter.open(sampleOptions(folder));
  const writeAll = async () => {
    for (let number = 1; number <= 1_000_000; number += 1) await writer.write(sampleRecord(number));
  };
  await expect(writeAll()).rejects.toMatchObject({ code: "DMFP-FILE-WRITE" });
  expect(writer.records).toBeLessThan(1_000_000);
  await expect(writer.close()).rejects.toThrow(/no space left/i);
  await writer.abort();
  expect(readdirSync(folder)).toEqual([]);
});

test.runIf(hasTool("mkfifo", "--version"))("a slow disk makes the caller wait, not memory grow", async () => {
  const fifo = path.join(folder, "001-exchange-rates-usmf-001.zip.partial");
  execFileSync("mkfifo", [fifo]);
  // What cat has read but we have not taken is bounded by two pipes: the disk is as slow as this test.
  const disk = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "ignore"] });
  const taken = disk.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const writer = await PackageWriter.open(sampleOptions(folder));
  const reference = await build(200_000, path.join(folder, "reference"));
  let sizeBytes = 0;
  let mostInFlightBytes = 0;
  let chunk = taken.next();
  for (let number = 1; number <= 200_000; number += 1) {
    const room = writer.write(sampleRecord(number));
    if (room === undefined) continue;
    let waits = true;
    const done = room.then(() => {
      waits = false;
    });
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the callback above changes it
    while (waits) {
      const first = await Promise.race([done, chunk]);
      if (first?.done !== false) continue;
      sizeBytes += first.value.length;
      chunk = taken.next();
    }
    const compressedBytes = (reference.sizeBytes / 200_000) * number;
    mostInFlightBytes = Math.max(mostInFlightBytes, compressedBytes - sizeBytes);
  }
  await writer.abort();
  disk.kill();
  expect(reference.sizeBytes).toBeGreaterThan(9_000_000);
  expect(sizeBytes).toBeGreaterThan(0);
  expect(mostInFlightBytes).toBeLessThan(3_000_000);
});
