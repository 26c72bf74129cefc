import fc from "fast-check";
import { expect, test } from "vitest";
import {
  header,
  readTables,
  strict,
  transitional,
  writeHandMade,
  type HandMadeWorkbook,
} from "./hand-made-workbook.ts";

/** Halves of pairs too. */
const anyUnit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));

const plain: HandMadeWorkbook = {
  sheets: {
    Summary: '<row r="1"><c r="A1"><v>1</v></c></row>',
    "Vendors &amp; more": `${header}<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>3</v></c></row>`,
    Empty: "",
    Banks: `${header}<row r="3"><c r="A3" t="inlineStr"><is><t>b.csv</t></is></c><c r="B3"><v>4</v></c></row>`,
  },
  strings: "<si><t>a.csv</t></si>",
};

test.each<[string, Partial<HandMadeWorkbook>]>([
  ["Excel", {}],
  ["strict Open XML", { namespaces: strict }],
  ["a program that writes prefixes", { prefix: "x:" }],
  ["strict, with prefixes", { prefix: "ns0:", namespaces: strict }],
  ["a program that writes absolute targets", { target: (part) => `/xl/${part}` }],
  ["a program that writes roundabout targets", { target: (part) => `../xl/./${part}` }],
  [
    "a program that calls its parts otherwise",
    {
      parts: {
        "_rels/.rels": `<Relationships xmlns="x"><Relationship Id="a" Type="${transitional.relations}/officeDocument" Target="/xl/Workbook.XML"/></Relationships>`,
      },
    },
  ],
])("sheets are found by their names and in their order as of %s", async (_program, changes) => {
  const tables = await readTables(writeHandMade({ ...plain, ...changes }));
  expect(tables.map(({ name, title }) => [name, title])).toEqual([
    ["corrected.xlsx (Vendors & more)", "Vendors & more"],
    ["corrected.xlsx (Banks)", "Banks"],
  ]);
  expect(
    tables.map(({ rows }) => rows.map(({ row, cells }) => [row, ...cells.map(({ text }) => text)])),
  ).toEqual([[[2, "a.csv", "3"]], [[3, "b.csv", "4"]]]);
});

test("sheets of nothing but a chart, notes, and what comes before and behind the cells are passed over", async () => {
  const sheet = `<worksheet xmlns="${transitional.main}"><cols><col min="1"/></cols><sheetViews><row r="1"><c r="A1"><v>0</v></c></row></sheetViews><sheetData>${header}<row r="2"><c r="A2" t="inlineStr"><is><t>a.csv</t></is><extLst><ext><c><v>9</v></c></ext></extLst></c><c r="B2"><v>3</v></c></row></sheetData><extLst><ext><sheetData><row><c><v>1</v></c></row></sheetData></ext></extLst></worksheet>`;
  const relations = `<Relationships><Relationship Id="s0" Type="${transitional.relations}/chartsheet" Target="chartsheets/sheet1.xml"/><Relationship Id="s1" Type="${transitional.relations}/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="e" Type="x/sharedStrings" Target="http://example.com/sharedStrings" TargetMode="External"/></Relationships>`;
  const [table, ...others] = await readTables(
    writeHandMade({
      sheets: { Chart: "", Vendors: "" },
      parts: {
        "xl/worksheets/sheet2.xml": sheet,
        "xl/_rels/workbook.xml.rels": relations,
        "xl/worksheets/sheet1.xml": undefined,
      },
    }),
  );
  expect(others).toEqual([]);
  expect(table?.rows.map(({ cells }) => cells.map(({ text }) => text))).toEqual([["a.csv", "3"]]);
});

test("rows and cells without a place come behind the ones before, what is missing in between is empty", async () => {
  const data = `${header.replaceAll(/ r="\w+"/g, "")}<row><c><v>1</v></c><c><v>2</v></c></row><row r="7"><c r="D7"><v>4</v></c><c><v>5</v></c></row><row/><row><c r="A9"/></row><row><c r="AB10"><v>28</v></c></row>`;
  const [table] = await readTables(writeHandMade({ sheets: { Vendors: data } }));
  expect(table?.rows.map(({ row, cells }) => [row, cells.map(({ text }) => text).join("|")])).toEqual([
    [2, "1|2"],
    [7, "|||4|5"],
    [10, `${"|".repeat(27)}28`],
  ]);
});

