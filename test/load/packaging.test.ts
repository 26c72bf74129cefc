import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { readManifest } from "../../src/package/read-manifest.ts";
import type { ManifestEntity, ManifestOptions } from "../../src/package/manifest.ts";
import { readPackageRows } from "../../src/package/read-package.ts";
import { unpack } from "../package/unpack.ts";
import { build, type Built } from "./building.ts";

function lines(...documents: readonly string[]): string {
  const rows = documents.map((document, index) => `${document},${index + 1},I${index + 1}`);
  return `ORDER,LOT,ITEM\n${rows.join("\n")}\n`;
}

function orderLines(settings = ""): string {
  return `entity: Sales order lines V2
source: { file: data/lines.csv }
legalEntity: USMF
fields:
  INVENTORYLOTID: LOT
  SALESORDERNUMBER: ORDER
  ITEMNUMBER: ITEM
  REQUESTEDSHIPPINGDATE: constant("2026-12-01")
${settings}`;
}

async function manifestOf(built: Built, index = 0): Promise<ManifestOptions> {
  const key = built.result.summary.packages[index]?.key ?? "";
  const entries = await unpack(built.result.folder.packageFile(key));
  return readManifest(entries.get("Manifest.xml") ?? Buffer.alloc(0)).manifest;
}

async function entityOf(built: Built): Promise<ManifestEntity> {
  const [entity] = (await manifestOf(built)).entities;
  if (entity === undefined) throw new Error("no entity");
  return entity;
}

const sizes = (built: Built): number[] => built.result.summary.packages.map(({ records }) => records);
const warnings = (built: Built): string[] =>
  built.events.flatMap((event) => (event.kind === "warning" ? [event.text] : []));

