import type { EntityField, EntitySchema } from "../../entity/entity-schema.ts";
import { unitCheck, type UnitCheck } from "../../entity/unit-check.ts";
import { compileChecks } from "../../entity/value-check.ts";
import type { Reason } from "../../errors/reason.ts";
import type { FieldPlan } from "../../mapping/field-plan.ts";
import type { UnitStep } from "../../mapping/unit-step.ts";
import { unitClass } from "../../package/delimited-row.ts";
import { longestValueChars } from "../../package/format-risk.ts";
import { csvMidnight, csvValueFormats, type ValueFormat } from "../../package/value-format.ts";
import type { ByteRecord } from "../../source/byte-record.ts";
import type { TextUnits } from "../../source/text-units.ts";
import { ValueMemo } from "./value-memo.ts";

/** Beside the classes of units: the value is not certainly right, and only the ordinary way can say what is wrong. */
export const unsure = 0x80;

/** A mapping run whose values are filled in as far as a computation reads them. */
export interface SparseRun {
  readonly columns: readonly string[];
  readonly values: string[];
  record: number;
  readonly reasons: Reason[];
}

/** Appends the checked value of one field, as the file has it but without quotes; returns the classes of its units. */
export interface Cell {
  write(record: ByteRecord, run: SparseRun, to: TextUnits): number;
}

/** The cell of a field. */
export function cellOf(plan: FieldPlan, schema: EntitySchema, name: string): Cell {
  const field = schema.fields.get(name);
  const [format] = csvValueFormats(schema, [name]);
  const check = compileChecks(schema, [name]);
  const onText = { check: (value: string) => check([value]).length === 0, format };
  switch (plan.kind) {
    case "constant":
      return new ConstantCell(plan.value, onText);
    case "computed":
      return new ComputedCell(plan, onText);
    case "column": {
      const decoded = new DecodedCell(plan, onText);
      const onUnits = unitCheck(field?.type ?? "unknown");
      if (plan.onUnits === undefined || onUnits === undefined) return decoded;
      return new CopiedCell(
        { column: plan.column, steps: plan.onUnits, field, check: onUnits.check },
        decoded,
      );
    }
  }
}

/** How a value that became a text is judged and written. */
interface OnText {
  readonly check: (value: string) => boolean;
  readonly format: ValueFormat | undefined;
}

/** A value that goes from the bytes of the source to the units of the file without ever being a text. */
class CopiedCell implements Cell {
  readonly #column: number;
  readonly #steps: readonly UnitStep[];
  readonly #mandatory: boolean;
  readonly #size: number;
  readonly #isDate: boolean;
  readonly #check: UnitCheck | undefined;
  readonly #otherwise: Cell;

  /** `otherwise`: for values that the steps or the check do not know what to do with. */
  constructor(
    how: {
      readonly column: number;
      readonly steps: readonly UnitStep[];
      readonly field: EntityField | undefined;
      readonly check: UnitCheck | undefined;
    },
    otherwise: Cell,
  ) {
    const { field } = how;
    this.#column = how.column;
    this.#steps = how.steps;
    this.#mandatory = field?.mandatory === true;
    this.#size = field?.size ?? Number.POSITIVE_INFINITY;
    this.#isDate = field?.type === "datetime";
    this.#check = how.check;
    this.#otherwise = otherwise;
  }

  write(record: ByteRecord, run: SparseRun, to: TextUnits): number {
    const from = to.length;
    let seen = to.copy(record, this.#column);
    const steps = this.#steps;
    if (steps.length > 0) {
      for (const step of steps) {
        if (step(to, from)) continue;
        to.length = from;
        return this.#otherwise.write(record, run, to);
      }
      seen = to.classesFrom(from);
    }
    const length = to.length - from;
    if (length === 0) return this.#mandatory ? unsure : 0;
    if ((seen & unitClass.forbidden) !== 0) return unsure;
    if (length > this.#size || (this.#check !== undefined && !this.#check(to.units, from, to.length))) {
      to.length = from;
      return this.#otherwise.write(record, run, to);
    }
    // It holds colons, which may be the delimiter.
    if (this.#isDate) return seen | to.text(csvMidnight);
    return length > longestValueChars ? seen | unitClass.doubtful : seen;
  }
}

/** The same value in every row. */
class ConstantCell implements Cell {
  readonly #value: string;
  readonly #onText: OnText;
  #units: Uint16Array | undefined;
  #seen = 0;

  constructor(value: string, onText: OnText) {
    this.#value = value;
    this.#onText = onText;
  }

  write(_record: ByteRecord, _run: SparseRun, to: TextUnits): number {
    if (this.#units === undefined) {
      const from = to.length;
      this.#seen = writeText(this.#value, this.#onText, to);
      this.#units = to.units.slice(from, to.length);
    } else to.append(this.#units, 0, this.#units.length);
    return this.#seen;
  }
}

/** A value of one column that has to become a text on its way; what came before is remembered. */
class DecodedCell implements Cell {
  readonly #column: number;
  readonly #compute: Extract<FieldPlan, { kind: "column" }>["compute"];
  readonly #onText: OnText;
  readonly #memo = new ValueMemo();

  constructor(plan: Extract<FieldPlan, { kind: "column" }>, onText: OnText) {
    this.#column = plan.column;
    this.#compute = plan.compute;
    this.#onText = onText;
  }

  write(record: ByteRecord, run: SparseRun, to: TextUnits): number {
    const { bytes, bounds } = record.window;
    const at = (record.firstField + this.#column) * 2;
    const from = bounds[at] ?? 0;
    const end = bounds[at + 1] ?? 0;
    const plain = (end & 1) === 0;
    if (plain) {
      const known = this.#memo.append(bytes, from, end >> 1, to);
      if (known !== -1) return known;
    }
    run.values[this.#column] = record.text(this.#column);
    const start = to.length;
    const seen = writeText(this.#compute(run), this.#onText, to);
    const good = (seen & unsure) === 0 && run.reasons.length === 0;
    if (plain && good) this.#memo.remember(bytes, from, end >> 1, to, start, seen);
    return seen;
  }
}

/** A value that is computed from several columns, or from none. */
class ComputedCell implements Cell {
  readonly #plan: Pick<Extract<FieldPlan, { kind: "computed" }>, "columns" | "compute">;
  readonly #onText: OnText;

  constructor(plan: Pick<Extract<FieldPlan, { kind: "computed" }>, "columns" | "compute">, onText: OnText) {
    this.#plan = plan;
    this.#onText = onText;
  }

  write(record: ByteRecord, run: SparseRun, to: TextUnits): number {
    const { columns, compute } = this.#plan;
    decode(record, columns, run);
    return writeText(compute(run), this.#onText, to);
  }
}

/** Fills these columns of a run in. */
export function decode(record: ByteRecord, columns: readonly number[], run: SparseRun): void {
  for (const column of columns) run.values[column] = record.text(column);
}

function writeText(value: string | undefined, { check, format }: OnText, to: TextUnits): number {
  if (value === undefined || !check(value)) return unsure;
  if (value === "") return 0;
  const seen = to.text(format === undefined ? value : format(value));
  return value.length > longestValueChars ? seen | unitClass.doubtful : seen;
}
