import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareCell } from "../../../src/rejection/corrected/cell-comparison.ts";
import { openCorrected } from "../../../src/rejection/corrected/open-corrected.ts";
import type { Rejection } from "../../../src/rejection/rejection.ts";
import { WorkbookCensus } from "../../../src/rejection/workbook/workbook-census.ts";
import { writeWorkbook } from "../../../src/rejection/workbook/write-workbook.ts";
import { runSummary, stream, temporaryFolder, vendorRejection } from "../report-fixture.ts";

interface RowBack {
  readonly columns: readonly string[];
  readonly texts: readonly string[];
  /** Of each source value: itself, and what is thought of its cell. */
  readonly verdicts: readonly string[];
}

/** The rows of all sheets of a workbook of these rejections, read the way corrected files are. */
async function readBack(rejections: readonly Rejection[]): Promise<readonly RowBack[]> {
  const file = path.join(temporaryFolder(), "report.xlsx");
  const census = new WorkbookCensus({ layoutOf: () => ({ columns: [] }) });
  for (const rejection of rejections) census.add(rejection);
  await writeWorkbook({ file, summary: runSummary(), census, rejections: () => stream(rejections) });
  const found: RowBack[] = [];
  for await (const table of openCorrected(file, "report.xlsx")) {
    for await (const { cells } of table.rows) {
      const original = rejections[found.length];
      const verdicts = (original?.values ?? []).map((value, index) =>
        JSON.stringify([value, compareCell(value, cells[index] ?? { text: "" }, true).kind]),
      );
      found.push({ columns: table.columns, texts: cells.map(({ text }) => text), verdicts });
    }
  }
  return found;
}

test("a workbook goes straight back: no cell of it looks changed, and each row says where it came from", async () => {
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 10 }),
    fc.string({
      unit: fc.constantFrom(
        "&lt;",
        "&amp;",
        "_x",
        "000A_",
        "\u0000",
        "\uFFFE",
        "\n",
        " ",
        "=",
        "'",
        "0",
        "1e5",
        "]]>",
      ),
    }),
  );
  const records = fc.array(fc.tuple(value, value, value), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(records, async (rows) => {
      const columns = ["A", "Ü <1>", "_x0041_"];
      const rejections = rows.map((values, number) => vendorRejection(number, { columns, values }));
      const back = await readBack(rejections);
      expect(back).toHaveLength(rejections.length);
      for (const [number, row] of back.entries()) {
        expect(row.columns.slice(0, 3)).toEqual(columns);
        expect(row.verdicts).toEqual((rows[number] ?? []).map((text) => JSON.stringify([text, "same"])));
        const place = ["_source_file", "_source_line"].map((name) => row.texts[row.columns.indexOf(name)]);
        expect(place).toEqual(["samples/vendors.csv", String(number + 1)]);
      }
    }),
    {
      numRuns: 4,
      endOnFailure: true,
      examples: [
        [
          [
            [" a ", "a\nb", "\t"],
            ["&lt;b&gt;", "=1+1", "0000000001"],
          ],
        ],
      ],
    },
  );
});
