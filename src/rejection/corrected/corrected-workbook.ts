import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { ZipReader, type ZipLimits } from "../../package/zip-reader.ts";
import { SourceFile } from "../../source/source-file.ts";
import { headerNames, isRejectedHeader, type CorrectedRow, type CorrectedTable } from "./corrected-row.ts";
import { readDateStyles } from "./xlsx/cell-styles.ts";
import { readSharedTexts } from "./xlsx/shared-texts.ts";
import { sheetRows } from "./xlsx/sheet-rows.ts";
import { TextStore } from "./xlsx/text-store.ts";
import { WorkbookDamage } from "./xlsx/workbook-damage.ts";
import { findWorkbookParts } from "./xlsx/workbook-parts.ts";

/** A full sheet of Excel, a million rows of a hundred columns, unpacks to about 5 GiB. */
const workbookLimits: ZipLimits = { entries: 10_000, unpackedBytes: 16 * 1024 ** 3, ratio: 400 };

/**
 * The sheets of a workbook (.xlsx, .xlsm) that have rejected records, one after the other: each is read row by row. Throws
 * DMFP-SOURCE-MISSING where the file cannot be opened, DMFP-CORRECTED-FILE where it is no workbook, or has no such
 * sheet, DMFP-FILE-WRITE where its texts are too many for memory and there is no room on disk.
 *
 * Not with exceljs, which writes our workbooks: its streaming reader decodes every chunk of bytes for itself, so that a
 * letter of several bytes on the border of two becomes two U+FFFD (measured: 4 of 5,000 cells of umlauts); it resolves
 * `&amp;lt;` twice, escapes in shared texts only, and keeps all shared texts on the heap.
 */
export async function* openCorrectedWorkbook(file: string, name: string): AsyncGenerator<CorrectedTable> {
  await SourceFile.open(file, name);
  const zip = await ZipReader.open(file, {
    limits: workbookLimits,
    code: "DMFP-CORRECTED-FILE",
    called: { kind: "workbook", name, next: "Save it in Excel once more (.xlsx), and give the whole file." },
  });
  const texts = new TextStore();
  try {
    yield* tablesOf(zip, texts, name);
  } catch (thrown) {
    throw thrown instanceof WorkbookDamage ? unreadable(thrown, name) : thrown;
  } finally {
    texts.close();
    await zip.close();
  }
}

async function* tablesOf(zip: ZipReader, texts: TextStore, name: string): AsyncGenerator<CorrectedTable> {
  const { sheets, strings, styles, from1904 } = await findWorkbookParts(zip);
  const dateStyles = await readDateStyles(zip, styles);
  if (strings !== undefined) await readSharedTexts(zip, strings, texts);
  const context = { textAt: (number: number) => texts.get(number), dateStyles, from1904 };
  let found = false;
  for (const sheet of sheets) {
    const rows = sheetRows(zip, sheet, context);
    try {
      const first = await rows.next();
      const columns = first.done === true ? [] : headerNames(first.value.cells.map(({ text }) => text));
      if (!isRejectedHeader(columns)) continue;
      found = true;
      yield { name: `${name} (${sheet.name})`, title: sheet.name, columns, rows: inWords(rows, name) };
    } finally {
      await rows.return(undefined);
    }
  }
  if (found) return;
  throw new DmfpipeError(
    "DMFP-CORRECTED-FILE",
    `${name} has no sheet with the columns _source_file and _source_line in its first row.`,
    { at: { file: name } },
  );
}

/** Rows are read by whoever has the table, so what is wrong with them comes up there. */
async function* inWords(rows: AsyncIterable<CorrectedRow>, name: string): AsyncGenerator<CorrectedRow> {
  try {
    yield* rows;
  } catch (thrown) {
    throw thrown instanceof WorkbookDamage ? unreadable(thrown, name) : thrown;
  }
}

function unreadable({ message, next }: WorkbookDamage, name: string): DmfpipeError {
  return new DmfpipeError("DMFP-CORRECTED-FILE", `The workbook ${name} cannot be read: ${message}.`, {
    at: { file: name },
    next,
  });
}
