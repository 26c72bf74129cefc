import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSource, shapeOf } from "./read-source.ts";

const customers = { record: "/Customers/Customer" } as const;

const sample = [
  '<?xml version="1.0"?>',
  '<n:Customers xmlns:n="urn:x">',
  '  <n:Customer id="1"><Name>M&#252;ller <![CDATA[& Söhne]]></Name><Address type="a"><City> X </City></Address>',
  '    <Phone kind="t">1</Phone><Phone kind="f">2</Phone></n:Customer>',
  "  <!-- <Customer> in a comment --><Customer",
  '    id="2"/>',
  "</n:Customers>",
].join("\r\n");

describe("an XML source", () => {
  it("gives the values at the wanted paths; what is absent is empty", async () => {
    const paths = ["@id", "Name", "Address/City", "Address/@type", "Phone[2]/@kind", "Phone[1]", "Fax"];
    const { columns, items, reread } = await readSource(sample, customers, paths);
    expect(columns).toEqual(paths);
    expect(items.map(shapeOf)).toEqual([
      ["1", "Müller & Söhne", "X", "a", "f", "1", ""],
      ["2", "", "", "", "", "", ""],
    ]);
    expect(reread).toEqual(items.map(shapeOf));
  });

  it.each([
    ["utf-8", Buffer.from(sample, "utf8"), 1, 0],
    ["UTF-8 with a byte order mark", Buffer.from(`\uFEFF${sample}`, "utf8"), 1, 3],
    ["UTF-16", Buffer.from(`\uFEFF${sample}`, "utf16le"), 2, 2],
    ["UTF-16 without a byte order mark", Buffer.from(sample, "utf16le").swap16(), 2, 0],
  ])("has the exact place of every record in %s", async (_, content, unitBytes, markBytes) => {
    const { items, raw } = await readSource(content, customers, ["@id"]);
    const start = sample.indexOf("<n:Customer ");
    const end = sample.indexOf("</n:Customer>") + "</n:Customer>".length;
    const umlauts = unitBytes === 1 ? 1 : 0;
    expect(items[0]?.position).toEqual({
      file: "source",
      line: 3,
      record: 1,
      byteOffset: start * unitBytes + markBytes,
      byteLength: (end - start) * unitBytes + umlauts,
    });
    expect(items[1]?.position.line).toBe(5);
    expect(raw).toEqual([sample.slice(start, end), '<Customer\r\n    id="2"/>']);
  });

  it("takes a star for any element on the way to the record", async () => {
    const { items } = await readSource("<a><x><R v='1'/></x><y><R v='2'/></y></a>", { record: "/a/*/R" }, [
      "@v",
    ]);
    expect(items.map(shapeOf)).toEqual([["1"], ["2"]]);
  });

  it("takes a dot for the text of the record element", async () => {
    const { items } = await readSource("<a><R> x <b>no</b> y </R></a>", { record: "/a/R" }, ["."]);
    expect(items.map(shapeOf)).toEqual([["x  y"]]);
  });

  it("reads a file whose list of records is empty", async () => {
    const { items } = await readSource("<Customers>\n</Customers>", customers, ["@id"]);
    expect(items).toEqual([]);
  });

  it("reads the encoding from the XML declaration", async () => {
    const content = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a><R>ü</R></a>', "latin1");
    const { items, raw } = await readSource(content, { record: "/a/R" }, ["."]);
    expect(items.map(shapeOf)).toEqual([["ü"]]);
    expect(raw).toEqual(["<R>ü</R>"]);
  });

  it("refuses a record that has a wanted element several times, and goes on", async () => {
    const content = "<a><R><P>1</P><P>2</P></R><R><P>3</P></R></a>";
    const { items, raw } = await readSource(content, { record: "/a/R" }, ["P"]);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-REPEATED"], ["3"]]);
    expect(raw[0]).toBe("<R><P>1</P><P>2</P></R>");
  });

  it("refuses a record that is too large, and goes on", async () => {
    const content = `<a><R>${"x".repeat(3_000_000)}</R><R>3</R></a>`;
    const { items } = await readSource(content, { record: "/a/R", maxRecordBytes: 1000 }, ["."]);
    expect(items.map(shapeOf)).toEqual([["DMFP-ROW-TOO-LARGE"], ["3"]]);
  });

  it("finds records and places however the records fall on the chunks of the file", async () => {
    // More than three chunks of 1 MiB, so that their borders fall into tags, texts and line ends.
    const lines = Array.from(
      { length: 40_000 },
      (_, index) => `<R id="${index}"\r\n a="ä">\r\n<T>${"ü".repeat(index % 37)}</T></R>\r\n`,
    );
    const { items, raw } = await readSource(`<a>${lines.join("")}</a>`, { record: "/a/R" }, ["@id", "T"]);
    expect(items).toHaveLength(lines.length);
    for (const [index, item] of items.entries()) {
      expect(shapeOf(item)).toEqual([index.toString(), "ü".repeat(index % 37)]);
      expect(raw[index]).toBe(lines[index]?.trimEnd());
      expect(item.position.line).toBe(1 + index * 3);
    }
  });
});

