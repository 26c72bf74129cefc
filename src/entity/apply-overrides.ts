import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { Mistakes } from "../errors/mistakes.ts";
import { didYouMean } from "../errors/suggestion.ts";
import type { EntityField, EntityRelation, EntitySchema } from "./entity-schema.ts";
import type { EntityOverride, FieldOverride, SchemaOverrides } from "./schema-overrides.ts";
import { withoutUndefined } from "./without-undefined.ts";

interface OverrideContext {
  readonly overrides: SchemaOverrides;
  readonly mistakes: Mistakes;
  /** All DMF labels there are, those of the overrides included. */
  readonly labels: readonly string[];
}

/**
 * The schema of an entity with what a person says about it on top. `known` is undefined for an entity of the
 * project's own. Mistakes (DMFP-SCHEMA-INVALID): a field, an entity or a type that is not known, and an entity of
 * one's own about which too little is said; the result is then undefined or lacks what is wrong.
 */
export function applyOverride(
  label: string,
  known: EntitySchema | undefined,
  context: OverrideContext,
): EntitySchema | undefined {
  const override = context.overrides.data.entities[label];
  if (override === undefined) return known;
  const base = known ?? ownEntity(label, override, context);
  if (base === undefined) return undefined;
  const fields = new Map(base.fields);
  const enums = new Map(base.enums);
  const enumNumbers = new Map(base.enumNumbers);
  const keys = override.keys ?? base.keys;
  for (const [name, change] of Object.entries(override.fields)) {
    const before = base.fields.get(name);
    if (before === undefined && !mayAdd(label, name, base, change, context)) continue;
    const enumName = change.members === undefined ? undefined : `${label}.${name}`;
    if (change.members !== undefined && enumName !== undefined) {
      // The members are changed for this field alone: others that use the same enum keep theirs.
      const members = membersOf(change.members);
      enums.set(
        enumName,
        members.map(([member]) => member),
      );
      const numbers = members.map(([, number]) => number);
      if (numbers.some((number, index) => number !== index)) enumNumbers.set(enumName, numbers);
    }
    fields.set(name, changedField(name, before, { change, enumName }));
  }
  demandFields(label, keys, ["keys"], fields, base, context);
  for (const [name, field] of fields) {
    const key = keys.includes(name);
    if (key !== field.key) fields.set(name, { ...field, key, mandatory: key || field.mandatory });
  }
  demandLabels(label, override, context);
  const { scope, singleThreaded, readOnly } = override;
  return withoutUndefined({
    ...base,
    aotName: override.aotName ?? base.aotName,
    odataCollection: override.odataCollection ?? base.odataCollection,
    scope: scope ?? base.scope,
    keys,
    fieldsKnown: base.fieldsKnown,
    fields,
    enums,
    enumNumbers: enumNumbers.size === 0 ? undefined : enumNumbers,
    relations: relationsOf(label, override, base, context),
    parents: [...new Set([...base.parents, ...override.dependsOn])],
    singleThreaded: singleThreaded ?? base.singleThreaded,
    readOnly: (readOnly ?? base.readOnly) === true ? (true as const) : undefined,
    evidence: withoutUndefined({
      ...base.evidence,
      keys: override.keys === undefined ? base.evidence?.keys : ("override" as const),
      scope: scope === undefined ? base.evidence?.scope : ("override" as const),
      singleThreaded: singleThreaded === undefined ? base.evidence?.singleThreaded : ("override" as const),
    }),
  });
}

/** An entity that neither dmfpipe nor a pull knows: the overrides are all there is. */
function ownEntity(
  label: string,
  override: EntityOverride,
  context: OverrideContext,
): EntitySchema | undefined {
  const { aotName, scope } = override;
  if (aotName !== undefined && scope !== undefined) {
    const known = Object.values(override.fields).some(({ type }) => type !== undefined);
    return {
      ...{ label, aotName, scope, keys: [], fieldsKnown: known },
      ...{ fields: new Map(), enums: new Map(), relations: [], parents: [] },
    };
  }
  const others = context.labels.filter((other) => other !== label);
  report(context, ["entities", label], true, {
    message: `no entity ${label} is known.${didYouMean(label, others)}`,
    next: "Correct the label, or pull the entity; for an entity of your own, say its aotName and scope.",
  });
  return undefined;
}

function mayAdd(
  label: string,
  name: string,
  base: EntitySchema,
  change: FieldOverride,
  context: OverrideContext,
): boolean {
  if (change.type !== undefined || change.members !== undefined) return true;
  report(context, ["entities", label, "fields", name], true, {
    message: `the entity ${label} has no field ${name}.${didYouMean(name, base.fields.keys())}`,
    next: "Correct the field's name; for a field of your own, say its type.",
  });
  return false;
}

/** Members with their numbers, in the order of these. */
function membersOf(members: NonNullable<FieldOverride["members"]>): (readonly [string, number])[] {
  if (Array.isArray(members)) return members.map((member, number) => [member, number] as const);
  return Object.entries(members).sort(([, a], [, b]) => a - b);
}

