import { normalizeKey } from "../../entity/record-key.ts";
import { normalCompany } from "../../mapping/legal-entity.ts";
import type { FieldPlan, MappingPlan } from "../../mapping/field-plan.ts";
import type { EntityFileFormat } from "../../package/entity-file-format.ts";
import { unitClass } from "../../package/delimited-rows.ts";
import { cellStop, toldBy, type ByteKernel } from "../../source/byte-kernel.ts";
import type { ByteFields } from "../../source/byte-record.ts";
import type { PassingRecords, PassingWindow } from "../../source/passing-records.ts";
import type { CompiledEntity, PlannedSource } from "../load-plan.ts";
import { cellOf, decode, unsure, type Cell, type SparseRun } from "./straight-cells.ts";
import { StraightRows } from "./straight-rows.ts";
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
 * The way of records that are certainly good, from the bytes of the source to rows of the data file, without texts:
 * what nearly every record of nearly every extract can take. bench/csv-read.ts says what it gains.
 *
 * The invariant: a record that comes through here is one that the ordinary way (RecordMapper, compileChecks and the
 * encoder of the format) would map, find nothing wrong with and write to the very same row. Where that is not certain,
 * its number is where the rows end, and it goes the ordinary way from its beginning, which alone gives reasons. A
 * property test holds the two equal.
 *
 * A window of records goes in three passes: the filter and the legal entity of each; then the kernel, which writes row
 * behind row and stops where a value is for somebody else; then whoever asked looks at keys and at what was noted.
 */
export class StraightPath {
  /** What was written last. */
  readonly straight: StraightRows;
  readonly #plan: MappingPlan;
  readonly #cells: readonly Cell[];
  /** By cell: what is wanted of its value beside the value in the row. */
  readonly #wants: Uint8Array;
  readonly #isText: readonly boolean[];
  readonly #run: SparseRun;
  readonly #memo = new TextMemo();
  /** How many records stand before those of the source. */
  #recordsBefore = 0;
  /** What knows how rows are made. */
  #kernel: ByteKernel | undefined;
  /** Numbers of legal entities, by the short code of the column they come from. */
  readonly #companies = new Map<number, number>();

