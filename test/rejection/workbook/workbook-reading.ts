import exceljs from "exceljs";
import { SaxesParser } from "saxes";
import { Open } from "unzipper";

/** Every part of a workbook by its name, after a strict XML parser found nothing wrong with it. */
export async function partsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const zip = await Open.file(file);
  const parts = new Map<string, string>();
  for (const entry of zip.files) {
    const text = (await entry.buffer()).toString("utf8");
    const parser = new SaxesParser({ xmlns: true, fileName: entry.path });
    parser.on("error", (error) => {
      throw error;
    });
    parser.write(text).close();
    if (parts.has(entry.path)) throw new Error(`${entry.path} is there twice.`);
    parts.set(entry.path, text);
  }
  return parts;
}

/** The workbook as exceljs reads it: another half of the library than the one that writes streams. */
export async function readWorkbook(file: string): Promise<exceljs.Workbook> {
  const workbook = new exceljs.Workbook();
  await workbook.xlsx.readFile(file);
  return workbook;
}

export function sheetOf(workbook: exceljs.Workbook, name: string): exceljs.Worksheet {
  const sheet = workbook.getWorksheet(name);
  if (sheet === undefined) {
    throw new Error(
      `There is no sheet ${name}, but ${workbook.worksheets.map((one) => one.name).join(", ")}.`,
    );
  }
  return sheet;
}

/** The texts of a row as a person sees them. */
export function rowTexts(sheet: exceljs.Worksheet, row: number, columns: number): string[] {
  return Array.from({ length: columns }, (_, index) => sheet.getRow(row).getCell(index + 1).text);
}

/** All texts of a sheet, a line a row. */
export function allTexts(sheet: exceljs.Worksheet): string {
  const lines: string[] = [];
  sheet.eachRow((row) => {
    const cells: string[] = [];
    row.eachCell((cell) => cells.push(cell.text));
    lines.push(cells.join("\t"));
  });
  return lines.join("\n");
}
