import { compileDatePattern, type DatePattern } from "../date-pattern.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { StepDefinition } from "../step-definition.ts";

const usage = 'date("pattern", …)';

/** Reads a date; of several patterns the first that fits is taken. */
const date: StepDefinition = {
  name: "date",
  usage,
  takes: ["text"],
  gives: (args) => (patternsOf(args).some((pattern) => pattern.hasTime) ? "datetime" : "date"),
  compile: (args, context) => {
    const patterns = patternsOf(args);
    const forms = args.all.map((_, index) => args.text(index)).join(" or ");
    return {
      apply: (value, run) => {
        for (const pattern of patterns) {
          const found = pattern.read(value);
          if (found !== undefined) return found.kind === "empty" ? "" : found.value;
        }
        run.reasons.push(
          context.problem("DMFP-MAP-DATE", value, `which is not a date of the form ${forms}.`),
        );
        return undefined;
      },
    };
  },
};

function patternsOf(args: StepArguments): DatePattern[] {
  args.demand(1, 8);
  return args.all.map((argument, index) => {
    const text = args.text(index);
    const pattern = compileDatePattern(text);
    if (!("problem" in pattern)) return pattern;
    const hint = /[Hms]/.test(text) ? " Date and time stand in one pattern: dd.MM.yyyy HH:mm" : "";
    throw args.errorAt(argument.at, `The date pattern "${text}" ${pattern.problem}.${hint}`);
  });
}

/** Steps that read dates and times. */
export const dateSteps: readonly StepDefinition[] = [date];
