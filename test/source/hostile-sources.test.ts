import { describe, expect, it } from "vitest";
import { asDmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { readSource, shapeOf } from "./read-source.ts";

const semicolon = { delimiter: ";" } as const;

/** What the records are, or the code of the error that said that the file cannot be read. */
async function outcome(content: string, format: Parameters<typeof readSource>[1] = semicolon) {
  try {
    const { columns, items } = await readSource(content, format);
    return { columns: columns.length, items: items.map(shapeOf) };
  } catch (thrown) {
    return asDmfpipeError(thrown).code;
  }
}

describe("a million columns", () => {
  const million = 1_000_000;

  it("in a record are one unreadable record, and the next one is read", async () => {
    const found = await outcome(`A;B\n${"1;".repeat(million)}1\n2;3\n`, {
      ...semicolon,
      maxRecordBytes: 10_000_000,
    });
    expect(found).toEqual({ columns: 2, items: [["DMFP-ROW-COLUMNS"], ["2", "3"]] });
  });

  it("in a header are too large for one, which is said", async () => {
    const header = Array.from({ length: million }, (_, index) => `C${index}`).join(";");
    expect(await outcome(`${header}\n1;2\n`, { ...semicolon, maxRecordBytes: 20_000_000 })).toBe(
      "DMFP-SOURCE-HEADER",
    );
  });
});

describe("characters nobody expects", () => {
  it("a NUL in a file of UTF-8 means that it is none, and where", async () => {
    expect(await outcome("A;B\n1;x\0y\n2;z\n")).toBe("DMFP-SOURCE-INVALID");
  });

  it("a NUL far behind the first lines is in its value, which is checked later", async () => {
    const many = "1;x\n".repeat(20_000);
    const found = await outcome(`A;B\n${many}2;y\0\n`);
    expect(typeof found === "string" ? found : found.items.at(-1)).toEqual(["2", "y\0"]);
  });

  it("a carriage return alone, among lines that end otherwise, is part of its value", async () => {
    expect(await outcome("A;B\n1;x\ry\n2;z\n")).toEqual({
      columns: 2,
      items: [
        ["1", "x\ry"],
        ["2", "z"],
      ],
    });
  });

  it("mixed line ends are line ends all the same", async () => {
    expect(await outcome("A;B\r\n1;x\n2;y\r\n3;z\n")).toEqual({
      columns: 2,
      items: [
        ["1", "x"],
        ["2", "y"],
        ["3", "z"],
      ],
    });
  });
});

it("entities that grow without end are refused with the declaration that makes them", async () => {
  const bomb = `<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "${"&x;".repeat(100)}">]><All><V>&y;</V></All>`;
  expect(await outcome(bomb, { record: "/All/V" })).toBe("DMFP-SOURCE-INVALID");
});
