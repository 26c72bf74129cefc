import { reason, type Reason } from "../errors/reason.ts";
import type { ReasonCode } from "../errors/registry.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { compileChoice } from "./compile-choice.ts";
import type { ConditionContext } from "./compile-condition.ts";
import {
  brokenExpression,
  type ColumnIndex,
  type ColumnUse,
  type CompiledExpression,
  type Compute,
  type Outcome,
  type StraightExpression,
} from "./compiled-expression.ts";
import type { ExpressionText } from "./expression-text.ts";
import { headFunctions } from "./heads/all-heads.ts";
import { joinColumn, type CompiledJoin } from "./join-table.ts";
import type { Lookup } from "./lookup.ts";
import { conditionText, expressionText } from "./node-text.ts";
import type { Mistakes } from "../errors/mistakes.ts";
import { StepArguments } from "./step-arguments.ts";
import type { CompiledStep, StepContext, StepDefinition, TargetField, Transform } from "./step-definition.ts";
import type { StepFunction } from "./step-function.ts";
import { allSteps } from "./steps/all-steps.ts";
import type { Trace, TraceRecorder } from "./trace.ts";
import type { CallNode, ExpressionNode, HeadNode, PipeNode } from "./syntax.ts";
import { accepts, typeName, wayFrom, type ValueType } from "./value-type.ts";

export interface ExpressionContext {
  readonly source: ExpressionText;
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly modules: ReadonlyMap<string, StepFunction>;
  readonly joins: ReadonlyMap<string, CompiledJoin>;
  /** Field that reasons are about: the target field, `legalEntity` or `where`. */
  readonly field: string;
  readonly target?: TargetField | undefined;
  readonly mistakes: Mistakes;
  /** Where the mapping is compiled to be explained: hears what is computed. */
  readonly recorder?: TraceRecorder | undefined;
}

/** Longest piece of a value that a message quotes. */
const quotedLength = 60;

/**
 * Checks an expression and compiles it: steps known, arguments right, types fitting. Its mistakes
 * (DMFP-MAPPING-EXPRESSION, -COLUMN, DMFP-LOOKUP-MISSING) go to the context's list, each with its place; the
 * expression is then broken, and can be compiled further but not used.
 */
export function compileExpression(node: ExpressionNode, context: ExpressionContext): CompiledExpression {
  const compiled =
    node.kind === "pipe"
      ? compilePipe(node, context)
      : (context.mistakes.attempt(() => compileHead(node, context)) ?? brokenExpression);
  const { recorder, source, field } = context;
  if (recorder === undefined) return compiled;
  const { text } = source;
  const place = { kind: traceKind(node), text: expressionText(text, node) };
  const steps = node.kind === "pipe" ? node.steps.map((step) => text.slice(step.at, step.end)) : undefined;
  return recorder.expression(place, field, compiled, steps);
}

/** What conditions are compiled with where an expression, or `where`, has one. */
export function conditionContext(context: ExpressionContext): ConditionContext {
  const { recorder, source, field } = context;
  const compileArgument = (argument: ExpressionNode): CompiledExpression =>
    compileExpression(argument, context);
  if (recorder === undefined) return { compileArgument };
  return {
    compileArgument,
    tracedCondition: (node, condition) =>
      recorder.condition(conditionText(source.text, node), field, condition),
  };
}

function traceKind(node: ExpressionNode): Trace["kind"] {
  if (node.kind === "text" || node.kind === "number") return "constant";
  return node.kind === "call" ? "function" : node.kind;
}

function compileHead(node: HeadNode, context: ExpressionContext): CompiledExpression {
  switch (node.kind) {
    case "column": {
      const joined = joinColumn(node, context);
      if (joined !== undefined) return joined;
      const use: ColumnUse = { name: node.name, at: node.at };
      return {
        type: "text",
        columns: [use],
        straight: { column: use, onUnits: [] },
        bind: (indexOf) => {
          const index = indexOf(use);
          return (run) => run.values[index] ?? "";
        },
      };
    }
    case "text":
    case "number": {
      const { value, at } = node;
      const type = node.kind === "text" ? "text" : value.includes(".") ? "decimal" : "integer";
      return { type, columns: [], constant: value, outcomes: [{ value, at }], bind: () => () => value };
    }
    case "choice":
      return compileChoice(node, context.field, conditionContext(context));
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
    const known = [...headFunctions.keys(), "if", "when"];
    throw context.source.error(node.at, `There is no function ${node.name}.${didYouMean(node.name, known)}`, {
      next: `An expression begins with a column, a text in quotes, or one of ${known.join(", ")}.`,
    });
  }
  const args = new StepArguments(context.source, node, definition.usage);
  return definition.compile(args, {
    field: context.field,
    compileArgument: (argument) => compileExpression(argument, context),
  });
}

