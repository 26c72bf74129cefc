import {
  compareValues,
  isComparable,
  isNothing,
  type ComparedAs,
  type ExpectedField,
} from "./expected-field.ts";
import { shownValue, type ValueTest } from "./value-test.ts";

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** A comparison as written: the operator, the other field, and where the field begins. */
export interface WrittenComparison {
  readonly comparison: Comparison;
  readonly other: string;
  readonly otherAt: number;
}

/** Reads `>= ADDRESSVALIDFROM`; undefined where it is none. `==` means `=`, as in conditions. */
export function parseComparison(text: string): WrittenComparison | undefined {
  const [, before = "", operator = "", between = "", other = ""] =
    /^(\s*)(==?|!=|<=?|>=?)(\s*)([A-Za-z0-9_]+)\s*$/.exec(text) ?? [];
  if (other === "") return undefined;
  const comparison = operator === "==" ? "=" : (operator as Comparison);
  return { comparison, other, otherAt: before.length + operator.length + between.length };
}

/** Whether a comparison makes sense for values of a kind: texts are the same or not, and have no order. */
export function canCompare(kind: ComparedAs, comparison: Comparison): boolean {
  return kind !== "text" || comparison === "=" || comparison === "!=";
}

/** Two fields of the same kind, held against each other; where one is empty there is nothing to compare. */
export function comparisonTest(
  field: ExpectedField,
  comparison: Comparison,
  other: ExpectedField,
): ValueTest {
  const kind = field.comparedAs;
  const words = expectedWords(kind, comparison);
  return (values) => {
    const value = values[field.column] ?? "";
    const against = values[other.column] ?? "";
    if (isNothing(kind, value) || isNothing(kind, against)) return undefined;
    if (!isComparable(kind, value) || !isComparable(kind, against)) return undefined;
    if (holds(comparison, compareValues(kind, value, against))) return undefined;
    return {
      value,
      message: `${field.name} holds "${shownValue(value)}"; it has to be ${words} ${other.name}, which holds "${shownValue(against)}".`,
    };
  };
}

function holds(comparison: Comparison, order: number): boolean {
  switch (comparison) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function expectedWords(kind: ComparedAs, comparison: Comparison): string {
  const date = kind === "date";
  switch (comparison) {
    case "=":
      return "the same as";
    case "!=":
      return "another than";
    case "<":
      return date ? "before" : "less than";
    case "<=":
      return date ? "no later than" : "at most";
    case ">":
      return date ? "after" : "more than";
    case ">=":
      return date ? "no earlier than" : "at least";
  }
}
