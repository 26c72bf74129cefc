import { openForReading, readAt } from "../../source/source-file.ts";
import { openCorrectedCsv } from "./corrected-csv.ts";
import type { CorrectedTable } from "./corrected-row.ts";
import { openCorrectedWorkbook } from "./corrected-workbook.ts";

/**
 * The tables of a file of rejected records that somebody worked on: a workbook by its first bytes, whatever it is called,
 * else text. Errors: DMFP-SOURCE-MISSING, DMFP-CORRECTED-FILE.
 *
 * @param name the file as it is shown to people
 */
export async function* openCorrected(file: string, name: string): AsyncGenerator<CorrectedTable> {
  if (await isZip(file, name)) yield* openCorrectedWorkbook(file, name);
  else yield await openCorrectedCsv(file, name);
}

async function isZip(file: string, name: string): Promise<boolean> {
  const handle = await openForReading(file, name);
  try {
    if (!(await handle.stat()).isFile()) return false;
    return (await readAt(handle, 0, 2)).toString("latin1") === "PK";
  } finally {
    await handle.close();
  }
}
