import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import ExcelJS from "exceljs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareCell } from "../../../src/rejection/corrected/cell-comparison.ts";
import type { CorrectedRow } from "../../../src/rejection/corrected/corrected-row.ts";
import { openCorrected } from "../../../src/rejection/corrected/open-corrected.ts";
import { RejectionCsvWriter, rejectColumns } from "../../../src/rejection/rejection-csv.ts";
import { reason } from "../../../src/errors/reason.ts";
import { failureOf } from "../../environment/failure.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";

const columns = ["NO", "NAME", "CREDIT LIMIT"];

/** Writes rejected records as a run does; returns the file. */
async function rejected(
  inside: string,
  records: readonly (readonly string[])[],
  delimiter = ";",
): Promise<string> {
  const writer = new RejectionCsvWriter({ folder: inside, layoutOf: () => ({ columns, delimiter }) });
  for (const [index, values] of records.entries()) {
    await writer.write({
      entity: "Vendors V2",
      stage: "target",
      reasons: [reason("DMFP-FNO-RULE", { message: '-no; "quoted"\nand more' })],
      position: {
        file: "data/vendors.csv",
        line: index + 2,
        record: index + 1,
        byteOffset: 0,
        byteLength: 0,
      },
      columns,
      values,
      raw: values.join(";"),
    });
  }
  await writer.close();
  return path.join(inside, writer.files()[0]?.name ?? "");
}

interface ReadTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly CorrectedRow[];
}

async function read(file: string): Promise<ReadTable[]> {
  const tables: ReadTable[] = [];
  for await (const { title, columns: names, rows } of openCorrected(file, path.basename(file))) {
    const all: CorrectedRow[] = [];
    for await (const row of rows) all.push(row);
    tables.push({ title, columns: names, rows: all });
  }
  return tables;
}

/** The source's values of each row, by the names of the columns. */
function valuesOf({ columns: names, rows }: ReadTable): string[][] {
  return rows.map(({ cells }) => columns.map((column) => cells[names.indexOf(column)]?.text ?? ""));
}

/** Python's own reader and writer of CSV, as somebody else would save the file. */
const rewrite = `
import csv, io, sys
source, target, delimiter, encoding, order, prefix, line_end = sys.argv[1:8]
rows = list(csv.reader(open(source, encoding="utf-8-sig", newline=""), delimiter=";"))
if order == "reversed": rows = [row[::-1] for row in rows]
if order == "padded": rows = [row + ["", ""] for row in rows] + [[""] * (len(rows[0]) + 2)] * 3
out = io.StringIO()
csv.writer(out, delimiter=delimiter, lineterminator=line_end.replace("CR", "\\r").replace("LF", "\\n")).writerows(rows)
open(target, "wb").write((prefix + out.getvalue()).encode(encoding))
`;

const records = [
  ["000123", 'Müller; "Söhne" & Co', "12,50"],
  ["=1+1", "two\nlines", "-7"],
  ["", " leading and trailing ", "1'000"],
];

