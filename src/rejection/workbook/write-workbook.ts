import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { Rejection, UnattributedMessage } from "../rejection.ts";
import type { RunSummary } from "../summary.ts";
import { EntitySheet, entitySheetLayout, type ColumnsOfField } from "./entity-sheet.ts";
import { greatestUnattributed, writeSummarySheet, type SummaryFacts } from "./summary-sheet.ts";
import {
  greatestSheetRows,
  type CensusOptions,
  type SheetPlan,
  type WorkbookCensus,
} from "./workbook-census.ts";
import { WorkbookFile } from "./workbook-file.ts";

export interface WorkbookOptions extends Pick<CensusOptions, "rowsPerSheet"> {
  /** Path of the workbook to write, usually `report.xlsx` of the run. */
  readonly file: string;
  /** Heading of the summary; default: project and environment of the run. */
  readonly title?: string;
  /** What the reader has to know above all numbers: that this is a part of something, for example. */
  readonly notice?: string;
  readonly summary: RunSummary;
  /** A census of just these rejections. */
  readonly census: WorkbookCensus;
  /** Opens the rejections from the first one on; called once, and again for every sheet whose records stand among others'. */
  readonly rejections: () => AsyncIterable<Rejection>;
  /** Which source columns a field of an entity is made of: the cells that are marked. */
  readonly columnsOf?: (entity: string) => ColumnsOfField;
  readonly unattributed?: AsyncIterable<UnattributedMessage> | Iterable<UnattributedMessage>;
}

/**
 * Writes the rejected records as an Excel workbook: a summary, then a sheet for each entity with the source columns
 * as text, the reasons, and the rejected cells marked. It is written as a stream and never holds the records, whatever
 * their number. Throws DMFP-FILE-WRITE when the disk refuses, and what `rejections` throws; no half-written workbook
 * is left behind.
 */
export async function writeWorkbook(options: WorkbookOptions): Promise<void> {
  const { summary, census } = options;
  const plan = census.plan();
  const workbook = await WorkbookFile.open(options.file, summary.finishedAt);
  try {
    const { notice } = options;
    await writeSummarySheet(workbook, {
      title: options.title ?? `Load of ${summary.project} into ${summary.environment}`,
      ...(notice === undefined ? {} : { notice }),
      summary,
      sheets: [...plan.values()],
      entities: census.entities(),
      unattributed: await firstMessages(options.unattributed ?? []),
    });
    const left = new Map(plan);
    // Once round is enough where the records of one sheet do not stand among those of another, as a run writes them.
    for (let before = Infinity; left.size > 0;) {
      if (left.size === before)
        throw new DmfpipeError("DMFP-BUG", "The rejections are not those of the census.");
      before = left.size;
      await writeSheets(workbook, left, options);
    }
    await workbook.publish();
  } catch (thrown) {
    await workbook.discard();
    throw thrown;
  }
}

async function firstMessages(
  messages: AsyncIterable<UnattributedMessage> | Iterable<UnattributedMessage>,
): Promise<SummaryFacts["unattributed"]> {
  const first: UnattributedMessage[] = [];
  let total = 0;
  for await (const message of messages) {
    total++;
    if (first.length < greatestUnattributed) first.push(message);
  }
  return { first, total };
}

/** Reads the rejections once and writes every sheet whose records can be had in a row; takes those out of `left`. */
async function writeSheets(
  workbook: WorkbookFile,
  left: Map<string, SheetPlan>,
  options: WorkbookOptions,
): Promise<void> {
  const { census, rowsPerSheet = greatestSheetRows } = options;
  const records = new Peekable(options.rejections());
  const missed = new Set<string>();
  try {
    for (let next = await records.peek(); next !== undefined; next = await records.peek()) {
      const id = census.sheetOf(next);
      const plan = missed.has(id) ? undefined : left.get(id);
      if (plan === undefined) {
        await records.take();
        continue;
      }
      left.delete(id);
      const ofSheet = (rejection: Rejection): boolean => {
        const other = census.sheetOf(rejection);
        if (other !== id) missed.add(other);
        return other === id;
      };
      for (const [part, name] of plan.names.entries()) {
        const rows = Math.min(rowsPerSheet, plan.records - part * rowsPerSheet);
        await writeSheet(workbook, { plan, name, rows }, { records, ofSheet, options });
      }
    }
  } finally {
    await records.close();
  }
}

async function writeSheet(
  workbook: WorkbookFile,
  sheet: { readonly plan: SheetPlan; readonly name: string; readonly rows: number },
  from: {
    readonly records: Peekable;
    readonly ofSheet: (rejection: Rejection) => boolean;
    readonly options: WorkbookOptions;
  },
): Promise<void> {
  const { plan, name, rows } = sheet;
  const columnsOfField = from.options.columnsOf?.(plan.entity) ?? (() => undefined);
  await workbook.sheet(entitySheetLayout(plan, { name, rows }), async (writer) => {
    const entitySheet = new EntitySheet(plan, writer, columnsOfField);
    await entitySheet.writeHeader();
    for (let written = 0; written < rows;) {
      const rejection = await from.records.take();
      if (rejection === undefined) return;
      if (!from.ofSheet(rejection)) continue;
      await entitySheet.write(rejection);
      written++;
    }
  });
}

/** Rejections one by one, of which the next can be looked at before it is taken. */
class Peekable {
  readonly #iterator: AsyncIterator<Rejection>;
  #next: Rejection | undefined;
  #over = false;

  constructor(rejections: AsyncIterable<Rejection>) {
    this.#iterator = rejections[Symbol.asyncIterator]();
  }

  async peek(): Promise<Rejection | undefined> {
    if (this.#next === undefined && !this.#over) {
      const result = await this.#iterator.next();
      if (result.done === true) this.#over = true;
      else this.#next = result.value;
    }
    return this.#next;
  }

  async take(): Promise<Rejection | undefined> {
    const taken = await this.peek();
    this.#next = undefined;
    return taken;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
