import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { csvUnicode, delimitedFormat } from "../../src/package/delimited-format.ts";
import { DelimitedRows, unitClass } from "../../src/package/delimited-rows.ts";
import { EntityFile, entityFileChunkBytes } from "../../src/package/entity-file.ts";
import { fileColumns } from "../../src/package/field-map.ts";
import { PickedRows } from "../../src/package/picked-rows.ts";
import { csvDateTime, csvValueFormats } from "../../src/package/value-format.ts";
import { passingWindows } from "../source/passing-window.ts";
import { schemaOf } from "./sample-package.ts";
import type { PassingRecords } from "../../src/source/passing-records.ts";

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

/** A window of so many records, of which rows may be made. */
function recordsOf(count: number): PassingRecords {
  const [records] = passingWindows("x\n".repeat(count), ["X"]);
  if (records === undefined) throw new Error("There are no records.");
  return records;
}

test.each([
  csvUnicode,
  delimitedFormat({ sourceFormat: "T", encoding: "utf-8", delimiter: "|", byteOrderMark: true }),
])("rows made elsewhere and values give the same chunks, in any order ($sourceFormat)", (format) => {
  const schema = schemaOf("Currencies");
  const columns = fileColumns(["A", "B"]);
  const encoder = format.begin(schema, columns);
  const value = fc.constantFrom("", "x", "Übel 😀", "€", "\ud83d", 'q"|,\r\n', "long ".repeat(6_000));
  const group = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 6 });
  const rows = new DelimitedRows(format.delimiter ?? "");
  const several = recordsOf(12);
  fc.assert(
    fc.property(fc.array(fc.tuple(group, fc.boolean(), fc.nat(63)), { maxLength: 12 }), (groups) => {
      const texts = new EntityFile(format, schema, columns);
      const mixed = new EntityFile(format, schema, columns);
      for (const [records, asRows, gaps] of groups) {
        const expected = records.map((record) => Buffer.from(texts.add(record) ?? ""));
        if (!asRows) {
          const found = records.map((record) => Buffer.from(mixed.add(record) ?? ""));
          expect(Buffer.concat(found).equals(Buffer.concat(expected))).toBe(true);
          continue;
        }
        rows.begin(several, 0);
        const numbers: number[] = [];
        let number = 0;
        for (const [at, record] of records.entries()) {
          // Now and then the row of somebody else stands between.
          if (((gaps >> at) & 1) !== 0) {
            rows.text.text("not of this file");
            rows.pass(number++);
          }
          rows.text.text(encoder.record(record));
          rows.pass(number);
          numbers.push(number++);
        }
        expect(rows.isWhole).toBe(true);
        const picked = new PickedRows(Uint32Array.from(numbers));
        for (let at = 0; at < records.length;) {
          const behind = at + mixed.fitting(rows, picked.part(at));
          const chunk = mixed.addRows(rows, picked.part(at, behind));
          // A chunk comes with the very record that fills it.
          expect(expected.slice(at, behind - 1).every(({ length }) => length === 0)).toBe(true);
          expect(expected[behind - 1]?.equals(chunk ?? Buffer.alloc(0))).toBe(true);
          at = behind;
        }
      }
      expect(mixed.end().equals(texts.end())).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("a value in quotes is what the encoder makes of its text", () => {
  const value = fc.string({
    unit: fc.constantFrom('"', ",", "\r", "\n", "😀", "ä", "x", " ", "\t"),
    maxLength: 8,
  });
  const one = recordsOf(1);
  const { kernel } = one.window;
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
      const columns = fileColumns(values.map((_, index) => `F${index}`));
      const rows = new DelimitedRows(",");
      rows.begin(one, 0);
      for (const [index, text] of values.entries()) {
        if (index > 0) rows.text.text(",");
        const from = rows.text.length;
        const seen = rows.text.text(text);
        if ((seen & unitClass.quoted) !== 0)
          rows.text.length = kernel.quoteValue(from, rows.text.length, seen);
      }
      const written = csvUnicode.begin(schemaOf("Currencies"), columns).record(values);
      expect(`${rows.text.length === 0 ? '""' : rows.text.textFrom(0)}\r\n`).toBe(written);
    }),
    { numRuns: 500 },
  );
});
