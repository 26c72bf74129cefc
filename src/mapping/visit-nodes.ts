import type { CallNode, ColumnNode, ConditionNode, ExpressionNode } from "./syntax.ts";

/** What is called for the nodes of an expression, from left to right. */
export interface NodeVisitor {
  readonly call?: (node: CallNode) => void;
  readonly column?: (node: ColumnNode) => void;
}

export function visitExpression(node: ExpressionNode, visitor: NodeVisitor): void {
  switch (node.kind) {
    case "column":
      visitor.column?.(node);
      return;
    case "text":
    case "number":
      return;
    case "call":
      visitCall(node, visitor);
      return;
    case "choice":
      for (const { condition, value } of node.branches) {
        visitCondition(condition, visitor);
        visitExpression(value, visitor);
      }
      if (node.otherwise !== undefined) visitExpression(node.otherwise, visitor);
      return;
    case "pipe":
      visitExpression(node.head, visitor);
      for (const step of node.steps) visitCall(step, visitor);
  }
}

export function visitCondition(node: ConditionNode, visitor: NodeVisitor): void {
  switch (node.kind) {
    case "and":
    case "or":
      visitCondition(node.left, visitor);
      visitCondition(node.right, visitor);
      return;
    case "not":
      visitCondition(node.condition, visitor);
      return;
    case "compare":
      visitExpression(node.left, visitor);
      visitExpression(node.right, visitor);
      return;
    case "in":
      for (const expression of [node.left, ...node.options]) visitExpression(expression, visitor);
      return;
    case "empty":
      visitExpression(node.left, visitor);
  }
}

function visitCall(node: CallNode, visitor: NodeVisitor): void {
  visitor.call?.(node);
  for (const argument of node.args) visitExpression(argument.value, visitor);
}