function compilePipe(node: PipeNode, context: ExpressionContext): CompiledExpression {
  const head = compileExpression(node.head, context);
  const steps: CompiledStep[] = [];
  let type: ValueType | undefined = head.broken === true ? undefined : head.type;
  let outcomes: readonly Outcome[] | undefined = head.outcomes;
  let broken = head.broken === true;
  let changed = false;
  for (const call of node.steps) {
    const before: ValueType | undefined = type;
    const subject = subjectOf(node.head, changed);
    const compiled = context.mistakes.attempt(() =>
      compileStep(call, context, { type: before, outcomes, subject }),
    );
    broken ||= compiled === undefined;
    if (compiled !== undefined) steps.push(tracedStep(call, compiled.step, context));
    type = compiled?.type;
    outcomes = compiled?.step.outcomes;
    changed ||= call.name !== "trim";
  }
  if (broken) return brokenExpression;
  const straight = straightPipe(head, steps);
  return {
    type: type ?? "text",
    ...(straight === undefined ? {} : { straight }),
    columns: [head.columns, ...steps.map((step) => ("columns" in step ? step.columns : []))].flat(),
    ...(outcomes === undefined ? {} : { outcomes }),
    bind: (indexOf) => pipeline(head.bind(indexOf), steps, indexOf),
  };
}

function straightPipe(
  head: CompiledExpression,
  steps: readonly CompiledStep[],
): StraightExpression | undefined {
  if (head.straight === undefined || steps.some((step) => "bind" in step)) return undefined;
  const onUnits = steps.flatMap((step) => ("bind" in step ? [] : (step.onUnits ?? [])));
  const { column } = head.straight;
  return { column, onUnits: onUnits.length === steps.length ? onUnits : undefined };
}

function noteOf({ recorder }: ExpressionContext): Pick<StepContext, "note"> {
  return recorder === undefined
    ? {}
    : {
        note: (words) => {
          recorder.note(words);
        },
      };
}

function tracedStep(call: CallNode, step: CompiledStep, context: ExpressionContext): CompiledStep {
  const { recorder, source, field } = context;
  return recorder === undefined ? step : recorder.step(source.text.slice(call.at, call.end), field, step);
}

/** What is known of the values that reach a step. `type` is undefined behind a mistake. */
interface Reaching {
  readonly type: ValueType | undefined;
  readonly outcomes: readonly Outcome[] | undefined;
  readonly subject: string;
}

function compileStep(
  call: CallNode,
  context: ExpressionContext,
  reaching: Reaching,
): { step: CompiledStep; type: ValueType | undefined } {
  const definition = stepOf(call, context);
  if (reaching.type !== undefined) demandType(definition, reaching.type, { call, context });
  const args = new StepArguments(context.source, call, definition.usage);
  const { subject } = reaching;
  const step = definition.compile(args, {
    lookups: context.lookups,
    modules: context.modules,
    target: context.target,
    input: reaching.type ?? "text",
    inputOutcomes: reaching.outcomes,
    compileArgument: (argument) => compileExpression(argument, context),
    ...noteOf(context),
    problem: (code, value, what) => problem({ code, value, what, subject, field: context.field }),
  });
  const { gives } = definition;
  return { step, type: typeof gives === "function" ? gives(args) : gives === "same" ? reaching.type : gives };
}

/** The steps one after the other; an empty value passes by every step that does not ask for it. */
function pipeline(head: Compute, steps: readonly CompiledStep[], indexOf: ColumnIndex): Compute {
  const bound: readonly { readonly apply: Transform; readonly takesEmpty: boolean }[] = steps.map((step) => ({
    apply: "bind" in step ? step.bind(indexOf) : step.apply,
    takesEmpty: step.takesEmpty === true,
  }));
  return (run) => {
    let value = head(run);
    for (const step of bound) {
      if (value === undefined) return undefined;
      if (value === "" && !step.takesEmpty) continue;
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
  const { takes } = definition;
  if (takes === "any" || accepts(takes, type)) return;
  const wanted = takes.map(typeName).join(" or ");
  throw place.context.source.error(
    place.call.at,
    `${definition.name} works on ${wanted}, but what stands before it gives ${typeName(type)}.${wayFrom(type, takes)}`,
  );
}

/** How a sentence about a value begins: `GBDAT holds`, `GBDAT gives` once steps changed it. */
function subjectOf(head: HeadNode, changed: boolean): string {
  if (head.kind === "column") return `${head.name} ${changed ? "gives" : "holds"}`;
  return head.kind === "call" || head.kind === "choice" ? `${head.name}(…) gives` : "The mapping gives";
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
