import { readFileSync } from "node:fs";
import ExcelJS from "exceljs";
import { expect, test } from "vitest";
import { failureOf } from "../../../environment/failure.ts";
import { handMadeZip, type HandMadeEntry } from "../../../package/hand-made-zip.ts";
import {
  header,
  readTables,
  transitional,
  workbookParts,
  writeHandMade,
  writtenFile,
  type HandMadeWorkbook,
} from "./hand-made-workbook.ts";

const row = '<row r="2"><c r="A2" t="s"><v>0</v></c></row>';
const sound: HandMadeWorkbook = { sheets: { Vendors: header + row }, strings: "<si><t>a.csv</t></si>" };
const sheetPart = "xl/worksheets/sheet1.xml";

const withRow = (content: string): HandMadeWorkbook => ({ ...sound, sheets: { Vendors: header + content } });
const withPart = (name: string, content: string | Buffer | undefined): HandMadeWorkbook => ({
  ...sound,
  parts: { [name]: content },
});

test.each<[string, HandMadeWorkbook, RegExp]>([
  [
    "a shared text that is not there",
    withRow('<row><c t="s"><v>1</v></c></row>'),
    /sheet Vendors, cell A2 has the shared text 1/,
  ],
  [
    "a shared text of no number",
    withRow('<row><c t="s"><v>-1</v></c></row>'),
    /cell A2 has the shared text -1/,
  ],
  [
    "a number that is none",
    withRow('<row r="5"><c r="AB5"><v>1,5</v></c></row>'),
    /cell AB5 has the number 1,5, which is none/,
  ],
  ["a number without end", withRow("<row><c><v>1e999</v></c></row>"), /has the number 1e999/],
  ["an unknown type", withRow('<row><c t="x"><v>1</v></c></row>'), /cell A2 has the unknown type x/],
  [
    "a cell twice",
    withRow('<row><c r="B2"><v>1</v></c><c r="B2"><v>2</v></c></row>'),
    /cell B2 is there twice/,
  ],
  [
    "a cell beyond the last column",
    withRow('<row><c r="XFE2"><v>1</v></c></row>'),
    /row 2 has a cell XFE2, which no sheet has/,
  ],
  [
    "a cell in no column",
    withRow('<row><c r="22"><v>1</v></c></row>'),
    /row 2 has a cell 22, which no sheet has/,
  ],
  ["a row of no number", withRow('<row r="0"/>'), /has a row of number 0/],
  ["no XML", withPart(sheetPart, "no XML"), /xl\/worksheets\/sheet1.xml: .*text data outside of root/],
  [
    "XML that ends too early",
    withPart("xl/sharedStrings.xml", "<sst><si><t>a.csv</t></si>"),
    /sharedStrings.xml: unclosed tag: sst/,
  ],
  [
    "a document type",
    withPart(sheetPart, "<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>"),
    /document type declaration/,
  ],
  [
    "bytes that are no text",
    withPart("xl/sharedStrings.xml", Buffer.from("<sst><si><t>\xfc</t></si></sst>", "latin1")),
    /sharedStrings.xml: it has bytes that are no text/,
  ],
  ["elements in elements without end", withPart(sheetPart, "<a>".repeat(101)), /nested too deeply/],
  [
    "a text without end",
    withPart(sheetPart, `<a>${"x ".repeat(9_000_000)}</a>`),
    /more than 16777216 characters/,
  ],
  [
    "a formatted text without end",
    { ...sound, strings: `<si>${`<r><t>${"x".repeat(1_000_000)}</t></r>`.repeat(17)}</si>` },
    /more than 16777216 characters/,
  ],
  [
    "no sheet where one should be",
    withPart(sheetPart, undefined),
    /its part xl\/worksheets\/sheet1.xml is missing/,
  ],
  [
    "a sheet that is nowhere",
    withPart("xl/_rels/workbook.xml.rels", undefined),
    /does not say where the sheet Vendors is/,
  ],
  [
    "another document",
    withPart("xl/workbook.xml", "<document/>"),
    /it is a zip file, but no workbook; it begins with _rels\/.rels, xl\/workbook.xml/,
  ],
  [
    "a binary workbook",
    withPart(
      "_rels/.rels",
      `<Relationships><Relationship Id="a" Type="${transitional.relations}/officeDocument" Target="xl/workbook.bin"/></Relationships>`,
    ),
    /binary workbook \(.xlsb\)/,
  ],
])("refused: %s", async (what, workbook, message) => {
  const parts = what === "a binary workbook" ? { ...workbook.parts, "xl/workbook.bin": "x" } : workbook.parts;
  const failure = failureOf(
    readTables(writeHandMade({ ...workbook, ...(parts === undefined ? {} : { parts }) })),
  );
  const error = await failure;
  expect(error).toMatchObject({ code: "DMFP-CORRECTED-FILE", at: { file: "corrected.xlsx" } });
  expect(error.message).toMatch(/^The workbook corrected.xlsx cannot be read: .*[^.]\.$/);
  expect(error.message).toMatch(message);
  expect(error).toMatchObject({ next: expect.stringMatching(/\.$/) as unknown });
});

