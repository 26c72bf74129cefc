import type { Reason } from "../errors/reason.ts";
import type { CompiledCondition } from "./compile-condition.ts";
import type { CompiledExpression } from "./compiled-expression.ts";
import type { MappingRun } from "./mapping-run.ts";
import type { CompiledStep, Transform } from "./step-definition.ts";

/** What was computed for one record at one place of an expression, and of what it was made. */
export interface Trace {
  readonly kind: "column" | "constant" | "function" | "choice" | "pipe" | "step" | "condition";
  /** As it stands in the mapping: `LIFNR`, `padStart(10, "0")`, `STATUS != "D"`. */
  readonly text: string;
  /** What reached a step. */
  readonly input?: string;
  /** What came out; a condition gives true or false. Absent where it could not be computed. */
  readonly output?: string | boolean;
  /** A step that an empty value passes by. */
  readonly skipped?: true;
  /** The steps of a pipe that were not reached, because one before them failed. */
  readonly unreached?: readonly string[];
  /** Where a lookup or a join found the value, or that it did not. */
  readonly notes: readonly string[];
  /** Why it could not be computed, where that was decided here. */
  readonly reasons: readonly Reason[];
  /** What was computed on the way, in the order in which it happened. */
  readonly parts: readonly Trace[];
}

/** One part of the mapping: a target field, `legalEntity` or `where`. */
export interface TracedPart {
  readonly field: string;
  readonly trace: Trace;
}

type Place = Pick<Trace, "kind" | "text">;

interface OpenTrace {
  readonly notes: string[];
  readonly parts: Trace[];
  /** Reasons of the record before this began. */
  readonly before: number;
  /** How many of those that came since belong to its parts. */
  ofParts: number;
}

/**
 * Listens to what a mapping computes. A mapping compiled with a recorder gives the same results as one without; only
 * its functions are wrapped, so that a mapping compiled without one costs nothing. For one record at a time.
 */
export class TraceRecorder {
  readonly #open: OpenTrace[] = [];
  #done: TracedPart[] = [];

  /** What was computed since the last call, by part of the mapping. */
  take(): readonly TracedPart[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** Adds words to whatever is being computed. */
  note(words: string): void {
    this.#open.at(-1)?.notes.push(words);
  }

  /** An expression that records itself. `field`: the part of the mapping it belongs to. */
  expression(
    place: Place,
    field: string,
    compiled: CompiledExpression,
    steps?: readonly string[],
  ): CompiledExpression {
    return {
      ...compiled,
      bind: (indexOf) => {
        const compute = compiled.bind(indexOf);
        return (run) =>
          this.#record({ ...place, field, run, ...(steps === undefined ? {} : { steps }) }, () =>
            compute(run),
          );
      },
    };
  }

  /** A condition that records itself. */
  condition(text: string, field: string, compiled: CompiledCondition): CompiledCondition {
    return {
      ...compiled,
      bind: (indexOf) => {
        const test = compiled.bind(indexOf);
        return (run) => this.#record({ kind: "condition", text, field, run }, () => test(run));
      },
    };
  }

  /** A step that records itself. It is given empty values too, to say that it left them alone. */
  step(text: string, field: string, step: CompiledStep): CompiledStep {
    const traced =
      (apply: Transform): Transform =>
      (input, run) => {
        const skipped = input === "" && step.takesEmpty !== true;
        return this.#record({ kind: "step", text, field, run, input, skipped }, () =>
          skipped ? "" : apply(input, run),
        );
      };
    return "bind" in step
      ? { ...step, takesEmpty: true, bind: (indexOf) => traced(step.bind(indexOf)) }
      : { ...step, takesEmpty: true, apply: traced(step.apply) };
  }

  #record<T extends string | boolean>(
    what: Place & {
      readonly field: string;
      readonly run: MappingRun;
      readonly input?: string;
      readonly skipped?: boolean;
      /** Texts of the steps of a pipe. */
      readonly steps?: readonly string[];
    },
    compute: () => T | undefined,
  ): T | undefined {
    const { kind, text, field, run, input, skipped = false, steps } = what;
    const open: OpenTrace = { notes: [], parts: [], before: run.reasons.length, ofParts: 0 };
    this.#open.push(open);
    const output = compute();
    this.#open.pop();
    const { notes, parts } = open;
    const added = run.reasons.slice(open.before);
    const unreached = steps?.slice(parts.filter((part) => part.kind === "step").length) ?? [];
    const trace: Trace = {
      kind,
      text,
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
      ...(skipped ? { skipped } : {}),
      ...(unreached.length === 0 ? {} : { unreached }),
      notes,
      // Those of its parts came first: what is decided here is decided behind them.
      reasons: added.slice(open.ofParts),
      parts,
    };
    const around = this.#open.at(-1);
    if (around === undefined) this.#done.push({ field, trace });
    else {
      around.parts.push(trace);
      around.ofParts += added.length;
    }
    return output;
  }
}
