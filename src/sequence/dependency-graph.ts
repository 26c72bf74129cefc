import type { EntityRelation, EntitySchema } from "../entity/entity-schema.ts";

/** An entity that is to be loaded, as far as its place in the order goes. */
export interface EntityToLoad {
  readonly schema: EntitySchema;
  /** Target fields the mapping fills, upper case. */
  readonly fields: readonly string[];
  /** DMF labels the mapping's `dependsOn` names. */
  readonly dependsOn: readonly string[];
  /** Fields the mapping's `twoPass` names: filled in a second pass, when everything they refer to is there. */
  readonly heldBack?: readonly string[];
}

/** Why one entity waits for another. */
export type DependencyReason =
  /** The mapping says so. */
  | { readonly kind: "dependsOn" }
  /**
   * The mapping fills fields that refer to records of the other entity. `canWait`: a record can be created without
   * them, so they may be filled in a second pass.
   */
  | { readonly kind: "relation"; readonly fields: readonly string[]; readonly canWait: boolean }
  /** The catalogue lists the other entity as one whose records must be there first. */
  | { readonly kind: "parent" };

/** By DMF label: the entities it waits for, each with every reason. Only entities that are being loaded. */
export type DependencyGraph = ReadonlyMap<string, ReadonlyMap<string, readonly DependencyReason[]>>;

/**
 * Who waits for whom among the entities that are being loaded, in the first pass.
 *
 * An entity that is not being loaded is taken to be there already and gives no edge, whoever names it. Parents
 * of the catalogue count only where the label is spelled exactly like that of an entity being loaded: some
 * entries there are loose (`Customers`, `Vendors V2 (primary vendor)`). A relation counts when the mapping fills
 * all of its fields and holds none of them back; a parent that is referred to by such held-back fields only does not
 * count either, for they are why it is a parent. References of an entity to itself are left out: a plan of entities
 * cannot solve them (see `selfReferences`). Several mappings of one entity are one node.
 */
export function dependencyGraph(entities: readonly EntityToLoad[]): DependencyGraph {
  const graph = new Map<string, Map<string, DependencyReason[]>>();
  for (const { schema } of entities) graph.set(schema.label, new Map());
  for (const entity of entities) {
    const edges = graph.get(entity.schema.label);
    if (edges === undefined) continue;
    for (const [target, reason] of candidates(entity)) {
      if (target === entity.schema.label || !graph.has(target)) continue;
      const reasons = edges.get(target);
      if (reasons === undefined) edges.set(target, [reason]);
      else reasons.push(reason);
    }
  }
  return graph;
}

function* candidates(entity: EntityToLoad): Generator<[target: string, reason: DependencyReason]> {
  for (const label of entity.dependsOn) yield [label, { kind: "dependsOn" }];
  const now = filledRelations(entity).filter((relation) => !isHeldBack(entity, relation));
  for (const { fields, entity: target } of now) {
    yield [target, { kind: "relation", fields, canWait: canWait(entity, fields) }];
  }
  const later = new Set(filledRelations(entity).map((relation) => relation.entity));
  for (const { entity: target } of now) later.delete(target);
  for (const label of entity.schema.parents) {
    if (!later.has(label)) yield [label, { kind: "parent" }];
  }
}

function isHeldBack({ heldBack }: EntityToLoad, { fields }: EntityRelation): boolean {
  return fields.some((field) => heldBack?.includes(field));
}

/** The relations of an entity whose fields are all filled. */
function filledRelations({ schema, fields }: EntityToLoad): readonly EntityRelation[] {
  const filled = new Set(fields);
  return schema.relations.filter((relation) => relation.fields.every((field) => filled.has(field)));
}

/**
 * Whether fields may be filled in a second pass: F&O has to find the record again by its key, so all of that must be
 * in the file, and it must have been able to create the record without them.
 */
export function canWait({ schema, fields }: EntityToLoad, waiting: readonly string[]): boolean {
  const found = schema.keys.length > 0 && schema.keys.every((key) => fields.includes(key));
  return (
    found &&
    waiting.every((name) => !schema.keys.includes(name) && schema.fields.get(name)?.mandatory !== true)
  );
}

/** DMF labels, among the entities being loaded, of what the held-back fields of an entity refer to; itself included. */
export function heldBackTargets(entity: EntityToLoad, loaded: ReadonlySet<string>): readonly string[] {
  const targets = filledRelations(entity)
    .filter((relation) => isHeldBack(entity, relation))
    .map((relation) => relation.entity)
    .filter((label) => loaded.has(label));
  return [...new Set([entity.schema.label, ...targets])];
}

/** A reference of an entity to records of its own kind that is filled in the first pass. */
export interface SelfReference {
  /** DMF label. */
  readonly entity: string;
  readonly fields: readonly string[];
  /** Whether a second pass can fill them. */
  readonly canWait: boolean;
}

/**
 * References of entities to themselves (a vendor whose invoices go to another vendor). No order of entities helps
 * there: a record is refused when the one it refers to comes later in the same file.
 */
export function selfReferences(entities: readonly EntityToLoad[]): readonly SelfReference[] {
  return entities.flatMap((entity) =>
    filledRelations(entity)
      .filter((relation) => relation.entity === entity.schema.label && !isHeldBack(entity, relation))
      .map(({ fields }) => ({
        entity: entity.schema.label,
        fields,
        canWait: canWait(entity, fields),
      })),
  );
}
