import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PartialFile } from "../../src/package/partial-file.ts";

let folder: string;
let file: PartialFile;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-read-back-"));
  file = await PartialFile.open(path.join(folder, "x.zip"));
  await file.append(Buffer.alloc(600_000, "vendor,10;"));
  await file.write("the end");
});
afterEach(async () => {
  await file.discard();
  rmSync(folder, { recursive: true });
});

test("a file that holds what was written is read back, and can be published afterwards", async () => {
  await file.readBack();
  expect((await file.publish()).sizeBytes).toBe(600_007);
});

test.each([0, 300_000, 600_006])("a byte that differs at %i is noticed", async (offset) => {
  await file.readBack();
  const descriptor = openSync(file.partialPath, "r+");
  writeSync(descriptor, "#", offset);
  closeSync(descriptor);
  await expect(file.readBack()).rejects.toMatchObject({
    code: "DMFP-FILE-WRITE",
    at: { file: file.partialPath },
  });
});

test.each([0, 600_006])("that it has only %i bytes is noticed", async (sizeBytes) => {
  await file.readBack();
  truncateSync(file.partialPath, sizeBytes);
  await expect(file.readBack()).rejects.toMatchObject({ code: "DMFP-FILE-WRITE" });
});