function changedField(
  name: string,
  before: EntityField | undefined,
  { change, enumName }: { readonly change: FieldOverride; readonly enumName: string | undefined },
): EntityField {
  const { type, size, mandatory, readOnly } = change;
  const changed = type !== undefined || enumName !== undefined;
  const evidence = withoutUndefined({
    ...before?.evidence,
    ...(changed ? { type: "override" as const } : {}),
    ...(size === undefined ? {} : { size: "override" as const }),
    ...(mandatory === undefined ? {} : { mandatory: "override" as const }),
  });
  const newType = enumName === undefined ? (type ?? before?.type ?? "unknown") : "enum";
  return withoutUndefined({
    name,
    odataName: change.odataName ?? before?.odataName ?? name,
    type: newType,
    enumName: newType === "enum" ? (enumName ?? before?.enumName) : undefined,
    size: size === "unlimited" ? undefined : (size ?? before?.size),
    mandatory: mandatory ?? before?.mandatory ?? false,
    key: before?.key ?? false,
    readOnly: (readOnly ?? before?.readOnly) === true ? (true as const) : undefined,
    evidence: Object.keys(evidence).length === 0 ? undefined : evidence,
  });
}

function relationsOf(
  label: string,
  override: EntityOverride,
  base: EntitySchema,
  context: OverrideContext,
): EntityRelation[] {
  const settled = new Set([...override.unrelated, ...override.relations.flatMap(({ fields }) => fields)]);
  const known = new Map(base.fields);
  for (const name of Object.keys(override.fields)) known.set(name, known.get(name) ?? ownField(name));
  demandFields(label, override.unrelated, ["unrelated"], known, base, context);
  for (const [index, relation] of override.relations.entries()) {
    demandFields(label, relation.fields, ["relations", index, "fields"], known, base, context);
    if (relation.fields.length === relation.targetFields.length) continue;
    report(context, ["entities", label, "relations", index], false, {
      message: `the relation to ${relation.entity} has ${relation.fields.length} fields and ${relation.targetFields.length} target fields.`,
      next: "Name as many targetFields as fields, in the same order.",
    });
  }
  const kept = base.relations.filter(({ fields }) => !fields.some((field) => settled.has(field)));
  return [...kept, ...override.relations.map((relation) => ({ ...relation, evidence: "override" as const }))];
}

function ownField(name: string): EntityField {
  return { name, odataName: name, type: "unknown", mandatory: false, key: false };
}

/** Fields that something refers to must be there. */
function demandFields(
  label: string,
  names: readonly string[],
  path: readonly (string | number)[],
  fields: ReadonlyMap<string, EntityField>,
  base: EntitySchema,
  context: OverrideContext,
): void {
  if (!base.fieldsKnown && fields.size === 0) return;
  for (const [index, name] of names.entries()) {
    if (fields.has(name)) continue;
    // Keys that were known before are not this file's doing.
    if (base.keys.includes(name)) continue;
    report(context, ["entities", label, ...path, index], false, {
      message: `the entity ${base.label} has no field ${name}.${didYouMean(name, fields.keys())}`,
      next: "Correct the field's name, or describe it under fields with its type.",
    });
  }
}

function demandLabels(label: string, override: EntityOverride, context: OverrideContext): void {
  const named = [
    ...override.dependsOn.map((other, index) => [other, ["dependsOn", index]] as const),
    ...override.relations.map(({ entity }, index) => [entity, ["relations", index, "entity"]] as const),
  ];
  for (const [other, path] of named) {
    if (context.labels.includes(other)) continue;
    report(context, ["entities", label, ...path], false, {
      message: `no entity ${other} is known.${didYouMean(other, context.labels)}`,
      next: "Use the entity's DMF label exactly as the Data management workspace shows it.",
    });
  }
}

/**
 * Holds the relations of all overrides against the entities they lead to, once every override was applied: an entity
 * of one's own may come later in the file. Mistakes: DMFP-SCHEMA-INVALID.
 */
export function demandTargetFields(
  context: OverrideContext,
  find: (label: string) => EntitySchema | undefined,
): void {
  for (const [label, { relations }] of Object.entries(context.overrides.data.entities)) {
    for (const [index, { entity, targetFields }] of relations.entries()) {
      const target = find(entity);
      if (target === undefined) continue;
      const path = ["relations", index, "targetFields"];
      demandFields(label, targetFields, path, target.fields, target, context);
    }
  }
}

function report(
  context: OverrideContext,
  path: readonly (string | number)[],
  atKey: boolean,
  words: { readonly message: string; readonly next: string },
): void {
  const { overrides, mistakes } = context;
  const { line, column } = atKey ? overrides.key(...path.map(String)) : overrides.position(...path);
  const { message, next } = words;
  mistakes.add(
    new DmfpipeError("DMFP-SCHEMA-INVALID", `${overrides.name}: ${message}`, {
      at: { file: overrides.name, line, column },
      next,
    }),
  );
}
