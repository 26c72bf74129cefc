import { reason, type Reason } from "../errors/reason.ts";
import type { ReasonCode } from "../errors/registry.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { ColumnUse, CompiledExpression, Compute } from "./compiled-expression.ts";
import type { ExpressionText } from "./expression-text.ts";
import { headFunctions } from "./head-functions.ts";
import type { Lookup } from "./lookup.ts";
import { StepArguments } from "./step-arguments.ts";
import type { CompiledStep, StepDefinition } from "./step-definition.ts";
import { allSteps } from "./steps/all-steps.ts";
import type { CallNode, ExpressionNode, HeadNode, PipeNode } from "./syntax.ts";
import { typeName, type ValueType } from "./value-type.ts";

export interface ExpressionContext {
  readonly source: ExpressionText;
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Field that reasons are about: the target field, `legalEntity` or `where`. */
  readonly field: string;
}

/** Longest piece of a value that a message quotes. */
const quotedLength = 60;

/**
 * Checks an expression and compiles it: steps known, arguments right, types fitting. Throws
 * DMFP-MAPPING-EXPRESSION or DMFP-LOOKUP-MISSING at the place of the first mistake.
 */
export function compileExpression(node: ExpressionNode, context: ExpressionContext): CompiledExpression {
  return node.kind === "pipe" ? compilePipe(node, context) : compileHead(node, context);
}

function compileHead(node: HeadNode, context: ExpressionContext): CompiledExpression {
  switch (node.kind) {
    case "column": {
      const use: ColumnUse = { name: node.name, at: node.at };
      return {
        type: "text",
        columns: [use],
        bind: (indexOf) => {
          const index = indexOf(use);
          return (run) => run.values[index] ?? "";
        },
      };
    }
    case "text":
    case "number": {
      const { value } = node;
      const type = node.kind === "text" ? "text" : "decimal";
      return { type, columns: [], constant: value, bind: () => () => value };
    }
    case "call":
      return compileHeadCall(node, context);
  }
}

function compileHeadCall(node: CallNode, context: ExpressionContext): CompiledExpression {
  const definition = headFunctions.get(node.name);
  if (definition === undefined) {
    if (allSteps.has(node.name)) {
      throw context.source.error(
        node.at,
        `${node.name} is a step: the value comes first, then a "|". Write COLUMN | ${node.name}(…).`,
      );
    }
    const suggestion = didYouMean(node.name, headFunctions.keys());
    throw context.source.error(node.at, `There is no function ${node.name}.${suggestion}`, {
      next: `An expression begins with a column, a text in quotes, or one of ${[...headFunctions.keys()].join(", ")}.`,
    });
  }
  const args = new StepArguments(context.source, node, definition.usage);
  return definition.compile(args, (argument) => compileExpression(argument, context));
}

function compilePipe(node: PipeNode, context: ExpressionContext): CompiledExpression {
  const head = compileHead(node.head, context);
  const steps: CompiledStep[] = [];
  let type = head.type;
  let changed = false;
  for (const call of node.steps) {
    const definition = stepOf(call, context);
    demandType(definition, type, { call, context });
    const args = new StepArguments(context.source, call, definition.usage);
    const subject = subjectOf(node.head, changed);
    steps.push(
      definition.compile(args, {
        lookups: context.lookups,
        input: type,
        problem: (code, value, what) => problem({ code, value, what, subject, field: context.field }),
      }),
    );
    if (typeof definition.gives === "function") type = definition.gives(args);
    else if (definition.gives !== "same") type = definition.gives;
    changed ||= call.name !== "trim";
  }
  return {
    type,
    columns: head.columns,
    bind: (indexOf) => pipeline(head.bind(indexOf), steps),
  };
}

/** The steps one after the other; an empty value passes by every step that does not ask for it. */
function pipeline(head: Compute, steps: readonly CompiledStep[]): Compute {
  return (run) => {
    let value = head(run);
    for (const step of steps) {
      if (value === undefined) return undefined;
      if (value === "" && step.takesEmpty !== true) continue;
      value = step.apply(value, run);
    }
    return value;
  };
}

function stepOf(call: CallNode, context: ExpressionContext): StepDefinition {
  const definition = allSteps.get(call.name);
  if (definition !== undefined) return definition;
  if (headFunctions.has(call.name)) {
    throw context.source.error(
      call.at,
      `${call.name} stands at the beginning of an expression, not behind a "|".`,
    );
  }
  throw context.source.error(
    call.at,
    `There is no step ${call.name}.${didYouMean(call.name, allSteps.keys())}`,
    {
      next: `The steps are ${[...allSteps.keys()].join(", ")}.`,
    },
  );
}

function demandType(
  definition: StepDefinition,
  type: ValueType,
  place: { readonly call: CallNode; readonly context: ExpressionContext },
): void {
  if (definition.takes === "any" || definition.takes.includes(type)) return;
  const wanted = definition.takes.map(typeName).join(" or ");
  throw place.context.source.error(
    place.call.at,
    `${definition.name} works on ${wanted}, but what stands before it gives ${typeName(type)}.`,
  );
}

/** How a sentence about a value begins: `GBDAT holds`, `GBDAT gives` once steps changed it. */
function subjectOf(head: HeadNode, changed: boolean): string {
  if (head.kind === "column") return `${head.name} ${changed ? "gives" : "holds"}`;
  return head.kind === "call" ? `${head.name}(…) gives` : "The mapping gives";
}

function problem(about: {
  readonly code: ReasonCode;
  readonly value: string;
  readonly what: string;
  readonly subject: string;
  readonly field: string;
}): Reason {
  const { code, value, field } = about;
  const quoted = value.length > quotedLength ? `${value.slice(0, quotedLength).toWellFormed()}…` : value;
  return reason(code, { field, value, message: `${about.subject} "${quoted}", ${about.what}` });
}
