import type { ColumnIndex, CompiledExpression, Compute } from "../compiled-expression.ts";
import type { MappingRun } from "../mapping-run.ts";
import type { StepArguments } from "../step-arguments.ts";
import { maxArguments, type HeadContext, type HeadFunction } from "./head-function.ts";

/** How several values of a record become one. */
type Combine = (values: readonly string[]) => string;

/** The arguments without a name, compiled as expressions, from the one at `first` on. */
export function compileParts(
  args: StepArguments,
  context: HeadContext,
  first = 0,
): readonly CompiledExpression[] {
  return args.positional.slice(first).map((argument) => context.compileArgument(argument.value));
}

/**
 * Computes several parts and combines them; without `combine` they follow each other. Where nothing but texts of the mapping itself would be left, because
 * every column is empty, the result is empty.
 */
export function combining(parts: readonly CompiledExpression[], combine?: Combine): CompiledExpression {
  return {
    type: "text",
    columns: parts.flatMap((part) => part.columns),
    ...(parts.some((part) => part.broken === true) ? { broken: true } : {}),
    bind: (indexOf: ColumnIndex): Compute => {
      const computes = parts.map((part) => part.bind(indexOf));
      const fixed = parts.map((part) => part.constant !== undefined);
      const onlyFixed = fixed.every(Boolean);
      return (run: MappingRun) => {
        // Joining is what most mappings do to most records: it has to do without a list.
        const values: string[] | undefined = combine === undefined ? undefined : [];
        let joined = "";
        let failed = false;
        let filled = onlyFixed;
        for (let index = 0; index < computes.length; index++) {
          const value = computes[index]?.(run);
          if (value === undefined) failed = true;
          else {
            if (values === undefined) joined += value;
            else values.push(value);
            filled ||= value !== "" && fixed[index] === false;
          }
        }
        if (failed) return undefined;
        if (!filled) return "";
        return combine === undefined || values === undefined ? joined : combine(values);
      };
    },
  };
}

/** Joins values. Where all the columns in it are empty the result is empty, whatever stands between them. */
const concat: HeadFunction = {
  name: "concat",
  usage: 'concat(COLUMN, " ", COLUMN, separator: ", ")',
  compile: (args, context) => {
    args.demand(1, maxArguments, ["separator"]);
    const at = args.named("separator");
    const parts = compileParts(args, context);
    if (parts.length === 0) throw args.errorAt(args.at(0), "concat has nothing to join.");
    if (at === undefined) return combining(parts);
    const separator = args.text(at);
    return combining(parts, (values) => values.filter((value) => value !== "").join(separator));
  },
};

/**
 * The values of financial dimensions as F&O takes them in one field: joined by the delimiter that is set up for
 * data entities, empty ones included, so that every value stays in its place. A delimiter inside a value gets a
 * backslash before it (assumption: undocumented; F&O itself warns against such values).
 */
const dimensions: HeadFunction = {
  name: "dimensions",
  usage: 'dimensions("-", COLUMN, COLUMN, …)',
  compile: (args, context) => {
    args.demand(2, maxArguments);
    const separator = args.text(0);
    if (!/^[-|~_.,;:/]{1,2}$/.test(separator)) {
      throw args.errorAt(
        args.at(0),
        `"${separator}" is no delimiter of dimensions; it is one of - | ~ _ . , ; : / or two of them.`,
      );
    }
    const escaped = `\\${separator}`;
    return combining(compileParts(args, context, 1), (values) =>
      values.map((value) => value.trim().replaceAll(separator, () => escaped)).join(separator),
    );
  },
};

/** All elements of an XML path that occurs several times, as one text. */
const join: HeadFunction = {
  name: "join",
  usage: 'join(Path, ", ")',
  compile: (args) => {
    args.demand(2, 2);
    const path = args.all[0]?.value;
    if (path?.kind !== "column") {
      throw args.errorAt(args.at(0), "Here should be the path of an element that occurs several times.");
    }
    const separator = args.text(1);
    const use = { name: path.name.endsWith("[*]") ? path.name : `${path.name}[*]`, at: path.at };
    return {
      type: "text",
      columns: [use],
      bind: (indexOf) => {
        const index = indexOf(use);
        return (run) =>
          (run.values[index] ?? "")
            .split("\n")
            .filter((value) => value !== "")
            .join(separator);
      },
    };
  },
};

/** Functions that make one value of several. */
export const joiningHeads: readonly HeadFunction[] = [concat, dimensions, join];
