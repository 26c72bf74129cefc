import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { inspectDelimited, readDelimited } from "./delimited-file.ts";
import type { DelimitedFormat, XmlFormat } from "./data-format.ts";
import { readExcel } from "./excel-file.ts";
import { firstBytes } from "./first-bytes.ts";
import { checkHeader } from "./header-check.ts";
import type { ImportPlan, StagedColumn } from "./import-plan.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import { XmlColumns } from "./xml-columns.ts";
import { readXmlRecords } from "./xml-records.ts";

/** A data file of any format, as its entity is staged from it. */
export interface DataRows {
  /** Columns of the file, in the order of the values. */
  readonly header: readonly string[];
  readonly batches: AsyncIterable<readonly (readonly string[])[]>;
}

/**
 * Opens the data file of one entity. Throws DataFileUnreadable, here or while the rows are read, where the file as a
 * whole cannot be staged.
 */
export async function openDataFile(
  file: string,
  plan: ImportPlan,
  columns: readonly StagedColumn[],
  settings: SandboxSettings,
): Promise<DataRows> {
  const { format } = plan;
  if ((await firstBytes(file, 1)).length === 0) {
    throw format.kind === "xml"
      ? new DataFileUnreadable("DMF1830", "XML is not in correct format: the file is empty.")
      : new DataFileUnreadable("DMF2053", "The file is empty.");
  }
  if (format.kind === "xml") return xmlRows(file, { plan, format, columns, settings });
  if (format.kind === "delimited") await checkDelimited(file, format);
  const batches =
    format.kind === "delimited"
      ? readDelimited(file, format)
      : readExcel(file, { sheetName: plan.sheetName, ...settings });
  const rows = await withHeader(batches);
  try {
    checkHeader(rows.header, plan, columns, settings);
  } catch (error) {
    await batches.return(undefined);
    throw error;
  }
  return rows;
}

async function checkDelimited(file: string, format: DelimitedFormat): Promise<void> {
  const { encodingFits, otherType, blankStart } = await inspectDelimited(file, format);
  if (!encodingFits) throw new DataFileUnreadable("DMF1957", "Selected file is not Unicode");
  if (otherType !== undefined) {
    throw new DataFileUnreadable("DMF1855", "The file type does not match the project.");
  }
  if (blankStart)
    throw new DataFileUnreadable("FF004", "Header row is missing: the file begins with a blank line.");
}

/** Takes the first row off. */
async function withHeader(batches: AsyncGenerator<string[][]>): Promise<DataRows> {
  const first = await batches.next();
  if (first.done === true) throw new DataFileUnreadable("DMF2053", "The file has no data rows.");
  const [header = [], ...rows] = first.value;
  async function* rest(): AsyncGenerator<string[][]> {
    if (rows.length > 0) yield rows;
    yield* batches;
  }
  return { header, batches: rest() };
}

function xmlRows(
  file: string,
  options: {
    readonly plan: ImportPlan;
    readonly format: XmlFormat;
    readonly columns: readonly StagedColumn[];
    readonly settings: SandboxSettings;
  },
): DataRows {
  const { plan, format, columns, settings } = options;
  const { element } = plan;
  const mapped = new XmlColumns(element, columns, settings);
  async function* batches(): AsyncGenerator<string[][]> {
    const layout = { fieldsIn: format.fieldsIn, parents: new Map([[element, undefined]]) };
    let records = 0;
    for await (const batch of readXmlRecords(file, layout)) {
      records += batch.length;
      yield batch.map((record) => mapped.values(record));
    }
    if (records > 0) mapped.checkEnd();
  }
  return { header: mapped.header, batches: batches() };
}
