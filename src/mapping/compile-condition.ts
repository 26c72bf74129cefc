import type { ColumnIndex, ColumnUse, CompiledExpression, Compute } from "./compiled-expression.ts";
import { compareDecimals, isPlainNumber } from "./decimal-text.ts";
import type { MappingRun } from "./mapping-run.ts";
import type { ComparisonOperator, ConditionNode, ExpressionNode } from "./syntax.ts";

/** Whether a record passes; undefined: a value could not be computed, and the run has the reasons. */
export type Test = (run: MappingRun) => boolean | undefined;

/** A condition that was checked. */
export interface CompiledCondition {
  readonly columns: readonly ColumnUse[];
  bind(indexOf: ColumnIndex): Test;
}

/** What a condition is compiled with. */
export interface ConditionContext {
  /** Compiles the expressions in it. */
  compileArgument(expression: ExpressionNode): CompiledExpression;
  /** Where the mapping is compiled to be explained: makes a condition tell what it decides. */
  tracedCondition?(node: ConditionNode, condition: CompiledCondition): CompiledCondition;
}

/** Checks and compiles a condition. Errors: those of the context's `compileArgument`. */
export function compileCondition(node: ConditionNode, context: ConditionContext): CompiledCondition {
  const condition = compilePlain(node, context);
  return context.tracedCondition?.(node, condition) ?? condition;
}

function compilePlain(node: ConditionNode, context: ConditionContext): CompiledCondition {
  const compile = (expression: ExpressionNode): CompiledExpression => context.compileArgument(expression);
  switch (node.kind) {
    case "and":
    case "or":
      return both(node.kind, compileCondition(node.left, context), compileCondition(node.right, context));
    case "not": {
      const inner = compileCondition(node.condition, context);
      return { columns: inner.columns, bind: (indexOf) => negated(inner.bind(indexOf)) };
    }
    case "compare": {
      const left = compile(node.left);
      const right = compile(node.right);
      const compare = comparison(node.operator, howToCompare(node.left, node.right));
      return {
        columns: [...left.columns, ...right.columns],
        bind: (indexOf) => comparing(left.bind(indexOf), right.bind(indexOf), compare),
      };
    }
    case "in": {
      const left = compile(node.left);
      const options = node.options.map((option) => ({
        option: compile(option),
        equal: comparison("==", howToCompare(node.left, option)),
      }));
      return {
        columns: [left.columns, ...options.map(({ option }) => option.columns)].flat(),
        bind: (indexOf) => {
          const value = left.bind(indexOf);
          const tests = options.map(({ option, equal }) => comparing(value, option.bind(indexOf), equal));
          const test = anyOf(tests);
          return node.negated ? negated(test) : test;
        },
      };
    }
    case "empty": {
      const left = compile(node.left);
      return {
        columns: left.columns,
        bind: (indexOf) => {
          const value = left.bind(indexOf);
          return (run) => {
            const text = value(run);
            return text === undefined ? undefined : (text === "") !== node.negated;
          };
        },
      };
    }
  }
}

function both(kind: "and" | "or", left: CompiledCondition, right: CompiledCondition): CompiledCondition {
  return {
    columns: [...left.columns, ...right.columns],
    bind: (indexOf) => {
      const first = left.bind(indexOf);
      const second = right.bind(indexOf);
      const decisive = kind === "or";
      return (run) => {
        const result = first(run);
        return result === decisive || result === undefined ? result : second(run);
      };
    },
  };
}

function negated(test: Test): Test {
  return (run) => {
    const result = test(run);
    return result === undefined ? undefined : !result;
  };
}

function anyOf(tests: readonly Test[]): Test {
  return (run) => {
    for (const test of tests) {
      const result = test(run);
      if (result !== false) return result;
    }
    return false;
  };
}

function comparing(left: Compute, right: Compute, compare: (a: string, b: string) => boolean): Test {
  return (run) => {
    const a = left(run);
    const b = right(run);
    return a === undefined || b === undefined ? undefined : compare(a, b);
  };
}

/**
 * A text in quotes compares as a text (so "01" is not "1"), a number without quotes as a number; two columns
 * as numbers where both hold one.
 */
function howToCompare(left: ExpressionNode, right: ExpressionNode): "text" | "number" | "either" {
  if (left.kind === "text" || right.kind === "text") return "text";
  if (left.kind === "number" || right.kind === "number") return "number";
  return "either";
}

function comparison(
  operator: ComparisonOperator,
  how: "text" | "number" | "either",
): (a: string, b: string) => boolean {
  const decide = decision(operator);
  const ordering = operator !== "==" && operator !== "!=";
  return (a, b) => {
    // Nothing is neither smaller nor greater than anything.
    if (ordering && (a === "" || b === "")) return false;
    if (how !== "text" && isPlainNumber(a) && isPlainNumber(b)) return decide(compareDecimals(a, b));
    if (how === "number") return operator === "!=";
    return decide(a < b ? -1 : a > b ? 1 : 0);
  };
}

function decision(operator: ComparisonOperator): (order: number) => boolean {
  switch (operator) {
    case "==":
      return (order) => order === 0;
    case "!=":
      return (order) => order !== 0;
    case "<":
      return (order) => order < 0;
    case "<=":
      return (order) => order <= 0;
    case ">":
      return (order) => order > 0;
    case ">=":
      return (order) => order >= 0;
  }
}
