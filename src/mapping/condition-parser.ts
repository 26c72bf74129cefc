import type { ExpressionParser } from "./expression-parser.ts";
import type { ComparisonOperator, ConditionNode, ExpressionNode } from "./syntax.ts";

const operators: readonly ComparisonOperator[] = ["==", "!=", "<=", ">=", "<", ">"];

/**
 * Recursive descent over the tokens of a condition:
 *
 *     condition  = conjunction { "or" conjunction }
 *     conjunction = negation { "and" negation }
 *     negation   = [ "not" ] ( "(" condition ")" | test )
 *     test       = expression ( operator expression | [ "not" ] "in" "(" … ")" | "is" [ "not" ] "empty" )
 */
export class ConditionParser {
  readonly expressions: ExpressionParser;

  /** Reads on from the expression parser's next token. */
  constructor(expressions: ExpressionParser) {
    this.expressions = expressions;
  }

  condition(): ConditionNode {
    let left = this.#conjunction();
    while (this.#isWord("or")) {
      const { at } = this.expressions.take();
      left = { kind: "or", left, right: this.#conjunction(), at };
    }
    return left;
  }

  #conjunction(): ConditionNode {
    let left = this.#negation();
    while (this.#isWord("and")) {
      const { at } = this.expressions.take();
      left = { kind: "and", left, right: this.#negation(), at };
    }
    return left;
  }

  #negation(): ConditionNode {
    return this.expressions.nested(() => {
      if (this.#isWord("not")) {
        const { at } = this.expressions.take();
        return { kind: "not", condition: this.#negation(), at };
      }
      if (!this.expressions.isSymbol("(") || this.#parenthesisIsValue()) return this.#test();
      this.expressions.take();
      const inner = this.condition();
      this.expressions.demandSymbol(")", '"and", "or" or a ")"');
      return inner;
    });
  }

  #test(): ConditionNode {
    const left = this.expressions.expression();
    const token = this.expressions.peek();
    const { at } = token;
    if (this.#isWord("is")) {
      this.expressions.take();
      const negated = this.#takeWord("not");
      if (!this.#takeWord("empty")) throw this.expressions.unexpected('"empty" or "not empty"');
      return { kind: "empty", negated, left, at };
    }
    const negated = this.#isWord("not") && this.#isWord("in", 1);
    if (negated) this.expressions.take();
    if (this.#takeWord("in")) return { kind: "in", negated, left, options: this.#options(), at };
    const operator = operators.find((candidate) => this.expressions.isSymbol(candidate));
    if (operator === undefined) {
      throw this.expressions.unexpected('a comparison: ==, !=, <, <=, >, >=, "in (…)" or "is empty"');
    }
    this.expressions.take();
    return { kind: "compare", operator, left, right: this.expressions.expression(), at };
  }

  #options(): ExpressionNode[] {
    this.expressions.demandSymbol("(", 'a "(" with the values, for example in ("A", "B")');
    const options = [this.expressions.expression()];
    while (this.expressions.takeSymbol(",")) options.push(this.expressions.expression());
    this.expressions.demandSymbol(")", 'a "," or a ")"');
    return options;
  }

  /** Whether the parenthesis that opens here holds a value: what follows its end then goes on with a test. */
  #parenthesisIsValue(): boolean {
    let depth = 0;
    for (let ahead = 0; ; ahead++) {
      const token = this.expressions.peek(ahead);
      if (token.kind === "end") return false;
      if (this.expressions.isSymbol("(", ahead)) depth++;
      if (!this.expressions.isSymbol(")", ahead)) continue;
      depth--;
      if (depth > 0) continue;
      const next = ahead + 1;
      return (
        this.expressions.isSymbol("|", next) ||
        this.#isWord("is", next) ||
        this.#isWord("in", next) ||
        (this.#isWord("not", next) && this.#isWord("in", next + 1)) ||
        operators.some((operator) => this.expressions.isSymbol(operator, next))
      );
    }
  }

  #isWord(word: string, ahead = 0): boolean {
    const token = this.expressions.peek(ahead);
    return token.kind === "word" && token.text === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.expressions.take();
    return true;
  }
}
