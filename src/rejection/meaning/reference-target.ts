import type { EntityRelation, EntitySchema } from "../../entity/entity-schema.ts";
import type { MessageParts } from "../../project/message-template.ts";

/** A record of a package, as far as messages are about it. */
export interface MessageSubject {
  readonly schema: EntitySchema;
  /** Names of the fields in the package. */
  readonly fields: readonly string[];
  readonly values: readonly string[];
}

/** What a message is about, in the terms of the mapping. */
export interface ResolvedParts {
  /** The target field or fields, as the mapping calls them, or in F&O's words where it is none of them. */
  readonly field?: string;
  readonly value?: string;
  /** DMF label of the entity the field refers to, or the table as F&O names it. */
  readonly refersTo?: string;
}

/**
 * Finds the field of the record a message is about, and the entity it refers to. F&O speaks of labels, in the language of
 * its user: `Customer group` is `CUSTOMERGROUPID`, which refers to `Customer groups`. A label that is none of the
 * record's fields is found by its value, where only one field of the record has that value.
 */
export function resolveParts(parts: MessageParts, subject: MessageSubject | undefined): ResolvedParts {
  const { field: label, value, table } = parts;
  const field = subject === undefined ? undefined : fieldOf(parts, subject);
  const relation = subject === undefined ? undefined : relationOf(field, parts, subject);
  const names = relation?.fields.join(", ") ?? field ?? label;
  const whole = relation === undefined ? value : valuesOf(relation, subject) || value;
  const refersTo = relation?.entity ?? table;
  return {
    ...(names === undefined ? {} : { field: names }),
    ...(whole === undefined ? {} : { value: whole }),
    ...(refersTo === undefined ? {} : { refersTo }),
  };
}

function fieldOf(
  { field: label, value }: MessageParts,
  { schema, fields, values }: MessageSubject,
): string | undefined {
  if (label !== undefined) {
    const wanted = letters(label);
    const named = fields.filter((name) => {
      const names = [name, schema.fields.get(name)?.odataName ?? name].map(letters);
      return names.some((known) => known === wanted || known === `${wanted}id` || known === `${wanted}code`);
    });
    if (named.length === 1) return named[0];
  }
  if (value === undefined) return undefined;
  const holding = fields.filter((_, index) => sameValue(values[index], value));
  return holding.length === 1 ? holding[0] : undefined;
}

/** The reference that does not hold: of the field, or else the one to the table, with the value the message names. */
function relationOf(
  field: string | undefined,
  { value, table }: MessageParts,
  { schema, fields, values }: MessageSubject,
): EntityRelation | undefined {
  const filled = schema.relations.filter((relation) =>
    relation.fields.every((name) => fields.includes(name)),
  );
  if (field !== undefined) {
    const own = filled.filter((relation) => relation.fields.includes(field));
    if (own.length > 0) return own.find((relation) => isTable(relation.entity, table)) ?? own[0];
  }
  if (table === undefined) return undefined;
  return filled.find(
    (relation) =>
      isTable(relation.entity, table) &&
      (value === undefined || relation.fields.some((name) => sameValue(values[fields.indexOf(name)], value))),
  );
}

function valuesOf(relation: EntityRelation, subject: MessageSubject | undefined): string {
  if (subject === undefined) return "";
  return relation.fields.map((name) => subject.values[subject.fields.indexOf(name)]?.trim() ?? "").join(", ");
}

/** `Customers` is `Customers V3`. */
function isTable(entity: string, table: string | undefined): boolean {
  if (table === undefined) return false;
  return letters(entity).replace(/v\d$/, "") === letters(table).replace(/v\d$/, "");
}

function sameValue(own: string | undefined, said: string): boolean {
  return own !== undefined && own.trim() !== "" && oneBlank(own) === oneBlank(said);
}

function oneBlank(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().toLowerCase();
}

function letters(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}
