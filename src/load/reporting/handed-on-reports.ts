import { rm } from "node:fs/promises";
import path from "node:path";
import type { Project } from "../../project/project.ts";
import type { RejectionOrigin } from "../../rejection/pack/write-pack.ts";
import { firstThen } from "../../rejection/read-together.ts";
import { readRejections } from "../../rejection/rejection-ndjson.ts";
import type { RejectionSink } from "../../rejection/rejection-sink.ts";
import type { Rejection, UnattributedMessage } from "../../rejection/rejection.ts";
import { StewardSplit } from "../../rejection/stewards/steward-split.ts";
import { stewardSummaries, writeStewardPacks } from "../../rejection/stewards/write-steward-packs.ts";
import type { RunSummary, StewardSummary } from "../../rejection/summary.ts";
import { WorkbookCensus } from "../../rejection/workbook/workbook-census.ts";
import { writeWorkbook } from "../../rejection/workbook/write-workbook.ts";
import type { RunFolder } from "../run-folder.ts";

/**
 * What is made of a run's rejections for people who never see the run: the workbook, and a pack for each owner. It
 * hears every rejection first, and writes when all have come.
 */
export class HandedOnReports implements RejectionSink {
  readonly #folder: RunFolder;
  readonly #reports: Project["reports"];
  readonly #origin: RejectionOrigin;
  readonly #census: WorkbookCensus;
  readonly #split: StewardSplit | undefined;

  constructor(
    folder: RunFolder,
    origin: RejectionOrigin,
    { reports, stewardship }: Pick<Project, "reports" | "stewardship">,
  ) {
    this.#folder = folder;
    this.#origin = origin;
    this.#reports = reports;
    const { layoutOf } = origin;
    this.#census = new WorkbookCensus({ layoutOf });
    if (stewardship.rules.length > 0) {
      this.#split = new StewardSplit({ folder: this.#partFolder, stewardship, layoutOf });
    }
  }

  async write(rejection: Rejection): Promise<void> {
    this.#census.add(rejection);
    await this.#split?.write(rejection);
  }

  async close(): Promise<void> {
    await this.#split?.close();
  }

  async abort(): Promise<void> {
    await this.#split?.abort();
    await rm(this.#partFolder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Where there would be a workbook if it were not for the number of records: how many one may have. */
  get excelLeftOut(): number | undefined {
    const { excel, excelRecords } = this.#reports;
    return excel && this.#census.records > excelRecords ? excelRecords : undefined;
  }

  /** Path of the workbook relative to the run's folder; undefined where there is none. */
  get workbook(): string | undefined {
    const there = this.#reports.excel && this.#census.records > 0 && this.excelLeftOut === undefined;
    return there ? path.basename(this.#folder.workbookFile) : undefined;
  }

  /** The owners and their rejections; empty where the project names none, or nothing was rejected. */
  stewards(): readonly StewardSummary[] {
    return stewardSummaries(this.#split?.parts() ?? [], path.basename(this.#folder.stewards));
  }

  /**
   * Writes report.xlsx and the packs; where nothing was rejected, none, and what an earlier end of the same run left is
   * removed. `rejections`: all of them, as the run's file has them. Throws DMFP-FILE-WRITE.
   */
  async publish(
    summary: RunSummary,
    rejections: AsyncIterable<Rejection>,
    unattributed: AsyncIterable<UnattributedMessage> | Iterable<UnattributedMessage>,
  ): Promise<void> {
    const { workbookFile, rejectionsFile, stewards: folder } = this.#folder;
    const { excel, excelRecords } = this.#reports;
    const origin = this.#origin;
    const parts = this.#split?.parts() ?? [];
    try {
      if (this.workbook === undefined) await rm(workbookFile, { force: true });
      else {
        await writeWorkbook({
          file: workbookFile,
          summary,
          census: this.#census,
          rejections: firstThen(rejections, () => readRejections(rejectionsFile)),
          columnsOf: origin.columnsOf,
          unattributed,
        });
      }
      await rm(folder, { recursive: true, force: true });
      await writeStewardPacks({
        ...{ folder, parts, summary, origin },
        excelRecords: excel ? excelRecords : 0,
      });
    } finally {
      await rm(this.#partFolder, { recursive: true, force: true });
    }
  }

  get #partFolder(): string {
    return path.join(this.#folder.rejectionParts, "by-owner");
  }
}
