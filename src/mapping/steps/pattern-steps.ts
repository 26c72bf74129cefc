import { compilePattern, maxPatternText } from "../safe-pattern.ts";
import type { MappingRun } from "../mapping-run.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { StepContext, StepDefinition } from "../step-definition.ts";

function patternAt(args: StepArguments, index: number, options: { readonly whole?: boolean } = {}): RegExp {
  const text = args.text(index);
  const pattern = compilePattern(text, options);
  if (pattern instanceof RegExp) return pattern;
  throw args.errorAt(args.at(index), `The pattern ${text} ${pattern.problem}.`);
}

/** Whether the value is short enough to be tried; adds the reason where it is not. */
function isShort(value: string, context: StepContext, run: MappingRun): boolean {
  if (value.length <= maxPatternText) return true;
  const why = `which is longer than the ${maxPatternText} characters a pattern is tried on.`;
  run.reasons.push(context.problem("DMFP-MAP-VALUE", value, why));
  return false;
}

/** The first place a pattern fits, or one of its groups; empty where it fits nowhere. */
const extract: StepDefinition = {
  name: "extract",
  usage: 'extract(r"pattern", group)',
  takes: "any",
  gives: "text",
  compile: (args, context) => {
    args.demand(1, 2);
    const pattern = patternAt(args, 0);
    const groups = (new RegExp(`${pattern.source}|`, "u").exec("")?.length ?? 1) - 1;
    const group = args.count > 1 ? args.integer(1, 0, 99) : Math.min(groups, 1);
    if (group > groups) {
      throw args.errorAt(
        args.at(1),
        `The pattern has ${groups} groups in parentheses, so there is no ${group}.`,
      );
    }
    return {
      apply: (value, run) =>
        isShort(value, context, run) ? (pattern.exec(value)?.[group] ?? "") : undefined,
    };
  },
};

/** Lets a value pass that fits a pattern from end to end; any other rejects the record. */
const matches: StepDefinition = {
  name: "matches",
  usage: 'matches(r"pattern", "message")',
  takes: "any",
  gives: "same",
  compile: (args, context) => {
    args.demand(1, 2);
    const whole = patternAt(args, 0, { whole: true });
    const message = args.count > 1 ? args.text(1) : `which does not look like ${args.text(0)}.`;
    return {
      ...(context.inputOutcomes === undefined ? {} : { outcomes: context.inputOutcomes }),
      apply: (value, run) => {
        if (!isShort(value, context, run)) return undefined;
        if (whole.test(value)) return value;
        run.reasons.push(context.problem("DMFP-MAP-RULE", value, message));
        return undefined;
      },
    };
  },
};

/** Replaces every place a pattern fits; $1, $2 … in the new text are the pattern's groups. */
const replacePattern: StepDefinition = {
  name: "replacePattern",
  usage: 'replacePattern(r"pattern", "by")',
  takes: "any",
  gives: "text",
  compile: (args, context) => {
    args.demand(2, 2);
    const pattern = new RegExp(patternAt(args, 0).source, "gu");
    const by = args.text(1);
    return {
      apply: (value, run) => (isShort(value, context, run) ? value.replace(pattern, by) : undefined),
    };
  },
};

/** Steps that work with patterns (regular expressions). */
export const patternSteps: readonly StepDefinition[] = [extract, matches, replacePattern];
