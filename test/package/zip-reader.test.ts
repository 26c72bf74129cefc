import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PackageWriter } from "../../src/package/package-writer.ts";
import { freePiece } from "../../src/package/zip-pieces.ts";
import { foreignZipLimits, ZipReader, type ZipLimits } from "../../src/package/zip-reader.ts";
import { handMadeZip, type HandMadeEntry, type HandMadeOptions } from "./hand-made-zip.ts";
import { sampleDataFile, sampleOptions, sampleRecord } from "./sample-package.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-zip-"));
  file = path.join(folder, "package.zip");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the zip and reads all of it, as text by name. */
async function readAll(bytes: Buffer, limits?: Partial<ZipLimits>): Promise<Record<string, string>> {
  writeFileSync(file, bytes);
  const zip = await ZipReader.open(file, { limits: { ...foreignZipLimits, ...limits } });
  try {
    const found: Record<string, string> = {};
    for (const entry of zip.entries) found[entry.name] = (await zip.read(entry, 1e9)).toString();
    return found;
  } finally {
    await zip.close();
  }
}

const good: HandMadeEntry = { name: "Manifest.xml", content: "manifest" };

test("files, stored and deflated, empty and not, come out as they went in", async () => {
  const entries: HandMadeEntry[] = [
    good,
    { name: "Resources/", content: "", method: 0 },
    { name: "Resources/Customers/a b.png", content: "x".repeat(100_000), method: 0 },
    { name: "Straße 😀.csv", content: "" },
  ];
  const expected = {
    "Manifest.xml": "manifest",
    "Resources/Customers/a b.png": "x".repeat(100_000),
    "Straße 😀.csv": "",
  };
  expect(await readAll(handMadeZip(entries))).toEqual(expected);
  expect(await readAll(handMadeZip(entries, { comment: "c".repeat(60_000) }))).toEqual(expected);
  expect(
    await readAll(
      handMadeZip(
        entries.map((entry) => ({ ...entry, zip64: true })),
        { zip64: true },
      ),
    ),
  ).toEqual(expected);
});

test("more than 65,535 files are read through the Zip64 directory", async () => {
  const entries = Array.from({ length: 66_000 }, (_, index) => ({
    name: `f${index}`,
    content: "x",
    method: 0,
  }));
  writeFileSync(file, handMadeZip(entries, { zip64: true }));
  const zip = await ZipReader.open(file);
  expect(zip.entries.length).toBe(66_000);
  const last = zip.find("F65999");
  expect(last === undefined ? undefined : (await zip.read(last, 10)).toString()).toBe("x");
  await zip.close();
});

test("a file is found whatever the case and the slash", async () => {
  writeFileSync(file, handMadeZip([{ name: "Resources/Customers/A.png" }]));
  const zip = await ZipReader.open(file);
  expect(zip.find("resources\\CUSTOMERS\\a.PNG")?.name).toBe("Resources/Customers/A.png");
  expect(zip.find("a.png")).toBeUndefined();
  await zip.close();
});

const zeros = Buffer.alloc(70 * 1024 * 1024);

test.each<[string, readonly HandMadeEntry[], RegExp, (HandMadeOptions & { limits?: Partial<ZipLimits> })?]>([
  ["leads out", [{ name: "../Manifest.xml" }], /leads out of the package/],
  ["leads out with a backslash", [{ name: "a\\..\\..\\b" }], /leads out of the package/],
  ["is absolute", [{ name: "/etc/passwd" }], /is absolute/],
  ["is on a share", [{ name: "\\\\server\\share" }], /is absolute/],
  ["is on a drive", [{ name: "C:temp.csv" }], /is absolute/],
  ["has a NUL", [{ name: "a\0b" }], /has a NUL/],
  ["is empty", [{ name: "" }], /is empty/],
  ["twice", [good, good], /are one name on Windows/],
  ["twice but for the case", [good, { name: "manifest.XML" }], /are one name on Windows/],
  ["twice but for a dot at the end", [good, { name: "Manifest.xml." }], /are one name on Windows/],
  ["a link", [{ ...good, unixMode: 0o120777 }], /is a symbolic link/],
  ["encrypted", [{ ...good, flags: 1 }], /is encrypted/],
  ["strongly encrypted", [{ ...good, flags: 0x40 }], /is encrypted/],
  ["another method", [{ ...good, method: 12 }], /packed by method 12/],
  ["another checksum", [{ ...good, crc: 1 }], /do not match its checksum/],
  ["shorter than it says", [{ ...good, sizeBytes: 9 }], /do not match its checksum/],
  ["longer than it says", [{ ...good, sizeBytes: 7 }], /longer than its directory says/],
  ["cut within its data", [{ ...good, compressedBytes: 5 }], /Manifest.xml: unexpected end of file/],
  ["stored with two sizes", [{ ...good, method: 0, compressedBytes: 3 }], /stored with another size/],
  ["two names", [{ ...good, localName: "Manifest.xmL" }], /described in two ways/],
  ["no header of its own", [{ ...good, offset: 1 }], /no header of its own/],
  ["behind the end", [{ ...good, offset: 4_000_000_000 }], /is cut off/],
  ["sharing bytes", [good, { ...good, name: "b", offset: 0 }], /share their bytes/],
  ["fewer entries than the end says", [good], /damaged at entry 2 of 2/, { count: 2 }],
  ["more entries than the end says", [good, { name: "b" }], /has more than its entries/, { count: 1 }],
  ["too many entries", [good, { name: "b" }], /has 2 entries, more than the 1/, { limits: { entries: 1 } }],
  ["a number of entries that is no number", [good], /has 4000000000 entries/, { zip64: true, count: 4e9 }],
  ["a bomb", [{ name: "a", content: zeros }], /as bombs do/],
  [
    "too large unpacked",
    [{ name: "a", content: "x".repeat(1001) }],
    /more than the 1000 bytes/,
    { limits: { unpackedBytes: 1000 } },
  ],
])("refused: %s", async (_name, entries, message, options = {}) => {
  const { limits, ...rest } = options;
  const read = readAll(handMadeZip(entries, rest), limits);
  await expect(read).rejects.toMatchObject({ code: "DMFP-PACKAGE-UNREADABLE", at: { file } });
  await expect(read).rejects.toThrow(message);
});

