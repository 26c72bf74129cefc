import { describe, expect, it } from "vitest";
import { readSource, shapeOf } from "./read-source.ts";

const semicolon = { delimiter: ";" } as const;

describe("a CSV source", () => {
  it("keeps leading zeros, plus signs and blanks as they are", async () => {
    const { columns, items } = await readSource("A;B;C\n00123;+316;  x \n", semicolon);
    expect(columns).toEqual(["A", "B", "C"]);
    expect(items.map(shapeOf)).toEqual([["00123", "+316", "  x "]]);
  });

  it("has line, number, byte offset and length of every record", async () => {
    const { items, raw } = await readSource(
      '\uFEFFA;B\r\n1;2\r\n\r\n\r\n"x\r\ny";"q""q"\r\nü;€\r\n4;5',
      semicolon,
    );
    expect(items.map((item) => item.position)).toEqual([
      { file: "source", line: 2, record: 1, byteOffset: 8, byteLength: 3 },
      { file: "source", line: 5, record: 2, byteOffset: 17, byteLength: 13 },
      { file: "source", line: 7, record: 3, byteOffset: 32, byteLength: 6 },
      { file: "source", line: 8, record: 4, byteOffset: 40, byteLength: 3 },
    ]);
    expect(raw).toEqual(["1;2", '"x\r\ny";"q""q"', "ü;€", "4;5"]);
    expect(items.map(shapeOf)).toEqual([
      ["1", "2"],
      ["x\r\ny", 'q"q'],
      ["ü", "€"],
      ["4", "5"],
    ]);
  });

  it("finds a header that ends far down, and line ends that are not the usual ones", async () => {
    const name = `${"long ".repeat(8_000)}\n${"name ".repeat(8_000)}x`;
    const long = await readSource(`\n"${name}";B\n1;2\n`, { ...semicolon, maxRecordBytes: 1_000_000 });
    expect([long.columns, long.items.map(shapeOf)]).toEqual([[name, "B"], [["1", "2"]]]);
    expect(long.items[0]?.position).toMatchObject({ line: 4, byteOffset: name.length + 6 });
    // Whether carriage returns end its lines is decided by more than the first of them.
    const rows = "1;2\r".repeat(17_000);
    const old = await readSource(`A;B\r${rows}`, semicolon);
    expect([old.columns, old.items.length]).toEqual([["A", "B"], 17_000]);
    await expect(readSource(`A;B\r${rows}1;2\n`, semicolon)).rejects.toThrow(/header/);
  });

  it("reads records that are much longer than what is scanned at a time, among short ones", async () => {
    const long = "ä line\n".repeat(60_000);
    const { items, raw } = await readSource(`A;B\n1;2\n3;"${long}"\n5;6\n7;"${long}x"\n9;10\n`, {
      ...semicolon,
      maxRecordBytes: 1_000_000,
    });
    expect(items.map(shapeOf)).toEqual([
      ["1", "2"],
      ["3", long],
      ["5", "6"],
      ["7", `${long}x`],
      ["9", "10"],
    ]);
    expect(items.map((item) => item.position.line)).toEqual([2, 3, 60_004, 60_005, 120_006]);
    expect(raw[3]).toBe(`7;"${long}x"`);
  });

  it("finds a header behind thousands of blank lines, with a name of thousands of lines", async () => {
    const [blank, lines] = ["\n  \n".repeat(35_000), "x\n".repeat(20_000)];
    const { columns, items } = await readSource(`${blank}A;"B${lines}"\n1;"2"\n3;4\n`, semicolon);
    expect(columns).toEqual(["A", `B${lines}`.trim()]);
    expect(items.map(({ position }) => position.line)).toEqual([90_002, 90_003]);
  });

  it("reads a file that has a header and nothing else", async () => {
    const { columns, items } = await readSource("A,B\n");
    expect(columns).toEqual(["A", "B"]);
    expect(items).toEqual([]);
  });

  it("takes the delimiter of Excel's first line", async () => {
    const { columns, items } = await readSource("sep=;\r\nA;B\r\n1;2\r\n");
    expect(columns).toEqual(["A", "B"]);
    expect(items[0]?.position).toMatchObject({ line: 3, byteOffset: 12 });
  });

  it("knows no quotes where the mapping says so", async () => {
    const { items } = await readSource('A\tB\n1\tMonitor 24"\n"x\ty\n', { delimiter: "\t", quote: "" });
    expect(items.map(shapeOf)).toEqual([
      ["1", 'Monitor 24"'],
      ['"x', "y"],
    ]);
  });

  it("passes over lines of blanks", async () => {
    const { items } = await readSource("A;B\n1;2\n   \n\n3;4\n", semicolon);
    expect(items.map((item) => item.position.line)).toEqual([2, 5]);
  });

  it("reads lines that end with a carriage return only", async () => {
    const { items } = await readSource("A;B\r1;2\r3;4\r", semicolon);
    expect(items.map((item) => [item.position.line, ...shapeOf(item)])).toEqual([
      [2, "1", "2"],
      [3, "3", "4"],
    ]);
  });
});

