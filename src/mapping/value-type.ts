import type { FieldType } from "../entity/entity-schema.ts";

/**
 * What an expression gives, as far as it is known before any record was read. Values are texts all the way; the
 * type says which canonical form the text has.
 */
export type ValueType = "text" | "decimal" | "date" | "datetime";

/** The type with its article, for sentences. */
export function typeName(type: ValueType): string {
  return { text: "a text", decimal: "a number", date: "a date", datetime: "a date with a time" }[type];
}

/** Whether a value of the type can ever be right in a field; texts may hold anything and are checked one by one. */
export function fitsField(type: ValueType, field: FieldType): boolean {
  switch (type) {
    case "text":
      return true;
    case "decimal":
      return field !== "datetime" && field !== "guid";
    case "date":
    case "datetime":
      return field === "datetime" || field === "string" || field === "unknown";
  }
}
