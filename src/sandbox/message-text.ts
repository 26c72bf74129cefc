import type { EntitySchema } from "../entity/entity-schema.ts";

/**
 * Texts of the infolog as they were counted in the errors of a real import of 31,706 rows. Labels of fields are an
 * assumption: the words of the OData name, without the Id at its end.
 */

/** `VENDORGROUPID` of Vendors V2 → `Vendor group`. */
export function fieldLabel(entity: EntitySchema, field: string): string {
  const name = entity.fields.get(field)?.odataName;
  if (name === undefined) return field;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[\s_]+/);
  if (words.length > 1 && words.at(-1) === "Id") words.pop();
  return words
    .map((word, index) => (index === 0 || /^[A-Z]{2,}/.test(word) ? word : word.toLowerCase()))
    .join(" ");
}

export function missingValue(entity: EntitySchema, field: string): string {
  return `Field '${fieldLabel(entity, field)}' must be filled in`;
}

export function unknownReference(
  entity: EntitySchema,
  field: string,
  value: string,
  related: string,
): string {
  return `The value '${value}' in field '${fieldLabel(entity, field)}' is not found in the related table '${related}'`;
}

/** A row of a composite entity whose header failed (assumption: no source shows this text). */
export const parentMissing = "The record was not written because the record it belongs to was not written";

/** Several lines of one record as one message, with the line breaks and the last line that real samples have. */
export function infolog(lines: readonly string[]): string {
  return `\n ${[...lines, "Validations failed while writing entity record"].join("\r\n ")}\r\n`;
}
