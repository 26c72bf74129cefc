import { KeyUnits } from "../../entity/key-units.ts";
import { normalCompany } from "../../mapping/legal-entity.ts";
import type { FieldPlan, MappingPlan } from "../../mapping/field-plan.ts";
import type { EntityFileFormat } from "../../package/entity-file-format.ts";
import { DelimitedRow, unitClass } from "../../package/delimited-row.ts";
import { cellStop, type ByteKernel } from "../../source/byte-kernel.ts";
import type { ByteRecord } from "../../source/byte-record.ts";
import type { CompiledEntity, PlannedSource } from "../load-plan.ts";
import { cellOf, decode, unsure, type Cell, type SparseRun } from "./straight-cells.ts";
import { TextMemo } from "./text-memo.ts";

/** What may be wanted of a value, as bits. */
const want = { key: 1, text: 2 } as const;

/** Companies that are remembered; there are never so many. */
const mostCompanies = 1000;

/** What is to be known of each record beside its row. */
export interface StraightOptions {
  readonly format: EntityFileFormat;
  /** Positions among the target fields of values that are wanted as texts. */
  readonly wanted: readonly number[];
}

/**
 * The way of a record that is certainly good, from the bytes of the source to a row of the data file, without texts:
 * what nearly every record of nearly every extract can take. bench/csv-read.ts says what it gains.
 *
 * The invariant: a record that comes through here is one that the ordinary way (RecordMapper, compileChecks and the
 * encoder of the format) would map, find nothing wrong with and write to the very same row. Where that is not certain,
 * `take` says so and the record goes the ordinary way from its beginning, which alone gives reasons. A property test
 * holds the two equal.
 */
export class StraightPath {
  /** The row of the record that was taken last. */
  readonly row: DelimitedRow;
  /** Its normalized key; empty where F&O makes the key. */
  readonly key = new KeyUnits();
  /** Its values aligned with the target fields: the wanted and the doubtful ones, all others empty. */
  readonly texts: string[];
  /** Whether a value was doubtful; see compileFormatRisks. */
  doubtful = false;
  company = "";
  readonly #plan: MappingPlan;
  readonly #cells: readonly Cell[];
  /** By cell: what is wanted of its value beside the value in the row. */
  readonly #wants: Uint8Array;
  readonly #isText: readonly boolean[];
  /** Positions in `texts` that are filled. */
  #filled: number[] = [];
  readonly #run: SparseRun;
  readonly #memo = new TextMemo();
  /** What knows how rows are made. */
  #kernel: ByteKernel | undefined;
  /** By the short code of the column they come from. */
  readonly #companies = new Map<number, string>();

