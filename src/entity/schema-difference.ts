import { suggest } from "../errors/suggestion.ts";
import type { EntityField, EntitySchema } from "./entity-schema.ts";

/** What is different about an entity or one of its fields. */
export type ChangeKind =
  | "entity added"
  | "entity removed"
  | "field added"
  | "field removed"
  | "fields known"
  | "type"
  | "size"
  | "mandatory"
  | "read-only"
  | "values"
  | "key"
  | "scope"
  | "technical name"
  | "OData name";

/** One difference between two schemas of an entity. */
export interface SchemaChange {
  /** DMF label. */
  readonly entity: string;
  /** Absent where it is about the entity as a whole. */
  readonly field?: string;
  readonly kind: ChangeKind;
  /** In words for people; of `values`, those that are gone and those that are new. */
  readonly before?: string;
  readonly after?: string;
  /** For a field that is gone: the new one it may be called now. */
  readonly renamedTo?: string;
}

/**
 * What changed about an entity from one schema to another; undefined where one of the two has no such entity. Where
 * its evidence comes from is no change. Fields in order of their names.
 */
export function schemaChanges(
  entity: string,
  before: EntitySchema | undefined,
  after: EntitySchema | undefined,
): SchemaChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ entity, kind: "entity added" }];
  if (after === undefined) return [{ entity, kind: "entity removed" }];
  const about = (kind: ChangeKind, old: string, now: string): SchemaChange[] =>
    old === now ? [] : [{ entity, kind, before: old, after: now }];
  return [
    ...about("technical name", before.aotName, after.aotName),
    ...about("OData name", before.odataCollection ?? "not public", after.odataCollection ?? "not public"),
    ...about("scope", scopeWord(before), scopeWord(after)),
    ...about("key", before.keys.join(", ") || "unknown", after.keys.join(", ") || "unknown"),
    ...about("read-only", readOnlyWord(before), readOnlyWord(after)),
    ...fieldChanges(before, after),
  ];
}

function fieldChanges(before: EntitySchema, after: EntitySchema): SchemaChange[] {
  const entity = after.label;
  if (!before.fieldsKnown && after.fieldsKnown) {
    return [{ entity, kind: "fields known", before: "none", after: `${after.fields.size} fields` }];
  }
  const added = [...after.fields.keys()].filter((name) => !before.fields.has(name));
  const names = [...new Set([...before.fields.keys(), ...added])].sort();
  return names.flatMap((field): SchemaChange[] => {
    const old = before.fields.get(field);
    const now = after.fields.get(field);
    if (now === undefined) {
      const renamedTo = suggest(field, added);
      const gone: SchemaChange = { entity, field, kind: "field removed" };
      return [renamedTo === undefined ? gone : { ...gone, renamedTo }];
    }
    if (old === undefined) return [{ entity, field, kind: "field added", after: typeWords(now, after) }];
    return changesOfField(old, now, { before, after }).map((change) => ({ entity, field, ...change }));
  });
}

function changesOfField(
  old: EntityField,
  now: EntityField,
  schemas: { readonly before: EntitySchema; readonly after: EntitySchema },
): Pick<SchemaChange, "kind" | "before" | "after">[] {
  const words = (kind: ChangeKind, before: string, after: string) =>
    before === after ? [] : [{ kind, before, after }];
  return [
    ...words("type", typeName(old), typeName(now)),
    ...words("size", sizeWord(old), sizeWord(now)),
    ...words("mandatory", mandatoryWord(old), mandatoryWord(now)),
    ...words("read-only", readOnlyWord(old), readOnlyWord(now)),
    ...valueChanges(membersOf(old, schemas.before), membersOf(now, schemas.after)),
  ];
}

/** Names with their numbers: a member that keeps its name and changes its number is another one. */
function valueChanges(
  old: readonly string[],
  now: readonly string[],
): Pick<SchemaChange, "kind" | "before" | "after">[] {
  // Where one side does not know the values there is nothing to compare.
  if (old.length === 0 || now.length === 0) return [];
  const gone = old.filter((member) => !now.includes(member));
  const added = now.filter((member) => !old.includes(member));
  if (gone.length === 0 && added.length === 0) return [];
  return [
    {
      kind: "values",
      ...(gone.length === 0 ? {} : { before: gone.join(", ") }),
      ...(added.length === 0 ? {} : { after: added.join(", ") }),
    },
  ];
}

function membersOf(field: EntityField, schema: EntitySchema): string[] {
  const enumName = field.enumName ?? "";
  if (field.type !== "enum") return [];
  const numbers = schema.enumNumbers?.get(enumName);
  return (schema.enums.get(enumName) ?? []).map(
    (member, index) => `${member} (${numbers?.[index] ?? index})`,
  );
}

/** `text of 20`, `enum NoYes`, `decimal`: a field's type as people read it. */
export function typeWords(field: EntityField, schema: EntitySchema): string {
  const members = schema.enums.get(field.enumName ?? "") ?? [];
  if (field.type === "enum" && members.length > 0 && members.length <= 6)
    return `one of ${members.join(", ")}`;
  if (field.type === "string" && field.size !== undefined) return `text of ${field.size}`;
  return typeName(field);
}

function typeName(field: EntityField): string {
  if (field.type === "enum") return `enum ${field.enumName ?? ""}`.trim();
  return field.type === "string" ? "text" : field.type === "unknown" ? "of unknown type" : field.type;
}

function sizeWord(field: EntityField): string {
  return field.size === undefined ? "unknown" : String(field.size);
}

function mandatoryWord(field: EntityField): string {
  return field.mandatory ? "mandatory" : "optional";
}

function readOnlyWord(part: { readonly readOnly?: true }): string {
  return part.readOnly === true ? "read-only" : "can be written";
}

function scopeWord(schema: EntitySchema): string {
  return schema.scope === "shared" ? "shared by all companies" : "of each company";
}
