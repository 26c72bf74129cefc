import type { TemplateSequence } from "../entity/entity-schema.ts";
import { circleError, findCircle } from "./dependency-circle.ts";
import { dependencyGraph, type DependencyGraph, type EntityToLoad } from "./dependency-graph.ts";

/** The place of one entity in the load. */
export interface PlannedEntity {
  /** DMF label. */
  readonly entity: string;
  readonly executionUnit: number;
  /** 1-based; an entity waits for nothing on its own or a later level. */
  readonly level: number;
  /** 1-based position inside the level. */
  readonly sequence: number;
  /** DMF labels of the entities it waits for, in the order of the plan; direct ones only. */
  readonly waitsFor: readonly string[];
}

/**
 * One unit for everything: Microsoft's documentation says that different units run in parallel, and that the
 * default templates use only one "to help guarantee all dependencies".
 */
const executionUnit = 1;

/**
 * The order in which entities are loaded. Each comes after all it waits for; its level is one more than the
 * deepest level among those, because a level is a barrier in F&O. Inside a level the order is that of F&O's
 * default templates where the catalogue knows it, then the label: the same entities always give the same plan,
 * in whatever order they are listed.
 * Throws DMFP-SEQUENCE-CIRCLE when they depend on each other in a circle.
 */
export function planSequence(entities: readonly EntityToLoad[]): readonly PlannedEntity[] {
  const graph = dependencyGraph(entities);
  const circle = findCircle(graph);
  if (circle !== undefined) throw circleError(circle, graph);

  const levels = levelsOf(graph);
  const templates = new Map(entities.map(({ schema }) => [schema.label, schema.templateSequence]));
  const levelOf = (label: string): number => levels.get(label) ?? 1;
  const ordered = [...graph.keys()].sort(
    (a, b) =>
      levelOf(a) - levelOf(b) || compareTemplates(templates.get(a), templates.get(b)) || (a < b ? -1 : 1),
  );
  const placeOf = new Map(ordered.map((label, index) => [label, index]));
  const inLevel = new Map<number, number>();
  return ordered.map((label) => {
    const level = levelOf(label);
    const sequence = (inLevel.get(level) ?? 0) + 1;
    inLevel.set(level, sequence);
    const waitsFor = [...(graph.get(label)?.keys() ?? [])].sort(
      (a, b) => (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0),
    );
    return { entity: label, executionUnit, level, sequence, waitsFor };
  });
}

/** Length of the longest chain of dependencies, plus one; the graph has no circle. */
function levelsOf(graph: DependencyGraph): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  // Kahn's algorithm: an entity is placed as soon as all it waits for are.
  const open = new Map([...graph].map(([label, targets]) => [label, targets.size]));
  const waiting = new Map<string, string[]>();
  for (const [label, targets] of graph) {
    for (const target of targets.keys()) waiting.set(target, [...(waiting.get(target) ?? []), label]);
  }
  const ready = [...open].filter(([, count]) => count === 0).map(([label]) => label);
  for (const label of ready) levels.set(label, 1);
  for (let label = ready.pop(); label !== undefined; label = ready.pop()) {
    for (const dependent of waiting.get(label) ?? []) {
      levels.set(dependent, Math.max(levels.get(dependent) ?? 1, (levels.get(label) ?? 1) + 1));
      const left = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  return levels;
}

/** Entities whose template numbering is known come first, in its order. */
function compareTemplates(a: TemplateSequence | undefined, b: TemplateSequence | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a.executionUnit - b.executionUnit || a.level - b.level || a.sequence - b.sequence;
}