describe("an XML source that cannot be read", () => {
  it.each([
    ["is empty", "", "DMFP-SOURCE-EMPTY"],
    ["is blank", " \n ", "DMFP-SOURCE-EMPTY"],
    ["is cut off inside a record", sample.slice(0, 150), "DMFP-SOURCE-INVALID"],
    ["is cut off behind a record", sample.slice(0, sample.indexOf("  <!--")), "DMFP-SOURCE-INVALID"],
    ["is cut off inside its first tag", "<Customers", "DMFP-SOURCE-INVALID"],
    ["closes another element than it opened", "<Customers><Customer></Customers>", "DMFP-SOURCE-INVALID"],
    ["has text behind its root element", "<Customers><Customer/></Customers>x", "DMFP-SOURCE-INVALID"],
    ["has an attribute twice", '<Customers><Customer a="1" a="2"/></Customers>', "DMFP-SOURCE-INVALID"],
    ["has an unknown entity", "<Customers><Customer>&uuml;</Customer></Customers>", "DMFP-SOURCE-INVALID"],
    ["has a document type declaration", '<!DOCTYPE a [<!ENTITY x "y">]><Customers/>', "DMFP-SOURCE-INVALID"],
    ["is nested too deep", "<a>".repeat(101), "DMFP-SOURCE-INVALID"],
    [
      "has bytes of another encoding",
      Buffer.from("<Customers>ü</Customers>", "latin1"),
      "DMFP-SOURCE-INVALID",
    ],
    [
      "declares an encoding that is not read",
      '<?xml version="1.0" encoding="EBCDIC"?><a/>',
      "DMFP-SOURCE-INVALID",
    ],
    [
      "declares another encoding than it is in",
      Buffer.from('\uFEFF<?xml version="1.0" encoding="utf-8"?><Customers/>', "utf16le"),
      "DMFP-SOURCE-INVALID",
    ],
    ["has other records", "<Customers><Custmer/></Customers>", "DMFP-SOURCE-INVALID"],
    ["has another root", "<Clients><Client/></Clients>", "DMFP-SOURCE-INVALID"],
  ])("%s", async (_, content, code) => {
    await expect(readSource(content, customers, ["@id"])).rejects.toMatchObject({ code });
  });

  it("names the element that was probably meant", async () => {
    await expect(readSource("<Customers><Custmer/></Customers>", customers, ["@id"])).rejects.toThrow(
      "Did you mean /Customers/Custmer?",
    );
  });

  it("says line and byte offset", async () => {
    await expect(readSource("<Customers>\n<Customer>\n</Customers>", customers, ["@id"])).rejects.toThrow(
      /line 3 \(byte offset 35\)/,
    );
  });

  it.each(["", "/x", "a//b", "a/@b/c", "a[0]", "@"])("is given the path %j, which is none", async (path) => {
    await expect(readSource(sample, customers, [path])).rejects.toMatchObject({
      code: "DMFP-MAPPING-COLUMN",
    });
  });
});

describe("any text in an XML source", () => {
  it("comes out as it was put in, without surrounding blanks", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((value) =>
      // Characters XML cannot hold in any way, and line ends, which every parser turns into \n.
      value.replace(/[^\t\n\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ""),
    );
    const escaped = (value: string): string =>
      value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 10 }), async (texts) => {
        const content = `<a>${texts.map((value) => `<R><T>${escaped(value)}</T></R>`).join("\n")}</a>`;
        const { items, raw } = await readSource(content, { record: "/a/R" }, ["T"]);
        expect(items.map(shapeOf)).toEqual(texts.map((value) => [value.trim()]));
        expect(raw).toEqual(texts.map((value) => `<R><T>${escaped(value)}</T></R>`));
      }),
      { numRuns: 60 },
    );
  });
});
