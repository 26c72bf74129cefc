import type { FieldMapping } from "../../package/field-map.ts";
import type { PlannedLoad } from "../load-plan.ts";

/** The second pass of an entity as something to be loaded by itself; undefined where there is none. */
export function secondPassOf(planned: PlannedLoad): PlannedLoad | undefined {
  const { secondPass, place } = planned;
  if (secondPass === undefined) return undefined;
  const { position } = secondPass;
  return { ...planned, position, place: { entity: place.entity, ...secondPass.place }, pass: 2 };
}

/**
 * Which of an entity's target fields the packages of a pass hold, as positions among them. Undefined: all of them.
 *
 * The second pass holds the key, by which F&O finds the record again, what F&O wants in every record, and the
 * held-back fields. It leaves out all else: a field that is not in the file stays as it is.
 */
export function passColumns(
  planned: Pick<PlannedLoad, "schema" | "mapping" | "secondPass" | "pass">,
): readonly number[] | undefined {
  const { secondPass, pass, schema, mapping } = planned;
  if (secondPass === undefined) return undefined;
  const { heldBack } = secondPass;
  const inPass = (field: string): boolean => {
    if (heldBack.includes(field)) return pass === 2;
    return pass !== 2 || schema.keys.includes(field) || schema.fields.get(field)?.mandatory === true;
  };
  return mapping.targetFields.flatMap((field, index) => (inPass(field) ? [index] : []));
}

/** The manifest's fields of a pass, from those of the whole entity. */
export function passFieldMappings(
  planned: Pick<PlannedLoad, "schema" | "mapping" | "secondPass" | "pass">,
  fields: readonly FieldMapping[],
): readonly FieldMapping[] {
  const columns = passColumns(planned);
  if (columns === undefined) return fields;
  const inFile = new Set(columns.map((column) => planned.mapping.targetFields[column]));
  const mapped = new Set(planned.mapping.targetFields);
  return fields.filter((mapping) => {
    const field = typeof mapping === "string" ? mapping : mapping.field;
    // What F&O fills by itself it has filled in the first pass.
    return mapped.has(field) ? inFile.has(field) : planned.pass !== 2;
  });
}

/** Says of the values of a record (in the order of the target fields) whether there is anything to fill later. */
export function hasHeldBack({
  mapping,
  secondPass,
}: Pick<PlannedLoad, "mapping" | "secondPass">): ((values: readonly string[]) => boolean) | undefined {
  if (secondPass === undefined) return undefined;
  const columns = secondPass.heldBack.map((field) => mapping.targetFields.indexOf(field));
  return (values) => columns.some((column) => (values[column] ?? "") !== "");
}
