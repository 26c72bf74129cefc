import { reason } from "../errors/reason.ts";
import { compileCondition, type ConditionContext } from "./compile-condition.ts";
import type { CompiledExpression, Outcome } from "./compiled-expression.ts";
import type { ChoiceNode, ExpressionNode } from "./syntax.ts";
import { commonType, type ValueType } from "./value-type.ts";

/**
 * Compiles `if(…)` and `when(…)`: the value of the first branch whose condition holds. Without a value for
 * everything else, `if` gives an empty value and `when` rejects the record.
 */
export function compileChoice(
  node: ChoiceNode,
  field: string,
  context: ConditionContext,
): CompiledExpression {
  const compile = (argument: ExpressionNode): CompiledExpression => context.compileArgument(argument);
  const branches = node.branches.map(({ condition, value }) => ({
    condition: compileCondition(condition, context),
    value: compile(value),
  }));
  const otherwise = node.otherwise === undefined ? undefined : compile(node.otherwise);
  const values = [...branches.map(({ value }) => value), ...(otherwise === undefined ? [] : [otherwise])];
  const outcomes = allOutcomes(values);
  const message = "None of the conditions of when(…) holds for the record.";
  return {
    type: typeOfAll(values),
    columns: [
      ...branches.flatMap(({ condition, value }) => [...condition.columns, ...value.columns]),
      ...(otherwise?.columns ?? []),
    ],
    ...(outcomes === undefined ? {} : { outcomes }),
    ...(values.some(({ broken }) => broken === true) ? { broken: true } : {}),
    bind: (indexOf) => {
      const bound = branches.map(({ condition, value }) => ({
        test: condition.bind(indexOf),
        compute: value.bind(indexOf),
      }));
      const other = otherwise?.bind(indexOf);
      return (run) => {
        for (const { test, compute } of bound) {
          const holds = test(run);
          if (holds === undefined) return undefined;
          if (holds) return compute(run);
        }
        if (other !== undefined) return other(run);
        if (node.name === "if") return "";
        run.reasons.push(reason("DMFP-MAP-VALUE", { field, message }));
        return undefined;
      };
    },
  };
}

/** The type of what is one of several expressions; those that only give an empty value, or none, fit every type. */
export function typeOfAll(expressions: readonly CompiledExpression[]): ValueType {
  const telling = expressions.filter(({ outcomes }) => outcomes?.every(({ value }) => value === "") !== true);
  return commonType(telling.map(({ type }) => type));
}

/** The values several expressions can give between them; undefined where that is not known of all. */
export function allOutcomes(expressions: readonly CompiledExpression[]): readonly Outcome[] | undefined {
  const found: Outcome[] = [];
  for (const { outcomes } of expressions) {
    if (outcomes === undefined) return undefined;
    found.push(...outcomes);
  }
  return found;
}
