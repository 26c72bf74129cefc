import type { Located, MappingDefinition } from "../project/mapping-definition.ts";
import { parseCondition } from "./condition-parser.ts";
import { parseExpression } from "./expression-parser.ts";
import { ExpressionText } from "./expression-text.ts";
import { isCompanyCode } from "./legal-entity.ts";
import type { ArgumentNode, CallNode, ConditionNode, ExpressionNode } from "./syntax.ts";

/**
 * The lookups a mapping uses, each once, at the place of its first use: what has to be read before the mapping
 * can be compiled. Throws DMFP-MAPPING-EXPRESSION when an expression cannot be parsed.
 */
export function lookupNames(definition: MappingDefinition): readonly Located<string>[] {
  const found = new Map<string, Located<string>>();
  if (definition.legalEntity !== undefined && !isCompanyCode(definition.legalEntity.value)) {
    noteExpression(definition.file, definition.legalEntity, found);
  }
  if (definition.where !== undefined) {
    const source = new ExpressionText(definition.file, definition.where);
    visitCondition(parseCondition(source), (call) => {
      note(call, source, found);
    });
  }
  for (const field of definition.fields) noteExpression(definition.file, field.expression, found);
  return [...found.values()];
}

function noteExpression(file: string, located: Located<string>, found: Map<string, Located<string>>): void {
  const source = new ExpressionText(file, located);
  visitExpression(parseExpression(source), (call) => {
    note(call, source, found);
  });
}

function note(call: CallNode, source: ExpressionText, found: Map<string, Located<string>>): void {
  const first = call.name === "lookup" ? call.args[0]?.value : undefined;
  const name = first?.kind === "column" ? first.name : first?.kind === "text" ? first.value : undefined;
  if (first === undefined || name === undefined || found.has(name)) return;
  const { line = 1, column = 1 } = source.placeOf(first.at);
  found.set(name, { value: name, line, column });
}

function visitExpression(node: ExpressionNode, visit: (call: CallNode) => void): void {
  if (node.kind === "call") {
    visit(node);
    visitArguments(node.args, visit);
  } else if (node.kind === "pipe") {
    visitExpression(node.head, visit);
    for (const step of node.steps) {
      visit(step);
      visitArguments(step.args, visit);
    }
  }
}

function visitArguments(args: readonly ArgumentNode[], visit: (call: CallNode) => void): void {
  for (const argument of args) visitExpression(argument.value, visit);
}

function visitCondition(node: ConditionNode, visit: (call: CallNode) => void): void {
  switch (node.kind) {
    case "and":
    case "or":
      visitCondition(node.left, visit);
      visitCondition(node.right, visit);
      return;
    case "not":
      visitCondition(node.condition, visit);
      return;
    case "compare":
      visitExpression(node.left, visit);
      visitExpression(node.right, visit);
      return;
    case "in":
      for (const expression of [node.left, ...node.options]) visitExpression(expression, visit);
      return;
    case "empty":
      visitExpression(node.left, visit);
  }
}
