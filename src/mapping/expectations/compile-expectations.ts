import type { EntitySchema } from "../../entity/entity-schema.ts";
import { compileChecks } from "../../entity/value-check.ts";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { Mistakes } from "../../errors/mistakes.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import type { Located } from "../../project/located.ts";
import type { ExpectationDefinition, ExpectationKind } from "../../project/mapping-definition.ts";
import type { CompiledExpression } from "../compiled-expression.ts";
import { ExpressionText } from "../expression-text.ts";
import { wayFrom } from "../value-type.ts";
import { canCompare, comparisonTest, parseComparison } from "./comparison-test.ts";
import type { CompiledExpectation } from "./expectation-check.ts";
import { comparedAs, type ExpectedField } from "./expected-field.ts";
import { betweenTest, filledTest, inTest, matchesTest, type Refuse, type ValueTest } from "./value-test.ts";

/** What expectations are checked against. */
export interface ExpectationContext {
  /** The mapping's file, for places. */
  readonly file: string;
  readonly schema: EntitySchema;
  /** In the order of the mapped values. */
  readonly targetFields: readonly string[];
  readonly expressionOf: (field: string) => CompiledExpression | undefined;
  readonly mistakes: Mistakes;
}

/**
 * Compiles one entry under `expect`: one expectation for each of its fields, or one for all that are unique
 * together. Mistakes go to the context's list: DMFP-MAPPING-FIELD for a field the mapping does not fill,
 * DMFP-MAPPING-EXPRESSION for what can never be right for its type. What has a mistake is left out.
 */
export function compileExpectation(
  definition: ExpectationDefinition,
  context: ExpectationContext,
): readonly CompiledExpectation[] {
  const { mistakes } = context;
  const { expected, message } = definition;
  const said = message === undefined ? {} : { message };
  const fields = definition.fields.map((located) => ({
    located,
    field: mistakes.attempt(() => fieldOf(located, context)),
  }));
  if (expected.kind === "unique") {
    const known = fields.flatMap(({ field }) => field ?? []);
    return known.length === fields.length ? [{ fields: known, ...said }] : [];
  }
  return fields.flatMap(({ located, field }) => {
    if (field === undefined || context.expressionOf(field.name)?.broken === true) return [];
    const test = mistakes.attempt(() => testOf(expected, { located, field }, context));
    return test === undefined ? [] : [{ fields: [field], test, ...said }];
  });
}

function fieldOf(located: Located<string>, context: ExpectationContext): ExpectedField {
  const { schema, targetFields, file } = context;
  const { value: name, line, column: at } = located;
  const column = targetFields.indexOf(name);
  if (column === -1) {
    const hint = didYouMean(name, targetFields);
    throw new DmfpipeError(
      "DMFP-MAPPING-FIELD",
      `The mapping does not fill ${name}, so nothing can be expected of it.${hint}`,
      {
        at: { file, line, column: at },
        next: `Correct the name, or add ${name} under fields.`,
      },
    );
  }
  const field = schema.fields.get(name);
  const expression = context.expressionOf(name);
  return {
    name,
    column,
    comparedAs: comparedAs(field?.type ?? "unknown", expression?.type ?? "text"),
    ...(field === undefined ? {} : { field }),
  };
}

function testOf(
  expected: Exclude<ExpectationKind, { readonly kind: "unique" }>,
  of: { readonly located: Located<string>; readonly field: ExpectedField },
  context: ExpectationContext,
): ValueTest {
  const { field } = of;
  const refuse: Refuse = (at, message) => refused(context, at, message);
  switch (expected.kind) {
    case "between":
      if (field.comparedAs === "text") {
        const way = isFree(field) ? wayFrom("text", ["decimal"]) : "";
        const message = `${field.name} holds texts; between wants a field with numbers or dates.${way}`;
        throw refuse(of.located, message);
      }
      if (expected.least === undefined && expected.greatest === undefined) {
        throw refuse(of.located, "between has neither a least nor a greatest value.");
      }
      return betweenTest(field, expected, refuse);
    case "matches":
      return matchesTest(field, expected.pattern, refuse);
    case "in": {
      const check = compileChecks(context.schema, [field.name]);
      const members = context.schema.enums.get(field.field?.enumName ?? "") ?? [];
      return inTest(field, expected.values, {
        refuse,
        check: (value) => {
          const [problem] = check([value]);
          if (problem === undefined) return undefined;
          return `${problem.message}${field.field?.type === "enum" ? didYouMean(value, members) : ""}`;
        },
      });
    }
    case "compare":
      return compareTest(expected.comparison, field, context);
    case "filled":
      return filledTest(field);
  }
}

function compareTest(written: Located<string>, field: ExpectedField, context: ExpectationContext): ValueTest {
  const source = new ExpressionText(context.file, written);
  const parsed = parseComparison(written.value);
  if (parsed === undefined) {
    throw source.error(0, `"${written.value}" compares with nothing.`, {
      next: "Write =, !=, <, <=, > or >= and another field, for example >= ADDRESSVALIDFROM. Values stand under between or in.",
    });
  }
  const { line = 1, column = 1 } = source.placeOf(parsed.otherAt);
  const other = fieldOf({ value: parsed.other, line, column }, context);
  if (other.name === field.name) throw source.error(parsed.otherAt, `${field.name} is compared with itself.`);
  if (context.expressionOf(other.name)?.broken !== true && other.comparedAs !== field.comparedAs) {
    throw source.error(
      parsed.otherAt,
      `${field.name} holds ${kindName(field)} and ${other.name} ${kindName(other)}, which cannot be compared.`,
    );
  }
  if (!canCompare(field.comparedAs, parsed.comparison)) {
    throw source.error(
      0,
      `${field.name} and ${other.name} hold texts, which are the same (=) or not (!=); none is greater than another.`,
    );
  }
  return comparisonTest(field, parsed.comparison, other);
}

/** Whether what the field holds is up to the mapping. */
function isFree(field: ExpectedField): boolean {
  return field.field === undefined || field.field.type === "string" || field.field.type === "unknown";
}

function kindName(field: ExpectedField): string {
  return { number: "numbers", date: "dates", text: "texts" }[field.comparedAs];
}

function refused(context: ExpectationContext, located: Located<string>, message: string): DmfpipeError {
  return new ExpressionText(context.file, located).error(0, message);
}
