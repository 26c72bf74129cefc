import type { EntityField, EntitySchema } from "../entity/entity-schema.ts";
import { DmfpipeError, type ErrorPlace } from "../errors/dmfpipe-error.ts";
import { suggest } from "../errors/suggestion.ts";
import type { FieldDefinition, Located, MappingDefinition } from "../project/mapping-definition.ts";
import type { Mistakes } from "./mistakes.ts";

/**
 * The fields a mapping fills: those of the key first, in key order, then the others as written. Mistakes
 * (DMFP-MAPPING-FIELD): a field the entity does not have (where its fields are known), one that is filled twice,
 * and a key or mandatory field that is not filled at all.
 */
export function targetFields(
  definition: MappingDefinition,
  schema: EntitySchema,
  mistakes: Mistakes,
): readonly FieldDefinition[] {
  const byName = new Map<string, FieldDefinition>();
  for (const field of definition.fields) {
    const { value: name } = field.name;
    mistakes.attempt(() => {
      if (byName.has(name)) throw refused(`${name} is filled twice.`, placeOf(definition, field.name));
      demandKnown(field.name, definition, schema);
    });
    byName.set(name, field);
  }
  mistakes.attempt(() => {
    demandFilled(byName, definition, schema);
  });
  const keys = schema.keys.flatMap((key) => byName.get(key) ?? []);
  return [...keys, ...definition.fields.filter((field) => !schema.keys.includes(field.name.value))];
}

function demandKnown(field: Located<string>, definition: MappingDefinition, schema: EntitySchema): void {
  const name = field.value;
  const at = placeOf(definition, field);
  if (name === "DATAAREAID") {
    throw refused("DATAAREAID is not filled by a mapping: F&O takes the company from the import.", at, {
      next: "Say the company with legalEntity instead.",
    });
  }
  if (!schema.fieldsKnown || schema.fields.has(name)) return;
  const likely = likelyField(name, schema);
  const hint = likely === undefined ? "" : ` Did you mean ${likely}?`;
  throw refused(`The entity ${schema.label} has no field ${name}.${hint}`, at);
}

/** By edit distance, or else the one field whose name holds the other. */
function likelyField(name: string, schema: EntitySchema): string | undefined {
  const known = [...schema.fields.keys()];
  const upper = name.toUpperCase();
  const close = suggest(name, known);
  if (close !== undefined || upper.length < 4) return close;
  const holding = known.filter((field) => field.includes(upper) || upper.includes(field));
  return holding.length === 1 ? holding[0] : undefined;
}

function demandFilled(
  filled: ReadonlyMap<string, FieldDefinition>,
  definition: MappingDefinition,
  schema: EntitySchema,
): void {
  const mandatory = [...schema.fields.values()].filter((field: EntityField) => field.mandatory);
  const wanted = new Set([...schema.keys, ...mandatory.map((field) => field.name)]);
  const missing = [...wanted].filter((name) => !filled.has(name));
  if (missing.length === 0) return;
  const names = missing.map((name) => (schema.keys.includes(name) ? `${name} (part of the key)` : name));
  throw refused(
    `The entity ${schema.label} wants ${names.join(", ")}; the mapping does not fill ${missing.length === 1 ? "it" : "them"}.`,
    placeOf(definition, definition.entity),
    { next: `Add ${missing.join(", ")} under fields.` },
  );
}

function placeOf(definition: MappingDefinition, located: Located<unknown>): ErrorPlace {
  return { file: definition.file, line: located.line, column: located.column };
}

function refused(message: string, at: ErrorPlace, options: { next?: string } = {}): DmfpipeError {
  return new DmfpipeError("DMFP-MAPPING-FIELD", message, { at, ...options });
}