const oldWorkbook = Buffer.from("d0cf11e0a1b11ae1000000000000", "hex");

test.each<[string, Buffer, RegExp]>([
  ["a workbook of old, or behind a password", oldWorkbook, /Excel before 2007 \(.xls\), or .* password/],
  ["a document of LibreOffice", handMadeZip([{ name: "mimetype" }, { name: "content.xml" }]), /\.ods/],
  ["a document of Numbers", handMadeZip([{ name: "Index/Document.iwa" }]), /Apple Numbers/],
  ["a zip of something else", handMadeZip([{ name: "a.csv" }]), /no workbook; it begins with a.csv/],
  ["a path that leads out", handMadeZip([{ name: "../workbook.xml" }]), /leads out/],
  ["a bomb", handMadeZip([{ name: "xl/a.xml", content: Buffer.alloc(70 * 1024 * 1024) }]), /as bombs do/],
  [
    "a sheet with another checksum than its own",
    handMadeZip(
      [...workbookParts(sound)].map(([name, content]): HandMadeEntry => ({
        name,
        content,
        ...(name === sheetPart ? { crc: 1 } : {}),
      })),
    ),
    /sheet1.xml unpacks to .* do not match its checksum/,
  ],
])("refused in words: %s", async (_what, bytes, message) => {
  const error = await failureOf(readTables(writtenFile(bytes)));
  expect(error).toMatchObject({ code: "DMFP-CORRECTED-FILE", at: { file: "corrected.xlsx" } });
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain("The package");
});

test("of a workbook that was cut short nothing is taken, wherever it was cut", async () => {
  const whole = readFileSync(writeHandMade(sound));
  expect(await readTables(writtenFile(whole))).toHaveLength(1);
  for (let length = 2; length < whole.length; length += 11) {
    const error = await failureOf(readTables(writtenFile(whole.subarray(0, length))));
    expect(error).toMatchObject({
      code: "DMFP-CORRECTED-FILE",
      next: expect.stringContaining("the whole file") as unknown,
    });
  }
});

test("whoever leaves off in the middle of a sheet can go on with the next one", async () => {
  const workbook = new ExcelJS.Workbook();
  for (const name of ["One", "Two"]) {
    const sheet = workbook.addWorksheet(name);
    sheet.addRow(["_source_file", "_source_line"]);
    for (let line = 2; line < 5000; line++) sheet.addRow(["data/vendors.csv", line]);
  }
  const file = writtenFile(Buffer.from(await workbook.xlsx.writeBuffer()));
  const { openCorrected } = await import("../../../../src/rejection/corrected/open-corrected.ts");
  const seen: string[] = [];
  for await (const { title, rows } of openCorrected(file, "corrected.xlsx")) {
    for await (const { row: number } of rows) {
      seen.push(`${title} ${number}`);
      if (title === "One") break;
    }
  }
  expect(seen.slice(0, 2)).toEqual(["One 2", "Two 2"]);
  expect(seen).toHaveLength(1 + 4998);
});