test("what is no zip, or only the beginning of one, is refused", async () => {
  const bytes = handMadeZip([good]);
  for (let length = 0; length < bytes.length; length += 1) {
    await expect(readAll(bytes.subarray(0, length))).rejects.toMatchObject({
      code: "DMFP-PACKAGE-UNREADABLE",
    });
  }
  await expect(readAll(Buffer.from("VENDORACCOUNTNUMBER;VENDORGROUPID\r\n".repeat(100)))).rejects.toThrow(
    /no zip file/,
  );
  rmSync(file);
  await expect(ZipReader.open(file)).rejects.toThrow(/ENOENT/);
});

test("a file larger than the caller allows is not read", async () => {
  writeFileSync(file, handMadeZip([good]));
  const zip = await ZipReader.open(file);
  const [entry] = zip.entries;
  if (entry === undefined) throw new Error("the zip has a file");
  await expect(zip.read(entry, 7)).rejects.toThrow("Manifest.xml has 8 bytes, 7 are allowed");
  await zip.close();
});

test("no byte of the directory or the data can be flipped unseen", async () => {
  const bytes = handMadeZip([{ ...good, content: "abcdefgh".repeat(20) }]);
  const expected = { "Manifest.xml": "abcdefgh".repeat(20) };
  const local = 30 + "Manifest.xml".length;
  let refused = 0;
  for (let at = local; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x01, at);
    // Version, date and attributes do not matter to the content; what comes out must be right all the same.
    const read = await readAll(changed).catch((error: unknown) => {
      expect(error).toMatchObject({ code: "DMFP-PACKAGE-UNREADABLE" });
      return undefined;
    });
    if (read === undefined) refused += 1;
    else expect(Object.values(read)).toEqual(Object.values(expected));
  }
  expect(refused).toBeGreaterThan(40);
});

test("bytes behind the end of what was deflated are passed over, and keep nobody waiting", async () => {
  const content = randomBytes(200_000);
  const entries = [{ name: "a.bin", content, trailing: Buffer.alloc(300_000, 1) }];
  writeFileSync(file, handMadeZip(entries));
  const zip = await ZipReader.open(file);
  try {
    const [entry] = zip.entries;
    if (entry === undefined) throw new Error("It has no file.");
    expect((await zip.read(entry, 1e9)).equals(content)).toBe(true);
  } finally {
    await zip.close();
  }
});

test("pieces whose memory is given back take nothing from those that come after", async () => {
  // Runs of zeros and of noise: some pieces are full, others end where zlib wanted more.
  const content = Buffer.concat(
    Array.from({ length: 24 }, (_, part) =>
      part % 2 === 0 ? Buffer.alloc(97_001 + part) : randomBytes(41_003 + part),
    ),
  );
  writeFileSync(file, handMadeZip([{ name: "a.bin", content }]));
  const zip = await ZipReader.open(file);
  try {
    const [entry] = zip.entries;
    if (entry === undefined) throw new Error("It has no file.");
    const copies: Buffer[] = [];
    let freed = 0;
    for await (const piece of zip.stream(entry)) {
      copies.push(Buffer.from(piece));
      freePiece(piece);
      if (piece.length === 0) freed++;
    }
    expect(Buffer.concat(copies).equals(content)).toBe(true);
    expect(freed).toBeGreaterThan(3);
  } finally {
    await zip.close();
  }
});

test("a package of ours is read, and a reader that stops early leaves no file open", async () => {
  const writer = await PackageWriter.open(sampleOptions(folder));
  for (let number = 1; number <= 30_000; number += 1) {
    const wait = writer.write(sampleRecord(number));
    if (wait !== undefined) await wait;
  }
  const built = await writer.close();
  const openFiles = () => readdirSync("/proc/self/fd").length;
  const before = openFiles();
  for (let round = 0; round < 20; round += 1) {
    const zip = await ZipReader.open(built.path);
    const entry = zip.find(sampleDataFile);
    if (entry === undefined) throw new Error("the package has its data file");
    for await (const chunk of zip.stream(entry)) {
      if (chunk.length > 0) break;
    }
    await zip.close();
  }
  // Closing is asynchronous: a few may still be on their way, not twenty rounds of them.
  expect(openFiles() - before).toBeLessThan(10);
});
