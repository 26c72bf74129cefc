import type { CallNode, ConditionNode, ExpressionNode } from "./syntax.ts";

/**
 * An expression, or one of its steps, as it stands in the mapping; in parentheses that were only there to group, a
 * pipe stands without them. `text`: that of the whole expression.
 */
export function expressionText(text: string, node: ExpressionNode): string {
  if (node.kind !== "pipe") return text.slice(node.at, node.end);
  return [node.head, ...node.steps].map((part) => callText(text, part)).join(" | ");
}

/** A condition with its values as they stand in the mapping. */
export function conditionText(text: string, node: ConditionNode): string {
  const of = (part: ExpressionNode): string => expressionText(text, part);
  switch (node.kind) {
    case "and":
    case "or":
      return `${operandText(text, node.left, node.kind)} ${node.kind} ${operandText(text, node.right, node.kind)}`;
    case "not":
      return `not (${conditionText(text, node.condition)})`;
    case "compare":
      return `${of(node.left)} ${node.operator} ${of(node.right)}`;
    case "in":
      return `${of(node.left)} ${node.negated ? "not in" : "in"} (${node.options.map(of).join(", ")})`;
    case "empty":
      return `${of(node.left)} ${node.negated ? "is not empty" : "is empty"}`;
  }
}

function callText(text: string, node: Exclude<ExpressionNode, { kind: "pipe" }> | CallNode): string {
  return text.slice(node.at, node.end);
}

/** `and` binds closer than `or`, so an `or` inside it was written in parentheses. */
function operandText(text: string, node: ConditionNode, around: "and" | "or"): string {
  const words = conditionText(text, node);
  return around === "and" && node.kind === "or" ? `(${words})` : words;
}
