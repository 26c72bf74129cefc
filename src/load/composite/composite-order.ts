import { dependencyGraph, type EntityToLoad } from "../../sequence/dependency-graph.ts";
import type { PlannedComposite } from "./composite-plan.ts";

/**
 * The entities with what composite entities add to their order: the parts of one are sent in one package, so
 * everything that one of them waits for comes before all of them, and everything that waits for one of them behind
 * all of them; a part comes behind the one it is nested in.
 */
export function orderedByComposites(
  entities: readonly EntityToLoad[],
  composites: readonly PlannedComposite[],
): EntityToLoad[] {
  const graph = dependencyGraph(entities);
  const more = new Map<string, string[]>();
  const add = (label: string, waitsFor: readonly string[]): void => {
    more.set(label, [...(more.get(label) ?? []), ...waitsFor]);
  };
  for (const { parts } of composites) {
    const own = parts.filter(({ empty }) => !empty);
    const labels = own.map(({ label }) => label);
    for (const { label, parent } of own) {
      const upper = parent === undefined ? undefined : parts[parent]?.label;
      if (upper !== undefined) add(label, [upper]);
    }
    for (const [label, waitsFor] of graph) {
      const isPart = labels.includes(label);
      const outside = [...waitsFor.keys()].filter((target) => !labels.includes(target));
      if (isPart) for (const part of labels) add(part, outside);
      else if (labels.some((part) => waitsFor.has(part))) add(label, labels);
    }
  }
  return entities.map((entity) => ({
    ...entity,
    dependsOn: [...new Set([...entity.dependsOn, ...(more.get(entity.schema.label) ?? [])])],
  }));
}
