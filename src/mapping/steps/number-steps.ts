import { decimalReader, roundDecimal, roundingModes } from "../decimal-text.ts";
import { negate } from "../decimal-arithmetic.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { StepDefinition } from "../step-definition.ts";
import type { UnitStep } from "../../source/unit-step.ts";

const usage = 'decimal("separator", digits, "thousands")';

/** Most digits behind the point: as many as F&O's own numbers have. */
export const maxScale = 16;

/**
 * Reads a decimal number. Without a third argument the other one of comma and point may group the thousands,
 * always in threes; an empty third argument allows no grouping.
 */
const decimal: StepDefinition = {
  name: "decimal",
  usage,
  takes: ["text"],
  gives: (args) => (args.all[1]?.value.kind === "number" && args.literal(1) === "0" ? "integer" : "decimal"),
  compile: (args, context) => {
    args.demand(1, 3);
    const separator = separatorAt(args, 0, [",", "."]);
    const scale = args.count > 1 ? args.integer(1, 0, maxScale) : undefined;
    const thousands =
      args.count > 2 ? separatorAt(args, 2, ["", ".", ",", " ", "'"]) : separator === "," ? "." : ",";
    if (thousands === separator) {
      throw args.errorAt(args.at(2), "Decimals and thousands cannot have the same separator.");
    }
    const read = decimalReader({ decimal: separator, thousands });
    const onUnits: UnitStep = {
      kind: "decimal",
      decimal: separator.charCodeAt(0),
      thousands: thousands === "" ? -1 : thousands.charCodeAt(0),
      scale: scale ?? -1,
    };
    const example = `1${thousands}234${separator}50`;
    return {
      onUnits,
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

/** Rounds to a number of digits behind the point, and fills up to as many. */
const round: StepDefinition = {
  name: "round",
  usage: 'round(digits, "half")',
  takes: ["decimal"],
  gives: (args) => (args.count === 0 || args.literal(0) === "0" ? "integer" : "decimal"),
  compile: (args) => {
    args.demand(0, 2);
    const scale = args.count > 0 ? args.integer(0, 0, maxScale) : 0;
    const mode = args.count > 1 ? roundingModes.find((known) => known === args.literal(1)) : "half";
    if (mode === undefined) {
      throw args.errorAt(
        args.at(1),
        `"${args.literal(1)}" is no way to round; there are ${roundingModes.join(", ")}.`,
      );
    }
    return { apply: (value) => roundDecimal(value, scale, mode) };
  },
};

function signStep(name: string, apply: (value: string) => string): StepDefinition {
  return {
    name,
    usage: name,
    takes: ["decimal"],
    gives: "same",
    compile: (args) => {
      args.demand(0, 0);
      return { apply };
    },
  };
}

/** Makes a number negative where a column holds one of the given texts: SAP's H beside its S, Cr beside Dr. */
const negativeIf: StepDefinition = {
  name: "negativeIf",
  usage: 'negativeIf(COLUMN, "H")',
  takes: ["decimal"],
  gives: "same",
  compile: (args, context) => {
    args.demand(2, 20);
    const indicator = context.compileArgument(
      args.all[0]?.value ?? { kind: "text", value: "", at: args.at(0), end: args.at(0) },
    );
    const negative = new Set(args.all.slice(1).map((_, index) => args.text(index + 1)));
    return {
      columns: indicator.columns,
      bind: (indexOf) => {
        const compute = indicator.bind(indexOf);
        return (value, run) => {
          const sign = compute(run);
          if (sign === undefined) return undefined;
          const absolute = value.startsWith("-") ? value.slice(1) : value;
          return negative.has(sign) ? negate(absolute) : value;
        };
      },
    };
  },
};

/** Steps that read numbers, round them and set their signs. */
export const numberSteps: readonly StepDefinition[] = [
  decimal,
  round,
  signStep("abs", (value) => (value.startsWith("-") ? value.slice(1) : value)),
  signStep("negate", negate),
  negativeIf,
];
