import { ConditionParser } from "./condition-parser.ts";
import { ExpressionParser } from "./expression-parser.ts";
import type { ExpressionText } from "./expression-text.ts";
import type { ConditionNode, ExpressionNode } from "./syntax.ts";

/** Reads one expression to its end. Throws DMFP-MAPPING-EXPRESSION with the place of the first mistake. */
export function parseExpression(source: ExpressionText): ExpressionNode {
  const parser = parserOf(source);
  const expression = parser.expression();
  parser.demandEnd('a "|" or the end of the expression');
  return expression;
}

/** Reads the condition of a `where` to its end. Throws DMFP-MAPPING-EXPRESSION at the first mistake. */
export function parseCondition(source: ExpressionText): ConditionNode {
  const parser = parserOf(source);
  const condition = new ConditionParser(parser).condition();
  parser.demandEnd('"and", "or" or the end of the condition');
  return condition;
}

function parserOf(source: ExpressionText): ExpressionParser {
  return new ExpressionParser(source, (parser) => new ConditionParser(parser).condition());
}
