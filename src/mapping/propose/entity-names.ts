import type { EntityField, EntitySchema } from "../../entity/entity-schema.ts";
import { fieldWords, impliedWords, nameKey, type NameWords } from "./name-words.ts";

/** The names of an entity's fields, taken apart once for all the columns that are held against them. */
export interface EntityNames {
  readonly schema: EntitySchema;
  /** Words the entity itself says. */
  readonly implied: ReadonlySet<string>;
  readonly fields: readonly { readonly field: EntityField; readonly words: NameWords }[];
  readonly byKey: ReadonlyMap<string, EntityField>;
}

/**
 * The names of the fields a value may be put into. What F&O lets nobody write is left out, unless it is demanded
 * all the same.
 */
export function entityNames(schema: EntitySchema): EntityNames {
  const implied = impliedWords(schema.label);
  const writable = [...schema.fields.values()].filter(
    (field) => field.readOnly !== true || field.key || field.mandatory,
  );
  return {
    schema,
    implied,
    fields: writable.map((field) => ({ field, words: fieldWords(field.odataName, implied) })),
    byKey: new Map(writable.map((field) => [nameKey(field.name), field])),
  };
}
