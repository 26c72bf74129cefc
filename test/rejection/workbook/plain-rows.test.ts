import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { textCell } from "../../../src/rejection/workbook/entity-sheet.ts";
import type { PlainRow } from "../../../src/rejection/workbook/plain-rows.ts";
import { WorkbookFile } from "../../../src/rejection/workbook/workbook-file.ts";
import { temporaryFolder } from "../report-fixture.ts";
import { partsOf } from "./workbook-reading.ts";

const asText = { numFmt: "@", alignment: { vertical: "top" } } as const;
const asNumber = { alignment: { horizontal: "right" } } as const;
const marked = { ...asText, font: { bold: true } };

/** Every part of a workbook with one sheet of these rows, written past exceljs or by it. */
async function written(rows: readonly PlainRow[], plain: boolean): Promise<ReadonlyMap<string, string>> {
  const file = path.join(temporaryFolder(), "some.xlsx");
  const workbook = await WorkbookFile.open(file, "2026-11-23T04:15:00Z");
  const columns = [
    { width: 9, style: asText },
    { width: 12, style: asNumber },
  ];
  await workbook.sheet({ name: "Some", columns, frozenRows: 1 }, async (sheet) => {
    await sheet.add(["One", "Two"]);
    for (const row of rows) {
      if (plain) await sheet.addPlain(row);
      else {
        await sheet.add(row.values, (dressed) => {
          dressed.eachCell({ includeEmpty: true }, (cell, number) => {
            cell.style = row.styles[number - 1] ?? {};
            const note = row.notes.get(number - 1);
            if (note !== undefined) cell.note = note;
          });
        });
      }
    }
    await sheet.add(["last"]);
  });
  await workbook.publish();
  expect(readFileSync(file).subarray(0, 2).toString()).toBe("PK");
  return await partsOf(file);
}

test("rows that are written past exceljs are those it would write", async () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom(" a ", "a\nb", "<&>'\"", "=1+1", "]]>", "\u007F"),
  );
  const cell = fc.record({
    value: fc.oneof(text.map(textCell), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    style: fc.constantFrom(asText, asNumber, marked),
    note: fc.option(fc.string({ unit: "grapheme-ascii", maxLength: 8 }), { nil: undefined }),
  });
  const row = fc.array(cell, { minLength: 1, maxLength: 30 }).map((cells): PlainRow => {
    // Whatever the order in which they are named.
    const notes = [...cells.entries()].flatMap(([position, { note }]) =>
      note === undefined ? [] : [[position, note] as const],
    );
    return {
      values: ["first", ...cells.map(({ value }) => value)],
      styles: [asText, ...cells.map(({ style }) => style)],
      notes: new Map(notes.reverse()),
    };
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (rows) => {
      expect(await written(rows, true)).toEqual(await written(rows, false));
    }),
    { numRuns: 10 },
  );
});
