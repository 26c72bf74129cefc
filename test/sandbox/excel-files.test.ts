import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { packageFiles, zip, type TestEntity } from "./package-builder.ts";
import { refusal, sandboxForTest, sharedSandbox, type SandboxClient } from "./sandbox-client.ts";
import { columnName, sheet, sheetXml, workbook } from "./workbook-builder.ts";

const assets = path.join(import.meta.dirname, "../fixtures/sandbox/asset-major-types.zip");

const client = sharedSandbox(
  {},
  {
    entities: [
      {
        label: "Fixed asset major type",
        aotName: "AssetMajorTypeEntity",
        odataCollection: "FixedAssetMajorTypes",
        scope: "company",
        keys: ["MAJORTYPEID"],
        fields: [
          { name: "MAJORTYPEID", odataName: "MajorTypeId", size: 15, mandatory: true },
          { name: "DESCRIPTION", odataName: "Description", size: 60 },
        ],
      },
    ],
  },
);

test("the real package of asset major types is imported", async () => {
  const { id, status } = await client().load(await readFile(assets));
  expect(status).toBe("Succeeded");
  expect(await client().details(id)).toMatchObject([
    { EntityName: "Fixed asset major type", StagingRecordsCreatedCount: 11, TargetRecordsCreatedCount: 11 },
  ]);
  const [computer] = await client().rows("/data/FixedAssetMajorTypes?$filter=MajorTypeId eq 'COMP'");
  expect(computer).toMatchObject({ Description: "Computer hardware", dataAreaId: "usmf" });
});

test("without the set-up file that package is refused: the entity is unknown", async () => {
  const own = await sandboxForTest();
  expect(refusal(await own.importPackage(await readFile(assets)))).toContain(
    "Entity Fixed asset major type does not exist in the target environment",
  );
});

const rates = ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"];

function entity(sheetName: string, label = "Currencies", header = ["CURRENCYCODE", "NAME"]): TestEntity {
  const elements = {
    EntityName: `<EntityName>${label}</EntityName><ExcelSheetName>${sheetName}</ExcelSheetName>`,
  };
  return { label, file: "book.xlsx", rows: [header], format: "EXCEL", elements };
}

async function load(
  content: Buffer,
  options: { readonly entity?: TestEntity; readonly own?: SandboxClient } = {},
): Promise<{ status: string; id: string; log: string }> {
  const own = options.own ?? client();
  const files = packageFiles([options.entity ?? entity("Currencies$")]);
  files.set("book.xlsx", content);
  const { id, status } = await own.load(await zip(files));
  return { id, status, log: own.sandbox.executionLog(id).join("\n") };
}

async function names(...codes: string[]): Promise<unknown[]> {
  const filter = codes.map((code) => `CurrencyCode eq '${code}'`).join(" or ");
  const rows = await client().rows(`/data/Currencies?$filter=${filter}&$orderby=CurrencyCode`);
  return rows.map((row) => row["Name"]);
}

test("the sheet is found by its name, whatever its place; gaps and empty rows do not shift anything", async () => {
  const wanted = sheet([
    ["CURRENCYCODE", "NAME"],
    ["XA1", "One & <only>"],
    [],
    ["XA2", undefined],
    [undefined, undefined, undefined],
    ["XA3", "Three"],
  ]);
  const content = await workbook({ sheets: { Notes: sheet([["x"]]), Currencies: wanted } });
  const { id, status } = await load(content);
  expect(status).toBe("Succeeded");
  expect(await client().details(id)).toMatchObject([{ StagingRecordsToBeProcessedCount: 3 }]);
  expect(await names("XA1", "XA2", "XA3")).toEqual(["One & <only>", "", "Three"]);
  expect((await load(content, { entity: entity("Missing$") })).log).toContain(
    "DMF040 Excel query failed. The worksheet 'Missing$' is not in the file.",
  );
});

test("shared strings: rich text, phonetic hints left out, escaped characters; cells without references", async () => {
  const strings =
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>CURRENCYCODE</t></si><si><t>NAME</t></si>' +
    "<si><r><t>Two </t></r><r><rPr><b/></rPr><t>parts</t></r><rPh><t>hint</t></rPh></si>" +
    "<si><t>line_x000A_break</t></si></sst>";
  const rows = [
    [0, 1],
    ["XB1", 2],
    ["XB2", 3],
  ].map((row) =>
    row.map((value) =>
      typeof value === "number"
        ? `<x:c t="s"><x:v>${value}</x:v></x:c>`
        : `<x:c t="str"><x:f>"X"</x:f><x:v>${value}</x:v></x:c>`,
    ),
  );
  const body = rows.map((cells) => `<x:row>${cells.join("")}</x:row>`).join("");
  const prefixed = `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>${body}</x:sheetData></x:worksheet>`;
  expect((await load(await workbook({ sheets: { Currencies: prefixed }, strings }))).status).toBe(
    "Succeeded",
  );
  expect(await names("XB1", "XB2")).toEqual(["Two parts", "line\nbreak"]);
  const wrong = prefixed.replace("<x:v>3</x:v>", "<x:v>99</x:v>");
  expect((await load(await workbook({ sheets: { Currencies: wrong }, strings }))).log).toContain("DMF040");
});

