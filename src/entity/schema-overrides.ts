import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { YamlFile } from "../project/yaml-file.ts";
import { fieldTypes } from "./entity-schema.ts";

const fieldName = z.string().regex(/^[A-Z0-9_]+$/, "a field's name in upper case");

const memberShape = z.union(
  [z.array(z.string().min(1)).min(1), z.record(z.string(), z.number().int().nonnegative())],
  "a list of names, or name: number for each",
);

const fieldShape = z.strictObject({
  type: z.enum(fieldTypes).optional().describe("What the field holds. A field of your own needs it."),
  size: z
    .union([z.number().int().positive(), z.literal("unlimited")], 'a number of characters, or "unlimited"')
    .optional()
    .describe("Greatest number of characters, or unlimited."),
  mandatory: z.boolean().optional().describe("Whether a record without a value is rejected."),
  readOnly: z.boolean().optional().describe("Whether F&O lets nobody write it."),
  members: memberShape
    .optional()
    .describe("The values of an enum in order of their numbers, or each with its number."),
  odataName: z.string().min(1).optional().describe("Name in OData. Default: the name of the field."),
});

const relationShape = z.strictObject({
  fields: z.array(fieldName).min(1).describe("Fields of this entity."),
  entity: z.string().min(1).describe("DMF label of the entity they refer to."),
  targetFields: z.array(fieldName).min(1).describe("Its fields, in the same order."),
});

const entityShape = z.strictObject({
  aotName: z.string().min(1).optional().describe("Technical name. An entity of your own needs it."),
  odataCollection: z.string().min(1).optional().describe("Collection in OData, where the entity is public."),
  scope: z
    .enum(["company", "shared"])
    .optional()
    .describe("Whether each legal entity has records of its own."),
  keys: z.array(fieldName).min(1).optional().describe("Fields of the key, in order, without the company."),
  singleThreaded: z.boolean().optional().describe("Whether F&O imports it in one task only."),
  readOnly: z.boolean().optional().describe("Whether nothing can be imported into it."),
  dependsOn: z.array(z.string()).default([]).describe("Entities that must be loaded first."),
  relations: z
    .array(relationShape)
    .default([])
    .describe("What fields refer to; takes the place of what is known of the same fields."),
  unrelated: z
    .array(fieldName)
    .default([])
    .describe("Fields that refer to nothing, whatever the catalogue says."),
  fields: z
    .record(fieldName, fieldShape)
    .default({})
    .describe("Field: what is different about it, or a field of your own."),
});

/** mappings/schema-overrides.yaml. */
export const overridesShape = z.strictObject({
  entities: z.record(z.string(), entityShape).describe("DMF label: what is different about the entity."),
});

/** What a person says of one field, over everything else. */
export type FieldOverride = z.infer<typeof fieldShape>;

/** What a person says of one entity, over everything else. */
export type EntityOverride = z.infer<typeof entityShape>;

/** The corrections of a project, with the place of each in their file. */
export type SchemaOverrides = YamlFile<z.infer<typeof overridesShape>>;

/** Where a project keeps its corrections of entity schemas. */
export function overridesPath(projectRoot: string): string {
  return path.join(projectRoot, "mappings", "schema-overrides.yaml");
}

/** Reads the project's corrections and checks their shape; undefined where there are none. Throws DMFP-SCHEMA-INVALID. */
export function readOverrides(projectRoot: string): SchemaOverrides | undefined {
  const file = overridesPath(projectRoot);
  if (!existsSync(file)) return undefined;
  const name = path.relative(projectRoot, file);
  return YamlFile.parse(readFileSync(file, "utf8"), name, overridesShape, "DMFP-SCHEMA-INVALID");
}
