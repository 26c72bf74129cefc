import { decimalReader, roundDecimal } from "../decimal-text.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { StepDefinition } from "../step-definition.ts";

const usage = 'decimal("separator", digits, "thousands")';

/**
 * Reads a decimal number. Without a third argument the other one of comma and point may group the thousands,
 * always in threes; an empty third argument allows no grouping.
 */
const decimal: StepDefinition = {
  name: "decimal",
  usage,
  takes: ["text"],
  gives: "decimal",
  compile: (args, context) => {
    args.demand(1, 3);
    const separator = separatorAt(args, 0, [",", "."]);
    const scale = args.count > 1 ? args.integer(1, 0, 16) : undefined;
    const thousands =
      args.count > 2 ? separatorAt(args, 2, ["", ".", ",", " ", "'"]) : separator === "," ? "." : ",";
    if (thousands === separator) {
      throw args.errorAt(args.at(2), "Decimals and thousands cannot have the same separator.");
    }
    const read = decimalReader({ decimal: separator, thousands });
    const example = `1${thousands}234${separator}50`;
    return {
      apply: (value, run) => {
        const number = read(value);
        if (number !== undefined) return scale === undefined ? number : roundDecimal(number, scale);
        run.reasons.push(
          context.problem("DMFP-MAP-NUMBER", value, `which is not a number of the form ${example}.`),
        );
        return undefined;
      },
    };
  },
};

function separatorAt(args: StepArguments, index: number, allowed: readonly string[]): string {
  const value = args.text(index);
  if (allowed.includes(value)) return value;
  const list = allowed.map((separator) => JSON.stringify(separator)).join(", ");
  throw args.errorAt(args.at(index), `"${value}" is no separator here; possible are ${list}.`);
}

/** Steps that read numbers. */
export const numberSteps: readonly StepDefinition[] = [decimal];
