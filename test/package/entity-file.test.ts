import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { csvUnicode, delimitedFormat } from "../../src/package/delimited-format.ts";
import { DelimitedRow, unitClass } from "../../src/package/delimited-row.ts";
import { EntityFile, entityFileChunkBytes } from "../../src/package/entity-file.ts";
import { fileColumns } from "../../src/package/field-map.ts";
import { csvDateTime, csvValueFormats } from "../../src/package/value-format.ts";
import { schemaOf } from "./sample-package.ts";
import { ByteKernel } from "../../src/source/byte-kernel.ts";

function fileOf(fields: readonly string[], rows: readonly (readonly string[])[]): Buffer {
  const file = new EntityFile(csvUnicode, schemaOf("Currencies"), fileColumns(fields));
  const chunks: Buffer[] = [];
  for (const row of rows) {
    const chunk = file.add(row);
    if (chunk !== undefined) chunks.push(chunk);
  }
  return Buffer.concat([...chunks, file.end()]);
}

test("the file is UTF-16 LE with byte order mark, CRLF, comma, header in upper case", () => {
  const bytes = fileOf(["Name", "CITY"], [["Übel", "Köln"]]);
  expect(bytes.subarray(0, 4).toString("hex")).toBe("fffe4e00");
  expect(bytes.toString("utf16le")).toBe("\uFEFFNAME,CITY\r\nÜbel,Köln\r\n");
});

test.each([
  ["plain text", "plain text"],
  [" spaces ", " spaces "],
  ["semi;colon", "semi;colon"],
  ["a,b", '"a,b"'],
  ['a"b', '"a""b"'],
  ["a\nb", '"a\nb"'],
  ["a\rb", '"a\rb"'],
])("%j is written as %j", (value, written) => {
  expect(fileOf(["A", "B"], [[value, ""]]).toString("utf16le")).toBe(`\uFEFFA,B\r\n${written},\r\n`);
});

test("an empty value of a file with one column leaves no blank line", () => {
  expect(fileOf(["A"], [[""]]).toString("utf16le")).toBe('\uFEFFA\r\n""\r\n');
});

test("whatever the values, another reader reads the same ones", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "😀", "ä", "x", " ", "\uFEFF", "\t") }),
  );
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
    );
  fc.assert(
    fc.property(table, (rows) => {
      const fields = (rows[0] ?? []).map((_, index) => `F${index}`);
      const text = fileOf(fields, rows).toString("utf16le");
      const read = parse(text, { bom: true, record_delimiter: "\r\n" });
      expect(read).toEqual([fields, ...rows]);
    }),
    { numRuns: 300 },
  );
});

test("bytes come out in chunks of at least 256 KiB, and none are lost", () => {
  const file = new EntityFile(csvUnicode, schemaOf("Currencies"), fileColumns(["A"]));
  const sizes: number[] = [];
  let text = "\uFEFFA\r\n";
  for (let index = 0; index < 60_000; index += 1) {
    text += `record ${index}\r\n`;
    const chunk = file.add([`record ${index}`]);
    if (chunk !== undefined) sizes.push(chunk.length);
  }
  expect(sizes.length).toBeGreaterThan(3);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(entityFileChunkBytes);
  expect(sizes.reduce((sum, size) => sum + size, 0) + file.end().length).toBe(text.length * 2);
});

test("date-times are written as F&O exports them", () => {
  expect(csvDateTime("2011-01-31")).toBe("2011-01-31 00:00:00");
  expect(csvDateTime("2011-01-31T10:20:30")).toBe("2011-01-31 10:20:30");
  expect(csvDateTime("")).toBe("");
});

test("only date-time fields are written in another form than the canonical one", () => {
  const schema = EntityCatalogue.builtIn().find("Exchange rates");
  if (schema === undefined) throw new Error("the catalogue has exchange rates");
  const formats = csvValueFormats(schema, ["FROMCURRENCY", "STARTDATE", "RATE", "NOT A FIELD"]);
  expect(formats).toEqual([undefined, csvDateTime, undefined, undefined]);
});

const kernel = new ByteKernel();

test.each([
  csvUnicode,
  delimitedFormat({ sourceFormat: "T", encoding: "utf-8", delimiter: "|", byteOrderMark: true }),
])("rows made elsewhere and values give the same chunks, in any order ($sourceFormat)", (format) => {
  const schema = schemaOf("Currencies");
  const columns = fileColumns(["A", "B"]);
  const encoder = format.begin(schema, columns);
  const value = fc.constantFrom("", "x", "Übel 😀", 'q"|,\r\n', "long ".repeat(20_000));
  const record = fc.tuple(value, value, fc.boolean());
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), (records) => {
      const texts = new EntityFile(format, schema, columns);
      const mixed = new EntityFile(format, schema, columns);
      const row = new DelimitedRow(format.delimiter ?? "");
      for (const [first, second, asRow] of records) {
        const expected = texts.add([first, second]);
        if (asRow) {
          row.begin(kernel);
          row.text.text(encoder.record([first, second]));
        }
        const chunk = asRow ? mixed.addRow(row) : mixed.add([first, second]);
        expect(chunk?.equals(expected ?? Buffer.alloc(0))).toBe(expected === undefined ? undefined : true);
      }
      expect(mixed.end().equals(texts.end())).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("a row made of units is the row the encoder makes of texts", () => {
  const value = fc.string({
    unit: fc.constantFrom('"', ",", "\r", "\n", "😀", "ä", "x", " ", "\t"),
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
      const columns = fileColumns(values.map((_, index) => `F${index}`));
      const row = new DelimitedRow(",");
      row.begin(kernel);
      for (const [index, text] of values.entries()) {
        if (index > 0) row.text.text(",");
        const from = row.text.length;
        const seen = row.text.text(text);
        if ((seen & unitClass.quoted) !== 0) row.quote(from, seen);
      }
      row.end();
      expect(row.text.textFrom(0)).toBe(csvUnicode.begin(schemaOf("Currencies"), columns).record(values));
    }),
    { numRuns: 500 },
  );
});
