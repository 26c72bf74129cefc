import type { TemplateSequence } from "../entity/entity-schema.ts";
import { Mistakes } from "../errors/mistakes.ts";
import { circleError, findCircles } from "./dependency-circle.ts";
import {
  dependencyGraph,
  heldBackTargets,
  type DependencyGraph,
  type EntityToLoad,
} from "./dependency-graph.ts";
import { componentsOf } from "./graph-components.ts";

/** Where in the load something has its turn. */
export interface PlanPlace {
  readonly executionUnit: number;
  /** 1-based; nothing waits for anything on its own or a later level of its execution unit. */
  readonly level: number;
  /** 1-based position inside the level of its execution unit. */
  readonly sequence: number;
  /** DMF labels of the entities it waits for, in the order of the plan; direct ones only. */
  readonly waitsFor: readonly string[];
}

/** The place of one entity in the load. */
export interface PlannedEntity extends PlanPlace {
  /** DMF label. */
  readonly entity: string;
  /** Where its held-back fields are filled; it waits for its own first pass, too. */
  readonly secondPass?: PlanPlace & { readonly heldBack: readonly string[] };
}

/**
 * `one`: one execution unit for everything. `independent`: entities that nothing connects go to different units,
 * which F&O runs side by side.
 */
export type ExecutionUnits = "one" | "independent";

/**
 * The order in which entities are loaded. Each comes after all it waits for; its level is one more than the
 * deepest level among those, because a level is a barrier in F&O. Inside a level the order is that of F&O's
 * default templates where the catalogue knows it, then the label: the same entities always give the same plan,
 * in whatever order they are listed. Sequences inside a level differ, so that they run one after the other: the
 * documentation can be read so that equal ones run side by side.
 *
 * One execution unit is the default: Microsoft's documentation says that different units run in parallel, and that
 * the default templates use only one "to help guarantee all dependencies". What a catalogue does not know of, such as
 * the tables behind two entities being the same, it then cannot get wrong.
 *
 * Second passes have levels of their own behind all first passes of their unit: what goes into one depends on what
 * F&O refused in the first.
 *
 * Throws DMFP-SEQUENCE-CIRCLE when entities depend on each other in a circle; of several circles, all are told.
 */
export function planSequence(
  entities: readonly EntityToLoad[],
  options: { readonly executionUnits?: ExecutionUnits } = {},
): readonly PlannedEntity[] {
  const graph = dependencyGraph(entities);
  demandNoCircle(graph);
  const later = secondPassTargets(entities, graph);
  const levels = levelsOf(graph);
  const templates = new Map(entities.map(({ schema }) => [schema.label, schema.templateSequence]));
  const levelOf = (label: string): number => levels.get(label) ?? 1;
  const ordered = [...graph.keys()].sort(
    (a, b) =>
      levelOf(a) - levelOf(b) || compareTemplates(templates.get(a), templates.get(b)) || (a < b ? -1 : 1),
  );
  const placeOf = new Map(ordered.map((label, index) => [label, index]));
  const inOrder = (labels: Iterable<string>): string[] =>
    [...labels].sort((a, b) => (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0));
  const units = options.executionUnits === "independent" ? componentsOf(ordered, [graph, later]) : undefined;
  const unitOf = (label: string): number => units?.get(label) ?? 1;
  const deepest = new Map<number, number>();
  for (const label of ordered) {
    deepest.set(unitOf(label), Math.max(deepest.get(unitOf(label)) ?? 0, levelOf(label)));
  }
  const taken = new Map<string, number>();
  const place = (label: string, level: number, waitsFor: Iterable<string>): PlanPlace => {
    const executionUnit = unitOf(label);
    const sequence = (taken.get(`${executionUnit}.${level}`) ?? 0) + 1;
    taken.set(`${executionUnit}.${level}`, sequence);
    return { executionUnit, level, sequence, waitsFor: inOrder(waitsFor) };
  };
  return ordered.map((label) => {
    const first = place(label, levelOf(label), graph.get(label)?.keys() ?? []);
    const targets = later.get(label);
    if (targets === undefined) return { entity: label, ...first };
    const second = place(label, (deepest.get(first.executionUnit) ?? 0) + 1, targets.keys());
    return { entity: label, ...first, secondPass: { ...second, heldBack: heldBackBy(entities, label) } };
  });
}

function demandNoCircle(graph: DependencyGraph): void {
  new Mistakes(findCircles(graph).map((circle) => circleError(circle, graph))).demandNone();
}

/** By label of those with a second pass: the entities that one waits for. */
function secondPassTargets(
  entities: readonly EntityToLoad[],
  graph: DependencyGraph,
): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
  const loaded = new Set(graph.keys());
  const targets = new Map<string, Map<string, true>>();
  for (const entity of entities) {
    if ((entity.heldBack ?? []).length === 0) continue;
    const own = targets.get(entity.schema.label) ?? new Map<string, true>();
    for (const label of heldBackTargets(entity, loaded)) own.set(label, true);
    targets.set(entity.schema.label, own);
  }
  return targets;
}

function heldBackBy(entities: readonly EntityToLoad[], label: string): readonly string[] {
  const own = entities.filter(({ schema }) => schema.label === label);
  return [...new Set(own.flatMap(({ heldBack }) => heldBack ?? []))];
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
