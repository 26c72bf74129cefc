import type { Reason } from "../errors/reason.ts";
import type { ReasonCode } from "../errors/registry.ts";
import type { Lookup } from "./lookup.ts";
import type { StepArguments } from "./step-arguments.ts";
import type { ValueType } from "./value-type.ts";

/** What belongs to the one record that is being mapped. */
export interface MappingRun {
  readonly values: readonly string[];
  /** Every problem of the record is added here. */
  readonly reasons: Reason[];
}

/** Turns a value into the next one; undefined: it cannot, and a reason was added to the run. */
export type Transform = (value: string, run: MappingRun) => string | undefined;

/** One step of one expression, ready to run. */
export interface CompiledStep {
  readonly apply: Transform;
  /** Empty values are given to the step as well. Every other step leaves an empty value empty. */
  readonly takesEmpty?: boolean;
}

/** What a step can ask for while it is compiled. */
export interface StepContext {
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** The type of the values that reach the step. */
  readonly input: ValueType;
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