describe("an unreadable record of a CSV source", () => {
  it("has too many fields", async () => {
    const { items } = await readSource("A;B\n1;2;3\n4;5\n", semicolon);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-COLUMNS"], ["4", "5"]]);
    expect(items[0]).toMatchObject({
      reasons: [{ message: expect.stringContaining("3 fields, the header has 2") as string }],
    });
  });

  it("has too few fields", async () => {
    const { items, reread } = await readSource("A;B\n1\n4;5\n", semicolon);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-COLUMNS"], ["4", "5"]]);
    expect(reread).toEqual([[], ["4", "5"]]);
  });

  it("has text after a closing quote", async () => {
    const { items } = await readSource('A;B\n"x"y;2\n4;5\n', semicolon);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-QUOTE"], ["4", "5"]]);
  });

  it("has a quote inside a plain value", async () => {
    const { items } = await readSource('A;B\n24" TFT;2\n4;5\n', semicolon);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-QUOTE"], ["4", "5"]]);
  });

  it("opens a quote it does not close: only its own line is given up", async () => {
    const { items } = await readSource('A;B\n"x;2\n4;5\n6;7\n"8";9\n', semicolon);
    expect(items.map((item) => [item.position.line, ...shapeOf(item)])).toEqual([
      [2, "DMFP-ROW-QUOTE"],
      [3, "4", "5"],
      [4, "6", "7"],
      [5, "8", "9"],
    ]);
  });

  it("opens a quote that the stray quote of a later line closes: the lines between are not lost", async () => {
    const { items } = await readSource('A;B;C\n1;"x;y\n2;b;c\n3;b;24"\n4;b;c\n', semicolon);
    expect(items.map((item) => [item.position.line, ...shapeOf(item)])).toEqual([
      [2, "DMFP-ROW-QUOTE"],
      [3, "2", "b", "c"],
      [4, "DMFP-ROW-QUOTE"],
      [5, "4", "b", "c"],
    ]);
  });

  it("is one item with the lines that cannot be records of their own", async () => {
    const { items, raw } = await readSource('A;B;C\n1;"He said "hi" and\nleft";5\n2;b;c\n', semicolon);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-QUOTE"], ["2", "b", "c"]]);
    expect(raw[0]).toBe('1;"He said "hi" and\nleft";5');
  });

  it("has bytes that are no UTF-8", async () => {
    const { items, raw } = await readSource(Buffer.from("A;B\n1;fü\nü;2\n4;5\n", "latin1"), semicolon);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-ENCODING"], ["DMFP-ROW-ENCODING"], ["4", "5"]]);
    expect(items[0]).toMatchObject({
      reasons: [{ message: expect.stringContaining("byte offset 7 the byte 0xFC") as string }],
    });
    expect(raw[0]).toBe("1;f\uFFFD");
  });

  it("has bytes Windows-1252 does not know, as a DOS code page gives", async () => {
    const content = Buffer.from("A;B\n1;f\x81r\n2;\x80 für\n", "latin1");
    const { items } = await readSource(content, { ...semicolon, encoding: "windows-1252" });
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-ENCODING"], ["2", "€ für"]]);
  });

  it("has half a surrogate pair in UTF-16", async () => {
    const { items, raw } = await readSource(
      Buffer.from("\uFEFFA;B\n1;\ud83d\n2;\u{1F600}\n", "utf16le"),
      semicolon,
    );
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-ENCODING"], ["2", "\u{1F600}"]]);
    expect(raw[1]).toBe("2;\u{1F600}");
  });

  it.each([
    ["on one line", `1;${"x".repeat(3000)}`],
    ["on many lines in quotes", `1;"${"x\n".repeat(1500)}"`],
  ])("is too large, %s", async (_, record) => {
    const { items } = await readSource(`A;B\n${record}\n2;3\n`, { ...semicolon, maxRecordBytes: 1000 });
    expect(items[0]?.kind === "unreadable" && items[0].reasons[0]?.code).toBe("DMFP-ROW-TOO-LARGE");
    expect(items.slice(-1).map(shapeOf)).toEqual([["2", "3"]]);
  });

  it("is too large by more than the reader ever holds", async () => {
    const { items } = await readSource(`A;B\n1;${"x".repeat(3_000_000)}\n2;3\n`, {
      ...semicolon,
      maxRecordBytes: 1000,
    });
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-TOO-LARGE"], ["2", "3"]]);
    expect(items[0]?.position.byteLength).toBe(3_000_002);
    expect(items[1]?.position).toMatchObject({ line: 3, record: 2 });
  });
});

