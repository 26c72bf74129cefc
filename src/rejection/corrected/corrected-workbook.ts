import type { CellValue } from "exceljs";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { SourceFile } from "../../source/source-file.ts";
import { textOfCell } from "../workbook/cell-text.ts";
import type { CorrectedCell } from "./cell-comparison.ts";
import {
  hasContent,
  headerNames,
  isRejectedHeader,
  type CorrectedRow,
  type CorrectedTable,
} from "./corrected-row.ts";

/**
 * The sheets of a workbook that have rejected records, one after the other: each is read row by row. (Its list of texts,
 * which all sheets share, is in memory as a whole.) Throws DMFP-SOURCE-MISSING where the file cannot be opened,
 * DMFP-CORRECTED-FILE where it is no workbook, or has no such sheet.
 */
export async function* openCorrectedWorkbook(file: string, name: string): AsyncGenerator<CorrectedTable> {
  await SourceFile.open(file, name);
  // Loaded only here: it takes a fifth of a second.
  const { default: exceljs } = await import("exceljs");
  let found = false;
  try {
    const reader = new exceljs.stream.xlsx.WorkbookReader(file, {
      worksheets: "emit",
      sharedStrings: "cache",
      hyperlinks: "ignore",
      styles: "cache",
      entries: "ignore",
    });
    for await (const sheet of reader) {
      const rows = rowsOf(sheet as AsyncIterable<SheetRow>);
      const first = await rows.next();
      const header = first.done === true ? [] : headerNames(first.value.cells.map(({ text }) => text));
      if (!isRejectedHeader(header)) {
        // The reader gives the next sheet only when this one was read to its end.
        while ((await rows.next()).done !== true);
        continue;
      }
      found = true;
      const title = (sheet as { readonly name?: string }).name ?? "";
      yield { name: `${name} (${title})`, title, columns: header, rows };
    }
  } catch (thrown) {
    if (thrown instanceof DmfpipeError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new DmfpipeError("DMFP-CORRECTED-FILE", `${name} cannot be read as a workbook (.xlsx): ${why}.`, {
      at: { file: name },
      cause: thrown,
    });
  }
  if (found) return;
  throw new DmfpipeError(
    "DMFP-CORRECTED-FILE",
    `${name} has no sheet with the columns _source_file and _source_line in its first row.`,
    { at: { file: name } },
  );
}

/** As far as rows of exceljs are used here. */
interface SheetRow {
  readonly number: number;
  readonly cellCount: number;
  getCell(column: number): { readonly value: CellValue };
}

async function* rowsOf(sheet: AsyncIterable<SheetRow>): AsyncGenerator<CorrectedRow, undefined> {
  for await (const row of sheet) {
    const cells: CorrectedCell[] = [];
    for (let column = 1; column <= row.cellCount; column++) cells.push(cellOf(row.getCell(column).value));
    if (hasContent(cells)) yield { row: row.number, cells };
  }
  return undefined;
}

function cellOf(value: CellValue | undefined): CorrectedCell {
  if (value === null || value === undefined) return { text: "" };
  switch (typeof value) {
    case "string":
      return { text: textOfCell(value) };
    case "number":
      return { text: numberText(value), typed: "number" };
    case "boolean":
      return { text: value ? "TRUE" : "FALSE", typed: "boolean" };
    default:
  }
  if (value instanceof Date) return { text: dayText(value), typed: "date" };
  if ("richText" in value) return { text: textOfCell(value.richText.map(({ text }) => text).join("")) };
  if ("error" in value) return { text: value.error, typed: "error" };
  // What a formula gave when the workbook was saved; the formula itself is nobody's value.
  if ("formula" in value || "sharedFormula" in value) return cellOf(value.result);
  if ("text" in value) return cellOf(value.text);
  return { text: "" };
}

/** Without an exponent, however large. */
function numberText(value: number): string {
  const text = String(value);
  if (!/e/i.test(text)) return text;
  return Number.isInteger(value) ? String(BigInt(value)) : text;
}

function dayText(day: Date): string {
  const [date = "", time = ""] = day.toISOString().slice(0, 19).split("T");
  return time === "00:00:00" ? date : `${date} ${time}`;
}
