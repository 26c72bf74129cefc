import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type exceljs from "exceljs";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { PartialFile } from "../../package/partial-file.ts";
import { PlainRows, type PlainRow } from "./plain-rows.ts";

/** How a sheet looks. */
export interface SheetLayout {
  readonly name: string;
  readonly columns: readonly Partial<exceljs.Column>[];
  /** Rows that stay in place while the others scroll. */
  readonly frozenRows: number;
  /** Cells with a filter button, for example `A1:D1`. */
  readonly autoFilter?: string;
  /** For paper. */
  readonly landscape?: boolean;
}

/** Rows after which the writer waits until the rows before these have left for the disk. */
const rowsAhead = 100;

/**
 * An Excel workbook that is written sheet by sheet and row by row, and holds none of them. It appears under its name
 * only when it is complete, and only its owner may read it. Sheets are written one after the other: exceljs keeps
 * everything of a second open one in memory.
 */
export class WorkbookFile {
  readonly #file: PartialFile;
  readonly #workbook: exceljs.stream.xlsx.WorkbookWriter;
  readonly #failed: Promise<never>;

  private constructor(
    file: PartialFile,
    createdAt: string,
    WorkbookWriter: typeof exceljs.stream.xlsx.WorkbookWriter,
  ) {
    this.#file = file;
    const { promise, reject } = Promise.withResolvers<never>();
    this.#failed = promise;
    // Waited for only while something is written; without this, a failure in between would end the process.
    promise.catch(() => undefined);
    const stream = new Writable({
      write: (bytes: Buffer, _encoding, done) => {
        file.append(bytes).then(() => {
          done();
        }, done);
      },
    });
    stream.on("error", reject);
    this.#workbook = new WorkbookWriter({
      stream,
      useStyles: true,
      // Shared strings would be kept, all of them, until the end.
      useSharedStrings: false,
      zip: { zlib: { level: 6 } },
    });
    const created = new Date(createdAt);
    Object.assign(this.#workbook, {
      creator: "dmfpipe",
      lastModifiedBy: "dmfpipe",
      created,
      modified: created,
    });
  }

  /** Begins `<file>.partial`. `createdAt`: ISO 8601, what the workbook says of itself. Throws DMFP-FILE-WRITE. */
  static async open(file: string, createdAt: string): Promise<WorkbookFile> {
    return new WorkbookFile(await PartialFile.open(file), createdAt, loadWriter());
  }

  /** Adds a sheet, hands it to `write`, and completes it. Throws DMFP-FILE-WRITE, and what `write` throws. */
  async sheet(layout: SheetLayout, write: (rows: SheetRows) => Promise<void>): Promise<void> {
    const { name, columns, frozenRows, autoFilter, landscape = false } = layout;
    const sheet = this.#workbook.addWorksheet(name, {
      views: frozenRows === 0 ? [] : [{ state: "frozen", ySplit: frozenRows }],
      pageSetup: { orientation: landscape ? "landscape" : "portrait", fitToPage: true, fitToHeight: 0 },
    });
    sheet.columns = [...columns];
    if (autoFilter !== undefined) sheet.autoFilter = autoFilter;
    const rows = new SheetRows(sheet, this.#failed);
    await write(rows);
    await rows.settled();
    sheet.commit();
  }

  /** Completes the workbook and gives it its name. Throws DMFP-FILE-WRITE. */
  async publish(): Promise<void> {
    await Promise.race([this.#workbook.commit(), this.#failed]);
    await this.#file.publish();
  }

  /** Gives up and leaves nothing behind. Never throws. */
  async discard(): Promise<void> {
    await this.#file.discard();
  }
}

/**
 * The part of exceljs that writes workbooks as streams, loaded when there is something to write. The library's own start
 * also loads what reads workbooks, and CSV: 450 more modules, 0.1 s and 9 MB. (bench/memory.ts)
 */
function loadWriter(): typeof exceljs.stream.xlsx.WorkbookWriter {
  const require = createRequire(import.meta.url);
  return require("exceljs/lib/stream/xlsx/workbook-writer.js") as typeof exceljs.stream.xlsx.WorkbookWriter;
}

/** The rows of a sheet that is being written. */
export class SheetRows {
  readonly #sheet: exceljs.Worksheet;
  readonly #failed: Promise<never>;
  #plain: PlainRows | undefined;
  #ahead = 0;
  #leaving: Promise<void> = Promise.resolve();

  constructor(sheet: exceljs.Worksheet, failed: Promise<never>) {
    this.#sheet = sheet;
    this.#failed = failed;
  }

  /**
   * Adds a row of values, lets `dress` change its cells, and writes it. Awaiting it keeps the writer from running ahead of
   * the disk. Throws DMFP-FILE-WRITE.
   */
  async add(values: readonly CellValue[], dress?: (row: exceljs.Row) => void): Promise<void> {
    const row = this.#sheet.addRow(values);
    dress?.(row);
    row.commit();
    await this.#keepPace();
  }

  /** The same of a row without anything special, which is several times faster; not for the first row of a sheet. */
  async addPlain(row: PlainRow): Promise<void> {
    this.#plain ??= new PlainRows(this.#sheet);
    this.#plain.add(row);
    await this.#keepPace();
  }

  /** While rows are compressed and written in other threads, the next ones are made. */
  async #keepPace(): Promise<void> {
    if (++this.#ahead < rowsAhead) return;
    this.#ahead = 0;
    await this.#leaving;
    const zip = await this.#zip();
    this.#leaving = this.#drained(zip);
  }

  /** Waits until what was written has left for the disk. */
  async settled(): Promise<void> {
    this.#ahead = 0;
    await this.#drained(await this.#zip());
  }

  // exceljs writes into the zip without waiting for it. Its own stream has no end of room; the one behind it in the zip
  // calls back in the order of the writes, so an empty one tells when those before it are through.
  #drained(zip: Writable): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      zip.write(Buffer.alloc(0), () => {
        resolve();
      });
    });
    const left = Promise.race([drained, this.#failed]);
    // Heard when it is waited for.
    left.catch(() => undefined);
    return left;
  }

  /** The zip takes up a sheet once it is done with the one before. */
  async #zip(): Promise<Writable> {
    for (;;) {
      const [zip] = pipesOf(this.#sheet);
      if (zip !== undefined) return zip;
      await Promise.race([nextTurn(), this.#failed]);
    }
  }
}

export type CellValue = exceljs.CellValue;

function pipesOf(sheet: exceljs.Worksheet): readonly Writable[] {
  const { stream } = sheet as unknown as { readonly stream?: { readonly pipes?: readonly Writable[] } };
  if (stream?.pipes === undefined) {
    throw new DmfpipeError("DMFP-BUG", "exceljs writes sheets in another way than this version knows.");
  }
  return stream.pipes;
}
