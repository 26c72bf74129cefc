import path from "node:path";
import { expect, test } from "vitest";
import { KeptRejections } from "../../src/rejection/kept-rejections.ts";
import { RejectionNdjsonWriter } from "../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import { temporaryFolder, vendorRejection } from "./report-fixture.ts";

/** What comes back of rejections that were added; a single other one stands in the file. */
async function keptOf(rejections: readonly Rejection[], expected = 1): Promise<Rejection[]> {
  const file = path.join(temporaryFolder(), "rejections.ndjson");
  const writer = new RejectionNdjsonWriter(file);
  await writer.write(vendorRejection(4711));
  await writer.close();
  const kept = new KeptRejections(expected);
  for (const rejection of rejections) kept.add(rejection);
  const all: Rejection[] = [];
  for await (const rejection of kept.all(file)) all.push(rejection);
  return all;
}

test("few are kept, in their order, and the file is not read", async () => {
  const few = [1, 2, 3].map((number) => vendorRejection(number));
  expect(await keptOf(few)).toEqual(few);
  expect(await keptOf([])).toEqual([]);
});

test("of more than memory is to hold none is kept, and the file is read", async () => {
  const many = Array.from({ length: 5_001 }, (_, number) => vendorRejection(number));
  expect(await keptOf(many.slice(1))).toHaveLength(5_000);
  expect((await keptOf(many)).map(({ position }) => position.line)).toEqual([
    vendorRejection(4711).position.line,
  ]);
  expect(await keptOf(many.slice(0, 2), 5_001)).toHaveLength(1);
  const long = [1, 2, 3].map((number) => vendorRejection(number, { raw: "x".repeat(900_000) }));
  expect(await keptOf(long.slice(1))).toHaveLength(2);
  expect(await keptOf(long)).toHaveLength(1);
});
