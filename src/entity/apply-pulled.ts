import type { EntityField, EntitySchema } from "./entity-schema.ts";
import type { Evidence } from "./evidence.ts";
import type { PulledEntity, PulledEnum, PulledField } from "./pulled-schema.ts";
import { withoutUndefined } from "./without-undefined.ts";

/**
 * The schema of an entity as an environment has it, on top of what dmfpipe knows of it (`known`, undefined for an
 * entity only the environment has). The environment decides which fields there are, their types, sizes, enums and
 * keys. What it does not tell stays: relations, parents, the template's sequence, a size or type it is silent about,
 * and mandatory fields that only business logic demands, which the metadata never carries.
 */
export function applyPulled(
  label: string,
  pulled: PulledEntity,
  options: {
    readonly known: EntitySchema | undefined;
    readonly enumOf: (name: string) => PulledEnum | undefined;
  },
): EntitySchema {
  const { known, enumOf } = options;
  const keys = keysInOrder(pulled, known);
  const fields = new Map(
    Object.entries(pulled.fields).map(([name, field]) => {
      const key = keys.includes(name);
      return [name, pulledField(name, field, { known: known?.fields.get(name), key })];
    }),
  );
  for (const [name, field] of unseenFields(pulled, known)) fields.set(name, field);
  const enums = enumsOf(fields.values(), known, enumOf);
  const relations = known?.relations.filter((relation) =>
    relation.fields.every((field) => fields.has(field)),
  );
  return withoutUndefined({
    label,
    aotName: pulled.aotName,
    odataCollection: pulled.odataCollection,
    scope: pulled.scope,
    keys,
    fieldsKnown: fields.size > 0,
    fields,
    ...enums,
    relations: relations ?? [],
    parents: known?.parents ?? [],
    templateSequence: known?.templateSequence,
    singleThreaded: known?.singleThreaded,
    readOnly: pulled.readOnly,
    evidence: withoutUndefined({
      ...known?.evidence,
      keys: pulled.keys === undefined ? known?.evidence?.keys : ("environment" as const),
      scope: "environment" as const,
    }),
  });
}

/**
 * The metadata service lists properties, and says of each whether it is part of the key, but not which part: the order
 * of a key that is known already stays.
 */
function keysInOrder({ keys }: PulledEntity, known: EntitySchema | undefined): readonly string[] {
  if (keys === undefined || known === undefined) return keys ?? known?.keys ?? [];
  const same = keys.length === known.keys.length && keys.every((key) => known.keys.includes(key));
  return same ? known.keys : keys;
}

/** Fields the environment had no occasion to tell: those that are not public, where staging fields were not listed. */
function unseenFields(pulled: PulledEntity, known: EntitySchema | undefined): [string, EntityField][] {
  if (pulled.publicFieldsOnly !== true || known === undefined) return [];
  const isPublic = pulled.keys !== undefined;
  // No source has a type for a field that is in no public metadata.
  return [...known.fields].filter(
    ([name, field]) => pulled.fields[name] === undefined && (!isPublic || field.type === "unknown"),
  );
}

function pulledField(
  name: string,
  pulled: PulledField,
  { known, key }: { readonly known: EntityField | undefined; readonly key: boolean },
): EntityField {
  const typed = pulled.type !== "unknown" || known === undefined;
  const enumName = typed ? pulled.enum : known.enumName;
  const size = pulled.size ?? known?.size;
  const mandatory = mandatoryWord(pulled, known);
  const evidence = withoutUndefined({
    // What the environment itself says of a type is not in doubt.
    type: typed ? undefined : known.evidence?.type,
    size: pulled.size === undefined ? known?.evidence?.size : ("environment" as const),
    mandatory: key ? undefined : mandatory,
  });
  return withoutUndefined({
    name,
    odataName: pulled.odata ?? known?.odataName ?? name,
    type: typed ? pulled.type : known.type,
    enumName,
    size,
    mandatory: key || mandatory !== undefined,
    key,
    readOnly: pulled.readOnly,
    evidence: Object.keys(evidence).length === 0 ? undefined : evidence,
  });
}

/** Who says that the field must be filled; undefined where nobody does. */
function mandatoryWord(pulled: PulledField, known: EntityField | undefined): Evidence | undefined {
  if (pulled.mandatory === true) return "environment";
  if (known?.mandatory !== true || known.key) return undefined;
  const word = known.evidence?.mandatory;
  // The data model repeats the metadata of some version; the environment's own is newer, where the field is public.
  if (word === "data model" && pulled.odata !== undefined) return undefined;
  return word;
}

function enumsOf(
  fields: Iterable<EntityField>,
  known: EntitySchema | undefined,
  enumOf: (name: string) => PulledEnum | undefined,
): Pick<EntitySchema, "enums"> & { readonly enumNumbers: EntitySchema["enumNumbers"] } {
  const enums = new Map<string, readonly string[]>();
  const numbers = new Map<string, readonly number[]>();
  for (const { enumName } of fields) {
    if (enumName === undefined || enums.has(enumName)) continue;
    const pulled = enumOf(enumName);
    if (pulled === undefined) {
      enums.set(enumName, known?.enums.get(enumName) ?? []);
      continue;
    }
    const members = Object.entries(pulled).sort(([, a], [, b]) => a - b);
    enums.set(
      enumName,
      members.map(([member]) => member),
    );
    const consecutive = members.every(([, number], index) => number === index);
    if (!consecutive)
      numbers.set(
        enumName,
        members.map(([, number]) => number),
      );
  }
  return { enums, enumNumbers: numbers.size === 0 ? undefined : numbers };
}
