import { existsSync, readFileSync, readdirSync, truncateSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { RowIndex, RowIndexWriter } from "../../src/load/reading/row-index.ts";
import { PickedRows } from "../../src/package/picked-rows.ts";
import { failureOf } from "../environment/failure.ts";
import { passingWindows } from "../source/passing-window.ts";
import { temporaryFolder } from "./temporary-folder.ts";

interface Row {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly line: number;
  readonly record: number;
  readonly fileNumber: number;
}

async function write(file: string, rows: readonly Row[]): Promise<void> {
  const writer = await RowIndexWriter.open(file);
  for (const { fileNumber, ...position } of rows) {
    const wait = writer.add({ file: "data/x.csv", ...position }, fileNumber);
    if (wait !== undefined) await wait;
  }
  await writer.close();
}

async function open(file: string): Promise<RowIndex> {
  const index = await RowIndex.open(file);
  onTestFinished(() => index.close());
  return index;
}

const uint32 = fc.nat(2 ** 32 - 1);
const row = fc.record<Row>({
  // Offsets of files far beyond 4 GiB, up to what a number holds exactly.
  byteOffset: fc.maxSafeNat(),
  byteLength: uint32,
  line: uint32,
  record: uint32,
  fileNumber: fc.nat(1000),
});

test("property: every row is found again as it was, in any order", async () => {
  const file = path.join(temporaryFolder(), "p.rows");
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      await write(file, rows);
      const index = await RowIndex.open(file);
      try {
        for (const [number, { fileNumber, ...position }] of [...rows.entries()].reverse()) {
          expect(await index.find(number + 1)).toEqual({ position, fileNumber });
        }
      } finally {
        await index.close();
      }
    }),
    { numRuns: 40 },
  );
});

test.each([16_383, 16_384, 16_385, 40_000])("%i rows, around the size of its buffer", async (count) => {
  const file = path.join(temporaryFolder(), "p.rows");
  const rows = Array.from({ length: count }, (_, index) => ({
    byteOffset: index * 100,
    byteLength: 99,
    line: index + 2,
    record: index + 1,
    fileNumber: index % 3,
  }));
  await write(file, rows);
  const index = await open(file);
  for (const number of [1, 16_383, 16_384, 16_385, count].filter((wanted) => wanted <= count)) {
    const found = await index.find(number);
    expect(found).toMatchObject({
      position: { record: number, line: number + 1 },
      fileNumber: (number - 1) % 3,
    });
  }
  expect((await failureOf(index.find(count + 1))).code).toBe("DMFP-RUN-FILE");
});

test("an index that was cut off or is gone is said to be so", async () => {
  const file = path.join(temporaryFolder(), "p.rows");
  const one = { byteOffset: 0, byteLength: 5, line: 2, record: 1, fileNumber: 0 };
  await write(file, [one, one]);
  truncateSync(file, 47);
  const index = await open(file);
  expect((await index.find(1)).position.line).toBe(2);
  expect((await failureOf(index.find(2))).message).toContain("has no row 2");
  expect((await failureOf(RowIndex.open(`${file}.gone`))).code).toBe("DMFP-RUN-FILE");
});

test("one that was begun and given up leaves nothing", async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, "p.rows");
  const writer = await RowIndexWriter.open(file);
  await writer.add({ file: "x", byteOffset: 0, byteLength: 1, line: 1, record: 1 }, 0);
  expect(existsSync(file)).toBe(false);
  await writer.abort();
  expect(readdirSync(folder)).toEqual([]);
});

test("records that stand together are found like those that came one by one", async () => {
  const folder = temporaryFolder();
  const text = Array.from({ length: 9_000 }, (_, at) => `${at},"${"\n".repeat(at % 3)}"\n`).join("");
  const together = await RowIndexWriter.open(path.join(folder, "together"));
  const single = await RowIndexWriter.open(path.join(folder, "single"));
  let rows = 0;
  for (const records of passingWindows(text, ["A", "B"])) {
    // Every third of them, as if the others were of another legal entity, and then those.
    const numbers = Array.from({ length: records.count }, (_, at) => at);
    const [some, others] = [numbers.filter((at) => at % 3 === 0), numbers.filter((at) => at % 3 !== 0)];
    for (const picked of [some, others]) {
      await together.addRecords(records, new PickedRows(Uint32Array.from(picked)), 3);
      for (const at of picked) await single.add(records.positionOf(at), 3);
    }
    rows += records.count;
  }
  await together.close();
  await single.close();
  expect(rows).toBe(9_000);
  const bytes = readFileSync(path.join(folder, "together"));
  expect(bytes.length).toBe(9_000 * 24);
  expect(bytes.equals(readFileSync(path.join(folder, "single")))).toBe(true);
});
