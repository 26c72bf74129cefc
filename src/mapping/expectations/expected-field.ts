import type { EntityField, FieldType } from "../../entity/entity-schema.ts";
import { isCanonicalDate } from "../../entity/value-check.ts";
import { canonical, compareDecimals, isPlainNumber } from "../decimal-text.ts";
import type { ValueType } from "../value-type.ts";

/** As what the values of a field are compared. */
export type ComparedAs = "number" | "date" | "text";

/** A field something is expected of. */
export interface ExpectedField {
  readonly name: string;
  /** Its place among the target fields. */
  readonly column: number;
  readonly comparedAs: ComparedAs;
  /** Absent where the entity's fields are not known. */
  readonly field?: EntityField;
}

/** As what a field is compared: by its own type, and where that can hold anything, by what the mapping makes. */
export function comparedAs(fieldType: FieldType, expressionType: ValueType): ComparedAs {
  switch (fieldType) {
    case "decimal":
    case "int32":
    case "int64":
      return "number";
    case "datetime":
      return "date";
    case "enum":
    case "guid":
      return "text";
    case "string":
    case "unknown":
      if (expressionType === "text") return "text";
      return expressionType === "date" || expressionType === "datetime" ? "date" : "number";
    default:
      return fieldType satisfies never;
  }
}

/** Whether a value is one of its kind; what is not was refused for it already, or will be by the check of values. */
export function isComparable(kind: ComparedAs, value: string): boolean {
  switch (kind) {
    case "number":
      return isPlainNumber(value);
    case "date":
      return isCanonicalDate(value);
    case "text":
      return true;
  }
}

/** Whether a value says nothing: 1900-01-01 is how F&O writes an empty date. */
export function isNothing(kind: ComparedAs, value: string): boolean {
  if (value.trim() === "") return true;
  return kind === "date" && /^1900-01-01(T00:00:00)?$/.test(value);
}

/**
 * Negative, zero or positive, as the first of two comparable values comes before the second, is the same or comes
 * after it. Numbers exactly; where one of two dates has no time, only the days count; texts without regard to case
 * and blanks around them, as F&O compares them.
 */
export function compareValues(kind: ComparedAs, a: string, b: string): number {
  switch (kind) {
    case "number":
      return compareDecimals(a, b);
    case "date":
      return a.length === b.length ? order(a, b) : order(a.slice(0, 10), b.slice(0, 10));
    case "text":
      return order(folded(a), folded(b));
  }
}

/** One text for all values that are the same: for the members of a set. Dates keep their time. */
export function sameText(kind: ComparedAs, value: string): string {
  if (kind === "date") return value;
  if (kind === "text") return folded(value);
  const [whole = "", fraction = ""] = value.replace(/^[+-]/, "").split(".");
  return canonical(value.startsWith("-"), whole, fraction.replace(/0+$/, ""));
}

function folded(value: string): string {
  return value.trim().toLowerCase();
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
