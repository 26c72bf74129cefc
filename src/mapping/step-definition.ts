import type { EntityField } from "../entity/entity-schema.ts";
import type { Reason } from "../errors/reason.ts";
import type { ReasonCode } from "../errors/registry.ts";
import type { ColumnIndex, ColumnUse, CompiledExpression, Outcome } from "./compiled-expression.ts";
import type { Lookup } from "./lookup.ts";
import type { MappingRun } from "./mapping-run.ts";
import type { StepArguments } from "./step-arguments.ts";
import type { StepFunction } from "./step-function.ts";
import type { ExpressionNode } from "./syntax.ts";
import type { UnitStep } from "../source/unit-step.ts";
import type { ValueType } from "./value-type.ts";

/** Turns a value into the next one; undefined: it cannot, and a reason was added to the run. */
export type Transform = (value: string, run: MappingRun) => string | undefined;

interface StepTraits {
  /** Empty values are given to the step as well. Every other step leaves an empty value empty. */
  readonly takesEmpty?: boolean;
  /** All the values it can give beside an empty one, where they are written in the mapping. */
  readonly outcomes?: readonly Outcome[];
}

/** A step that needs nothing but the value. */
export interface PlainStep extends StepTraits {
  readonly apply: Transform;
  /** The same on a value that is not decoded; see UnitStep. Measured: a field that needs no text takes a third. */
  readonly onUnits?: UnitStep;
}

/** A step that reads columns of the record as well. */
export interface ReadingStep extends StepTraits {
  readonly columns: readonly ColumnUse[];
  bind(indexOf: ColumnIndex): Transform;
}

/** One step of one expression, checked. */
export type CompiledStep = PlainStep | ReadingStep;

/** The field an expression fills, with the symbol names of its enum in the order of their numbers. */
export interface TargetField {
  readonly field: EntityField;
  readonly members: readonly string[];
  /** The numbers of the members, where they are not simply 0, 1, 2 … */
  readonly numbers?: readonly number[];
}

/** What a step can ask for while it is compiled. */
export interface StepContext {
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Functions of the project's own modules, by `path#name`. */
  readonly modules: ReadonlyMap<string, StepFunction>;
  /** Undefined for `legalEntity` and `where`, and for fields the catalogue does not know. */
  readonly target: TargetField | undefined;
  /** The type of the values that reach the step. */
  readonly input: ValueType;
  /** All the values that can reach the step, where they are known. */
  readonly inputOutcomes: readonly Outcome[] | undefined;
  /** Compiles an argument that is an expression of its own. */
  compileArgument(argument: ExpressionNode): CompiledExpression;
  /** Only where the mapping is compiled to be explained: adds words to what is said of the step, for one record. */
  note?(words: string): void;
  /**
   * A reason about a value that reached the step. `what` completes the sentence
   * `GBDAT holds "31.02.1990", …`, for example `which is not a date of the form dd.MM.yyyy.`
   */
  problem(code: ReasonCode, value: string, what: string): Reason;
}

/** One step of the mapping language. The tables of steps are all the compiler and the documentation know. */
export interface StepDefinition {
  readonly name: string;
  /** As it is written, for messages: `padStart(length, "character")`. */
  readonly usage: string;
  /** Types of the values it can work on; `any` for all. */
  readonly takes: readonly ValueType[] | "any";
  /** Type of what it gives; `same` as what it was given. */
  readonly gives: ValueType | "same" | ((args: StepArguments) => ValueType);
  /** Checks the arguments (DMFP-MAPPING-EXPRESSION at the argument that is wrong) and builds the transform. */
  compile(args: StepArguments, context: StepContext): CompiledStep;
}