test("numbers and dates of real cells come as F&O writes them", async () => {
  const styles =
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>' +
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/><numFmt numFmtId="165" formatCode="#,##0.00 &quot;days&quot;"/></numFmts>' +
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>' +
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>';
  const number = (value: string, style = 0): { xml: string } => ({
    xml: `<c s="${style}"><v>${value}</v></c>`,
  });
  const rows = [
    rates,
    ["Default", "EUR", "USD", number("45292", 1), number("110.10000000000001")],
    ["Default", "EUR", "GBP", number("45292.75", 2), number("1.5E-3")],
    ["Default", "EUR", "CHF", "2024-01-01 00:00:00", number("95.5", 3)],
  ];
  const files = { sheets: { Rates: sheet(rows) }, styles };
  const { status } = await load(await workbook(files), { entity: entity("Rates$", "Exchange rates", rates) });
  expect(status).toBe("Succeeded");
  const read = await client().rows("/data/ExchangeRates?$orderby=ToCurrency");
  expect(read.map((row) => [row["ToCurrency"], row["StartDate"], row["Rate"]])).toEqual([
    ["CHF", "2024-01-01T00:00:00Z", 95.5],
    ["GBP", "2024-01-01T18:00:00Z", 0.0015],
    ["USD", "2024-01-01T00:00:00Z", 110.10000000000001],
  ]);
  const own = await sandboxForTest();
  await load(await workbook({ ...files, from1904: true }), {
    entity: entity("Rates$", "Exchange rates", rates),
    own,
  });
  const later = await own.rows("/data/ExchangeRates?$filter=ToCurrency eq 'USD'");
  expect(later[0]?.["StartDate"]).toBe("2028-01-02T00:00:00Z");
});

const header = ["CURRENCYCODE", "NAME"];
const bigSheet = sheet([Array.from({ length: 256 }, (_, index) => `F${index}`)]);

test.each([
  ["no archive", Buffer.from("CURRENCYCODE,NAME\r\n"), "DMF1855"],
  ["no workbook", zip([["a.txt", Buffer.from("x")]]), "DMF040 Excel query failed. The file is no workbook."],
  ["an empty file", Buffer.alloc(0), "DMF2053"],
  ["an empty sheet", workbook({ sheets: { Currencies: sheet([]) } }), "DMF2053"],
  ["field names only", workbook({ sheets: { Currencies: sheet([header]) } }), "DMF2053"],
  [
    "field names below row 1",
    workbook({ sheets: { Currencies: sheet([[], header, ["XC1", "x"]]) } }),
    "FF004",
  ],
  ["no field names", workbook({ sheets: { Currencies: sheet([["XC1", "x"]]) } }), "FF004"],
  ["a mapped column missing", workbook({ sheets: { Currencies: sheet([["NAME"], ["x"]]) } }), "DMF2060"],
  [
    "a column that is not mapped",
    workbook({
      sheets: {
        Currencies: sheet([
          [...header, "SYMBOL"],
          ["XC1", "x", "y"],
        ]),
      },
    }),
    "DMF2022",
  ],
  ["256 columns", workbook({ sheets: { Currencies: bigSheet } }), "DMF2009 Excel column limit exceeded."],
  [
    "a row behind the last one a sheet can have",
    workbook({ sheets: { Currencies: sheetXml('<row r="1048577"/>') } }),
    "DMF2042",
  ],
  [
    "a sheet that is cut",
    workbook({ sheets: { Currencies: sheet([header, ["XC1", "x"]]).slice(0, -30) } }),
    "DMF040",
  ],
  [
    "a document type",
    workbook({ sheets: { Currencies: `<!DOCTYPE worksheet [<!ENTITY a "x">]>${sheet([header])}` } }),
    "DMF040 .*DTD",
  ],
  [
    "an endless cell",
    workbook({ sheets: { Currencies: sheet([header, ["XC1", "x".repeat(9_000_000)]]) } }),
    "DMF040 .*too large",
  ],
])("%s refuses the whole file", async (_what, content, log) => {
  expect(await load(await content)).toMatchObject({
    status: "Failed",
    log: expect.stringMatching(log) as string,
  });
});

