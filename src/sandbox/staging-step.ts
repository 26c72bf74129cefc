import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import { randomUUID } from "node:crypto";
import { stringify } from "csv-stringify/sync";
import type { Clock } from "../errors/clock.ts";
import type { BlobStore } from "./blob-store.ts";
import { DataFileUnreadable, inspectDataFile, readRows, type DelimitedFormat } from "./data-file.ts";
import { transaction } from "./database.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { EntityRun, ExecutionError, ExecutionStore } from "./execution-store.ts";
import { stageValue, type ValueRules } from "./field-value.ts";
import type { ImportPlan, StagedColumn } from "./import-plan.ts";
import { canonicalKey } from "./record-key.ts";
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

/** Rows of one transaction: large enough to be fast, small enough to let other requests in between. */
const batchRows = 500;

/** A problem of the data file as a whole: the entity stages nothing. */
interface FileProblem {
  readonly code: string;
  readonly text: string;
}

/**
 * Source to staging for one entity. Rows whose values do not fit are left out and written to the staging error
 * file; a problem of the file as a whole, duplicate keys included, leaves no row at all and no error file.
 * Records counts and status of the run; the codes are those of Microsoft's list of DMF errors.
 */
export async function stageEntity(
  context: StagingContext,
  run: EntityRun,
  plan: ImportPlan,
  file: string | undefined,
): Promise<void> {
  const { executions, clock } = context;
  executions.change(run.number, { stagingStatus: "Executing", stagingStartedAt: clock.now() });
  const staging = new EntityStaging(context, run, plan);
  let problem: FileProblem | undefined;
  try {
    if (plan.columns !== null) problem = await staging.stageFile(file, plan.columns);
  } catch (error) {
    if (!(error instanceof DataFileUnreadable)) throw error;
    problem = { code: error.code, text: error.message };
  }
  await staging.finish(problem);
}

class EntityStaging {
  readonly #context: StagingContext;
  readonly #run: EntityRun;
  readonly #plan: ImportPlan;
  readonly #badRows: BadRowFile;
  #rowCount = 0;
  #staged = 0;

  constructor(context: StagingContext, run: EntityRun, plan: ImportPlan) {
    this.#context = context;
    this.#run = run;
    this.#plan = plan;
    this.#badRows = new BadRowFile(`${context.workFolder}/errors-${run.number}`, plan.format);
  }

