import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";
import { compileChecks } from "../entity/value-check.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { CompiledExpression } from "./compiled-expression.ts";
import type { ExpressionText } from "./expression-text.ts";
import type { Mistakes } from "../errors/mistakes.ts";
import type { TargetField } from "./step-definition.ts";
import { fitsField, typeName } from "./value-type.ts";

/** A field of the entity with the values of its enum, as the steps of an expression see it. */
export function targetOf(schema: EntitySchema, name: string): TargetField | undefined {
  const field = schema.fields.get(name);
  if (field === undefined) return undefined;
  const members = schema.enums.get(field.enumName ?? "") ?? [];
  const numbers = schema.enumNumbers?.get(field.enumName ?? "");
  return { field, members, ...(numbers === undefined ? {} : { numbers }) };
}

/**
 * Checks that what an expression gives can ever be right in its field: the type, and every value that is written
 * in the mapping itself. Mistakes: DMFP-MAPPING-EXPRESSION at the expression or at the value.
 */
export function checkAgainstField(
  compiled: CompiledExpression,
  target: { readonly schema: EntitySchema; readonly field: EntityField },
  context: { readonly source: ExpressionText; readonly mistakes: Mistakes },
): void {
  const { schema, field } = target;
  const { source, mistakes } = context;
  if (compiled.broken === true) return;
  if (!fitsField(compiled.type, field.type) && compiled.constant === undefined) {
    mistakes.attempt(() => {
      const gives = typeName(compiled.type);
      throw source.error(0, `${field.name} is a field of type ${field.type}; the expression gives ${gives}.`);
    });
    return;
  }
  const check = compileChecks(schema, [field.name]);
  const onlyEmpty = compiled.constant === "";
  for (const { value, at } of compiled.outcomes ?? []) {
    if (value === "" && !onlyEmpty) continue;
    const [problem] = check([value]);
    if (problem === undefined) continue;
    const members = schema.enums.get(field.enumName ?? "") ?? [];
    const suggestion = field.type === "enum" ? didYouMean(value, members) : "";
    mistakes.attempt(() => {
      throw source.error(at, `${problem.message}${suggestion}`, { next: problem.fix });
    });
  }
}
