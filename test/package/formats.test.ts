import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entityFileFormat, type FormatOptions } from "../../src/package/choose-format.ts";
import type { FieldMapping } from "../../src/package/field-map.ts";
import { PackageWriter, type BuiltPackage } from "../../src/package/package-writer.ts";
import { readPackageRows } from "../../src/package/read-package.ts";
import { sampleOptions, schemaOf } from "./sample-package.ts";
import { unpack } from "./unpack.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-formats-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const columns = ["CURRENCYCODE", "NAME", "SYMBOL"];

async function build(
  format: FormatOptions,
  rows: readonly (readonly string[])[],
  fields: readonly FieldMapping[] = columns,
  label = "Currencies",
): Promise<BuiltPackage> {
  const schema = schemaOf(label);
  const options = { ...sampleOptions(folder), schema, fields, format: entityFileFormat(format) };
  const writer = await PackageWriter.open(options);
  for (const row of rows) {
    const wait = writer.write(row);
    if (wait !== undefined) await wait;
  }
  return await writer.close();
}

async function dataOf(built: BuiltPackage): Promise<Buffer> {
  return (await unpack(built.path)).get(built.entities[0]?.dataFile ?? "") ?? Buffer.alloc(0);
}

async function textOf(format: FormatOptions, row: readonly string[], label = "Currencies"): Promise<string> {
  const fields = label === "Currencies" ? columns : ["FROMCURRENCY", "STARTDATE", "RATE"];
  return (await dataOf(await build(format, [row], fields, label))).toString("utf8");
}

/** Rows of an XML file as fast-xml-parser sees them: nothing trimmed, nothing taken for a number. */
function xmlRows(text: string, element: string, attributes: boolean): string[][] {
  // fast-xml-parser takes XML that is not well-formed too; saxes throws.
  new SaxesParser().write(text).close();
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    htmlEntities: true,
    processEntities: { enabled: true, maxTotalExpansions: 1e9, maxExpandedLength: 1e9, maxEntityCount: 1e9 },
    isArray: (name) => name === element,
  });
  const { Document: root } = parser.parse(text) as { Document: Record<string, unknown> };
  const records = root[element] as Record<string, string>[];
  if (attributes) expect(records.every((record) => Object.keys(record).length === columns.length)).toBe(true);
  return records.map((record) => columns.map((name) => record[name] ?? "absent"));
}

/** Texts XML 1.0 can write. */
const xmlValue = fc
  .oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({
      unit: fc.constantFrom(
        '"',
        "'",
        "&",
        "<",
        ">",
        "]]>",
        "\r",
        "\n",
        "\t",
        "😀",
        "ä",
        "x",
        " ",
        "&amp;",
        "&#10;",
      ),
    }),
  )
  .filter((text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text));

const csvValue = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom('"', ",", ";", "|", "\t", "\r", "\n", "😀", "ä", "x", " ") }),
);

function rowsOf(value: fc.Arbitrary<string>): fc.Arbitrary<string[][]> {
  return fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 12 });
}

test.each(["XML-Element", "XML-Attribute"])("%s: another reader finds the same values", async (name) => {
  await fc.assert(
    fc.asyncProperty(rowsOf(xmlValue), async (rows) => {
      const text = (await dataOf(await build({ name }, rows))).toString("utf8");
      expect(xmlRows(text, "CURRENCYENTITY", name === "XML-Attribute")).toEqual(rows);
    }),
    { numRuns: 40 },
  );
});

const delimited: FormatOptions[] = [
  { name: "CSV-UTF8" },
  { name: "CSV-UTF8", byteOrderMark: true },
  { name: "Semicolons", delimiter: ";" },
  { name: "Tabs in UTF-16", delimiter: "\t", encoding: "utf-16le" },
  { name: "Bars", delimiter: "|" },
  { name: "Colons", delimiter: ":" },
];

test.each(delimited)("$name ($delimiter): another reader finds the same values", async (format) => {
  await fc.assert(
    fc.asyncProperty(rowsOf(csvValue), async (rows) => {
      const bytes = await dataOf(await build(format, rows));
      const read = parse(bytes.toString(format.encoding === "utf-16le" ? "utf16le" : "utf8"), {
        bom: true,
        delimiter: format.delimiter ?? ",",
        record_delimiter: "\r\n",
      });
      expect(read).toEqual([columns, ...rows]);
    }),
    { numRuns: 20 },
  );
});

test.each([...delimited, { name: "CSV-Unicode" }, { name: "XML-Element" }, { name: "XML-Attribute" }])(
  "$name ($delimiter): our own reader gives back what was written, without being told the format",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(rowsOf(fc.oneof(xmlValue)), async (rows) => {
        const built = await build(format, rows);
        const read: (readonly string[])[] = [];
        for await (const batch of readPackageRows(built.path, built.entities[0]?.dataFile ?? "")) {
          expect(batch.header).toEqual(columns);
          read.push(...batch.rows);
        }
        expect(read).toEqual(rows);
      }),
      { numRuns: 15 },
    );
  },
);

