import type { CompiledExpression } from "../compiled-expression.ts";
import type { StepArguments } from "../step-arguments.ts";
import type { ExpressionNode } from "../syntax.ts";

/** What a function can ask for while it is compiled. */
export interface HeadContext {
  /** Field that reasons are about. */
  readonly field: string;
  /** Compiles an argument, which is an expression of its own. */
  compileArgument(argument: ExpressionNode): CompiledExpression;
}

/** A function an expression can begin with. */
export interface HeadFunction {
  readonly name: string;
  /** As it is written, for messages. */
  readonly usage: string;
  /** Checks the arguments (DMFP-MAPPING-EXPRESSION at the one that is wrong) and compiles the function. */
  compile(args: StepArguments, context: HeadContext): CompiledExpression;
}

/** More arguments than a person writes; a limit against files that are made to do harm. */
export const maxArguments = 100;