test("letters of several bytes come through, wherever the bytes are cut", async () => {
  // Every length of what is in front shifts all the letters against the borders of the pieces that are read.
  const letters = ["ü", "€", "😀", "東"];
  for (const shift of [0, 1, 2, 3]) {
    const texts = Array.from({ length: 8_000 }, (_, row) => (letters[row % 4] ?? "").repeat(12));
    const rows = texts.map(
      (text, row) => `<row><c t="s"><v>${row}</v></c><c t="inlineStr"><is><t>${text}</t></is></c></row>`,
    );
    const strings = `<si><t>${"x".repeat(shift)}</t></si>${texts.map((text) => `<si><t>${text}</t></si>`).join("")}`;
    const sheet = `<!--${"x".repeat(shift)}-->${header}${rows.join("").replaceAll(/<v>(\d+)/g, (_, number: string) => `<v>${Number(number) + 1}`)}`;
    const [table] = await readTables(writeHandMade({ sheets: { Vendors: sheet }, strings }));
    const wrong = (table?.rows ?? []).filter(({ cells }, row) =>
      cells.some(({ text }) => text !== texts[row]),
    );
    expect(table?.rows).toHaveLength(texts.length);
    expect(wrong).toEqual([]);
  }
});

test.each(["utf16le", "utf16be with a mark"])("parts in UTF-16 are read (%s)", async (encoding) => {
  const text = `<worksheet xmlns="${transitional.main}"><sheetData>${header}<row r="2"><c r="A2" t="inlineStr"><is><t>Mü😀</t></is></c></row></sheetData></worksheet>`;
  const little = Buffer.from(encoding === "utf16le" ? text : `\uFEFF${text}`, "utf16le");
  const bytes = encoding === "utf16le" ? little : little.swap16();
  const [table] = await readTables(
    writeHandMade({ sheets: { Vendors: "" }, parts: { "xl/worksheets/sheet1.xml": bytes } }),
  );
  expect(table?.rows[0]?.cells[0]?.text).toBe("Mü😀");
});

test("whatever text is written by the rules of XML and of Office comes back, shared or not", async () => {
  const text = fc.oneof(
    fc.string({ unit: anyUnit, maxLength: 8 }),
    fc.string({ unit: fc.constantFrom("_x", "005F", "0041", "_", "&lt;", "&", "\r\n", " ", "😀") }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 30 }), async (texts) => {
      const xml = texts.map(xstring);
      const rows = xml.map(
        (one, row) => `<row><c t="s"><v>${row}</v></c><c t="inlineStr"><is><t>${one}</t></is></c></row>`,
      );
      const strings = xml.map((one) => `<si><t xml:space="preserve">${one}</t></si>`).join("");
      const last = '<row><c t="b"><v>1</v></c></row>';
      const [table] = await readTables(
        writeHandMade({ sheets: { Vendors: header + rows.join("") + last }, strings }),
      );
      const found = new Map(table?.rows.map(({ row, cells }) => [row, cells.map((cell) => cell.text)]));
      for (const [row, wanted] of texts.entries()) {
        if (wanted.trim() !== "") expect(found.get(row + 2)).toEqual([wanted, wanted]);
      }
      expect(found.get(texts.length + 2)).toEqual(["TRUE"]);
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

/** A text as an ST_Xstring in XML, written with rules of its own. */
function xstring(text: string): string {
  return Array.from({ length: text.length }, (_, at) => {
    const unit = text.charCodeAt(at);
    const isAscii = unit >= 0x20 && unit < 0x7f && unit !== 0x5f;
    if (!isAscii) return `_x${unit.toString(16).padStart(4, "0")}_`;
    return text.charAt(at).replace("&", "&amp;").replace("<", "&#60;").replace(">", "&gt;");
  }).join("");
}
