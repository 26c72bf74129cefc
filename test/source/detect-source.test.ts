import path from "node:path";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { detectSource, type DetectedSource, type KnownOfSource } from "../../src/source/detect-source.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { folderWithBytes } from "./source-bytes.ts";

async function detect(content: string | Buffer, known: Partial<KnownOfSource> = {}): Promise<DetectedSource> {
  const folder = folderWithBytes({ "extract.txt": Buffer.from(content) });
  const file = await SourceFile.open(path.join(folder, "extract.txt"), "extract.txt");
  return await detectSource(file, { maxRecordBytes: 1_000_000, ...known });
}

async function codeOf(content: string, known: Partial<KnownOfSource> = {}): Promise<string> {
  try {
    await detect(content, known);
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) return `${thrown.code}: ${thrown.message} ${thrown.next}`;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

describe("the encoding", () => {
  test.each([
    ["plain ASCII is UTF-8", Buffer.from("A;B\n1;2\n"), "utf-8"],
    ["UTF-8", Buffer.from("A;B\nMüller;2\n"), "utf-8"],
    ["UTF-8 with a mark", Buffer.from("\uFEFFA;B\nMüller;2\n"), "utf-8"],
    ["Windows-1252", Buffer.from("A;B\nM\xfcller;2\n", "latin1"), "windows-1252"],
    ["UTF-16 with a mark", Buffer.from("\uFEFFA;B\n1;2\n", "utf16le"), "utf-16le"],
    ["UTF-16 without one", Buffer.from("A;B\n1;2\n", "utf16le"), "utf-16le"],
    ["UTF-16 the other way round", Buffer.from("A;B\n1;2\n", "utf16le").swap16(), "utf-16be"],
  ])("%s", async (_name, bytes, encoding) => {
    expect((await detect(bytes)).format).toMatchObject({ encoding, delimiter: ";" });
  });

  test("one broken byte among many umlauts does not make a file Windows-1252, and is said", async () => {
    const good = Buffer.from("A;B\n" + "Müller;Größe\n".repeat(20));
    const { format, notes } = await detect(Buffer.concat([good, Buffer.from("M\xfcller;x\n", "latin1")]));
    expect(format.encoding).toBe("utf-8");
    expect(notes.join()).toMatch(/1 byte is not/);
  });

  test("a file that ends in the middle of a character is not taken for another encoding", async () => {
    const cut = Buffer.from("A;B\n" + "Müller;Größe\n".repeat(20) + "ü").subarray(0, -1);
    expect((await detect(cut)).format.encoding).toBe("utf-8");
  });

  test("bytes of a DOS code page are pointed out", async () => {
    const { format, notes } = await detect(Buffer.from("A;B\nM\x81ller;2\n", "latin1"));
    expect(format.encoding).toBe("windows-1252");
    expect(notes.join()).toMatch(/DOS code pages/);
  });

  test("what is said is not questioned", async () => {
    const { format } = await detect("A;B\nMüller;2\n", { encoding: "iso-8859-1" });
    expect(format.encoding).toBe("iso-8859-1");
  });
});

describe("the dialect", () => {
  test.each([
    [";", "A;B\n1,5;2\n1,7;3\n"],
    [",", 'A,B\n"x; y",2\n'],
    ["\t", "A\tB\nx, y; z\t2\n"],
    ["|", 'A|B\n"x | y"|2\n'],
    [",", "A\n1\n"],
  ])("%j", async (delimiter, text) => {
    expect((await detect(text)).format).toMatchObject({ delimiter, quote: '"' });
  });

  test("a quote that is only a character is none", async () => {
    const text = 'NAME;SIZE\n4" pipe;"\n1" pipe;2\n';
    expect((await detect(text)).format).toMatchObject({ delimiter: ";", quote: "" });
  });

  test("a mistake in the header is told, not read round", async () => {
    expect(await codeOf("A;B;A\n1;2;3\n")).toMatch(/DMFP-SOURCE-HEADER: .*A twice/);
    expect(await codeOf("")).toMatch(/DMFP-SOURCE-EMPTY/);
  });
});

describe("XML", () => {
  const customers = `<?xml version="1.0"?>
<crm:Export xmlns:crm="urn:x"><Head><System>CRM</System></Head><Customers>
  <Customer id="1"><Name>A</Name><Phone kind="office">1</Phone><Phone>2</Phone><Address country="NL"><City>R</City></Address></Customer>
  <Customer id="2"><Name>B</Name><Phone>3</Phone><Phone>4</Phone><Lines><Line no="1"><Item>x</Item></Line><Line no="2"/></Lines></Customer>
</Customers></crm:Export>`;

  test("the record is what is repeated, its values are paths", async () => {
    const { format, paths, notes } = await detect(customers);
    expect(format).toEqual({ record: "/Export/Customers/Customer", maxRecordBytes: 1_000_000 });
    expect(paths).toEqual([
      "@id",
      "Name",
      "Phone[1]/@kind",
      "Phone[1]",
      "Phone[2]/@kind",
      "Phone[2]",
      "Address/@country",
      "Address/City",
      "Lines/Line[1]/@no",
      "Lines/Line[1]/Item",
    ]);
    expect(notes).toEqual([expect.stringMatching(/up to 2 of Lines\/Line;.*rows: Lines\/Line/)]);
  });

  test("an element that hardly any record has twice is one column, and is pointed out", async () => {
    const many = "<C><Name>x</Name></C>".repeat(50);
    const { paths, notes } = await detect(`<R>${many}<C><Name>x</Name><Name>y</Name></C></R>`);
    expect(paths).toEqual(["Name"]);
    expect(notes.join()).toMatch(/One record has several of Name/);
  });

  test("the encoding is named only where the file does not say it", async () => {
    const silent = Buffer.from("<R><C><N>M\xfcller</N></C><C><N>x</N></C></R>", "latin1");
    expect((await detect(silent)).format.encoding).toBe("windows-1252");
    const said = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><R><C><N>\xfc</N></C><C/></R>',
      "latin1",
    );
    expect((await detect(said)).format.encoding).toBeUndefined();
  });

  test("without a repeated element the record has to be named; one that is not there is told", async () => {
    expect(await codeOf("<R><C><N>x</N></C></R>")).toMatch(/DMFP-USAGE: .*--record \/R\/C/);
    const { format } = await detect("<R><C><N>x</N></C></R>", { record: "/R/C" });
    expect(format.record).toBe("/R/C");
    expect(await codeOf("<R><C/><C/></R>", { record: "/R/D" })).toMatch(
      /no element \/R\/D; its root element is R, with C/,
    );
  });

  test("what is no well-formed XML is refused", async () => {
    expect(await codeOf("<R><C></R>")).toMatch(/DMFP-SOURCE-INVALID: .*no well-formed XML/);
  });
});
