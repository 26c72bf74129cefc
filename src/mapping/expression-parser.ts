import type { ExpressionText } from "./expression-text.ts";
import { meantOtherwise } from "./otherwise-words.ts";
import type {
  ArgumentNode,
  CallNode,
  ChoiceNode,
  ConditionNode,
  ExpressionNode,
  HeadNode,
} from "./syntax.ts";
import { tokens, type Token } from "./tokens.ts";

/** Parentheses in parentheses; deeper is no mapping a person wrote. */
const maxDepth = 50;

/** Reads a condition that stands inside an expression, from the parser's next token on. */
export type ReadCondition = (parser: ExpressionParser) => ConditionNode;

/**
 * Recursive descent over the tokens of one expression:
 *
 *     expression = head { "|" step }
 *     head       = column | text | number | name "(" arguments ")" | "(" expression ")" | choice
 *     choice     = "if" "(" condition "," expression [ "," expression ] ")"
 *                | "when" "(" condition "->" expression { "," condition "->" expression } [ "," "*" "->" expression ] ")"
 *     step       = name [ "(" arguments ")" ]
 *     argument   = [ name ":" ] expression | ( expression | "*" ) "->" expression
 */
export class ExpressionParser {
  readonly source: ExpressionText;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  readonly #readCondition: ReadCondition;

  constructor(source: ExpressionText, readCondition: ReadCondition) {
    this.source = source;
    this.#readCondition = readCondition;
    this.#tokens = tokens(source);
  }

  expression(): ExpressionNode {
    const head = this.#head();
    const steps: CallNode[] = [];
    while (this.takeSymbol("|")) steps.push(this.#step());
    if (steps.length === 0) return head;
    if (head.kind === "pipe") return { ...head, steps: [...head.steps, ...steps] };
    return { kind: "pipe", head, steps, at: head.at };
  }

  /** Offset behind the token that was taken last. */
  get #end(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0;
  }

  /** The token that comes next, or one further on; the last is always `end`. */
  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw this.source.error(0, "The expression is empty.");
    return token;
  }

  take(): Token {
    const token = this.peek();
    this.#index++;
    return token;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "symbol" && token.text === symbol;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#index++;
    return true;
  }

  demandSymbol(symbol: string, what: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(what);
  }

  demandEnd(what: string): void {
    if (this.peek().kind !== "end") throw this.unexpected(what);
  }

  /** The error "expected …, found …" about the token that comes next. */
  unexpected(wanted: string): Error {
    const token = this.peek();
    const found = token.kind === "end" ? "the expression ends" : `there is ${shown(token)}`;
    return this.source.error(token.at, `Here should be ${wanted}, but ${found}.`);
  }

  /** Runs something one level deeper, refusing nesting without end. */
  nested<T>(read: () => T): T {
    if (this.#depth >= maxDepth) {
      throw this.source.error(this.peek().at, `Parentheses are nested more than ${maxDepth} deep.`);
    }
    this.#depth++;
    const result = read();
    this.#depth--;
    return result;
  }

  #head(): ExpressionNode {
    if (this.takeSymbol("(")) {
      const inner = this.nested(() => this.expression());
      this.demandSymbol(")", 'a ")"');
      return inner;
    }
    const token = this.peek();
    if (token.kind === "word" && this.isSymbol("(", 1)) {
      if (token.text === "if") return this.nested(() => this.#if());
      if (token.text === "when") return this.nested(() => this.#when());
    }
    switch (token.kind) {
      case "word":
      case "column":
      case "text":
      case "number":
        return this.#plainHead(this.take());
      case "symbol":
      case "end":
        throw this.unexpected("a column, a text in quotes, or a function");
    }
  }

  #plainHead(token: Token): HeadNode {
    const { text, at, end } = token;
    if (token.kind === "text") return { kind: "text", value: text, at, end };
    if (token.kind === "number") return { kind: "number", value: text, at, end };
    if (token.kind === "column") return { kind: "column", name: text, quoted: true, at, end };
    if (this.isSymbol("(")) {
      const args = this.#arguments();
      return { kind: "call", name: text, args, at, end: this.#end };
    }
    return { kind: "column", name: text, quoted: false, at, end };
  }

  #if(): ChoiceNode {
    const { at } = this.take();
    this.demandSymbol("(", 'a "("');
    const condition = this.#readCondition(this);
    this.demandSymbol(",", 'a "," behind the condition: if(CONDITION, value, other value)');
    const branches = [{ condition, value: this.expression() }];
    const otherwise = this.takeSymbol(",") ? this.expression() : undefined;
    this.demandSymbol(")", 'a ")" that ends if(CONDITION, value, other value)');
    const rest = otherwise === undefined ? {} : { otherwise };
    return { kind: "choice", name: "if", branches, at, end: this.#end, ...rest };
  }

  #when(): ChoiceNode {
    const { at } = this.take();
    this.demandSymbol("(", 'a "("');
    const branches: { condition: ConditionNode; value: ExpressionNode }[] = [];
    let otherwise: ExpressionNode | undefined;
    do {
      if (otherwise !== undefined) {
        throw this.source.error(this.peek().at, "* stands for everything else, so it comes last.");
      }
      if (this.isSymbol("*")) {
        this.take();
        this.demandSymbol("->", 'a "->"');
        otherwise = this.expression();
      } else {
        const { kind, text, at: wordAt } = this.peek();
        const mistake = kind === "word" && this.isSymbol("->", 1) ? meantOtherwise(text) : undefined;
        if (mistake !== undefined) throw this.source.error(wordAt, mistake);
        const condition = this.#readCondition(this);
        this.demandSymbol("->", 'a "->" behind the condition: when(CONDITION -> value, * -> other value)');
        branches.push({ condition, value: this.expression() });
      }
    } while (this.takeSymbol(","));
    this.demandSymbol(")", 'a "," or a ")"');
    const rest = otherwise === undefined ? {} : { otherwise };
    return { kind: "choice", name: "when", branches, at, end: this.#end, ...rest };
  }

  #step(): CallNode {
    const token = this.peek();
    if (token.kind !== "word") throw this.unexpected("the name of a step");
    if ((token.text === "if" || token.text === "when") && this.isSymbol("(", 1)) {
      throw this.source.error(
        token.at,
        `${token.text} stands at the beginning of an expression, not behind a "|".`,
      );
    }
    this.#index++;
    const args = this.isSymbol("(") ? this.#arguments() : [];
    return { kind: "call", name: token.text, args, at: token.at, end: this.#end };
  }

  #arguments(): ArgumentNode[] {
    this.demandSymbol("(", 'a "("');
    const args: ArgumentNode[] = [];
    if (this.takeSymbol(")")) return args;
    for (;;) {
      args.push(this.nested(() => this.#argument()));
      if (this.takeSymbol(")")) return args;
      this.demandSymbol(",", 'a "," or a ")"');
    }
  }

  #argument(): ArgumentNode {
    const { at } = this.peek();
    if (this.isSymbol("*") && this.isSymbol("->", 1)) {
      this.#index += 2;
      return { key: "*", value: this.expression(), at };
    }
    if (this.peek().kind === "word" && this.isSymbol(":", 1)) {
      const name = this.take().text;
      this.#index++;
      return { name, value: this.expression(), at };
    }
    const value = this.expression();
    return this.takeSymbol("->") ? { key: value, value: this.expression(), at } : { value, at };
  }
}

function shown(token: Token): string {
  return token.kind === "text" ? `the text "${token.text}"` : token.text;
}
