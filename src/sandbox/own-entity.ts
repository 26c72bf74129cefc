import { z } from "zod";
import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";

const fieldName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, "upper-case letters, digits and underscores only");

/** A field as a set-up file describes it. */
export const ownField = z.strictObject({
  name: fieldName,
  odataName: z.string().min(1).optional(),
  type: z
    .enum(["string", "decimal", "int32", "int64", "datetime", "enum", "guid", "unknown"])
    .default("string"),
  enumName: z.string().optional(),
  size: z.number().int().positive().optional(),
  mandatory: z.boolean().default(false),
});

/** An entity as a set-up file describes it. */
export const ownEntity = z
  .strictObject({
    label: z.string().min(1),
    aotName: z.string().regex(/^[A-Za-z]\w*$/, "a name of letters, digits and underscores"),
    odataCollection: z
      .string()
      .regex(/^[A-Za-z]\w*$/, "a name of letters, digits and underscores")
      .optional(),
    scope: z.enum(["company", "shared"]).default("company"),
    keys: z.array(fieldName).min(1),
    fields: z.array(ownField).min(1),
    enums: z.record(z.string(), z.array(z.string()).min(1)).default({}),
    relations: z
      .array(
        z.strictObject({
          fields: z.array(fieldName).min(1),
          entity: z.string(),
          targetFields: z.array(fieldName).min(1),
        }),
      )
      .default([]),
  })
  .superRefine((entity, context) => {
    const names = new Set(entity.fields.map(({ name }) => name));
    const report = (message: string): void => {
      context.addIssue({ code: "custom", message: `${entity.label}: ${message}` });
    };
    if (names.size < entity.fields.length) report("a field is listed twice");
    for (const name of [...entity.keys, ...entity.relations.flatMap(({ fields }) => fields)]) {
      if (!names.has(name)) report(`${name} is not one of its fields`);
    }
    for (const { fields, targetFields, entity: other } of entity.relations) {
      if (fields.length !== targetFields.length)
        report(`the relation to ${other} has unequal lists of fields`);
    }
    for (const { name, type, enumName = "" } of entity.fields) {
      if (type === "enum" && !Object.hasOwn(entity.enums, enumName))
        report(`the enum of ${name} is not listed`);
    }
  });

/** The schema of an entity of the set-up file. */
export function ownEntitySchema(data: z.infer<typeof ownEntity>): EntitySchema {
  return {
    label: data.label,
    aotName: data.aotName,
    ...(data.odataCollection === undefined ? {} : { odataCollection: data.odataCollection }),
    scope: data.scope,
    keys: data.keys,
    fieldsKnown: true,
    fields: new Map(data.fields.map((field) => [field.name, entityField(field, data.keys)])),
    enums: new Map(Object.entries(data.enums)),
    relations: data.relations,
    parents: [...new Set(data.relations.map(({ entity }) => entity))].filter((label) => label !== data.label),
  };
}

/** An entity with fields that only this environment has. */
export function extendedEntity(
  entity: EntitySchema,
  more: readonly z.infer<typeof ownField>[],
): EntitySchema {
  const fields = new Map(entity.fields);
  for (const field of more) fields.set(field.name, entityField(field, entity.keys));
  return { ...entity, fields };
}

function entityField(field: z.infer<typeof ownField>, keys: readonly string[]): EntityField {
  return {
    name: field.name,
    odataName: field.odataName ?? field.name,
    type: field.type,
    ...(field.enumName === undefined ? {} : { enumName: field.enumName }),
    ...(field.size === undefined ? {} : { size: field.size }),
    mandatory: field.mandatory,
    key: keys.includes(field.name),
  };
}
