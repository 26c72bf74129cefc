import { didYouMean } from "../../errors/suggestion.ts";
import type { CompiledExpression } from "../compiled-expression.ts";
import { lookupKey, type Lookup } from "../lookup.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { StepContext, StepDefinition, Transform } from "../step-definition.ts";

const usage = 'lookup(name, COLUMN, default: "value", result: "column", case: ignore)';

/**
 * Looks the value up in a file; further columns are further parts of the key. A text in quotes behind the name is
 * the default, as `default:` is.
 */
const lookup: StepDefinition = {
  name: "lookup",
  usage,
  takes: "any",
  gives: "text",
  compile: (args, context) => {
    args.demand(1, 12, ["default", "result", "case"]);
    if (args.all[0]?.name !== undefined)
      throw args.errorAt(args.at(0), "The name of the lookup comes first.");
    const name = args.literal(0);
    const table = lookupOf(name, args, context);
    const keys = keysOf(args, context, table);
    const otherwise = defaultOf(args);
    const ignoreCase = ignoresCase(args);
    const find = telling(table.finder({ result: resultOf(args, table), ignoreCase }), {
      table,
      ignoreCase,
      context,
    });
    const miss: Transform = (value, run) => {
      if (otherwise !== undefined) return otherwise;
      run.reasons.push(
        context.problem("DMFP-MAP-LOOKUP", value, `for which the lookup ${name} has no entry.`),
      );
      return undefined;
    };
    if (keys.length === 0) return { apply: (value, run) => find(value) ?? miss(value, run) };
    return {
      columns: keys.flatMap((key) => key.columns),
      bind: (indexOf) => {
        const computes = keys.map((key) => key.bind(indexOf));
        return (value, run) => {
          const parts = [value];
          for (const compute of computes) {
            const part = compute(run);
            if (part === undefined) return undefined;
            parts.push(part);
          }
          return find(lookupKey(parts)) ?? miss(parts.join(", "), run);
        };
      },
    };
  },
};

/** The same function; where the mapping is explained, it says which entry it found. */
function telling(
  find: (key: string) => string | undefined,
  about: { readonly table: Lookup; readonly ignoreCase: boolean; readonly context: StepContext },
): (key: string) => string | undefined {
  const { table, ignoreCase, context } = about;
  if (context.note === undefined) return find;
  return (key) => {
    const place = table.placeOf(key, { ignoreCase });
    context.note?.(place === undefined ? `${table.name} has no entry for it` : `found in ${place}`);
    return find(key);
  };
}

function lookupOf(name: string, args: StepArguments, context: StepContext): Lookup {
  const table = context.lookups.get(name);
  if (table !== undefined) return table;
  const suggestion = didYouMean(name, context.lookups.keys());
  throw args.source.error(args.at(0), `There is no lookup ${name}.${suggestion}`, {
    code: "DMFP-LOOKUP-MISSING",
    next: `Write mappings/lookups/${name}.csv, or correct the name.`,
  });
}

function keysOf(args: StepArguments, context: StepContext, table: Lookup): CompiledExpression[] {
  const further = args.positional
    .slice(1)
    .filter(({ value }) => value.kind !== "text" && value.kind !== "number");
  if (further.length + 1 !== table.keys) {
    throw args.errorAt(
      further[0]?.at ?? args.at(0),
      `The lookup ${table.name} has ${table.keys} key ${table.keys === 1 ? "column" : "columns"}, and here ${further.length + 1} ${further.length === 0 ? "is" : "are"} given: the value before the "|", then those in the parentheses.`,
    );
  }
  return further.map(({ value }) => context.compileArgument(value));
}

function defaultOf(args: StepArguments): string | undefined {
  const named = args.named("default");
  const texts = args.all.flatMap(({ name, value }, index) =>
    index > 0 && name === undefined && (value.kind === "text" || value.kind === "number") ? [index] : [],
  );
  const [first, second] = (named === undefined ? texts : [named, ...texts]).sort((a, b) => a - b);
  if (second !== undefined) throw args.errorAt(args.valueAt(second), "The default is said twice.");
  return first === undefined ? undefined : args.literal(first);
}

function resultOf(args: StepArguments, table: Lookup): number {
  const at = args.named("result");
  if (at === undefined) {
    if (table.results.length === 1 || table.results[0] === "") return 0;
    throw args.errorAt(
      args.at(0),
      `The lookup ${table.name} has several results; say which: result: "${table.results[0] ?? ""}".`,
    );
  }
  const wanted = args
    .literal(at)
    .toLowerCase()
    .replace(/^to\s+/, "");
  const index = table.results.indexOf(wanted);
  if (index !== -1) return index;
  const named = table.results.filter((result) => result !== "");
  const has = named.length === 0 ? "It has no named ones." : `It has ${named.join(", ")}.`;
  throw args.errorAt(
    args.valueAt(at),
    `The lookup ${table.name} has no result ${wanted}.${didYouMean(wanted, named)} ${has}`,
  );
}

function ignoresCase(args: StepArguments): boolean {
  const at = args.named("case");
  if (at === undefined) return false;
  if (args.literal(at) === "ignore") return true;
  throw args.errorAt(args.valueAt(at), "Only case: ignore can be said here.");
}

/** The step that looks values up in files. */
export const lookupSteps: readonly StepDefinition[] = [lookup];
