import type { EntitySchema } from "../../entity/entity-schema.ts";
import { unitCheck } from "../../entity/unit-check.ts";
import { compileChecks } from "../../entity/value-check.ts";
import type { Reason } from "../../errors/reason.ts";
import type { FieldPlan } from "../../mapping/field-plan.ts";
import { unitClass } from "../../package/delimited-rows.ts";
import { longestValueChars } from "../../package/format-risk.ts";
import { csvMidnight, csvValueFormats, type ValueFormat } from "../../package/value-format.ts";
import type { ByteFields } from "../../source/byte-record.ts";
import type { CellUse, KernelCell } from "../../source/row-program.ts";
import type { TextUnits } from "../../source/text-units.ts";

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
  write(record: ByteFields, run: SparseRun, to: TextUnits): number;
  /** What the kernel can do instead: the same, as far as it gets. `to`: to try it on. */
  inKernel(to: TextUnits, use: CellUse): KernelCell;
}

const elsewhere: KernelCell = { kind: "elsewhere" };

/** What the kernel copies, whatever is to be known of it. */
type CopiedCell = Omit<Extract<KernelCell, { kind: "copied" }>, "use">;

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
      const onUnits = unitCheck(field?.type ?? "unknown");
      if (plan.onUnits === undefined || onUnits === undefined) return new DecodedCell(plan, onText);
      return new DecodedCell(plan, onText, {
        kind: "copied",
        column: plan.column,
        steps: plan.onUnits,
        longest: Math.min(field?.size ?? longestValueChars, longestValueChars),
        mandatory: field?.mandatory === true,
        check: onUnits.check,
        suffix: field?.type === "datetime" ? csvMidnight : "",
      });
    }
  }
}

/** How a value that became a text is judged and written. */
interface OnText {
  readonly check: (value: string) => boolean;
  readonly format: ValueFormat | undefined;
}

/** The same value in every row. */
class ConstantCell implements Cell {
  readonly #value: string;
  readonly #onText: OnText;

  constructor(value: string, onText: OnText) {
    this.#value = value;
    this.#onText = onText;
  }

  inKernel(to: TextUnits, use: CellUse): KernelCell {
    const from = to.length;
    const classes = this.write(undefined, undefined, to);
    const units = to.units.slice(from, to.length);
    to.length = from;
    return (classes & unsure) === 0 ? { kind: "constant", units, classes, use } : elsewhere;
  }

  write(_record: ByteFields | undefined, _run: SparseRun | undefined, to: TextUnits): number {
    return writeText(this.#value, this.#onText, to);
  }
}

/** A value of one column that has to become a text on its way; the kernel remembers what came before. */
class DecodedCell implements Cell {
  readonly #column: number;
  readonly #compute: Extract<FieldPlan, { kind: "column" }>["compute"];
  readonly #onText: OnText;
  readonly #copied: CopiedCell | undefined;

  /** `copied`: how most of its values are written without becoming a text. */
  constructor(plan: Extract<FieldPlan, { kind: "column" }>, onText: OnText, copied?: CopiedCell) {
    this.#column = plan.column;
    this.#compute = plan.compute;
    this.#onText = onText;
    this.#copied = copied;
  }

  inKernel(_to: TextUnits, use: CellUse): KernelCell {
    if (this.#copied !== undefined) return { ...this.#copied, use };
    return { kind: "recalled", column: this.#column, use };
  }

  write(record: ByteFields, run: SparseRun, to: TextUnits): number {
    run.values[this.#column] = record.text(this.#column);
    return writeText(this.#compute(run), this.#onText, to);
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

  inKernel(): KernelCell {
    return elsewhere;
  }

  write(record: ByteFields, run: SparseRun, to: TextUnits): number {
    const { columns, compute } = this.#plan;
    decode(record, columns, run);
    return writeText(compute(run), this.#onText, to);
  }
}

/** Fills these columns of a run in. */
export function decode(record: ByteFields, columns: readonly number[], run: SparseRun): void {
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] as number;
    run.values[column] = record.text(column);
  }
}

function writeText(value: string | undefined, { check, format }: OnText, to: TextUnits): number {
  if (value === undefined || !check(value)) return unsure;
  if (value === "") return 0;
  const seen = to.text(format === undefined ? value : format(value));
  return value.length > longestValueChars ? seen | unitClass.doubtful : seen;
}
