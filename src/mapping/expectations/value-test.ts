import type { Located } from "../../project/located.ts";
import { compilePattern, maxPatternText } from "../safe-pattern.ts";
import {
  compareValues,
  isComparable,
  isNothing,
  sameText,
  type ComparedAs,
  type ExpectedField,
} from "./expected-field.ts";

/** What a record does that is not expected, in words that follow the field's name and value. */
export interface Broken {
  readonly value: string;
  /** A whole sentence. */
  readonly message: string;
  readonly fix?: string;
}

/** Judges the mapped values of one record, aligned with the target fields; undefined: as expected. */
export type ValueTest = (values: readonly string[]) => Broken | undefined;

/** A mistake in an expectation, to be shown at a place of the mapping. */
export type Refuse = (at: Located<string>, message: string) => Error;

/** A value of at least `least` and at most `greatest`, of numbers or dates. */
export function betweenTest(
  field: ExpectedField,
  limits: { readonly least?: Located<string>; readonly greatest?: Located<string> },
  refuse: Refuse,
): ValueTest {
  const { comparedAs: kind } = field;
  const least = limitOf(kind, limits.least, refuse);
  const greatest = limitOf(kind, limits.greatest, refuse);
  if (limits.least !== undefined && limits.greatest !== undefined) {
    const turned = compareValues(kind, limits.least.value, limits.greatest.value) > 0;
    if (turned) throw refuse(limits.least, "Nothing lies between these two: the smaller value comes first.");
  }
  const words = kind === "date" ? ["before", "after"] : ["less than", "more than"];
  return given(field, (value) => {
    if (least !== undefined && compareValues(kind, value, least) < 0) return `which is ${words[0]} ${least}`;
    if (greatest !== undefined && compareValues(kind, value, greatest) > 0)
      return `which is ${words[1]} ${greatest}`;
    return undefined;
  });
}

function limitOf(kind: ComparedAs, limit: Located<string> | undefined, refuse: Refuse): string | undefined {
  if (limit === undefined) return undefined;
  if (isComparable(kind, limit.value)) return limit.value;
  throw refuse(limit, notComparable(kind, limit.value));
}

function notComparable(kind: ComparedAs, value: string): string {
  return kind === "date"
    ? `"${value}" is no date that F&O can hold, such as 2024-01-31 or 2024-01-31T10:20:30.`
    : `"${value}" is no number such as 1234.50.`;
}

/** A value that a pattern fits from end to end. */
export function matchesTest(field: ExpectedField, pattern: Located<string>, refuse: Refuse): ValueTest {
  const compiled = compilePattern(pattern.value, { whole: true });
  if (!(compiled instanceof RegExp)) {
    throw refuse(pattern, `The pattern ${pattern.value} ${compiled.problem}.`);
  }
  return given(field, (value) => {
    if (value.length > maxPatternText)
      return `which is longer than the ${maxPatternText} characters a pattern is tried on`;
    return compiled.test(value) ? undefined : `which does not look like ${pattern.value}`;
  });
}

/** One of some values. `check` gives what is wrong with a value that the field could never hold. */
export function inTest(
  field: ExpectedField,
  values: readonly Located<string>[],
  options: { readonly refuse: Refuse; readonly check: (value: string) => string | undefined },
): ValueTest {
  const { comparedAs: kind } = field;
  for (const listed of values) {
    const wrong = isComparable(kind, listed.value)
      ? options.check(listed.value)
      : notComparable(kind, listed.value);
    if (wrong !== undefined) throw options.refuse(listed, wrong);
  }
  const allowed = new Set(values.map(({ value }) => sameText(kind, value)));
  const days = new Set(values.map(({ value }) => value.slice(0, 10)));
  const isAllowed = (value: string): boolean => {
    if (kind !== "date") return allowed.has(sameText(kind, value));
    return value.length === 10 ? days.has(value) : allowed.has(value) || allowed.has(value.slice(0, 10));
  };
  const list = shownList(values.map(({ value }) => value));
  return given(field, (value) => (isAllowed(value) ? undefined : `which is none of ${list}`), {
    fix: `Use one of: ${list}.`,
  });
}

/** A value that is not empty. */
export function filledTest(field: ExpectedField): ValueTest {
  const broken: Broken = {
    value: "",
    message: `${field.name} is empty, and is expected to be filled in.`,
    fix: "Fill in the value.",
  };
  return (values) => (isNothing(field.comparedAs, values[field.column] ?? "") ? broken : undefined);
}

/** A test of what is filled in and a value of its kind; `judge` gives what is wrong as the end of a sentence. */
function given(
  field: ExpectedField,
  judge: (value: string) => string | undefined,
  options: { readonly fix?: string } = {},
): ValueTest {
  const { name, column, comparedAs: kind } = field;
  return (values) => {
    const value = values[column] ?? "";
    if (isNothing(kind, value) || !isComparable(kind, value)) return undefined;
    const wrong = judge(value);
    if (wrong === undefined) return undefined;
    return { value, message: `${name} holds "${shownValue(value)}", ${wrong}.`, ...options };
  };
}

/** A value as a sentence shows it: not at any length, and on one line. */
export function shownValue(value: string): string {
  const short = value.length <= 60 ? value : `${value.slice(0, 57)}…`;
  return short.toWellFormed().replace(/[\r\n\t]+/g, " ");
}

function shownList(values: readonly string[]): string {
  return values.length <= 12 ? values.join(", ") : `${values.slice(0, 12).join(", ")}, …`;
}