test("a workbook that is a bomb is refused by what it promises", async () => {
  const own = await sandboxForTest({ unpackedSizeLimitBytes: 20_000_000 });
  const content = await workbook({ sheets: { Currencies: sheet([header]), Bomb: " ".repeat(30_000_000) } });
  expect((await load(content, { own })).log).toContain("There is not enough space on the disk.");
});

test("a workbook that names one long string again and again is refused before the disk is full", async () => {
  const own = await sandboxForTest({ unpackedSizeLimitBytes: 5_000_000 });
  const strings = `<sst><si><t>CURRENCYCODE</t></si><si><t>NAME</t></si><si><t>${"x".repeat(32_000)}</t></si></sst>`;
  const cells = (first: string, second: number): string =>
    `<row><c t="${second === 1 ? "s" : "str"}"><v>${first}</v></c><c t="s"><v>${second}</v></c></row>`;
  const rows = Array.from({ length: 400 }, (_, index) => cells(`${100 + index}`, 2));
  const content = await workbook({
    sheets: { Currencies: sheetXml(cells("0", 1) + rows.join("")) },
    strings,
  });
  expect(content.length).toBeLessThan(20_000);
  expect(await load(content, { own })).toMatchObject({
    status: "Failed",
    log: expect.stringContaining("DMF2010") as string,
  });
});

test("rows that do not fit go to a workbook that can be sent again", async () => {
  const rows = [header, ["XD1", "fits"], ["TOO LONG", 'a "quoted" <name>\twith a tab'], ["XD2", "fits"]];
  const { id, status } = await load(await workbook({ sheets: { Currencies: sheet(rows) } }));
  expect(status).toBe("PartiallySucceeded");
  const parameters = { executionId: id, entityName: "Currencies" };
  const url = String(await client().value("GetImportStagingErrorFileUrl", parameters));
  expect(new URL(url).pathname).toMatch(/\.xlsx$/);
  const file = Buffer.from(await (await fetch(url)).arrayBuffer());
  const again = await load(file);
  expect(await client().details(again.id)).toMatchObject([
    { StagingRecordsToBeProcessedCount: 1, StagingRecordsCreatedCount: 0 },
  ]);
  expect(again.log).toContain("DMF2018 1 of 1 rows; first row 1, field CURRENCYCODE");
});

test("a row with a value behind the last field name is a bad row", async () => {
  const rows = [header, ["XE1", "x", "stray"], ["XE2", "x"]];
  const { id, log } = await load(await workbook({ sheets: { Currencies: sheet(rows) } }));
  expect(log).toContain("DMF2050 1 of 2 rows");
  expect(await client().details(id)).toMatchObject([{ StagingRecordsCreatedCount: 1 }]);
});

test("only one workbook is imported at a time, even where imports may run side by side", async () => {
  const own = await sandboxForTest({ enhancedParallelImport: true });
  const rows = Array.from({ length: 6000 }, (_, index) => [
    `Z${index.toString(36)}`.slice(0, 3),
    "x".repeat(50),
  ]);
  const unique = [...new Map(rows.map((row) => [row[0], row])).values()];
  const content = await workbook({ sheets: { Currencies: sheet([header, ...unique]) } });
  const results = await Promise.all([load(content, { own }), load(content, { own }), load(content, { own })]);
  const locked = results.filter(({ log }) => log.includes("DMF2039 Unable to obtain Excel file lock."));
  expect(locked.length).toBeGreaterThan(0);
  expect(results.filter(({ status }) => status === "Succeeded")).toHaveLength(3 - locked.length);
  expect((await load(content, { own })).status).toBe("Succeeded");
});

test("columns are counted as Excel names them", async () => {
  expect([1, 26, 27, 52, 703].map(columnName)).toEqual(["A", "Z", "AA", "AZ", "AAA"]);
  const wide = Array.from({ length: 255 }, (_, index) =>
    index === 0 ? "CURRENCYCODE" : index === 254 ? "NAME" : "X" + String(index),
  );
  const own = await sandboxForTest({ unmappedFileColumns: "ignore" });
  const values = wide.map((_name, index) => (index === 0 ? "XF1" : index === 254 ? "last" : undefined));
  await load(await workbook({ sheets: { Currencies: sheet([wide, values]) } }), { own });
  const rows = await own.rows("/data/Currencies?$filter=CurrencyCode eq 'XF1'");
  expect(rows).toMatchObject([{ Name: "last" }]);
});
