import { compileDatePattern } from "../date-pattern.ts";
import { isPlainNumber } from "../decimal-text.ts";
import type { StepDefinition } from "../step-definition.ts";
import { typeName, type ValueType } from "../value-type.ts";

/** A value for where there is none. */
const fallback: StepDefinition = {
  name: "default",
  usage: 'default("value")',
  takes: "any",
  gives: "same",
  compile: (args, context) => {
    args.demand(1, 1);
    const value = args.literal(0);
    if (!isOfType(value, context.input)) {
      throw args.errorAt(
        args.at(0),
        `"${value}" is not ${typeName(context.input)}, which is what stands before default. Numbers are written like "1234.5", dates like "2024-12-31".`,
      );
    }
    const before = context.inputOutcomes;
    return {
      takesEmpty: true,
      ...(before === undefined ? {} : { outcomes: [...before, { value, at: args.at(0) }] }),
      apply: (input) => (input === "" ? value : input),
      onUnits: { kind: "default", value },
    };
  },
};

const map: StepDefinition = {
  name: "map",
  usage: 'map("a" -> B, "c" -> "D", * -> "E")',
  takes: "any",
  gives: "text",
  compile: (args, context) => {
    if (args.count === 0)
      throw args.errorAt(args.at(0), 'map is written map("a" -> B, "c" -> "D", * -> "E").');
    const table = new Map<string, string>();
    let otherwise: string | undefined;
    const entries = args.entries();
    for (const { key, value, at } of entries) {
      if (key === undefined ? otherwise !== undefined : table.has(key)) {
        throw args.errorAt(at, `map has ${key === undefined ? "*" : `"${key}"`} twice.`);
      }
      if (key === undefined) otherwise = value;
      else table.set(key, value);
    }
    const keys = [...table.keys()].map((key) => `"${key}"`);
    const known = keys.slice(0, 10).join(", ") + (keys.length > 10 ? ", …" : "");
    return {
      takesEmpty: table.has(""),
      outcomes: entries.map(({ value, valueAt }) => ({ value, at: valueAt })),
      apply: (value, run) => {
        const found = table.get(value) ?? otherwise;
        if (found !== undefined) return found;
        run.reasons.push(
          context.problem("DMFP-MAP-VALUE", value, `which the mapping does not know. It knows ${known}.`),
        );
        return undefined;
      },
    };
  },
};

function isOfType(value: string, type: ValueType): boolean {
  switch (type) {
    case "text":
      return true;
    case "decimal":
      return isPlainNumber(value);
    case "integer":
      return /^-?\d+$/.test(value);
    case "date":
    case "datetime": {
      const pattern = compileDatePattern(value.includes("T") ? "yyyy-MM-ddTHH:mm:ss" : "yyyy-MM-dd");
      return value === "" || ("read" in pattern && pattern.read(value)?.kind === "date");
    }
  }
}

/** Steps that choose a value by what the value is. */
export const choiceSteps: readonly StepDefinition[] = [fallback, map];
