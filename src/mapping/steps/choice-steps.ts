import { didYouMean } from "../../errors/suggestion.ts";
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
    return { apply: (input) => (input === "" ? value : input), takesEmpty: true };
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
    for (const { key, value, at } of args.entries()) {
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

const lookup: StepDefinition = {
  name: "lookup",
  usage: 'lookup(name, default: "value")',
  takes: "any",
  gives: "text",
  compile: (args, context) => {
    args.demand(1, 2, ["default"]);
    if (args.all[0]?.name !== undefined)
      throw args.errorAt(args.at(0), "The name of the lookup comes first.");
    const name = args.literal(0);
    const otherwise = args.count > 1 ? args.literal(1) : undefined;
    const table = context.lookups.get(name);
    if (table === undefined) {
      const suggestion = didYouMean(name, context.lookups.keys());
      throw args.source.error(args.at(0), `There is no lookup ${name}.${suggestion}`, {
        code: "DMFP-LOOKUP-MISSING",
        next: `Write mappings/lookups/${name}.csv, or correct the name.`,
      });
    }
    return {
      apply: (value, run) => {
        const found = table.get(value) ?? otherwise;
        if (found !== undefined) return found;
        run.reasons.push(
          context.problem("DMFP-MAP-LOOKUP", value, `for which the lookup ${name} has no entry.`),
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
    case "date":
    case "datetime": {
      const pattern = compileDatePattern(value.includes("T") ? "yyyy-MM-ddTHH:mm:ss" : "yyyy-MM-dd");
      return value === "" || ("read" in pattern && pattern.read(value)?.kind === "date");
    }
  }
}

/** Steps that choose a value by what the value is. */
export const choiceSteps: readonly StepDefinition[] = [fallback, map, lookup];