  private constructor(
    planned: CompiledEntity,
    source: PlannedSource,
    plan: MappingPlan,
    options: StraightOptions,
  ) {
    const { schema, mapping } = planned;
    const { columns } = source.source;
    const { targetFields } = mapping;
    this.row = new DelimitedRow(options.format.delimiter ?? ",");
    this.texts = targetFields.map(() => "");
    this.#plan = plan;
    this.#cells = plan.fields.map((field, index) => cellOf(field, schema, targetFields[index] ?? ""));
    // The fields of the key come first, in its order. A key of which a part is not mapped is made by F&O.
    const keyParts = schema.keys.every((key) => targetFields.includes(key)) ? schema.keys.length : 0;
    this.#wants = Uint8Array.from(targetFields, (_, index) => {
      const asKey = index < keyParts ? want.key : 0;
      return options.wanted.includes(index) ? asKey | want.text : asKey;
    });
    this.#isText = targetFields.map((name) =>
      ["string", "unknown"].includes(schema.fields.get(name)?.type ?? "unknown"),
    );
    this.#run = { columns, values: columns.map(() => ""), record: 0, reasons: [] };
  }

  /** The path for the records of a source; undefined where the mapping or the format of the data file has none. */
  static of(
    planned: CompiledEntity,
    source: PlannedSource,
    options: StraightOptions,
  ): StraightPath | undefined {
    const { plan, expectations } = source.mapper;
    const { schema, mapping } = planned;
    if (plan === undefined || expectations !== undefined) return undefined;
    if (options.format.delimiter === undefined) return undefined;
    // A date is written in another form than the one it is compared in.
    const compared = [...schema.keys, ...options.wanted.map((index) => mapping.targetFields[index] ?? "")];
    if (compared.some((name) => schema.fields.get(name)?.type === "datetime")) return undefined;
    return new StraightPath(planned, source, plan, options);
  }

  /**
   * Maps, checks and writes a record. "left out": by the filter; `company` is known. "taken": all members say what
   * became of it. undefined: it has to go the ordinary way. `number`: of the record among all of the mapping's sources.
   */
  take(record: ByteRecord, number: number): "left out" | "taken" | undefined {
    const run = this.#run;
    run.record = number;
    const taken = this.#take(record, run);
    const certain = taken === "left out" || run.reasons.length === 0;
    run.reasons.length = 0;
    return certain ? taken : undefined;
  }

  #take(record: ByteRecord, run: SparseRun): "left out" | "taken" | undefined {
    const { where } = this.#plan;
    let left = false;
    if (where !== undefined) {
      decode(record, where.columns, run);
      const passes = where.test(run);
      if (passes === undefined) return undefined;
      left = !passes;
    }
    const company = this.#companyOf(record, run);
    if (company === undefined) return undefined;
    this.company = company;
    if (left) return "left out";
    const { kernel } = record.window;
    // Records that are kept come from sources of a few hundred records.
    return kernel !== undefined && this.#write(record, kernel, run) ? "taken" : undefined;
  }

  #write(record: ByteRecord, kernel: ByteKernel, run: SparseRun): boolean {
    const { row, texts } = this;
    const { text } = row;
    if (kernel !== this.#kernel && !this.#use(kernel)) return false;
    if (this.#filled.length > 0) {
      for (const index of this.#filled) texts[index] = "";
      this.#filled = [];
    }
    this.key.clear();
    this.doubtful = false;
    row.begin(kernel);
    const cells = this.#cells;
    const { told } = kernel;
    for (let next = 0; ; next++) {
      const stop = kernel.copyCells(next, cells.length, record.firstField, text.length, row.delimiter);
      text.length = told[0] as number;
      if (stop < 0) break;
      next = stop >> 2;
      let from = told[1] as number;
      let seen = told[2] as number;
      switch (stop & 3) {
        case cellStop.toBeWritten:
          from = text.length;
          seen = (cells[next] as Cell).write(record, run, text);
          if ((seen & unsure) !== 0) return false;
          break;
        case cellStop.toBeAttended:
          break;
        default:
          return false;
      }
      if ((seen | (this.#wants[next] as number)) !== 0) this.#attend(next, from, seen);
    }
    row.end();
    return row.isWhole;
  }

  /** Teaches a kernel how rows are made; false where they have too many cells. */
  #use(kernel: ByteKernel): boolean {
    const { row } = this;
    const cells = this.#cells.map((cell, index) => cell.inKernel(row.text, this.#wants[index] !== 0));
    if (!kernel.load(cells, row.classes)) return false;
    this.#kernel = kernel;
    return true;
  }

  /** Does what the value from `from` on needs beside being written. */
  #attend(index: number, from: number, seen: number): void {
    const { row } = this;
    const wants = this.#wants[index] ?? 0;
    if ((wants & want.key) !== 0) this.key.add(row.text, from);
    const doubtful = (seen & unitClass.doubtful) !== 0 && this.#isText[index] === true;
    if (doubtful) this.doubtful = true;
    if (doubtful || (wants & want.text) !== 0) {
      this.texts[index] = this.#memo.textFrom(row.text, from);
      this.#filled.push(index);
    }
    if ((seen & unitClass.quoted) !== 0) row.quote(from, seen);
  }

  #companyOf(record: ByteRecord, run: SparseRun): string | undefined {
    const plan = this.#plan.legalEntity;
    // Only what equal values make equal may be remembered.
    const code = plan.kind === "column" ? record.shortCode(plan.column) : plan.kind === "constant" ? 0 : -1;
    const known = code === -1 ? undefined : this.#companies.get(code);
    if (known !== undefined) return known;
    const company = companyOf(plan, record, run);
    const good = company !== undefined && run.reasons.length === 0;
    if (good && code !== -1 && this.#companies.size < mostCompanies) {
      this.#companies.set(code, company);
    }
    return company;
  }
}

function companyOf(plan: FieldPlan, record: ByteRecord, run: SparseRun): string | undefined {
  if (plan.kind === "constant") return normalCompany(plan.value);
  decode(record, plan.kind === "column" ? [plan.column] : plan.columns, run);
  const code = plan.compute(run);
  return code === undefined ? undefined : normalCompany(code);
}
