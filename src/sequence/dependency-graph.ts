import type { EntitySchema } from "../entity/entity-schema.ts";

/** An entity that is to be loaded, as far as its place in the order goes. */
export interface EntityToLoad {
  readonly schema: EntitySchema;
  /** Target fields the mapping fills, upper case. */
  readonly fields: readonly string[];
  /** DMF labels the mapping's `dependsOn` names. */
  readonly dependsOn: readonly string[];
}

/** Why one entity waits for another. */
export type DependencyReason =
  /** The mapping says so. */
  | { readonly kind: "dependsOn" }
  /** The mapping fills fields that refer to records of the other entity. */
  | { readonly kind: "relation"; readonly fields: readonly string[] }
  /** The catalogue lists the other entity as one whose records must be there first. */
  | { readonly kind: "parent" };

/** By DMF label: the entities it waits for, each with every reason. Only entities that are being loaded. */
export type DependencyGraph = ReadonlyMap<string, ReadonlyMap<string, readonly DependencyReason[]>>;

/**
 * Who waits for whom among the entities that are being loaded.
 *
 * An entity that is not being loaded is taken to be there already and gives no edge, whoever names it. Parents
 * of the catalogue count only where the label is spelled exactly like that of an entity being loaded: some
 * entries there are loose (`Customers`, `Vendors V2 (primary vendor)`). A relation counts when the mapping fills
 * all of its fields. References of an entity to itself are left out: a plan of entities cannot solve them.
 * Several mappings of one entity are one node.
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
  const filled = new Set(entity.fields);
  for (const relation of entity.schema.relations) {
    if (relation.fields.every((field) => filled.has(field))) {
      yield [relation.entity, { kind: "relation", fields: relation.fields }];
    }
  }
  for (const label of entity.schema.parents) yield [label, { kind: "parent" }];
}
