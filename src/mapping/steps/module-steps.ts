import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { reason } from "../../errors/reason.ts";
import type { StepDefinition } from "../step-definition.ts";
import { stepFunctionKey } from "../step-function.ts";

/** Longest message of a module that goes into a rejection. */
const messageLength = 300;

/** Hands the value to a function of the project. */
const moduleStep: StepDefinition = {
  name: "module",
  usage: 'module("./steps/file.ts", "function")',
  takes: "any",
  gives: "text",
  compile: (args, context) => {
    args.demand(2, 2);
    const path = args.text(0);
    const name = args.text(1);
    const call = context.modules.get(stepFunctionKey(path, name));
    if (call === undefined) {
      throw args.source.error(args.at(0), `There is no function ${name} in a module ${path}.`, {
        code: "DMFP-MODULE-INVALID",
      });
    }
    return {
      takesEmpty: true,
      apply: (value, run) => {
        let result: unknown;
        try {
          const record = Object.fromEntries(
            run.columns.map((column, index) => [column, run.values[index] ?? ""]),
          );
          result = call(value, record);
          if (typeof result === "string") return result;
        } catch (thrown) {
          const what =
            thrown instanceof DmfpipeError || thrown instanceof Error ? thrown.message : "something else";
          const shown = what.slice(0, messageLength);
          run.reasons.push(
            context.problem("DMFP-MAP-MODULE", value, `at which ${name} of ${path} failed: ${shown}`),
          );
          return undefined;
        }
        run.reasons.push(
          refusal(result) ?? context.problem("DMFP-MAP-MODULE", value, strange(result, name, path)),
        );
        return undefined;

        function refusal(given: unknown): ReturnType<typeof reason> | undefined {
          if (typeof given !== "object" || given === null || !("reject" in given)) return undefined;
          if (typeof given.reject !== "string") return undefined;
          const about = context.problem("DMFP-MAP-RULE", value, "");
          return reason("DMFP-MAP-RULE", {
            field: about.field,
            value,
            message: given.reject.slice(0, messageLength),
          });
        }
      },
    };
  },
};

function strange(result: unknown, name: string, path: string): string {
  const what = result instanceof Promise ? "a promise" : result === null ? "null" : typeof result;
  return `of which ${name} of ${path} made ${what} instead of a text.`;
}

/** The step that calls code of the project. */
export const moduleSteps: readonly StepDefinition[] = [moduleStep];
