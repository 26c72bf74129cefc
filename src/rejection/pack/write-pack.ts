import path from "node:path";
import { firstThen, readTogether } from "../read-together.ts";
import { RejectionCsvWriter, type CsvLayout } from "../rejection-csv.ts";
import type { Rejection, UnattributedMessage } from "../rejection.ts";
import { RowSurvey } from "../report/row-survey.ts";
import { writeReport } from "../report/write-report.ts";
import type { RunSummary } from "../summary.ts";
import type { ColumnsOfField } from "../workbook/entity-sheet.ts";
import type { WorkbookCensus } from "../workbook/workbook-census.ts";
import { writeWorkbook } from "../workbook/write-workbook.ts";

/** What is known of the sources and mappings of the rejected records. */
export interface RejectionOrigin {
  readonly layoutOf: (entity: string) => CsvLayout;
  readonly columnsOf: (entity: string) => ColumnsOfField;
}

export interface PackOptions {
  readonly folder: string;
  /** Heading of report and workbook. */
  readonly title: string;
  /** What the reader of the workbook has to know first. */
  readonly notice: string;
  readonly summary: RunSummary;
  readonly census: WorkbookCensus;
  /** Opens the rejections from the first one on; called several times. */
  readonly rejections: () => AsyncIterable<Rejection>;
  readonly origin: RejectionOrigin;
  /** Whether there is a workbook, too. */
  readonly excel: boolean;
  readonly unattributed?: readonly UnattributedMessage[];
}

/**
 * Writes rejections as a folder of its own that can be handed on: report.html, a `<entity>.rejected.csv` for each
 * entity, and report.xlsx. Holds none of the records. Throws DMFP-FILE-WRITE, and what `rejections` throws.
 */
export async function writePack(options: PackOptions): Promise<void> {
  const { folder, title, notice, summary, census, rejections, origin, excel, unattributed = [] } = options;
  const corrected = [...census.plan().values()].some((sheet) => sheet.corrected);
  const csv = new RejectionCsvWriter({ folder, layoutOf: origin.layoutOf, corrected });
  const survey = new RowSurvey();
  try {
    for await (const rejection of rejections()) {
      survey.add(rejection);
      await csv.write(rejection);
    }
    await csv.close();
  } catch (thrown) {
    await csv.abort();
    throw thrown;
  }
  const { columnsOf } = origin;
  await readTogether(rejections(), [
    (shared) =>
      writeReport({
        file: path.join(folder, "report.html"),
        ...(excel ? { workbook: "report.xlsx" } : {}),
        title,
        summary,
        rejections: () => shared,
        survey,
        unattributed,
        files: csv.files().map(({ entity, name, records }) => ({ entity, records, href: name })),
      }),
    async (shared) => {
      if (!excel) return;
      const file = path.join(folder, "report.xlsx");
      const opened = firstThen(shared, rejections);
      await writeWorkbook({
        ...{ file, title, notice, summary, census, columnsOf, unattributed },
        rejections: opened,
      });
    },
  ]);
}
