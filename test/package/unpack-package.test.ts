import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unpackPackage, type UnpackedFile } from "../../src/package/unpack-package.ts";
import { ZipReader } from "../../src/package/zip-reader.ts";
import { failureOf } from "../environment/failure.ts";
import { handMadeZip, type HandMadeEntry } from "./hand-made-zip.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-unpack-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function unpacked(
  entries: readonly HandMadeEntry[],
  options: { readonly wanted?: (name: string) => boolean; readonly signal?: AbortSignal } = {},
): Promise<readonly UnpackedFile[]> {
  const file = path.join(folder, "package.zip");
  writeFileSync(file, handMadeZip(entries));
  const zip = await ZipReader.open(file);
  try {
    const { signal = new AbortController().signal, ...rest } = options;
    return await unpackPackage(zip, { folder: path.join(folder, "out"), signal, ...rest });
  } finally {
    await zip.close();
  }
}

const manifest: HandMadeEntry = { name: "Manifest.xml", content: "manifest" };

test("files come out whole, in their folders, with either slash; only those that are wanted", async () => {
  const entries: HandMadeEntry[] = [
    manifest,
    { name: "Resources\\Customers\\a.png", content: "a" },
    { name: "Resources/Customers/./b.png", content: "b" },
    { name: "Straße 😀.csv", content: "" },
  ];
  const files = await unpacked(entries);
  expect(files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ["Manifest.xml", 8],
    ["Resources/Customers/a.png", 1],
    ["Resources/Customers/b.png", 1],
    ["Straße 😀.csv", 0],
  ]);
  for (const { name, path: place } of files) expect(place).toBe(path.join(folder, "out", name));
  expect(readFileSync(path.join(folder, "out/Resources/Customers/a.png"), "utf8")).toBe("a");
  rmSync(path.join(folder, "out"), { recursive: true });
  expect(await unpacked(entries, { wanted: (name) => name.endsWith(".csv") })).toHaveLength(1);
  expect(readdirSync(path.join(folder, "out"))).toEqual(["Straße 😀.csv"]);
});

describe("nothing is written of a package that", () => {
  test.each<[string, readonly HandMadeEntry[], RegExp]>([
    ["leads out", [manifest, { name: "../evil.csv" }], /leads out of the package/],
    ["leads out in Windows' way", [{ name: "a\\..\\..\\evil.csv" }], /leads out of the package/],
    ["is absolute", [{ name: "/etc/passwd" }], /is absolute/],
    ["is absolute in Windows' way", [{ name: "C:\\evil" }], /is absolute/],
    ["has a name twice", [{ name: "A.csv" }, { name: "a.CSV" }], /one name on Windows/],
    ["has a name twice behind a dot", [{ name: "./A.csv" }, { name: "a.csv" }], /is there twice/],
    [
      "has a file where another needs a folder",
      [{ name: "a" }, { name: "A/b" }],
      /in a folder that is a file/,
    ],
    ["has a stream of Windows in a name", [{ name: "a.csv:evil" }], /no file's name can have/],
    ["has a line break in a name", [{ name: "a\nb.csv" }], /no file's name can have/],
    ["has a link", [{ name: "link", unixMode: 0o120777 }], /is a symbolic link/],
    ["is encrypted", [{ name: "secret.csv", flags: 1 }], /is encrypted/],
    ["is a bomb", [{ name: "zeros.csv", content: Buffer.alloc(80 * 1024 ** 2) }], /as bombs do/],
  ])("%s", async (_name, entries, said) => {
    const error = await failureOf(unpacked(entries));
    expect(error.code).toBe("DMFP-PACKAGE-UNREADABLE");
    expect(error.message).toMatch(said);
    expect(existsSync(path.join(folder, "out"))).toBe(false);
    expect(existsSync(path.join(folder, "evil.csv"))).toBe(false);
  });
});

test("a file whose checksum is wrong does not get its name", async () => {
  const error = await failureOf(unpacked([manifest, { name: "bad.csv", content: "content", crc: 1 }]));
  expect(error.code).toBe("DMFP-PACKAGE-UNREADABLE");
  expect(readdirSync(path.join(folder, "out"))).toEqual(["Manifest.xml"]);
});

test("an interruption ends it", async () => {
  const error = await failureOf(unpacked([manifest], { signal: AbortSignal.abort() }));
  expect(error.code).toBe("DMFP-INTERRUPTED");
  expect(readdirSync(path.join(folder, "out"))).toEqual([]);
});