describe("a CSV source that cannot be read at all", () => {
  it.each([
    ["is empty", "", {}, "DMFP-SOURCE-EMPTY"],
    ["is a byte order mark only", "\uFEFF", {}, "DMFP-SOURCE-EMPTY"],
    ["has blank lines only", "\n  \n\n", {}, "DMFP-SOURCE-EMPTY"],
    ["has a name twice in its header", "A;B;A\n1;2;3\n", semicolon, "DMFP-SOURCE-HEADER"],
    ["has no name for a column", "A;;C\n1;2;3\n", semicolon, "DMFP-SOURCE-HEADER"],
    ["has a quote that is not closed in its header", '"A;B\n1;2\n', semicolon, "DMFP-SOURCE-HEADER"],
    ["is cut off inside a quoted value", 'A;B\n1;2\n3;"x\ny', semicolon, "DMFP-SOURCE-INVALID"],
    [
      "has a header in another encoding",
      Buffer.from("Größe;B\n1;2\n", "latin1"),
      semicolon,
      "DMFP-SOURCE-INVALID",
    ],
    ["is UTF-16 without saying so", Buffer.from("A;B\n1;2\n", "utf16le"), semicolon, "DMFP-SOURCE-INVALID"],
    [
      "has another byte order mark than the mapping says",
      "\uFEFFA;B\n",
      { ...semicolon, encoding: "windows-1252" as const },
      "DMFP-SOURCE-INVALID",
    ],
    [
      "has half a character at its end",
      Buffer.concat([Buffer.from("\uFEFFA;B\n1;2\n3;4", "utf16le"), Buffer.from([0x41])]),
      semicolon,
      "DMFP-SOURCE-INVALID",
    ],
  ])("%s", async (_, content, format, code) => {
    await expect(readSource(content, format)).rejects.toMatchObject({ code });
  });

  it("is cut at the wrong delimiter", async () => {
    await expect(readSource("LIFNR;NAME1\n1;2\n", {}, ["LIFNR"])).rejects.toMatchObject({
      code: "DMFP-SOURCE-HEADER",
      next: 'Write delimiter: ";" under source in the mapping.',
    });
  });

  it("says line and byte offset where a cut-off file ends", async () => {
    await expect(readSource('A;B\n1;2\n3;"x\ny', semicolon)).rejects.toThrow("line 3 (byte offset 8)");
  });
});
