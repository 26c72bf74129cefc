import { readdirSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../../src/errors/reason.ts";
import { rejectColumns } from "../../../src/rejection/rejection-csv.ts";
import type { Rejection } from "../../../src/rejection/rejection.ts";
import { textOf } from "../../../src/rejection/workbook/entity-sheet.ts";
import { WorkbookCensus } from "../../../src/rejection/workbook/workbook-census.ts";
import { writeWorkbook, type WorkbookOptions } from "../../../src/rejection/workbook/write-workbook.ts";
import { entitySummary, runSummary, stream, temporaryFolder, vendorRejection } from "../report-fixture.ts";
import { allTexts, partsOf, readWorkbook, rowTexts, sheetOf } from "./workbook-reading.ts";

const columns = ["LIFNR", "NAME1", "KTOKK", "KLIMK"];

async function written(
  rejections: readonly Rejection[],
  changes: Partial<WorkbookOptions> = {},
): Promise<string> {
  const file = path.join(temporaryFolder(), "report.xlsx");
  const { rowsPerSheet } = changes;
  const census = new WorkbookCensus({
    layoutOf: () => ({ columns }),
    ...(rowsPerSheet === undefined ? {} : { rowsPerSheet }),
  });
  for (const rejection of rejections) census.add(rejection);
  const summary = runSummary({}, { mapping: rejections.length });
  await writeWorkbook({ file, summary, census, rejections: () => stream(rejections), ...changes });
  return file;
}

const bankRejection = (number: number): Rejection =>
  vendorRejection(number, {
    entity: "Vendor bank accounts",
    legalEntity: "USMF",
    stage: "target",
    columns: ["IBAN"],
    values: [`DE${number}`],
    reasons: [reason("DMFP-FNO-RULE", { message: "The account is blocked." })],
  });

describe("a workbook of rejections", () => {
  test("has the source columns as text, the reasons behind them, and the rejected cells marked", async () => {
    const fields = new Map([["VENDORGROUPID", ["KTOKK", "NOT_THERE"]]]);
    const file = await written([vendorRejection(7), vendorRejection(8), bankRejection(1)], {
      columnsOf: () => (field) => fields.get(field),
    });
    const workbook = await readWorkbook(file);
    expect(workbook.worksheets.map(({ name }) => name)).toEqual([
      "Summary",
      "Vendors V2",
      "Vendor bank accounts",
    ]);
    const sheet = sheetOf(workbook, "Vendors V2");
    const width = columns.length + rejectColumns.length;
    expect(rowTexts(sheet, 1, width)).toEqual([...columns, ...rejectColumns]);
    expect(rowTexts(sheet, 2, width)).toEqual([
      ...["0000000007", "Müller & Söhne", "ZX", "-12,50", "mapping", "DMFP-MAP-LOOKUP", "VENDORGROUPID"],
      'The lookup vendor-groups has no entry for "ZX".',
      ...['Add "ZX" to the lookup file.', "samples/vendors.csv", "8", ""],
    ]);
    const cells = columns.map((_name, index) => sheet.getRow(2).getCell(index + 1));
    expect(cells.map(({ numFmt }) => numFmt)).toEqual(["@", "@", "@", "@"]);
    expect(cells.map(({ type }) => type)).toEqual(cells.map(() => cells[0]?.type));
    expect(cells.map(({ fill }) => JSON.stringify(fill).includes("solid"))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(JSON.stringify(cells[2]?.note)).toContain("has no entry for");
    expect(JSON.stringify(cells[1]?.note)).toBeUndefined();
    expect(sheet.autoFilter).toBe("A1:L3");
    expect(sheet.views).toMatchObject([{ state: "frozen", ySplit: 1 }]);
    const message = sheet.getRow(2).getCell(8);
    expect(message.alignment).toMatchObject({ wrapText: true });
    expect(sheet.getColumn(8).width).toBeGreaterThan(40);
    await partsOf(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("begins with a summary whose numbers add up and whose links lead to the sheets", async () => {
    const entities = [
      entitySummary({ read: 10, filtered: 1, rejectedHere: 2, packaged: 7, created: 6, rejectedTarget: 1 }),
      entitySummary({ entity: "Vendor bank accounts", legalEntity: "", read: 5, balanced: false }),
    ];
    const rejections = [vendorRejection(1), vendorRejection(2), bankRejection(1)];
    const summary = runSummary({ entities }, { mapping: 2, target: 1 });
    const byCode = { "DMFP-MAP-LOOKUP": 2, "DMFP-FNO-RULE": 1 };
    const unattributed = Array.from({ length: 501 }, (_, number) => ({
      entity: "Vendors V2",
      legalEntity: "DEMF",
      executionId: "E",
      channel: "execution errors" as const,
      recordId: `R${number}`,
      message: "A write failed. https://x/?sig=secret",
    }));
    const file = await written(rejections, {
      summary: { ...summary, rejections: { ...summary.rejections, byCode } },
      notice: "Part of something.",
      unattributed,
    });
    const sheet = sheetOf(await readWorkbook(file), "Summary");
    const text = allTexts(sheet);
    expect(text).toContain("Load of erp-cutover into uat\nPart of something.\n");
    expect(text).toContain("Vendors V2\tDEMF\t10\t1\t2\t7\t0\t6\t0\t1\t0\tyes");
    expect(text).toContain("Vendor bank accounts\tnone\t5\t0\t0\t0\t0\t0\t0\t0\t0\tNO");
    expect(text).toContain("Vendors V2\tDEMF\t0\t2\t0\t0\t0\t2");
    expect(text).toContain("All\t0\t2\t0\t0\t1\t3");
    expect(text).toMatch(/DMFP-MAP-LOOKUP\t2\t[^\n]+\nDMFP-FNO-RULE\t1\t/);
    expect(text).toContain("R499\t");
    expect(text).not.toContain("R500\t");
    expect(text).toContain("Of 501 messages that fit no record the first 500 are listed below.");
    expect(text).not.toContain("secret");
    const parts = await partsOf(file);
    expect(parts.get("xl/worksheets/_rels/sheet1.xml.rels")).toContain(
      `Target="#&apos;Vendor bank accounts&apos;!A1"`,
    );
  });

  test("goes on in another sheet where the rows of one are used up, and says so", async () => {
    const rejections = [1, 2, 3, 4, 5].map((number) => vendorRejection(number));
    const file = await written([...rejections, bankRejection(1)], { rowsPerSheet: 2 });
    const workbook = await readWorkbook(file);
    const names = ["Vendors V2", "Vendors V2 (2)", "Vendors V2 (3)"];
    expect(workbook.worksheets.map(({ name }) => name)).toEqual([
      "Summary",
      ...names,
      "Vendor bank accounts",
    ]);
    const keys = names.flatMap((name) => {
      const sheet = sheetOf(workbook, name);
      expect(rowTexts(sheet, 1, 1)).toEqual(["LIFNR"]);
      return Array.from({ length: sheet.rowCount - 1 }, (_, row) => sheet.getRow(row + 2).getCell(1).text);
    });
    expect(keys).toEqual(rejections.map(({ values }) => values[0]));
    expect(allTexts(sheetOf(workbook, "Summary"))).toContain(
      "Vendors V2 has 5 records, more than Excel has rows: they go on in Vendors V2 (2), Vendors V2 (3).",
    );
  });

  test("has a sheet for each list of columns, also where their records are mixed", async () => {
    const older = (number: number): Rejection =>
      vendorRejection(number, { columns: ["LIFNR", "_reject_code"], values: [`V${number}`, "old"] });
    const unreadable = vendorRejection(9, {
      columns: [],
      values: [],
      raw: 'V9;"never closed',
      stage: "source",
    });
    const rejections = [
      ...[vendorRejection(1), older(2), bankRejection(3)],
      ...[vendorRejection(4), older(5), bankRejection(6), unreadable],
    ];
    const workbook = await readWorkbook(await written(rejections));
    const first = (name: string, column = 1): string[] => {
      const sheet = sheetOf(workbook, name);
      return Array.from({ length: sheet.rowCount }, (_, row) => sheet.getRow(row + 1).getCell(column).text);
    };
    expect(first("Vendors V2")).toEqual(["LIFNR", "0000000001", "0000000004", ""]);
    expect(first("Vendors V2", 12)).toEqual(["_source_text", "", "", 'V9;"never closed']);
    expect(first("Vendors V2 (2)")).toEqual(["LIFNR", "V2", "V5"]);
    expect(first("Vendors V2 (2)", 2)).toEqual(["_reject_stage", "mapping", "mapping"]);
    expect(first("Vendor bank accounts")).toEqual(["IBAN", "DE3", "DE6"]);
  });

  test("keeps every text to the letter, and none is a formula", async () => {
    const texts = [
      "=1+1",
      "@SUM(A1)",
      "+cmd|' /C calc'!A0",
      "007",
      "1e5",
      " a ",
      "a\nb",
      "a\r\nb\t",
      "_x0041_",
    ];
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom("<", "&", "_x", "000A_", "\u0000", "\uD800", "\uFFFE", "\r", "]]>"),
      }),
      fc.constantFrom(...texts),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 4, maxLength: 40 }), async (values) => {
        const names = values.map((_, index) => `C${index}`);
        const file = await written([vendorRejection(1, { columns: names, values })]);
        const sheet = sheetOf(await readWorkbook(file), "Vendors V2");
        const cells = values.map((_, index) => sheet.getRow(2).getCell(index + 1));
        expect(cells.map((cell) => textOf(cell.value))).toEqual(values);
        const xml = (await partsOf(file)).get("xl/worksheets/sheet2.xml") ?? "";
        expect(xml).not.toContain("<f>");
      }),
      { numRuns: 25, examples: [[texts]] },
    );
  });

  test("cuts a value that is too long for a cell, and says how many were", async () => {
    const long = `${"x".repeat(32_753)}😀${"y".repeat(100)}`;
    const values = [long, "x".repeat(32_767), "", ""];
    const workbook = await readWorkbook(await written([vendorRejection(1, { values })]));
    const cells = rowTexts(sheetOf(workbook, "Vendors V2"), 2, 2);
    expect(cells[0]).toBe(`${"x".repeat(32_753)}… (shortened)`);
    expect(cells[1]).toBe(values[1]);
    expect(allTexts(sheetOf(workbook, "Summary"))).toContain("1 value longer than a cell of Excel may be");
  });

  test("has notes for a bounded number of records, and fills the cells of all", async () => {
    const rejections = Array.from({ length: 2003 }, (_, number) => vendorRejection(number + 1));
    const file = await written(rejections, { columnsOf: () => () => ["KTOKK"] });
    const parts = await partsOf(file);
    expect(parts.get("xl/comments2.xml")?.match(/<comment /g)).toHaveLength(2000);
    const styled = /<c r="C(\d+)" s="(\d+)"/g;
    const styles = [...(parts.get("xl/worksheets/sheet2.xml") ?? "").matchAll(styled)].map(
      ([, , style]) => style,
    );
    expect(new Set(styles.slice(1)).size).toBe(1);
    expect(styles).toHaveLength(2004);
    expect(allTexts(sheetOf(await readWorkbook(file), "Summary"))).toContain("the first 2,000 records have");
  });

  test("leaves nothing behind when the disk is full", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "report.xlsx");
    symlinkSync("/dev/full", `${file}.partial`);
    const rejections = Array.from({ length: 3000 }, (_, number) => vendorRejection(number + 1));
    await expect(written(rejections, { file })).rejects.toMatchObject({ code: "DMFP-FILE-WRITE" });
    expect(readdirSync(folder)).toEqual([]);
  });
});
