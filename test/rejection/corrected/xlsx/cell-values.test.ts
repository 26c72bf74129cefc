import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isDateFormat } from "../../../../src/rejection/corrected/xlsx/cell-styles.ts";
import { dayOfSerial } from "../../../../src/rejection/corrected/xlsx/serial-day.ts";
import { readCells } from "./hand-made-workbook.ts";

const strings = [
  "<extLst><t>no text of a cell</t></extLst>",
  "<si><t>plain</t></si>",
  "<si/>",
  '<si><r><t xml:space="preserve"> Mü</t></r><r><rPr><b/></rPr><t xml:space="preserve">ller </t></r></si>',
  '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>',
  "<si><t>_x005F_x0041_</t></si>",
  "<si><r><t>_x00</t></r><r><t>41_</t></r></si>",
  "<si><t><![CDATA[<b>]]>&amp;amp;</t></si>",
].join("");

test.each([
  ['t="s"><v>0</v>', "plain", undefined],
  ['t="s"><v>1</v>', "", undefined],
  ['t="s"><v>2</v>', " Müller ", undefined],
  ['t="s"><v>3</v>', "東京", undefined],
  ['t="s"><v>4</v>', "_x0041_", undefined],
  ['t="s"><v>5</v>', "_x0041_", undefined],
  ['t="s"><v>6</v>', "<b>&amp;", undefined],
  ['t="inlineStr"><is><t>_x005F_x0041_ &amp;lt; a_x000D_b</t></is>', "_x0041_ &lt; a\rb", undefined],
  ['t="inlineStr"><is><r><t> a</t></r><r><t>b </t></r></is>', " ab ", undefined],
  ['t="inlineStr"><is><t>_xD83D__xDE00_ 😀</t></is>', "😀 😀", undefined],
  ['t="str"><f>A1&amp;"x"</f><v> of a _x000A_formula</v>', " of a \nformula", undefined],
  ['t="str"><f>""</f><v></v>', "", undefined],
  ["><f>A1*2</f><v>24</v>", "24", "number"],
  ["><f>not computed</f>", "", "error"],
  ["><f>not computed</f><v/>", "", "error"],
  ["><v/>", "", undefined],
  ['t="b"><v>1</v>', "TRUE", "boolean"],
  ['t="b"><v>0</v>', "FALSE", "boolean"],
  ['t="e"><v>#N/A</v>', "#N/A", "error"],
  ['t="n"><v>12.5</v>', "12.5", "number"],
  ["><v>3.2999999999999998</v>", "3.3", "number"],
  ["><v>0.30000000000000004</v>", "0.3", "number"],
  ["><v>1.2300000000000001E-2</v>", "0.0123", "number"],
  ["><v>1E+21</v>", "1000000000000000000000", "number"],
  ["><v>12345678901234567</v>", "12345678901234567", "number"],
  ["><v>-0</v>", "0", "number"],
  ['s="1"><v>45657</v>', "2024-12-31", "date"],
  ['s="1"><v>45657.572916666664</v>', "2024-12-31 13:45:00", "date"],
  ['s="2"><v>45657</v>', "2024-12-31", "date"],
  ['s="3"><v>45657</v>', "45657", "number"],
  ['s="1"><v>-1</v>', "-1", "number"],
  ['s="1"><v>3000000</v>', "3000000", "number"],
  ['t="d"><v>2024-12-31T00:00:00.000Z</v>', "2024-12-31", "date"],
  ['t="d"><v>2024-12-31T13:45</v>', "2024-12-31 13:45:00", "date"],
  ['s="1"/><c', "", undefined],
])("a cell <c %s> has %j, %s", async (cell, text, typed) => {
  const styles =
    '<numFmts><numFmt numFmtId="170" formatCode="dd\\.mm\\.yyyy"/><numFmt numFmtId="171" formatCode="0&quot; days&quot;"/></numFmts>' +
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>' +
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>';
  const cells = await readCells(`<c r="A2" ${cell}</c><c r="B2"><v>7</v></c>`.replace("<c</c>", ""), {
    strings,
    styles,
  });
  expect(cells).toEqual([typed === undefined ? { text } : { text, typed }, { text: "7", typed: "number" }]);
});

describe("the number of a day", () => {
  test.each([
    [0, "1899-12-30"],
    [0.5, "1899-12-30 12:00:00"],
    [1, "1900-01-01"],
    [59, "1900-02-28"],
    [60, "1900-02-29"],
    [61, "1900-03-01"],
    [2_958_465, "9999-12-31"],
    [2_958_466, undefined],
    [-0.1, undefined],
  ])("%f is %s, as Excel shows it", (serial, day) => {
    expect(dayOfSerial(serial, false)).toBe(day);
  });

  test("counts from 1904 where the workbook says so", async () => {
    const styles = '<cellXfs><xf numFmtId="22"/></cellXfs>';
    const cells = '<c r="A2" s="0"><v>0</v></c><c r="B2" s="0"><v>44195.25</v></c>';
    for (const properties of ['date1904="1"', 'date1904="true"']) {
      expect((await readCells(cells, { styles, properties })).map(({ text }) => text)).toEqual([
        "1904-01-01",
        "2024-12-31 06:00:00",
      ]);
    }
    expect(dayOfSerial(2_957_003, true)).toBe("9999-12-31");
    expect(dayOfSerial(2_957_004, true)).toBeUndefined();
  });

  test("goes up by a day each, whatever the second of it is", () => {
    const second = fc.integer({ min: 61 * 86_400, max: 2_958_465 * 86_400 });
    fc.assert(
      fc.property(second, fc.boolean(), (seconds, isMac) => {
        const from = isMac ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
        const serial = isMac ? seconds / 86_400 - 61 : seconds / 86_400;
        fc.pre(!isMac || serial < 2_957_003);
        const expected = new Date(from + Math.round(serial * 86_400) * 1000).toISOString();
        const wanted = expected.slice(0, 19).replace("T", " ").replace(" 00:00:00", "");
        expect(dayOfSerial(serial, isMac)).toBe(wanted);
      }),
    );
  });
});

test.each([
  ["dd.mm.yyyy", true],
  ["[$-407]d/ mmm yyyy;@", true],
  ["[h]:mm", true],
  ["yyyy\\-mm\\-dd", true],
  ["hh:mm:ss AM/PM", true],
  ["ggge", false],
  ["General", false],
  ["0.00E+00", false],
  ["#,##0.00\\ [$USD];[Red]-#,##0.00", false],
  ['0" days"', false],
  ["0\\d", false],
  ["_(* #,##0_);_(* (#,##0);_(@_)", false],
  ["_d0*m", false],
  ['"unfinished d', false],
  ["[Red", false],
  ["@", false],
])("the number format %s shows a day: %s", (code, isDay) => {
  expect(isDateFormat(code)).toBe(isDay);
});
