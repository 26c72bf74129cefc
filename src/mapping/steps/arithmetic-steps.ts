import type { CompiledExpression } from "../compiled-expression.ts";
import { add, divide, multiply, subtract } from "../decimal-arithmetic.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { ReadingStep, StepContext, StepDefinition } from "../step-definition.ts";
import { accepts, typeName, wayFrom, type ValueType } from "../value-type.ts";
import { maxScale } from "./number-steps.ts";

const takes: readonly ValueType[] = ["decimal"];

/** A step that calculates with the value and one more number: a constant or an expression. */
function arithmetic(
  name: string,
  calculate: (value: string, operand: string) => string | undefined,
): StepDefinition {
  return {
    name,
    usage: `${name}(number)`,
    takes,
    gives: "decimal",
    compile: (args, context) => {
      args.demand(1, 1);
      return calculating(operandOf(args, context), context, calculate);
    },
  };
}

/** Divides; the digits must be said, because most quotients have no end. */
const division: StepDefinition = {
  name: "divide",
  usage: "divide(number, digits)",
  takes,
  gives: "decimal",
  compile: (args, context) => {
    args.demand(2, 2);
    const operand = operandOf(args, context);
    const scale = args.integer(1, 0, maxScale);
    if (operand.constant !== undefined && !/[1-9]/.test(operand.constant)) {
      throw args.errorAt(args.at(0), "Nothing can be divided by zero.");
    }
    return calculating(operand, context, (value, by) => divide(value, by, scale));
  },
};

function operandOf(args: StepArguments, context: StepContext): CompiledExpression {
  const node = args.all[0]?.value;
  if (node === undefined) throw args.errorAt(args.at(0), "Here should be a number.");
  const operand = context.compileArgument(node);
  if (operand.broken === true || accepts(takes, operand.type)) return operand;
  throw args.errorAt(
    args.at(0),
    `Here should be a number, but this is ${typeName(operand.type)}.${wayFrom(operand.type, takes)}`,
  );
}

function calculating(
  operand: CompiledExpression,
  context: StepContext,
  calculate: (value: string, operand: string) => string | undefined,
): ReadingStep {
  return {
    columns: operand.columns,
    bind: (indexOf) => {
      const compute = operand.bind(indexOf);
      return (value, run) => {
        const by = compute(run);
        if (by === undefined) return undefined;
        const result = by === "" ? undefined : calculate(value, by);
        if (result !== undefined) return result;
        const why =
          by === ""
            ? "but the number to calculate with is empty."
            : /[1-9]/.test(by)
              ? `and the calculation with ${by.slice(0, 60)} has too many digits.`
              : "which cannot be divided by zero.";
        run.reasons.push(context.problem("DMFP-MAP-NUMBER", value, why));
        return undefined;
      };
    },
  };
}

/** Steps that calculate, exactly. */
export const arithmeticSteps: readonly StepDefinition[] = [
  arithmetic("add", add),
  arithmetic("subtract", subtract),
  arithmetic("multiply", multiply),
  division,
];
