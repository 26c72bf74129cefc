import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { EntityField, EntitySchema } from "./entity-schema.ts";

const fieldFile = z.object({
  name: z.string(),
  odataName: z.string(),
  type: z.enum(["string", "decimal", "int32", "int64", "datetime", "enum", "guid", "unknown"]),
  enumName: z.string().optional(),
  size: z.number().int().positive().optional(),
  mandatory: z.boolean().optional(),
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
  parents: z.array(z.string()),
  fields: z.array(fieldFile),
  enums: z.record(z.string(), z.array(z.string())),
  relations: z.array(
    z.object({ fields: z.array(z.string()), entity: z.string(), targetFields: z.array(z.string()) }),
  ),
});

const catalogueFolder = path.join(import.meta.dirname, "catalogue");

/** The entities dmfpipe knows, by DMF label. Files are read when an entity is first asked for. */
export class EntityCatalogue {
  readonly #fileByLabel: ReadonlyMap<string, string>;
  readonly #schemas = new Map<string, EntitySchema>();

  private constructor(fileByLabel: ReadonlyMap<string, string>) {
    this.#fileByLabel = fileByLabel;
  }

  /** The catalogue that comes with dmfpipe (see catalogue/make-catalogue.ts for where it comes from). */
  static builtIn(): EntityCatalogue {
    const index: unknown = JSON.parse(readFileSync(path.join(catalogueFolder, "index.json"), "utf8"));
    return new EntityCatalogue(new Map(Object.entries(z.record(z.string(), z.string()).parse(index))));
  }

  /** DMF labels of all entities, sorted. */
  labels(): string[] {
    return [...this.#fileByLabel.keys()].sort();
  }

  /** The schema of the entity with this DMF label (spelled exactly so), or undefined. */
  find(label: string): EntitySchema | undefined {
    const known = this.#schemas.get(label);
    if (known !== undefined) return known;
    const file = this.#fileByLabel.get(label);
    if (file === undefined) return undefined;
    const schema = readEntityFile(path.join(catalogueFolder, `${file}.json`));
    this.#schemas.set(label, schema);
    return schema;
  }
}

function readEntityFile(file: string): EntitySchema {
  const data = entityFile.parse(JSON.parse(readFileSync(file, "utf8")));
  const fields = data.fields.map((field): EntityField => ({
    name: field.name,
    odataName: field.odataName,
    type: field.type,
    ...(field.enumName === undefined ? {} : { enumName: field.enumName }),
    ...(field.size === undefined ? {} : { size: field.size }),
    mandatory: field.mandatory ?? false,
    key: data.keys.includes(field.name),
  }));
  const { templateSequence, odataCollection } = data;
  return {
    label: data.label,
    aotName: data.aotName,
    ...(odataCollection === undefined ? {} : { odataCollection }),
    ...(templateSequence === undefined ? {} : { templateSequence }),
    scope: data.scope,
    keys: data.keys,
    fieldsKnown: fields.length > 0,
    fields: new Map(fields.map((field) => [field.name, field])),
    enums: new Map(Object.entries(data.enums)),
    relations: data.relations,
    parents: data.parents,
  };
}