  private constructor(
    planned: CompiledEntity,
    source: PlannedSource,
    plan: MappingPlan,
    options: StraightOptions,
  ) {
    const { schema, mapping } = planned;
    const { columns } = source.source;
    const { targetFields } = mapping;
    this.straight = new StraightRows(options.format.delimiter ?? ",", targetFields.length);
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
   * Maps, checks and writes records, from number `from` on as far as they certainly are good: `straight` is what became
   * of them. `recordsBefore`: of the mapping's sources before this one.
   */
  write(records: PassingRecords, from: number, recordsBefore: number): void {
    const { straight } = this;
    const { kernel } = records.window;
    straight.begin(records, from);
    this.#recordsBefore = recordsBefore;
    if (kernel !== this.#kernel && !this.#use(records.window)) return;
    const fields = records.fields();
    const end = this.#placed(records, fields);
    for (let at = from; at < end; at = straight.to) {
      if (straight.isLeftOut(at)) {
        straight.rows.pass(at);
        straight.to = at + 1;
        continue;
      }
      let behind = at + 1;
      while (behind < end && !straight.isLeftOut(behind)) behind++;
      if (!this.#writeRows(records, fields, behind)) return;
    }
  }

  /** Finds the legal entities of the records, and which are left out; returns the number behind those for which it is certain. */
  #placed(records: PassingRecords, fields: ByteFields): number {
    const { straight } = this;
    if (straight.placedUpTo > straight.from) return straight.placedUpTo;
    const { where } = this.#plan;
    const run = this.#run;
    for (let at = straight.from; at < records.count; at++) {
      records.moveTo(fields, at);
      run.record = this.#recordsBefore + records.firstInFile + at;
      let passes: boolean | undefined = true;
      if (where !== undefined) {
        decode(fields, where.columns, run);
        passes = where.test(run);
      }
      const company = passes === undefined ? undefined : this.#companyOf(fields, run);
      // What goes wrong where records are left out is nobody's business; see RecordMapper.
      const failed = run.reasons.length > 0;
      run.reasons.length = 0;
      if (company === undefined || (failed && passes === true)) return at;
      straight.place(at, company, passes === false);
    }
    return records.count;
  }

  /** Writes the rows of records up to number `behind`; false: it came to one that has to go the ordinary way. */
  #writeRows(records: PassingRecords, fields: ByteFields, behind: number): boolean {
    const { straight } = this;
    const { text, delimiter } = straight.rows;
    const { first, window } = records;
    const { kernel } = window;
    const { told } = kernel;
    const cells = this.#cells.length;
    let record = first + straight.to;
    let cell = 0;
    for (;;) {
      const stop = kernel.copyRows(record, first + behind, cell, cells, text.length, delimiter);
      text.length = told[toldBy.length] as number;
      if (stop < 0) break;
      record = told[toldBy.record] as number;
      straight.to = record - first;
      cell = stop >> 2;
      if (!this.#goOn(kernel, { fields, cell, why: stop & 3 })) return false;
      cell++;
    }
    straight.to = behind;
    return true;
  }

  /** Does what is to be done at the cell where the kernel stopped; false: the record has to go the ordinary way. */
  #goOn(
    kernel: ByteKernel,
    stop: {
      readonly fields: ByteFields;
      readonly cell: number;
      readonly why: number;
    },
  ): boolean {
    const { cell, why } = stop;
    const { straight } = this;
    const { rows, to: at } = straight;
    const { text } = rows;
    const wants = this.#wants[cell] as number;
    let from = text.length;
    let seen: number;
    if (why === cellStop.toBeWritten) {
      const run = this.#run;
      straight.records.moveTo(stop.fields, at);
      run.record = this.#recordsBefore + straight.records.firstInFile + at;
      seen = (this.#cells[cell] as Cell).write(stop.fields, run, text);
      const failed = (seen & unsure) !== 0 || run.reasons.length > 0;
      run.reasons.length = 0;
      if (failed || !rows.isWhole) return false;
      kernel.remember(from, text.length, seen);
      if ((wants & want.key) !== 0 && !this.#addKeyPart(kernel, from)) return false;
    } else if (why === cellStop.toBeAttended) {
      from = kernel.told[toldBy.cellStart] as number;
      seen = kernel.told[toldBy.cellClasses] as number;
    } else return false;
    const doubtful = (seen & unitClass.doubtful) !== 0 && this.#isText[cell] === true;
    if (doubtful) straight.markDoubtful(at);
    if (doubtful || (wants & want.text) !== 0) straight.note(at, cell, this.#memo.textFrom(text, from));
    if ((seen & unitClass.quoted) === 0) return true;
    const length = kernel.quoteValue(from, text.length, seen);
    if (length >= 0) text.length = length;
    return length >= 0;
  }

  /** Adds the value from `from` on to the key of the row; false where the key is too long. */
  #addKeyPart(kernel: ByteKernel, from: number): boolean {
    const { rows } = this.straight;
    const { text } = rows;
    const end = text.length;
    if (kernel.addKeyPart(from, end, false) !== 0) return true;
    // Beyond ASCII only the text knows what is equal; its units stand behind the row for a moment.
    text.text(normalizeKey([text.textFrom(from)]));
    const added = rows.isWhole && kernel.addKeyPart(end, text.length, true) !== 0;
    text.length = end;
    return added;
  }

  /** Teaches a kernel how rows are made; false where they have too many cells. */
  #use({ kernel, charset }: PassingWindow): boolean {
    const { text, classes } = this.straight.rows;
    const cells = this.#cells.map((cell, index) => {
      const wants = this.#wants[index] ?? 0;
      return cell.inKernel(text, {
        wanted: (wants & want.text) !== 0,
        isKey: (wants & want.key) !== 0,
        isText: this.#isText[index] === true,
      });
    });
    if (!kernel.load(cells, classes, charset)) return false;
    this.#kernel = kernel;
    return true;
  }

  /** The number of the legal entity, as `straight` has it. */
  #companyOf(fields: ByteFields, run: SparseRun): number | undefined {
    const plan = this.#plan.legalEntity;
    // Only what equal values make equal may be remembered.
    const code = plan.kind === "column" ? fields.shortCode(plan.column) : plan.kind === "constant" ? 0 : -1;
    const known = code === -1 ? undefined : this.#companies.get(code);
    if (known !== undefined) return known;
    const company = companyOf(plan, fields, run);
    if (company === undefined) return undefined;
    const number = this.straight.numberOf(company);
    if (run.reasons.length === 0 && code !== -1 && this.#companies.size < mostCompanies) {
      this.#companies.set(code, number);
    }
    return number;
  }
}

function companyOf(plan: FieldPlan, fields: ByteFields, run: SparseRun): string | undefined {
  if (plan.kind === "constant") return normalCompany(plan.value);
  decode(fields, plan.kind === "column" ? [plan.column] : plan.columns, run);
  const code = plan.compute(run);
  return code === undefined ? undefined : normalCompany(code);
}