describe("columns of the data file", () => {
  const settings = "package: { columns: { INVENTORYLOTID: LotNumber } }\n";

  test("are called as the mapping says, and the rows are read back by the names of the fields", async () => {
    const built = await build({ "data/lines.csv": lines("A") }, { mapping: orderLines(settings) });
    const { fields, fileName } = await entityOf(built);
    expect(
      fields.map((field) => (typeof field === "string" ? [field] : [field.field, field.column])),
    ).toEqual([
      ["INVENTORYLOTID", "LOTNUMBER"],
      ["SALESORDERNUMBER", "SALESORDERNUMBER"],
      ["ITEMNUMBER", "ITEMNUMBER"],
      ["REQUESTEDSHIPPINGDATE", "REQUESTEDSHIPPINGDATE"],
    ]);
    const file = built.result.folder.packageFile(built.result.summary.packages[0]?.key ?? "");
    const data = (await unpack(file)).get(fileName)?.toString("utf16le");
    expect(data?.split("\r\n")[0]).toBe("\ufeffLOTNUMBER,SALESORDERNUMBER,ITEMNUMBER,REQUESTEDSHIPPINGDATE");
    const [batch] = await Array.fromAsync(readPackageRows(file, fileName));
    expect(batch?.header[0]).toBe("INVENTORYLOTID");
  });

  test.each([
    ["{ INVENTORYLOTID: ITEMNUMBER }", /INVENTORYLOTID and ITEMNUMBER would both be the column ITEMNUMBER/],
    ["{ INVENTORYLOTID: X, ITEMNUMBER: x }", /ITEMNUMBER and INVENTORYLOTID would both be the column X/],
    ["{ LINENUMBER: X }", /does not fill LINENUMBER/],
    ["{ ITEMNUMBER: a b }", /a column's name/],
  ])("%s is a mistake of the mapping", async (columns, said) => {
    const work = build(
      { "data/lines.csv": lines("A") },
      { mapping: orderLines(`package: { columns: ${columns} }\n`) },
    );
    await expect(work).rejects.toThrow(said);
  });
});

describe("documents", () => {
  test("the lines of an order stay in one package, without a word in the mapping", async () => {
    const built = await build(
      { "data/lines.csv": lines("A", "B", "B", "B", "C") },
      { mapping: orderLines("package: { records: 2 }\n") },
    );
    expect(sizes(built)).toEqual([4, 1]);
    expect(warnings(built)).toEqual([]);
  });

  test("an order that is scattered over the source is told of", async () => {
    const built = await build(
      { "data/lines.csv": lines("A", "B", "C", "A") },
      { mapping: orderLines("package: { records: 2 }\n") },
    );
    expect(sizes(built)).toEqual([2, 2]);
    expect(warnings(built)).toEqual([
      expect.stringMatching(/SALESORDERNUMBER do not stand together .*: A \(data\/lines.csv, line 5\)\./),
    ]);
  });

  test.each(["check", "build"] as const)(
    "%s stops at one where the mapping wants it whole",
    async (command) => {
      const mapping = orderLines("package: { records: 2, keepTogether: SALESORDERNUMBER }\n");
      const { result } = await build({ "data/lines.csv": lines("A", "B", "C", "A") }, { mapping, command });
      expect(result.summary).toMatchObject({ exitCode: 3, packages: [] });
      expect(result.error).toMatchObject({
        code: "DMFP-DOCUMENT-TORN",
        at: { file: "mappings/m.yaml", line: 9, column: 38 },
      });
      expect(result.error?.next).toContain("Sort the extract");
    },
  );

  test("records without a document are independent of each other", async () => {
    const built = await build(
      { "data/lines.csv": "K,V\n1,\n2,\n3,\n" },
      {
        mapping: `entity: Vendor groups
source: { file: data/lines.csv }
legalEntity: USMF
fields: { VENDORGROUPID: K, DESCRIPTION: V }
package: { records: 2, keepTogether: [DESCRIPTION] }
`,
      },
    );
    expect(sizes(built)).toEqual([2, 1]);
    expect(built.result.error).toBeUndefined();
  });
});

describe("what the manifest says", () => {
  const files = { "data/lines.csv": lines("A", "B") };

  test("without settings it is what F&O's own exports say", async () => {
    const entity = await entityOf(await build(files, { mapping: orderLines() }));
    expect(entity).toMatchObject({
      sourceFormat: "CSV-Unicode",
      fileName: "Sales order lines V2.csv",
      runBusinessLogic: true,
      runBusinessValidation: true,
      failLevelOnError: false,
    });
    expect(entity.skipStaging).toBeUndefined();
  });

  test("the mapping's settings win over the project's", async () => {
    const entity = await entityOf(
      await build(files, {
        settings: "packages: { format: XML-Attribute, failLevelOnError: true, runBusinessLogic: false }\n",
        mapping: orderLines("package: { format: XML-Element, runBusinessLogic: true, skipStaging: true }\n"),
      }),
    );
    expect(entity).toMatchObject({
      sourceFormat: "XML-Element",
      fileName: "Sales order lines V2.xml",
      failLevelOnError: true,
      runBusinessLogic: true,
      skipStaging: true,
    });
  });

  test("fields that F&O fills have no column; values it replaces have a conversion", async () => {
    const mapping = orderLines()
      .replace("  INVENTORYLOTID: LOT\n", "")
      .concat(
        "package:\n  generated: INVENTORYLOTID\n  defaults: { SALESUNITSYMBOL: ea }\n  conversions: { ITEMNUMBER: { I1: D0001 } }\n",
      );
    const { fields } = await entityOf(await build(files, { mapping }));
    expect(fields).toMatchObject([
      { field: "SALESORDERNUMBER", column: "SALESORDERNUMBER" },
      {
        field: "ITEMNUMBER",
        column: "ITEMNUMBER",
        conversions: [{ source: { strValue: "I1" }, staging: { strValue: "D0001" } }],
      },
      { field: "REQUESTEDSHIPPINGDATE" },
      { field: "INVENTORYLOTID", column: "", autoGenerated: true },
      {
        field: "SALESUNITSYMBOL",
        autoDefault: true,
        conversions: [{ isDefault: true, staging: { strValue: "ea" } }],
      },
    ]);
  });

  test("version and category are the project's", async () => {
    const settings = "packages: { version: 1 }\n";
    expect((await manifestOf(await build(files, { settings, mapping: orderLines() }))).packageVersion).toBe(
      1,
    );
    const configuration = await build(files, {
      settings: "packages: { category: Configuration }\n",
      mapping: orderLines(),
    });
    expect(await manifestOf(configuration)).toMatchObject({ packageVersion: 2, projectCategory: 1 });
  });
});

describe("settings that cannot be", () => {
  test.each([
    ["generated: [ITEMNUMBER]", "ITEMNUMBER is generated by F&O, and filled by the mapping as well.", "9:24"],
    ["generated: NOSUCHFIELD", "has no field NOSUCHFIELD", "9:23"],
    ["keepTogether: SALESUNITSYMBOL", "The mapping does not fill SALESUNITSYMBOL.", "9:26"],
    ["defaults: { REQUESTEDRECEIPTDATE: soon }", "REQUESTEDRECEIPTDATE wants a date", "9:46"],
    ["format: [a]", "format has to be a text", "9:20"],
    ["attachments: { folder: ../elsewhere, field: ITEMNUMBER }", "leads outside the project", "9:35"],
  ])("package: { %s }", async (setting, message, place) => {
    const mapping = orderLines(`package: { ${setting} }\n`);
    const thrown = await build({ "data/lines.csv": lines("A") }, { mapping }).then(
      ({ result }) => result.error,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(DmfpipeError);
    const { at, message: words } = thrown as DmfpipeError;
    expect(words).toContain(message);
    expect(`${String(at.line)}:${String(at.column)}`).toBe(place);
  });
});

describe("values a text file does not promise to carry", () => {
  const files = { "data/lines.csv": 'ORDER,LOT,ITEM\nA,1,"6"" pipe"\nB,2,plain\n' };

  test("are sent and told of", async () => {
    const built = await build(files, { mapping: orderLines() });
    expect(sizes(built)).toEqual([2]);
    expect(warnings(built)).toEqual([
      "Sales order lines V2: 1 record has quotes in ITEMNUMBER, which CSV-Unicode does not promise to carry. To be safe, load the entity as XML: package: { format: XML-Element } in mappings/m.yaml.",
    ]);
  });

  test("are rejected where the settings say so, and are no doubt at all in XML", async () => {
    const settings = "packages: { doubtfulValues: reject }\n";
    const built = await build(files, { settings, mapping: orderLines() });
    expect(sizes(built)).toEqual([1]);
    expect(built.rejections).toMatchObject([
      { stage: "validation", reasons: [{ code: "DMFP-FORMAT-QUALIFIER", field: "ITEMNUMBER" }] },
    ]);
    const xml = await build(files, { settings, mapping: orderLines("package: { format: XML-Element }\n") });
    expect(sizes(xml)).toEqual([2]);
  });
});

test("attachments go with the records that name them, and a missing one is a rejection", async () => {
  const files = {
    "data/lines.csv":
      "ORDER,LOT,ITEM\nA,1,one.txt\nB,2,two.txt\nC,3,none.txt\nD,4,../lines.csv\nE,5,\nF,6,one.txt\n",
    "data/files/one.txt": "1",
    "data/files/two.txt": "2",
    "data/files/unused.txt": "3",
  };
  const mapping = orderLines("package: { attachments: { folder: data/files, field: ITEMNUMBER } }\n");
  const built = await build(files, { mapping });
  expect(built.rejections.map(({ position, reasons }) => [position.line, reasons[0]?.code])).toEqual([
    [4, "DMFP-ATTACHMENT-MISSING"],
    [5, "DMFP-ATTACHMENT-MISSING"],
    [6, "DMFP-VALUE-MISSING"],
  ]);
  const entries = await unpack(built.result.folder.packageFile(built.result.summary.packages[0]?.key ?? ""));
  expect([...entries.keys()]).toEqual([
    "Sales order lines V2.csv",
    "Resources/Sales order lines V2/one.txt",
    "Resources/Sales order lines V2/two.txt",
    "Manifest.xml",
    "PackageHeader.xml",
  ]);
});

test("journal batches and vouchers with more lines than Microsoft advises are told of", async () => {
  const rows = Array.from({ length: 12 }, (_, index) => `B1,V1,${index + 1}`);
  const built = await build(
    { "data/lines.csv": `BATCH,VOUCHER,LINE\n${rows.join("\n")}\n` },
    {
      mapping: `entity: General journal
source: { file: data/lines.csv }
legalEntity: USMF
fields:
  JOURNALBATCHNUMBER: BATCH
  LINENUMBER: LINE
  VOUCHER: VOUCHER
  TRANSDATE: constant("2026-11-23")
  CURRENCYCODE: constant("EUR")
`,
    },
  );
  expect(warnings(built)).toEqual([
    "General journal: a JOURNALBATCHNUMBER + VOUCHER + TRANSDATE should have at most 10 records, as Microsoft advises; more have B1, V1, 2026-11-23 (data/lines.csv, line 12).",
  ]);
});
