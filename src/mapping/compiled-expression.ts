import type { MappingRun } from "./mapping-run.ts";
import type { UnitStep } from "../source/unit-step.ts";
import type { ValueType } from "./value-type.ts";

/** Computes a value of one record; undefined: it could not, and the run has the reasons. */
export type Compute = (run: MappingRun) => string | undefined;

/** A source column as an expression reads it. */
export interface ColumnUse {
  readonly name: string;
  /** Offset in the expression's text. */
  readonly at: number;
}

/** Says at which index of a record's values a column stands. Throws when the source does not have it. */
export type ColumnIndex = (column: ColumnUse) => number;

/** A value an expression can give, and where in its text it is written. */
export interface Outcome {
  readonly value: string;
  readonly at: number;
}

/** Equal values of the column give equal results. */
export interface StraightExpression {
  readonly column: ColumnUse;
  /** The steps on values that are not decoded; undefined where one of them cannot work on such. */
  readonly onUnits: readonly UnitStep[] | undefined;
}

/** An expression that was checked; `bind` makes it run on records of a source with known columns. */
export interface CompiledExpression {
  readonly type: ValueType;
  /** Every column it reads, in order of appearance. */
  readonly columns: readonly ColumnUse[];
  /** The value, where it is the same for every record. */
  readonly constant?: string;
  /** All the values it can give beside an empty one, where they are written in the mapping. */
  readonly outcomes?: readonly Outcome[];
  /** A mistake in it was reported already; nothing that follows from it is worth reporting. */
  readonly broken?: boolean;
  /** Where it is nothing but a column and steps that look at nothing but the value before them. */
  readonly straight?: StraightExpression;
  bind(indexOf: ColumnIndex): Compute;
}

/** Stands for an expression with a mistake, so that the rest of the mapping can be checked all the same. */
export const brokenExpression: CompiledExpression = {
  type: "text",
  columns: [],
  broken: true,
  bind: () => () => "",
};
