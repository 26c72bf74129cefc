import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/source/open-source.ts";
import { RecordReader } from "../../src/source/reread.ts";
import type { SourcePosition } from "../../src/source/source-record.ts";
import { readSource, shapeOf } from "./read-source.ts";

const orders = { record: "/Orders/Order", rows: "Lines/Line" } as const;

const sample = [
  "<Orders>",
  ' <Order id="Ä1"><Lines kind="open"><Line no="1"><Item>A</Item></Line><Line no="2"/></Lines>',
  "  <Total>12</Total></Order>",
  ' <Order id="2"><Lines/></Order>',
  ' <Order id="3"><Lines kind="late">',
  '   <Line no="1"><Item>C</Item></Line>',
  "  </Lines></Order>",
  "</Orders>",
].join("\n");
const paths = ["../../@id", "@no", "Item", "../@kind", "../../Total"];

describe("rows of an XML source", () => {
  it("are records with their own values and those above them, wherever they stand", async () => {
    const { items, columns, reread } = await readSource(sample, orders, paths);
    expect(columns).toEqual(paths);
    expect(items.map(shapeOf)).toEqual([
      ["Ä1", "1", "A", "open", "12"],
      ["Ä1", "2", "", "open", "12"],
      ["3", "1", "C", "late", ""],
    ]);
    expect(reread).toEqual(items.map(shapeOf));
  });

  it.each(["utf8", "utf16le"] as const)("have their own line and their own text in %s", async (encoding) => {
    const content = Buffer.from(`\uFEFF${sample}`, encoding);
    const { items, raw } = await readSource(content, orders, paths);
    expect(items.map(({ position }) => [position.line, position.record])).toEqual([
      [2, 1],
      [2, 2],
      [6, 3],
    ]);
    expect(raw).toEqual([
      '<Line no="1"><Item>A</Item></Line>',
      '<Line no="2"/>',
      '<Line no="1"><Item>C</Item></Line>',
    ]);
  });

  it("are found again in a record that is larger than what is read at a time", async () => {
    const lines = Array.from(
      { length: 30_000 },
      (_, index) => `<Line no="${index + 1}"><Item>x</Item></Line>`,
    );
    const text = `<Orders><Order id="9"><Lines>${lines.join("\n")}</Lines><Total>7</Total></Order></Orders>`;
    const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-rows-"));
    const file = path.join(folder, "orders.xml");
    writeFileSync(file, text);
    const format = { ...orders, maxRecordBytes: 100_000 };
    const source = await openSource({ path: file, name: "orders.xml", format, wanted: paths });
    const positions: SourcePosition[] = [];
    for await (const batch of source.batches()) positions.push(...batch.map(({ position }) => position));
    expect(positions).toHaveLength(30_000);
    const reader = await RecordReader.open(file, format, source.columns);
    const last = positions.at(-1);
    expect(last === undefined ? undefined : await reader.read(last)).toEqual({
      raw: '<Line no="30000"><Item>x</Item></Line>',
      values: ["9", "30000", "x", "", "7"],
    });
    await reader.close();
    rmSync(folder, { recursive: true });
  });

  it("say which of them has an element twice, and that a record has", async () => {
    const text =
      '<O><R id="1"><L n="1"><I>a</I><I>b</I></L><L n="2"><I>c</I></L></R><R id="2"><T/><T/><L n="3"/></R></O>';
    const { items } = await readSource(text, { record: "/O/R", rows: "L" }, ["@n", "I", "../T"]);
    expect(items.map((item) => (item.kind === "record" ? item.values : item.reasons[0]?.message))).toEqual([
      "The record on line 1 has I several times; the mapping takes one.",
      ["2", "c", ""],
      "The record on line 1 has ../T several times; the mapping takes one.",
    ]);
  });

  it("cannot take a path that leads above the record, or a path that is none", async () => {
    await expect(readSource(sample, orders, ["../../../x"])).rejects.toMatchObject({
      code: "DMFP-MAPPING-COLUMN",
    });
    await expect(
      readSource(sample, { record: "/Orders/Order", rows: "Lines//Line" }, ["@no"]),
    ).rejects.toMatchObject({ code: "DMFP-MAPPING-INVALID" });
  });
});

describe("a path with a star in brackets", () => {
  it("takes all elements, a line each", async () => {
    const text = "<R><C><P k='a'>1</P><P k='b'>2\n 3</P></C><C/></R>";
    const { items } = await readSource(text, { record: "/R/C" }, ["P[*]", "P[*]/@k", "P[2]"]);
    expect(items.map(shapeOf)).toEqual([
      ["1\n2 3", "a\nb", "2\n 3"],
      ["", "", ""],
    ]);
  });
});
