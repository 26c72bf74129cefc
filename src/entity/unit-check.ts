import type { UnitCheck } from "../source/unit-step.ts";
import type { FieldType } from "./entity-schema.ts";

/**
 * The check of a type on values that are not decoded; one without a `check` takes everything. Undefined: only the text
 * can tell (value-check.ts). Size and characters are not its business.
 */
export function unitCheck(type: FieldType): { readonly check: UnitCheck | undefined } | undefined {
  switch (type) {
    case "string":
    case "unknown":
      return { check: undefined };
    case "decimal":
      return { check: "decimal" };
    case "int32":
    case "int64":
      return { check: "integer" };
    case "datetime":
      return { check: "date" };
    case "enum":
    case "guid":
      return undefined;
  }
}
