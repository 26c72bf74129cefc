import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSource } from "../../src/source/open-source.ts";
import type { SourceItem } from "../../src/source/source-record.ts";
import { shapeOf } from "./read-source.ts";

let folder: string;
const format = { maxRecordBytes: 1000 };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-source-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a source file", () => {
  it("that does not exist is a coded error that names it as the project does", async () => {
    const opening = openSource({
      path: path.join(folder, "x.csv"),
      name: "samples/x.csv",
      format,
      wanted: [],
    });
    await expect(opening).rejects.toMatchObject({
      code: "DMFP-SOURCE-MISSING",
      message: "samples/x.csv does not exist.",
      at: { file: "samples/x.csv" },
    });
  });

  it("that is a folder is one too", async () => {
    const opening = openSource({ path: folder, name: "samples", format, wanted: [] });
    await expect(opening).rejects.toMatchObject({ code: "DMFP-SOURCE-MISSING" });
  });

  it("that grows after it was opened is not read", async () => {
    const file = path.join(folder, "x.csv");
    writeFileSync(file, "A,B\n1,2\n");
    const source = await openSource({ path: file, name: "x.csv", format, wanted: [] });
    appendFileSync(file, "3,4\n");
    await expect(source.batches()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "DMFP-SOURCE-CHANGED",
    });
  });

  it("says the same when its batches pass by as when they are kept", async () => {
    const file = path.join(folder, "x.csv");
    // Records of all lengths, some of several lines, so that chunks of 1 MiB end in each part of one.
    const row = (number: number): string =>
      `${number},"${"a line\n".repeat(number % 5)}",${"é".repeat((number * 7) % 199)}\n`;
    writeFileSync(file, `A,B,C\n${Array.from({ length: 20_000 }, (_, number) => row(number)).join("")}`);
    const source = await openSource({ path: file, name: "x.csv", format, wanted: [] });
    const told = (item: SourceItem): string => JSON.stringify([item.position, shapeOf(item)]);
    const kept: string[] = [];
    for await (const batch of source.batches()) kept.push(...batch.map(told));
    expect(kept).toHaveLength(20_000);
    const passed: string[] = [];
    for await (const batch of source.passing()) {
      for (const item of batch) {
        if (item.kind !== "records") passed.push(told(item));
        else for (let at = 0; at < item.count; at++) passed.push(told(item.item(at)));
      }
    }
    expect(passed).toEqual(kept);
  });

  it("can be read several times, in batches that are never empty", async () => {
    const file = path.join(folder, "x.csv");
    writeFileSync(file, `A,B\n${"1,2\n".repeat(1000)}`);
    const source = await openSource({ path: file, name: "x.csv", format, wanted: [] });
    for (let time = 0; time < 2; time++) {
      const batches: (readonly SourceItem[])[] = [];
      for await (const batch of source.batches()) batches.push(batch);
      expect(batches.map((batch) => batch.length)).toEqual([256, 256, 256, 232]);
    }
  });
});