describe("a file that somebody else wrote again", () => {
  test.each([
    [";", "utf-8", "as it is", "", "LF"],
    [";", "utf-8-sig", "as it is", "", "CRLF"],
    [",", "utf-8", "reversed", "", "CRLF"],
    ["\t", "utf-16", "as it is", "", "CRLF"],
    [",", "cp1252", "padded", "", "CRLF"],
    ["|", "utf-8", "reversed", "", "LF"],
    ["^", "cp1252", "padded", "sep=^\r\n", "CRLF"],
    [";", "utf-8-sig", "as it is", "sep=;\r\n", "CRLF"],
  ])("delimiter %j, %s, columns %s, %j in front, %s", async (delimiter, encoding, order, prefix, lineEnd) => {
    const inside = temporaryFolder();
    const source = await rejected(inside, records);
    const target = path.join(inside, "Vendors V2.corrected.txt");
    execFileSync("python3", ["-c", rewrite, source, target, delimiter, encoding, order, prefix, lineEnd]);
    const [table, ...others] = await read(target);
    expect(others).toEqual([]);
    if (table === undefined) return;
    expect(table.title).toBe("Vendors V2.corrected");
    expect(valuesOf(table)).toEqual(records);
    expect(table.rows.map(({ row }) => row)).toEqual([2, 3, 4]);
    const at = table.columns.indexOf("_source_line");
    expect(table.rows.map(({ cells }) => cells[at]?.text)).toEqual(["2", "3", "4"]);
  });

  test("whatever the values, each row comes back with them, none is lost", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((value) => value.isWellFormed());
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 8 }),
        async (values) => {
          const source = await rejected(temporaryFolder(), values);
          const [table] = await read(source);
          expect(table?.rows).toHaveLength(values.length);
          if (table === undefined) return;
          for (const [index, found] of valuesOf(table).entries()) {
            for (const [column, cell] of found.entries()) {
              const original = values[index]?.[column] ?? "";
              expect(["same", "repaired"]).toContain(compareCell(original, { text: cell }, false).kind);
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test("one that lost the columns by which rows are recognised is refused", async () => {
    const inside = temporaryFolder();
    const file = path.join(inside, "vendors.csv");
    writeFileSync(file, "NO;NAME\r\n1;a\r\n");
    const error = await failureOf(read(file));
    expect(error).toMatchObject({ code: "DMFP-CORRECTED-FILE" });
    expect(error.message).toContain("_source_line");
    expect((await failureOf(read(path.join(inside, "gone.csv")))).code).toBe("DMFP-SOURCE-MISSING");
    expect((await failureOf(read(inside))).code).toBe("DMFP-SOURCE-MISSING");
  });
});

describe("a workbook", () => {
  test("has texts, numbers, days, truth values, formulas, rich text, and sheets that are not about records", async () => {
    const file = path.join(temporaryFolder(), "corrected.dat");
    const workbook = new ExcelJS.Workbook();
    workbook.addWorksheet("Summary").addRow(["nothing", "of interest"]);
    const sheet = workbook.addWorksheet("Vendors V2");
    sheet.addRow(["A", "B", "C", "D", "E", "F", " _source_file ", "_source_line", ""]);
    sheet.addRow([]);
    sheet.addRow([
      "00123",
      12.5,
      new Date(Date.UTC(2024, 1, 29)),
      true,
      { formula: "1+1", result: 2 },
      { richText: [{ text: "Mü" }, { font: { bold: true }, text: "ller_x000D_" }] },
      "data/vendors.csv",
      7,
    ]);
    sheet.getCell("C3").numFmt = "dd.mm.yyyy";
    sheet.addRow([{ error: "#N/A" }, 123456789012, { text: "link", hyperlink: "https://example.com" }]);
    await workbook.xlsx.writeFile(file);
    const [table, ...others] = await read(file);
    expect(others).toEqual([]);
    expect(table?.title).toBe("Vendors V2");
    expect(table?.columns.slice(0, 8)).toEqual([
      "A",
      "B",
      "C",
      "D",
      "E",
      "F",
      "_source_file",
      "_source_line",
    ]);
    expect(table?.rows.map(({ row, cells }) => [row, cells.map(({ text }) => text)])).toEqual([
      [3, ["00123", "12.5", "2024-02-29", "TRUE", "2", "Müller\r", "data/vendors.csv", "7"]],
      [4, ["#N/A", "123456789012", "link"]],
    ]);
    expect(table?.rows[0]?.cells.map(({ typed }) => typed)).toEqual([
      undefined,
      "number",
      "date",
      "boolean",
      "number",
      undefined,
      undefined,
      "number",
    ]);
  });

  test("without a sheet of rejected records, or no workbook at all, is refused", async () => {
    const inside = temporaryFolder();
    const none = path.join(inside, "none.xlsx");
    const workbook = new ExcelJS.Workbook();
    workbook.addWorksheet("a").addRow(["b"]);
    await workbook.xlsx.writeFile(none);
    expect((await failureOf(read(none))).message).toContain("no sheet");
    const broken = path.join(inside, "broken.xlsx");
    writeFileSync(broken, readFileSync(none).subarray(0, 500));
    expect((await failureOf(read(broken))).code).toBe("DMFP-CORRECTED-FILE");
  });
});

test("the columns by which rows are recognised are among those that are written", () => {
  expect(rejectColumns).toEqual(expect.arrayContaining(["_source_file", "_source_line"]));
});