test("CSV in UTF-8 has no byte order mark unless it is asked for", async () => {
  expect(await textOf({ name: "CSV-UTF8" }, ["EUR", "Übel", "€"])).toBe(
    "CURRENCYCODE,NAME,SYMBOL\r\nEUR,Übel,€\r\n",
  );
  const marked = await textOf({ name: "CSV-UTF8", byteOrderMark: true }, ["EUR", "Übel", "€"]);
  expect(marked.startsWith("\uFEFFCURRENCYCODE,")).toBe(true);
});

test("fields as elements: every column of every record, an empty one as an empty element", async () => {
  expect(await textOf({ name: "XML-Element" }, ["EUR", 'a < "b" & c\r\n]]>', ""])).toBe(
    '<?xml version="1.0" encoding="utf-8"?>\r\n<Document>\r\n' +
      '<CURRENCYENTITY><CURRENCYCODE>EUR</CURRENCYCODE><NAME>a &lt; "b" &amp; c&#13;\n]]&gt;</NAME><SYMBOL></SYMBOL>' +
      "</CURRENCYENTITY>\r\n</Document>\r\n",
  );
});

test("fields as attributes: quotes, tabs and line ends as references", async () => {
  expect(await textOf({ name: "XML-Attribute" }, ["EUR", 'a "b"\t\r\n', ""])).toBe(
    '<?xml version="1.0" encoding="utf-8"?>\r\n<Document>\r\n' +
      '<CURRENCYENTITY CURRENCYCODE="EUR" NAME="a &quot;b&quot;&#9;&#13;&#10;" SYMBOL="" />\r\n</Document>\r\n',
  );
});

test("the record's element is the AOT name as it is where the environment wants that", async () => {
  const text = await textOf({ name: "XML-Element", xmlEntityNames: "pascal" }, ["EUR", "", ""]);
  expect(text).toContain("<CurrencyEntity><CURRENCYCODE>EUR</CURRENCYCODE>");
});

test.each([
  ["CSV-UTF8", "EUR,2026-01-31 00:00:00,1.5"],
  ["XML-Attribute", 'FROMCURRENCY="EUR" STARTDATE="2026-01-31" RATE="1.5"'],
])("%s has its own notation of dates", async (name, expected) => {
  expect(await textOf({ name }, ["EUR", "2026-01-31", "1.5"], "Exchange rates")).toContain(expected);
});

test("names of built-in formats are found in any case; any other is the environment's own", async () => {
  expect(entityFileFormat({ name: "xml-attribute" }).sourceFormat).toBe("XML-Attribute");
  expect(entityFileFormat({ name: "csv-unicode" }).encoding).toBe("utf-16le");
  const own = await build({ name: "Our format", delimiter: ";" }, [["EUR", "a;b", "c"]]);
  const files = await unpack(own.path);
  expect(files.get("Currencies.csv")?.toString()).toBe('CURRENCYCODE;NAME;SYMBOL\r\nEUR;"a;b";c\r\n');
  expect(files.get("Manifest.xml")?.toString("utf16le")).toContain("<SourceFormat>Our format</SourceFormat>");
});

test("an XML file is named and described as one in the manifest", async () => {
  const built = await build({ name: "XML-Element" }, [["EUR", "", ""]]);
  const files = await unpack(built.path);
  expect([...files.keys()]).toEqual(["Currencies.xml", "Manifest.xml", "PackageHeader.xml"]);
  const text = files.get("Manifest.xml")?.toString("utf16le") ?? "";
  expect(text).toContain("<InputFilePath>Currencies.xml</InputFilePath>");
  expect(text).toContain("<SourceFormat>XML-Element</SourceFormat>");
});

test("a name that cannot be an element is refused before anything is written", async () => {
  await expect(build({ name: "XML-Element" }, [], ["CURRENCYCODE", "2ND NAME"])).rejects.toMatchObject({
    code: "DMFP-MAPPING-FIELD",
  });
});

test("a field may come from a column of another name, from a number sequence, or from a default", async () => {
  const fields: FieldMapping[] = [
    { field: "CURRENCYCODE", column: "Code" },
    { field: "SYMBOL", autoGenerated: true },
    "NAME",
    {
      field: "REFERENCECURRENCYFORTRIANGULATION",
      autoDefault: true,
      conversions: [{ isDefault: true, staging: { strValue: "No" } }],
    },
  ];
  const files = await unpack((await build({ name: "CSV-UTF8" }, [["EUR", "Euro"]], fields)).path);
  expect(files.get("Currencies.csv")?.toString()).toBe("CODE,NAME\r\nEUR,Euro\r\n");
  const text = files.get("Manifest.xml")?.toString("utf16le") ?? "";
  const maps = [...text.matchAll(/<EntityMap>.*?<\/EntityMap>/g)].map(([map]) => map);
  expect(maps[0]).toContain("<EntityField>CURRENCYCODE</EntityField>");
  expect(maps[0]).toContain("<XMLField>CODE</XMLField>");
  expect(maps[1]).toContain("<IsAutoGenerated>true</IsAutoGenerated>");
  expect(maps[1]).toContain("<XMLField />");
  expect(maps[3]).toContain("<IsAutoDefault>true</IsAutoDefault>");
  expect(maps[3]).toContain("<StrValue>No</StrValue>");
});
