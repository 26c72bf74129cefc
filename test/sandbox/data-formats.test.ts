import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BadRowFile } from "../../src/sandbox/bad-row-file.ts";
import { findFormat, type DataFormat } from "../../src/sandbox/data-format.ts";
import { readDelimited } from "../../src/sandbox/delimited-file.ts";
import { plainNumber, serialDate, showsDate } from "../../src/sandbox/excel-values.ts";
import { readExcel } from "../../src/sandbox/excel-file.ts";
import type { ImportPlan } from "../../src/sandbox/import-plan.ts";
import { XmlDecoder } from "../../src/sandbox/xml-decoder.ts";
import { readXmlRecords } from "../../src/sandbox/xml-records.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-formats-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const header = ["KEY", "FIRST", "SECOND"];
const sourceFormats = { "CSV-UTF8": { codePage: 65001, delimiter: ";" } } as const;

async function read(file: string, format: DataFormat): Promise<string[][]> {
  const rows: string[][] = [];
  if (format.kind === "xml") {
    const layout = { fieldsIn: format.fieldsIn, parents: new Map([["OWNENTITY", undefined]]) };
    for await (const batch of readXmlRecords(file, layout)) {
      rows.push(...batch.map(({ fields }) => header.map((name) => fields.get(name) ?? "")));
    }
    return [header, ...rows];
  }
  const options = { sheetName: "Own$", unpackedSizeLimitBytes: 1e9 };
  const batches = format.kind === "excel" ? readExcel(file, options) : readDelimited(file, format);
  for await (const batch of batches)
    rows.push(...batch.map((row) => header.map((_name, at) => row[at] ?? "")));
  return rows;
}

const valid = fc.string({ unit: "grapheme" });
const anything = fc.oneof(
  valid,
  fc.constantFrom('"', "a,b;c", "line\r\nbreak", "\ttab", " blanks ", "<&>]]>", "_x0041_", "=1+1", "'"),
);
const row = fc
  .tuple(fc.integer(), anything, anything)
  .map(([key, first, second]) => [`K${key}`, first, second]);

test.each(["CSV-Unicode", "CSV-UTF8", "XML-Element", "XML-Attribute", "EXCEL"])(
  "%s: what an error file holds is what was read",
  async (name) => {
    const format = findFormat(name, { sourceFormats });
    const plan = { format, element: "OWNENTITY", sheetName: "Own$" } as ImportPlan;
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const file = new BadRowFile(path.join(folder, `${name}-${(count += 1)}`), plan, "as input");
        file.begin(header);
        for (const values of rows) await file.add(values);
        await file.end();
        expect(await read(file.path, format)).toEqual([header, ...rows]);
        await file.remove();
      }),
      { numRuns: 40 },
    );
  },
);

test("format names are found in any case; one nobody has set up is refused", () => {
  expect(findFormat("excel", { sourceFormats })).toMatchObject({ kind: "excel" });
  expect(findFormat(" xml-element ", { sourceFormats })).toMatchObject({ fieldsIn: "elements" });
  expect(() => findFormat("CSV-Own", { sourceFormats })).toThrow("'CSV-Own' does not exist");
  expect(() => findFormat("constructor", { sourceFormats })).toThrow("does not exist");
});

test.each(["utf-8", "utf-16le", "utf-16be", "utf-8 with mark"])(
  "XML in %s is decoded alike wherever it is cut",
  async (encoding) => {
    await fc.assert(
      fc.asyncProperty(valid, fc.array(fc.integer({ min: 1, max: 700 })), async (text, cuts) => {
        const document = `<?xml version="1.0"?><Document>${text.repeat(20)}</Document>`;
        const bytes = encode(document, encoding);
        const decoder = new XmlDecoder();
        let decoded = "";
        let at = 0;
        for (const cut of cuts) decoded += decoder.decode(bytes.subarray(at, (at += cut)));
        decoded += decoder.decode(bytes.subarray(at));
        expect(decoded + decoder.end()).toBe(document);
        return Promise.resolve();
      }),
      { numRuns: 50 },
    );
  },
);

function encode(text: string, encoding: string): Buffer {
  if (encoding.startsWith("utf-8")) return Buffer.from(encoding === "utf-8" ? text : `\uFEFF${text}`);
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}

test("records are read alike whatever piece of the file they are cut by", async () => {
  const file = path.join(folder, "cut.xml");
  const records = Array.from(
    { length: 5000 },
    (_, index) => `<OWNENTITY><KEY>${"é€😀".repeat(index % 40)}${index}</KEY></OWNENTITY>`,
  );
  await writeFile(file, `<Document>${records.join("\n")}</Document>`);
  const rows = await read(file, findFormat("XML-Element", { sourceFormats }));
  expect(rows).toHaveLength(5001);
  rows.slice(1).forEach(([key], index) => {
    expect(key).toBe(`${"é€😀".repeat(index % 40)}${index}`);
  });
});

test.each([
  ["45292", false, "2024-01-01 00:00:00"],
  ["1", false, "1900-01-01 00:00:00"],
  ["61", false, "1900-03-01 00:00:00"],
  ["0", true, "1904-01-01 00:00:00"],
  ["45292.999999", false, "2024-01-02 00:00:00"],
  ["0.5", false, "12:00:00"],
  ["-1", false, "-1"],
  ["9999999", false, "9999999"],
  ["2024-01-01", false, "2024-01-01"],
  ["", false, ""],
])("the serial day %s (1904: %s) is %s", (serial, from1904, date) => {
  expect(serialDate(serial, from1904)).toBe(date);
});

test.each([
  ["1.5E-3", "0.0015"],
  ["1E+20", "100000000000000000000"],
  ["0.10000000000000001", "0.1"],
  ["-12.50", "-12.5"],
  ["x", "x"],
  ["", ""],
])("the number %s is written %s", (stored, text) => {
  expect(plainNumber(stored)).toBe(text);
});

test.each([
  ["General", false],
  ["0.00", false],
  ['#,##0 "days"', false],
  ["[Red]0.00", false],
  ["\\d0", false],
  ["dd/mm/yyyy", true],
  ["[$-409]d-mmm-yy", true],
  ["[h]:mm", true],
])("the format %s shows a date: %s", (format, isDate) => {
  expect(showsDate(format)).toBe(isDate);
});
