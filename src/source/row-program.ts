import type { UnitCheck, UnitStep } from "./unit-step.ts";

/** What is to be known of the value of a cell. */
export interface CellUse {
  /** The program stops behind it, for somebody wants to look at it. */
  readonly wanted: boolean;
  /** It is the next part of the key of the record. */
  readonly isKey: boolean;
  /** It is a text, so that the program stops behind it where the format does not promise to carry it. */
  readonly isText: boolean;
}

/** What a row's program does for a cell. */
export type KernelCell =
  /**
   * The value of a column, changed by steps: of at most `longest` units, at least one where it is `mandatory`, and what
   * `check` demands. `suffix` stands behind it where it is not empty.
   */
  | {
      readonly kind: "copied";
      readonly column: number;
      readonly steps: readonly UnitStep[];
      readonly longest: number;
      readonly mandatory: boolean;
      readonly check: UnitCheck | undefined;
      readonly suffix: string;
      readonly use: CellUse;
    }
  | {
      readonly kind: "constant";
      readonly units: Uint16Array;
      readonly classes: number;
      readonly use: CellUse;
    }
  /** The value of a column that somebody else makes: the program stops before those it does not remember. */
  | { readonly kind: "recalled"; readonly column: number; readonly use: CellUse }
  /** It stops before the value, which somebody else writes. */
  | { readonly kind: "elsewhere" };

/** Numbers of a cell and of a step; what they are is said in kernel/copy-cells.ts and kernel/change-units.ts. */
const cellNumbers = 8;
const stepNumbers = 9;

const kinds = {
  elsewhere: 0,
  copied: 1,
  constant: 2,
  recalled: 3,
  mandatory: 4,
  wanted: 8,
  isKey: 16,
  isText: 32,
} as const;
const checks: readonly (UnitCheck | undefined)[] = [undefined, "decimal", "integer", "date"];
const stepKinds = ["end", "trim", "upper", "lower", "padStart", "default", "decimal", "date"] as const;

/** What a cell needs to remember values; see kernel/value-memo.ts. */
export const memoBytes = 64 * 1024;
/** Cells that have such a memo: more columns than entities mostly have. */
export const mostMemos = 64;

/**
 * The program of a row for the kernel, as it stands in its memory from an address on. `memosAt`: where there is room for
 * memos.
 */
export function rowProgram(cells: readonly KernelCell[], address: number, memosAt: number): Uint8Array {
  const numbers = cells.map(() => new Array<number>(cellNumbers).fill(0));
  const behind: number[] = [];
  // Cells come first, then what they point to.
  const here = (): number => address + (cells.length * cellNumbers + behind.length) * 4;
  const put = (text: Iterable<number>): { readonly at: number; readonly length: number } => {
    const units = [...text];
    const at = here();
    for (let index = 0; index < units.length; index += 2)
      behind.push((units[index] ?? 0) | ((units[index + 1] ?? 0) << 16));
    return { at, length: units.length };
  };
  let memos = 0;
  const memo = (): number => (memos === mostMemos ? 0 : memosAt + memos++ * memoBytes);
  for (const [index, cell] of cells.entries()) {
    const to = numbers[index] ?? [];
    if (cell.kind === "elsewhere") continue;
    const { wanted, isKey, isText } = cell.use;
    const uses = (wanted ? kinds.wanted : 0) | (isKey ? kinds.isKey : 0) | (isText ? kinds.isText : 0);
    if (cell.kind === "constant") {
      const { at, length } = put(cell.units);
      to.splice(0, 4, kinds.constant | uses, at, length, cell.classes);
      continue;
    }
    if (cell.kind === "recalled") {
      to.splice(0, 4, kinds.recalled | uses, cell.column, 0, memo());
      continue;
    }
    const { column, steps, longest, mandatory, check, suffix } = cell;
    const coded = steps.map((step) => stepCode(step, put));
    const stepsAt = steps.length === 0 ? 0 : here();
    for (const step of coded) behind.push(...step);
    behind.push(0);
    const { at, length } = put(unitsOf(suffix));
    const flags = kinds.copied | uses | (mandatory ? kinds.mandatory : 0);
    to.splice(0, 8, flags, column, longest, memo(), stepsAt, checks.indexOf(check), at, length);
  }
  return new Uint8Array(Int32Array.from([...numbers.flat(), ...behind]).buffer);
}

function stepCode(
  step: UnitStep,
  put: (units: Iterable<number>) => { readonly at: number; readonly length: number },
): readonly number[] {
  const code = [stepKinds.indexOf(step.kind), ...stepArguments(step, put)];
  return [...code, ...new Array<number>(stepNumbers - code.length).fill(0)];
}

function stepArguments(
  step: UnitStep,
  put: (units: Iterable<number>) => { readonly at: number; readonly length: number },
): readonly number[] {
  switch (step.kind) {
    case "trim":
      return [Number(step.start), Number(step.end)];
    case "upper":
    case "lower":
      return [];
    case "padStart":
      return [step.length, step.unit];
    case "default": {
      const { at, length } = put(unitsOf(step.value));
      return [at, length];
    }
    case "decimal":
      return [step.decimal, step.thousands, step.scale];
    case "date": {
      const { length, year, month, day, marks } = step;
      // -1: there is none.
      const [first = { at: -1, unit: 0 }, second = { at: -1, unit: 0 }] = marks;
      return [length, year, month, day, first.at, first.unit, second.at, second.unit];
    }
  }
}

function unitsOf(text: string): readonly number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}
