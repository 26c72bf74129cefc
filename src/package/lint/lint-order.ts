import { dependencyGraph, type EntityToLoad } from "../../sequence/dependency-graph.ts";
import { excerpt, type FindingLog } from "./finding-log.ts";
import type { ManifestEntityData } from "./manifest-entity.ts";

/**
 * Judges unit, level and sequence of the entities against what the catalogue knows of who refers to whom. Units run at
 * the same time, a level waits for the one before, and inside a level the lower sequence comes first (Microsoft's
 * documentation of data import and export jobs; that equal sequences run at the same time is how others read it).
 */
export function lintOrder(entities: readonly ManifestEntityData[], log: FindingLog): void {
  const graph = dependencyGraph(entities.flatMap(toLoad));
  const byLabel = new Map(entities.map((entity) => [entity.label, entity]));
  const places = new Map<string, ManifestEntityData>();
  for (const entity of entities) {
    lintNumbers(entity, log);
    const parents = graph.get(entity.label);
    for (const label of parents?.keys() ?? []) {
      const parent = byLabel.get(label);
      if (parent !== undefined) lintParent(entity, parent, log);
    }
    const at = `${entity.executionUnit}.${entity.level}.${entity.sequence}`;
    const first = places.get(at);
    if (first === undefined) places.set(at, entity);
    else if (parents?.has(first.label) !== true && graph.get(first.label)?.has(entity.label) !== true) {
      lintSamePlace(first, entity, log);
    }
  }
}

function toLoad({ schema, maps }: ManifestEntityData): EntityToLoad[] {
  return schema === undefined
    ? []
    : [{ schema, fields: maps.map(({ field }) => field.toUpperCase()), dependsOn: [] }];
}

function lintNumbers(entity: ManifestEntityData, log: FindingLog): void {
  const numbers = {
    ExecutionUnit: entity.executionUnit,
    LevelInExecutionUnit: entity.level,
    SequenceInLevel: entity.sequence,
  };
  const strange = Object.entries(numbers).filter(([, value]) => value < 1);
  if (strange.length === 0) return;
  log.add("DMFP-LINT-ENTITY-PLACE", entity.place, () => ({
    message: `${strange.map(([name, value]) => `${name} is ${value}`).join(", ")}.`,
  }));
}

function lintParent(child: ManifestEntityData, parent: ManifestEntityData, log: FindingLog): void {
  const isBefore =
    child.executionUnit === parent.executionUnit &&
    (parent.level < child.level || (parent.level === child.level && parent.sequence < child.sequence));
  if (isBefore) return;
  log.add("DMFP-LINT-ENTITY-PARENT", { ...child.place, field: parent.label }, () => ({
    message: `${child.label} (${placeText(child)}) refers to ${parent.label} (${placeText(parent)}), which is not loaded before it.`,
  }));
}

function lintSamePlace(first: ManifestEntityData, second: ManifestEntityData, log: FindingLog): void {
  if (first.label.toLowerCase() === second.label.toLowerCase()) return;
  log.add("DMFP-LINT-ENTITY-SAME-PLACE", second.place, () => ({
    message: `${excerpt(first.label)} and ${excerpt(second.label)} have the same place: ${placeText(second)}.`,
  }));
}

function placeText({ executionUnit, level, sequence }: ManifestEntityData): string {
  return `unit ${executionUnit}, level ${level}, sequence ${sequence}`;
}
