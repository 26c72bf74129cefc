import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../errors/clock.ts";
import { BadRowFile } from "./bad-row-file.ts";
import type { BlobStore } from "./blob-store.ts";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { transaction } from "./database.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { EntityRun, ExecutionError, ExecutionStore } from "./execution-store.ts";
import type { ImportPlan, StagedColumn } from "./import-plan.ts";
import { RowReader, type RowRefusal } from "./row-reader.ts";
import type { RowStore, StagingRow } from "./row-store.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface StagingContext {
  readonly database: DatabaseSync;
  readonly executions: ExecutionStore;
  readonly rows: RowStore;
  readonly blobs: BlobStore;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  readonly clock: Clock;
  /** Folder for the error file while it grows. */
  readonly workFolder: string;
}

/** A row of the data file. */
export interface InputRow {
  /** 1-based; undefined: the next one. */
  readonly row?: number;
  readonly parentRow?: number | undefined;
  readonly values: readonly string[];
}

/** Rows of one transaction: large enough to be fast, small enough to let other requests in between. */
const batchRows = 500;
/** The same for rows of long texts. */
const batchChars = 4 * 1024 * 1024;

/** Rows of one kind of refusal, as the execution log sums them up. */
interface Refused {
  readonly first: string;
  count: number;
}

/** Takes the rows of one entity into its staging table, and the bad ones into the error file. */
export class EntityStaging {
  readonly #context: StagingContext;
  readonly #run: EntityRun;
  readonly #plan: ImportPlan;
  readonly #badRows: BadRowFile;
  readonly #refused = new Map<string, Refused>();
  #reader: RowReader | undefined;
  #batch: StagingRow[] = [];
  #errors: ExecutionError[] = [];
  #batchChars = 0;
  #totalChars = 0;
  #rowCount = 0;
  #staged = 0;
  #errorFile: string | null = null;

  constructor(context: StagingContext, run: EntityRun, plan: ImportPlan) {
    this.#context = context;
    this.#run = run;
    this.#plan = plan;
    this.#badRows = new BadRowFile(
      path.join(context.workFolder, `errors-${run.number}`),
      plan,
      context.settings.stagingErrorFile,
    );
    context.executions.change(run.number, {
      stagingStatus: "Executing",
      stagingStartedAt: context.clock.now(),
    });
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** To be called once, before the first row. */
  begin(columns: readonly StagedColumn[], header: readonly string[]): void {
    this.#reader = new RowReader({ ...this.#context, plan: this.#plan, columns, header });
    this.#badRows.begin(header);
  }

  /** Throws DataFileUnreadable where one row is reason enough to refuse the file. */
  async add(input: readonly InputRow[]): Promise<void> {
    for (const { values, row, parentRow } of input) {
      this.#rowCount += 1;
      const result = this.#reader?.read(values, row ?? this.#rowCount, parentRow);
      if (result === undefined) return;
      if ("code" in result) await this.#refuse(result, values, row ?? this.#rowCount);
      else this.#batch.push(result);
      for (const value of values) this.#batchChars += value.length;
      const isSmall = this.#batch.length + this.#errors.length < batchRows && this.#batchChars < batchChars;
      if (isSmall) continue;
      this.flush();
      await nextTurn();
    }
  }

  /** Writes what has gathered. Throws DataFileUnreadable as soon as a key comes twice. */
  flush(): void {
    const { database, rows, executions } = this.#context;
    const batch = this.#batch;
    const errors = this.#errors;
    this.#batch = [];
    this.#errors = [];
    this.#totalChars += this.#batchChars;
    this.#batchChars = 0;
    // A workbook can name one long string a million times: what is staged may be far larger than the file.
    if (this.#totalChars > this.#context.settings.unpackedSizeLimitBytes) {
      throw new DataFileUnreadable("DMF2010", "Destination database out of space.");
    }
    const unique = transaction(database, () => {
      executions.addErrors(this.#run.number, errors);
      for (const row of batch) {
        if (!rows.stage(this.#run.number, row)) return false;
        this.#staged += 1;
      }
      return true;
    });
    if (unique) return;
    throw new DataFileUnreadable(
      "DMF1959",
      "Violation of PRIMARY KEY constraint: the file has records with the same key.",
    );
  }

  /** Ends the error file. It is not kept when the file as a whole has a problem. */
  async close(problem: DataFileUnreadable | undefined): Promise<void> {
    await this.#badRows.end();
    if (problem === undefined && this.#badRows.count > 0) {
      this.#errorFile = `${randomUUID()}${extension(this.#run.file)}`;
      await this.#context.blobs.upload(this.#errorFile, createReadStream(this.#badRows.path));
    }
    await this.#badRows.remove();
  }

  /**
   * Records how the step ended; inside a transaction, after `close`. With a problem of the file as a whole nothing of
   * the entity stays staged.
   */
  record(problem: DataFileUnreadable | undefined): void {
    const { executions, rows, clock } = this.#context;
    const { number, execution, label } = this.#run;
    if (problem !== undefined) {
      rows.unstage(number);
      executions.log(execution, label, `${problem.code} ${problem.message}`);
    } else {
      for (const [code, { count, first }] of this.#refused) {
        executions.log(execution, label, `${code} ${count} of ${this.#rowCount} rows; first ${first}`);
      }
    }
    executions.change(number, {
      stagingStatus: problem === undefined && this.#badRows.count === 0 ? "Finished" : "Error",
      stagingEndedAt: clock.now(),
      toBeProcessed: this.#rowCount,
      staged: problem === undefined ? this.#staged : 0,
      errorFile: this.#errorFile,
    });
  }

  async #refuse(refusal: RowRefusal, values: readonly string[], row: number): Promise<void> {
    const { code, recordId, field, message } = refusal;
    const where = field === "" ? `row ${row}` : `row ${row}, field ${field}`;
    if (this.#context.settings.invalidRows === "refuse-file") {
      throw new DataFileUnreadable(code, `${message} (${where})`);
    }
    this.#errors.push({ stage: "staging", row, recordId, field, message });
    const known = this.#refused.get(code);
    if (known === undefined) this.#refused.set(code, { count: 1, first: `${where}: ${message}` });
    else known.count += 1;
    await this.#badRows.add(values);
  }
}

/** Ends the staging of entities that share a file, all in one transaction: none is done before the others. */
export async function finishStaging(
  context: StagingContext,
  stagings: readonly EntityStaging[],
  problem: DataFileUnreadable | undefined,
): Promise<void> {
  for (const staging of stagings) await staging.close(problem);
  transaction(context.database, () => {
    for (const staging of stagings) staging.record(problem);
  });
}

/** The name comes from the package, so only what is surely an extension is taken over. */
function extension(file: string): string {
  return /\.[A-Za-z0-9]{1,5}$/.exec(file)?.[0] ?? "";
}
