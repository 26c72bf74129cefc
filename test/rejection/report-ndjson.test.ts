import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  RejectionNdjsonWriter,
  readRejections,
  rejectionLine,
} from "../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import { teeSink } from "../../src/rejection/rejection-sink.ts";
import { temporaryFolder, vendorRejection } from "./report-fixture.ts";

async function allOf(file: string): Promise<Rejection[]> {
  const all: Rejection[] = [];
  for await (const rejection of readRejections(file)) all.push(rejection);
  return all;
}

async function writtenAndRead(
  rejections: readonly Rejection[],
): Promise<{ file: string; read: Rejection[] }> {
  const file = path.join(temporaryFolder(), "rejections.ndjson");
  const writer = new RejectionNdjsonWriter(file);
  for (const rejection of rejections) await writer.write(rejection);
  await writer.close();
  return { file, read: await allOf(file) };
}

test("a line has what the contract lists", async () => {
  const rejection = vendorRejection(7, {
    stage: "target",
    mapped: { VENDORGROUPID: "ZX" },
    executionId: "run-1",
  });
  const { file } = await writtenAndRead([rejection]);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    entity: "Vendors V2",
    legalEntity: "DEMF",
    stage: "target",
    key: ["0000000007"],
    reasons: [
      {
        code: "DMFP-MAP-LOOKUP",
        field: "VENDORGROUPID",
        value: "ZX",
        message: 'The lookup vendor-groups has no entry for "ZX".',
        fix: 'Add "ZX" to the lookup file.',
      },
    ],
    file: "samples/vendors.csv",
    line: 8,
    record: 7,
    byteOffset: 280,
    byteLength: 38,
    raw: "0000000007;Müller & Söhne;ZX;-12,50",
    source: { LIFNR: "0000000007", NAME1: "Müller & Söhne", KTOKK: "ZX", KLIMK: "-12,50" },
    mapped: { VENDORGROUPID: "ZX" },
    executionId: "run-1",
  });
});

test("what is written comes back, whatever the text", async () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "\n", "\r", "\u2028", "\u2029", "\u0085", '"', "\\", "𝄞", "\0"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 5 }), async (records) => {
      const rejections = records.map(([value, raw], index) =>
        vendorRejection(index + 1, {
          columns: ["a", "b"],
          values: [value, raw],
          raw,
          ...(index % 2 === 0 ? { ambiguous: true as const } : { mapped: { A: value } }),
        }),
      );
      const { read } = await writtenAndRead(rejections);
      expect(read).toEqual(rejections);
    }),
    { numRuns: 60 },
  );
});

test("columns keep their order and values, whatever they are called", async () => {
  const columns = ["LIFNR", "2024", "__proto__", "2023", "constructor", ""];
  const values = ["1", "b", "c", "d", "e", "f"];
  const { read } = await writtenAndRead([vendorRejection(1, { columns, values })]);
  expect(read).toEqual([vendorRejection(1, { columns, values })]);
});

test("a run without rejections has an empty file", async () => {
  const { file, read } = await writtenAndRead([]);
  expect(read).toEqual([]);
  expect(readFileSync(file, "utf8")).toBe("");
});

test.each([
  ["cut off", '{"entity":"Vendors V2","sta'],
  ["another shape", '{"entity":5}'],
])("a file that is %s is refused with its line", async (_what, text) => {
  const file = path.join(temporaryFolder(), "rejections.ndjson");
  const writer = new RejectionNdjsonWriter(file);
  await writer.write(vendorRejection(1));
  await writer.close();
  writeFileSync(file, readFileSync(file, "utf8") + text);
  await expect(allOf(file)).rejects.toMatchObject({
    code: "DMFP-RUN-FILE",
    at: { file, line: 2 },
  });
});

test("a missing file is a coded error", async () => {
  const file = path.join(temporaryFolder(), "rejections.ndjson");
  await expect(allOf(file)).rejects.toMatchObject({ code: "DMFP-RUN-FILE" });
});

test("a folder that cannot be made is a coded error", async () => {
  const blocked = path.join(temporaryFolder(), "file");
  writeFileSync(blocked, "");
  const writer = new RejectionNdjsonWriter(path.join(blocked, "rejections.ndjson"));
  await expect(writer.write(vendorRejection(1))).rejects.toMatchObject({ code: "DMFP-FILE-WRITE" });
  await writer.abort();
});

test("20,000 rejections reach the disk while they come, not at the end", async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, "rejections.ndjson");
  const sink = teeSink([new RejectionNdjsonWriter(file)]);
  let mostWaiting = 0;
  let given = 0;
  for (let number = 1; number <= 20_000; number++) {
    const rejection = vendorRejection(number);
    given += Buffer.byteLength(rejectionLine(rejection));
    await sink.write(rejection);
    if (number % 1000 === 0) {
      const onDisk = readFileSync(`${file}.partial`).length;
      mostWaiting = Math.max(mostWaiting, given - onDisk);
    }
  }
  expect(mostWaiting).toBeLessThan(256 * 1024);
  await sink.close();
  expect(readdirSync(folder)).toEqual(["rejections.ndjson"]);
  let read = 0;
  for await (const rejection of readRejections(file)) {
    read++;
    expect(rejection.position.record).toBe(read);
  }
  expect(read).toBe(20_000);
});