  async stageFile(
    file: string | undefined,
    columns: readonly StagedColumn[],
  ): Promise<FileProblem | undefined> {
    const { format, run } = this.#plan;
    if (file === undefined) return { code: "DMF1966", text: `The file '${run.file}' is not in the package.` };
    const start = await inspectDataFile(file, format);
    if (start.empty) return { code: "DMF2053", text: "The file is empty." };
    if (!start.encodingFits) return { code: "DMF1957", text: "Selected file is not Unicode" };

    let reader: RowReader | undefined;
    let batch: StagingRow[] = [];
    let errors: ExecutionError[] = [];
    const flush = (): boolean => {
      const unique = this.#keep(batch, errors);
      batch = [];
      errors = [];
      return unique;
    };
    for await (const values of readRows(file, format)) {
      if (reader === undefined) {
        const problem = checkHeader(values, columns, this.#context.settings);
        if (problem !== undefined) return problem;
        reader = new RowReader(this.#context, this.#plan, columns, values);
        this.#badRows.begin(values);
        continue;
      }
      this.#rowCount += 1;
      const result = reader.read(values, this.#rowCount);
      if ("row" in result) batch.push(result.row);
      else {
        errors.push(result.error);
        await this.#badRows.add(values);
      }
      if (batch.length + errors.length < batchRows) continue;
      if (!flush()) return duplicateKey;
      await nextTurn();
    }
    if (!flush()) return duplicateKey;
    if (this.#rowCount === 0) return { code: "DMF2053", text: "The file has no data rows." };
    return undefined;
  }

  /** Writes what remains to be written and records how the step ended. */
  async finish(problem: FileProblem | undefined): Promise<void> {
    const { executions, rows, blobs, clock } = this.#context;
    const { number, execution, label } = this.#run;
    const badRows = problem === undefined ? this.#badRows.count : 0;
    const errorFile = badRows > 0 ? `${randomUUID()}${extension(this.#plan.run.file)}` : null;
    await this.#badRows.end();
    if (errorFile !== null) await blobs.upload(errorFile, createReadStream(this.#badRows.path));
    await rm(this.#badRows.path, { force: true });

    transaction(this.#context.database, () => {
      if (problem !== undefined) {
        rows.unstage(number);
        executions.log(execution, label, `${problem.code} ${problem.text}`);
      }
      const staged = problem === undefined ? this.#staged : 0;
      executions.change(number, {
        stagingStatus: problem === undefined && badRows === 0 ? "Finished" : "Error",
        stagingEndedAt: clock.now(),
        toBeProcessed: this.#rowCount,
        staged,
        errorFile,
      });
    });
  }

  /** False as soon as a key comes twice. */
  #keep(batch: readonly StagingRow[], errors: readonly ExecutionError[]): boolean {
    const { database, rows, executions } = this.#context;
    return transaction(database, () => {
      executions.addErrors(this.#run.number, errors);
      for (const row of batch) {
        if (!rows.stage(this.#run.number, row)) return false;
        this.#staged += 1;
      }
      return true;
    });
  }
}

const duplicateKey: FileProblem = {
  code: "DMF1959",
  text: "Violation of PRIMARY KEY constraint: the file has records with the same key.",
};

/** Map and file must agree, in both directions unless a setting says otherwise. */
function checkHeader(
  header: readonly string[],
  columns: readonly StagedColumn[],
  settings: SandboxSettings,
): FileProblem | undefined {
  if (new Set(header).size !== header.length)
    return { code: "FF004", text: "The header row has a column twice." };
  const missing = columns.find(
    ({ sourceColumn }) => sourceColumn !== undefined && !header.includes(sourceColumn),
  );
  if (missing?.sourceColumn !== undefined) {
    return { code: "DMF2060", text: `The mapped field ${missing.sourceColumn} is not in the file.` };
  }
  const mapped = new Set(columns.map(({ sourceColumn }) => sourceColumn));
  const extra = header.find((name) => !mapped.has(name));
  if (extra === undefined || settings.unmappedFileColumns === "ignore") return undefined;
  return { code: "DMF2022", text: `The column ${extra} of the file is not mapped.` };
}

type ReadResult = { readonly row: StagingRow } | { readonly error: ExecutionError };

/** Turns the values of a line into a staging row. Everything that is the same for all lines is looked up once. */
class RowReader {
  readonly #context: StagingContext;
  readonly #plan: ImportPlan;
  readonly #width: number;
  readonly #cells: readonly {
    readonly column: StagedColumn;
    readonly at: number;
    readonly rules: ValueRules;
  }[];
  /** Position of every key field among the staged fields; -1 where it is not staged. */
  readonly #keyAt: readonly number[];
  readonly #numberedAt: number | undefined;

  constructor(
    context: StagingContext,
    plan: ImportPlan,
    columns: readonly StagedColumn[],
    header: readonly string[],
  ) {
    this.#context = context;
    this.#plan = plan;
    this.#width = header.length;
    const { entity } = plan;
    this.#cells = columns.map((column) => ({
      column,
      at: column.sourceColumn === undefined ? -1 : header.indexOf(column.sourceColumn),
      rules: {
        members: entity.enums.get(entity.fields.get(column.field)?.enumName ?? "") ?? [],
        size: context.setup.size(entity, column.field),
      },
    }));
    const fields = columns.map(({ field }) => field);
    this.#keyAt = entity.keys.map((key) => fields.indexOf(key));
    const numbered = context.setup.numberedField(entity.label)?.field;
    this.#numberedAt = numbered === undefined ? undefined : entity.keys.indexOf(numbered);
  }

  read(values: readonly string[], row: number): ReadResult {
    if (values.length !== this.#width)
      return this.#refuse(row, values, "", "The number of columns differs from the header.");
    const staged: string[] = [];
    for (const { column, at, rules } of this.#cells) {
      const { entity } = this.#plan;
      const text = column.autoGenerated ? this.#generate(column.field) : (values[at] ?? "");
      const converted = column.conversions.get(text) ?? (text === "" ? (column.defaultValue ?? "") : text);
      const result = stageValue(entity.fields.get(column.field), converted, rules);
      if ("problem" in result) return this.#refuse(row, values, column.field, result.problem);
      staged.push(result.value);
    }
    const keyValues = this.#keyAt.map((at) => staged[at] ?? "");
    // Without known keys, or with one the environment numbers later, nothing can be a duplicate.
    const open =
      keyValues.length === 0 || (this.#numberedAt !== undefined && keyValues[this.#numberedAt] === "");
    return {
      row: {
        row,
        key: open ? null : canonicalKey(keyValues),
        recordId: this.#recordId(values),
        values: staged,
      },
    };
  }

  /** The key as the data file writes it. The separator of several fields is a setting: no source knows it. */
  #recordId(values: readonly string[]): string {
    const parts = this.#keyAt.map((at) => {
      const source = this.#cells[at]?.at ?? -1;
      return values[source] ?? "";
    });
    return parts.join(this.#context.settings.keySeparator);
  }

  #refuse(row: number, values: readonly string[], field: string, message: string): ReadResult {
    return { error: { stage: "staging", row, recordId: this.#recordId(values), field, message } };
  }

  #generate(field: string): string {
    const number = this.#context.rows.nextNumber(`${this.#plan.entity.label}.${field}`);
    return String(number).padStart(6, "0");
  }
}

/** The failing rows in the format of the input, header included (assumption: no source shows the real file). */
class BadRowFile {
  readonly path: string;
  readonly #format: DelimitedFormat;
  #header: readonly string[] = [];
  #stream: WriteStream | undefined;
  count = 0;

  constructor(path: string, format: DelimitedFormat) {
    this.path = path;
    this.#format = format;
  }

  begin(header: readonly string[]): void {
    this.#header = header;
  }

  async add(values: readonly string[]): Promise<void> {
    this.count += 1;
    if (this.#stream === undefined) {
      this.#stream = createWriteStream(this.path);
      if (this.#format.encoding === "utf-16le") this.#stream.write(Buffer.from([0xff, 0xfe]));
      this.#stream.write(this.#line(this.#header));
    }
    const stream = this.#stream;
    if (stream.write(this.#line(values))) return;
    await new Promise<void>((resolve) => stream.once("drain", resolve));
  }

  async end(): Promise<void> {
    if (this.#stream === undefined) return;
    this.#stream.end();
    await finished(this.#stream);
  }

  #line(values: readonly string[]): Buffer {
    const text = stringify([values], {
      delimiter: this.#format.delimiter,
      record_delimiter: "\r\n",
    });
    return Buffer.from(text, this.#format.encoding === "utf-16le" ? "utf16le" : "utf8");
  }
}

function extension(file: string): string {
  return /\.[A-Za-z0-9]{1,5}$/.exec(file)?.[0] ?? "";
}
