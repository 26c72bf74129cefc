import { expect, test } from "vitest";
import { packageFiles, type TestEntity } from "./package-builder.ts";
import { refusal, sharedSandbox } from "./sandbox-client.ts";
import { crc32, deflateRawSync } from "node:zlib";

const client = sharedSandbox();

const group: TestEntity = {
  label: "Vendor groups",
  file: "groups.csv",
  rows: [["VENDORGROUPID"], ["ZIP64"]],
};

interface Faults {
  readonly locator?: (bytes: Buffer) => void;
  readonly end?: (bytes: Buffer) => void;
  readonly extra?: (bytes: Buffer) => Buffer;
  readonly noLocator?: boolean;
}

/** An archive all of whose sizes and offsets stand in Zip64 fields, as writers make it that stream. */
function zip64(files: Iterable<readonly [string, Buffer]>, faults: Faults = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  let count = 0;
  for (const [name, content] of files) {
    const data = deflateRawSync(content);
    const local = header(0x04034b50, 30, name);
    local.writeUInt16LE(45, 4);
    local.writeUInt16LE(8, 8);
    const entry = header(0x02014b50, 46, name);
    entry.writeUInt16LE(45, 6);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(content), 16);
    entry.fill(0xff, 20, 28);
    entry.fill(0xff, 42, 46);
    const sizes = numbers(content.length, data.length, offset);
    const other = Buffer.from([0x55, 0x54, 1, 0, 0]);
    let extra = Buffer.concat([other, Buffer.from([1, 0, sizes.length, 0]), sizes]);
    extra = Buffer.from(faults.extra?.(extra) ?? extra);
    entry.writeUInt16LE(extra.length, 30);
    locals.push(local, data);
    central.push(entry, extra);
    offset += local.length + data.length;
    count += 1;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.concat([
    Buffer.from([0x50, 0x4b, 6, 6]),
    numbers(44),
    Buffer.from([45, 0, 45, 0]),
    Buffer.alloc(8),
    numbers(count, count, directory.length, offset),
  ]);
  faults.end?.(end);
  const locator = Buffer.concat([
    Buffer.from([0x50, 0x4b, 6, 7]),
    Buffer.alloc(4),
    numbers(offset + directory.length),
    Buffer.from([1, 0, 0, 0]),
  ]);
  faults.locator?.(locator);
  const old = Buffer.alloc(22, 0xff);
  old.writeUInt32LE(0x06054b50, 0);
  old.fill(0, 4, 8);
  old.writeUInt16LE(0, 20);
  return Buffer.concat([...locals, directory, end, ...(faults.noLocator === true ? [] : [locator]), old]);
}

function header(signature: number, size: number, name: string): Buffer {
  const bytes = Buffer.alloc(size + Buffer.byteLength(name));
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(Buffer.byteLength(name), size === 30 ? 26 : 28);
  bytes.write(name, size);
  return bytes;
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), index * 8));
  return bytes;
}

test("an archive in Zip64 format is imported", async () => {
  expect((await client().load(zip64(packageFiles([group])))).status).toBe("Succeeded");
});

test.each<[string, Faults, string]>([
  ["no locator", { noLocator: true }, "Zip64 End of Central Directory Locator not found."],
  ["a locator that points nowhere", { locator: (bytes) => bytes.fill(0xff, 8, 16) }, "too large"],
  [
    "a locator that points behind the end",
    { locator: (bytes) => bytes.writeBigUInt64LE(1n << 40n, 8) },
    "not valid",
  ],
  ["a locator that points into the files", { locator: (bytes) => bytes.fill(0, 8, 16) }, "record not found"],
  [
    "more entries than there are",
    { end: (bytes) => bytes.writeBigUInt64LE(9n, 32) },
    "Number of entries expected",
  ],
  [
    "a directory beyond the file",
    { end: (bytes) => bytes.writeBigUInt64LE(1n << 33n, 48) },
    "Number of entries expected",
  ],
  ["no sizes", { extra: (bytes) => bytes.subarray(0, 5) }, "Central Directory corrupt."],
  [
    "sizes that are cut",
    { extra: (bytes) => Buffer.concat([bytes.subarray(5, 7), Buffer.from([8, 0]), bytes.subarray(9, 17)]) },
    "Central Directory corrupt.",
  ],
  [
    "a size beyond the file",
    {
      extra: (bytes) => {
        bytes.writeBigUInt64LE(1n << 34n, 17);
        return bytes;
      },
    },
    "Central Directory corrupt.",
  ],
])("%s: refused", async (_what, faults, text) => {
  const answer = await client().importPackage(zip64(packageFiles([group]), faults));
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(text);
});
