import type { CompiledExpression, Compute } from "./compiled-expression.ts";
import type { StepArguments } from "./step-arguments.ts";
import type { ExpressionNode } from "./syntax.ts";

/** A function an expression can begin with; its arguments are expressions of their own. */
export interface HeadFunction {
  readonly name: string;
  /** As it is written, for messages. */
  readonly usage: string;
  compile(
    args: StepArguments,
    compileArgument: (argument: ExpressionNode) => CompiledExpression,
  ): CompiledExpression;
}

const maxArguments = 100;

/**
 * Joins values. Where all the columns in it are empty the result is empty, whatever texts stand between them.
 */
const concat: HeadFunction = {
  name: "concat",
  usage: 'concat(COLUMN, " ", COLUMN, …)',
  compile: (args, compileArgument) => {
    args.demand(1, maxArguments);
    const parts = args.all.map((argument) => compileArgument(argument.value));
    return {
      type: "text",
      columns: parts.flatMap((part) => part.columns),
      bind: (indexOf) => {
        const computes = parts.map((part) => ({
          compute: part.bind(indexOf),
          fixed: part.constant !== undefined,
        }));
        const onlyFixed = computes.every((part) => part.fixed);
        return (run) => {
          let joined = "";
          let failed = false;
          let filled = onlyFixed;
          for (const { compute, fixed } of computes) {
            const value = compute(run);
            if (value === undefined) failed = true;
            else {
              joined += value;
              filled ||= !fixed && value !== "";
            }
          }
          if (failed) return undefined;
          return filled ? joined : "";
        };
      },
    };
  },
};

/** The first value that is not empty. */
const coalesce: HeadFunction = {
  name: "coalesce",
  usage: "coalesce(COLUMN, COLUMN, …)",
  compile: (args, compileArgument) => {
    args.demand(1, maxArguments);
    const choices = args.all.map((argument) => compileArgument(argument.value));
    const [first] = choices;
    const same = first !== undefined && choices.every((choice) => choice.type === first.type);
    return {
      type: same ? first.type : "text",
      columns: choices.flatMap((choice) => choice.columns),
      bind: (indexOf) => {
        const computes: Compute[] = choices.map((choice) => choice.bind(indexOf));
        return (run) => {
          for (const compute of computes) {
            const value = compute(run);
            if (value !== "") return value;
          }
          return "";
        };
      },
    };
  },
};

/** The same value for every record. */
const constant: HeadFunction = {
  name: "constant",
  usage: 'constant("value")',
  compile: (args) => {
    args.demand(1, 1);
    const value = args.literal(0);
    return { type: "text", columns: [], constant: value, bind: () => () => value };
  },
};

/** Every function an expression can begin with, by name. */
export const headFunctions: ReadonlyMap<string, HeadFunction> = new Map(
  [concat, coalesce, constant].map((definition) => [definition.name, definition]),
);
