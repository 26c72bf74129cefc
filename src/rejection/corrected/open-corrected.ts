import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
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
  const head = await firstBytes(file, name);
  if (head.equals(compoundFile)) throw oldOrProtected(name);
  if (head.toString("latin1", 0, 2) === "PK") yield* openCorrectedWorkbook(file, name);
  else yield await openCorrectedCsv(file, name);
}

/** A compound file of Microsoft ([MS-CFB]): what Excel wrote before 2007, and what it puts around what it encrypts. */
const compoundFile = Buffer.from("d0cf11e0a1b11ae1", "hex");

async function firstBytes(file: string, name: string): Promise<Buffer> {
  const handle = await openForReading(file, name);
  try {
    return (await handle.stat()).isFile() ? await readAt(handle, 0, compoundFile.length) : Buffer.alloc(0);
  } finally {
    await handle.close();
  }
}

function oldOrProtected(name: string): DmfpipeError {
  return new DmfpipeError(
    "DMFP-CORRECTED-FILE",
    `${name} is a workbook of Excel before 2007 (.xls), or one that cannot be opened without a password.`,
    {
      at: { file: name },
      next: "Open it in Excel, take the password off, save it as Excel workbook (.xlsx), and give that file.",
    },
  );
}
