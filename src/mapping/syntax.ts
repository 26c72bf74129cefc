/** Every node knows its offset in the expression's text, so that an error can point at it. */
interface Node {
  readonly at: number;
}

/** A node that knows its text: `end` is the offset behind its last character. */
interface SpannedNode extends Node {
  readonly end: number;
}

/** A source column, or a bare word where a step wants a name. */
export interface ColumnNode extends SpannedNode {
  readonly kind: "column";
  readonly name: string;
  /** Written in back quotes, so it can only be a column. */
  readonly quoted: boolean;
}

export interface TextNode extends SpannedNode {
  readonly kind: "text";
  readonly value: string;
}

/** A number without quotes, in canonical form: `-12.5`. */
export interface NumberNode extends SpannedNode {
  readonly kind: "number";
  readonly value: string;
}

/** `name(arguments)`, as a head or, behind a `|`, as a step. */
export interface CallNode extends SpannedNode {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly ArgumentNode[];
}

export interface PipeNode extends Node {
  readonly kind: "pipe";
  readonly head: HeadNode;
  readonly steps: readonly CallNode[];
}

/**
 * `if(CONDITION, a, b)` or `when(CONDITION -> a, …, * -> b)`: the value of the first branch whose condition holds.
 */
export interface ChoiceNode extends SpannedNode {
  readonly kind: "choice";
  readonly name: "if" | "when";
  readonly branches: readonly { readonly condition: ConditionNode; readonly value: ExpressionNode }[];
  /** Absent where it was not written. */
  readonly otherwise?: ExpressionNode;
}

export type HeadNode = ColumnNode | TextNode | NumberNode | CallNode | ChoiceNode;
export type ExpressionNode = HeadNode | PipeNode;

/** One argument: `value`, `name: value`, or `key -> value` with `*` as the key for everything else. */
export interface ArgumentNode extends Node {
  readonly name?: string;
  readonly key?: ExpressionNode | "*";
  readonly value: ExpressionNode;
}

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** The condition of a `where`, an `if` or a `when`. */
export type ConditionNode =
  | (Node & { readonly kind: "and" | "or"; readonly left: ConditionNode; readonly right: ConditionNode })
  | (Node & { readonly kind: "not"; readonly condition: ConditionNode })
  | (Node & {
      readonly kind: "compare";
      readonly operator: ComparisonOperator;
      readonly left: ExpressionNode;
      readonly right: ExpressionNode;
    })
  | (Node & {
      readonly kind: "in";
      readonly negated: boolean;
      readonly left: ExpressionNode;
      readonly options: readonly ExpressionNode[];
    })
  | (Node & { readonly kind: "empty"; readonly negated: boolean; readonly left: ExpressionNode });
