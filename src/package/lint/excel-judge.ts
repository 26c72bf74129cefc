import { lintColumns } from "./column-check.ts";
import { dataPlace, type DataContext, type DataJudge } from "./data-judge.ts";
import { isZipError, readExcelHeader, type ExcelHeader } from "./excel-header.ts";
import { excerpt } from "./finding-log.ts";

/** A workbook can be read from its end only, so it has to be in memory; larger ones are not looked into. */
const maxWorkbookBytes = 32 * 1024 * 1024;

/**
 * Judges an Excel file: its sheet, and its header against the field map. Rows are not judged: what F&O makes of cells
 * of other types than text is not documented.
 */
export class ExcelJudge implements DataJudge {
  readonly #context: DataContext;
  #chunks: Buffer[] = [];

  constructor(context: DataContext) {
    this.#context = context;
  }

  feed(chunk: Buffer): void {
    if (this.#context.sizeBytes <= maxWorkbookBytes) this.#chunks.push(chunk);
  }

  async end(): Promise<undefined> {
    const { entry, log, sizeBytes } = this.#context;
    const workbook = Buffer.concat(this.#chunks);
    this.#chunks = [];
    const place = dataPlace(this.#context);
    log.add("DMFP-LINT-EXCEL-NOT-READ", place, () => ({
      message:
        sizeBytes > maxWorkbookBytes
          ? `${entry} was not opened: it has more than 32 MiB.`
          : `Only the header of ${entry} was judged, not its rows.`,
    }));
    if (sizeBytes > maxWorkbookBytes) return undefined;
    const found = await this.#read(workbook);
    if (found.trouble !== undefined) {
      log.add("DMFP-LINT-EXCEL", place, () => ({
        message: `${entry} cannot be read: ${excerpt(found.trouble)}`,
      }));
    } else if (found.header.every((name) => name === "")) {
      log.add("DMFP-LINT-EXCEL", place, () => ({ message: `${entry} has no field names in row 1.` }));
    } else {
      lintColumns(found.header, { line: 1 }, this.#context);
      if (!found.hasRecords) {
        log.add("DMFP-LINT-DATA-NO-RECORDS", place, () => ({
          message: `${entry} has a header and no record.`,
        }));
      }
    }
    return undefined;
  }

  async #read(workbook: Buffer): Promise<ExcelHeader> {
    try {
      return await readExcelHeader(workbook, this.#context.entity.sheet.replace(/\$$/, ""));
    } catch (thrown) {
      if (!isZipError(thrown)) throw thrown;
      return { trouble: "it is damaged, or no Excel file." };
    }
  }
}
