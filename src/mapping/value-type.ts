import type { FieldType } from "../entity/entity-schema.ts";

/**
 * What an expression gives, as far as it is known before any record was read. Values are texts all the way; the
 * type says which canonical form the text has.
 */
export type ValueType = "text" | "decimal" | "integer" | "date" | "datetime";

/** The type with its article, for sentences. */
export function typeName(type: ValueType): string {
  return {
    text: "a text",
    decimal: "a number",
    integer: "a whole number",
    date: "a date",
    datetime: "a date with a time",
  }[type];
}

/** Whether a step that works on some types can work on this one: every whole number is a number. */
export function accepts(takes: readonly ValueType[] | "any", type: ValueType): boolean {
  if (takes === "any" || takes.includes(type)) return true;
  return type === "integer" && takes.includes("decimal");
}

/** How to get from the one type to the other, as the end of a message; empty where there is no way. */
export function wayFrom(type: ValueType, takes: readonly ValueType[] | "any"): string {
  if (takes === "any" || type !== "text") return "";
  if (takes.includes("decimal")) return ' Read the number first, with decimal(",") or decimal(".").';
  if (takes.includes("date")) return ' Read the date first, for example with date("yyyy-MM-dd").';
  return takes.includes("datetime") ? ' Read the time first: date("yyyy-MM-dd HH:mm:ss").' : "";
}

/** The type of what is one of several expressions: theirs, where they agree. */
export function commonType(types: readonly ValueType[]): ValueType {
  const [first] = types;
  if (first !== undefined && types.every((type) => type === first)) return first;
  return types.length > 0 && types.every((type) => type === "decimal" || type === "integer")
    ? "decimal"
    : "text";
}

/** Whether a value of the type can ever be right in a field; texts may hold anything and are checked one by one. */
export function fitsField(type: ValueType, field: FieldType): boolean {
  switch (type) {
    case "text":
      return true;
    case "decimal":
    case "integer":
      return field !== "datetime" && field !== "guid";
    case "date":
    case "datetime":
      return field === "datetime" || field === "string" || field === "unknown";
  }
}
