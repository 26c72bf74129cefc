import { z } from "zod";
import { EntityCatalogue } from "../src/entity/catalogue.ts";
import type { EntityField, EntitySchema } from "../src/entity/entity-schema.ts";
import { mappingShape } from "../src/project/mapping-file.ts";

/**
 * The JSON Schema of a mapping, for editors: what the file may hold, all entities by their labels, and for every
 * entity whose fields are known the list of them with type and size. An editor completes both. Labels the catalogue
 * does not have are not marked as wrong, because a project may bring entities of its own.
 *
 * One line for each entity: the whole file stays below 200 KB, which editors load without delay.
 */
export function mappingSchema(title: string): string {
  const catalogue = EntityCatalogue.builtIn();
  const schemas = catalogue.labels().flatMap((label) => catalogue.find(label) ?? []);
  const base = z.toJSONSchema(mappingShape, { io: "input" });
  const properties = { ...base.properties, entity: entityProperty(base, schemas) };
  const text = JSON.stringify({ title, ...base, properties }, null, 2);
  const lines = schemas.filter((schema) => schema.fieldsKnown).map((schema) => `    ${fieldsOf(schema)}`);
  return `${text.replace(/\n\}$/, "")},\n  "allOf": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

function entityProperty(base: z.core.JSONSchema.BaseSchema, schemas: readonly EntitySchema[]): unknown {
  const entity = base.properties?.["entity"];
  const description = typeof entity === "object" ? entity.description : undefined;
  return {
    description,
    anyOf: [{ enum: schemas.map((schema) => schema.label) }, { type: "string", minLength: 1 }],
  };
}

function fieldsOf(schema: EntitySchema): string {
  const properties = Object.fromEntries(
    [...schema.fields.values()].map((field) => [field.name, { description: describe(schema, field) }]),
  );
  return JSON.stringify({
    if: { properties: { entity: { const: schema.label } }, required: ["entity"] },
    then: { properties: { fields: { properties } } },
  });
}

/** `key, text of 20` or `one of No, Yes`. */
function describe(schema: EntitySchema, field: EntityField): string {
  const members = schema.enums.get(field.enumName ?? "") ?? [];
  const few = members.length > 0 && members.length <= 12;
  const size = field.size === undefined ? "" : ` of ${field.size}`;
  const type = few ? `one of ${members.join(", ")}` : `${field.type}${size}`;
  return [...(field.key ? ["key"] : []), ...(field.mandatory ? ["mandatory"] : []), type].join(", ");
}
