import { readFileSync } from "node:fs";
import { z } from "zod";
import type { EntityField, EntitySchema } from "./entity-schema.ts";
import { evidenceWords } from "./evidence.ts";
import { fieldTypes } from "./entity-schema.ts";
import { withoutUndefined } from "./without-undefined.ts";

const evidence = z.enum(evidenceWords).optional();

const fieldFile = z.object({
  name: z.string(),
  odataName: z.string(),
  type: z.enum(fieldTypes),
  enumName: z.string().optional(),
  size: z.number().int().positive().optional(),
  mandatory: z.boolean().optional(),
  evidence: z.object({ type: evidence, size: evidence, mandatory: evidence }).optional(),
});

const entityFile = z.object({
  label: z.string(),
  aotName: z.string(),
  odataCollection: z.string().optional(),
  scope: z.enum(["company", "shared"]),
  keys: z.array(z.string()),
  templateSequence: z
    .object({ executionUnit: z.number(), level: z.number(), sequence: z.number() })
    .optional(),
  singleThreaded: z.boolean().optional(),
  parents: z.array(z.string()),
  evidence: z
    .object({ keys: evidence, scope: evidence, singleThreaded: evidence, templateSequence: evidence })
    .optional(),
  fields: z.array(fieldFile),
  enums: z.record(z.string(), z.array(z.string())),
  relations: z.array(
    z.object({
      fields: z.array(z.string()),
      entity: z.string(),
      targetFields: z.array(z.string()),
      evidence,
    }),
  ),
});

/** Reads one entity of the catalogue that comes with dmfpipe; `file` is absolute. */
export function readBuiltInEntity(file: string): EntitySchema {
  const data = entityFile.parse(JSON.parse(readFileSync(file, "utf8")));
  const fields = data.fields.map((field): EntityField => {
    return withoutUndefined({
      ...field,
      mandatory: field.mandatory ?? false,
      key: data.keys.includes(field.name),
      evidence: field.evidence === undefined ? undefined : withoutUndefined(field.evidence),
    });
  });
  return withoutUndefined({
    ...data,
    evidence: data.evidence === undefined ? undefined : withoutUndefined(data.evidence),
    fieldsKnown: fields.length > 0,
    fields: new Map(fields.map((field) => [field.name, field])),
    enums: new Map(Object.entries(data.enums)),
    relations: data.relations.map((relation) => withoutUndefined(relation)),
  });
}
