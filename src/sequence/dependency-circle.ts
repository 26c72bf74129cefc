import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { DependencyGraph, DependencyReason } from "./dependency-graph.ts";

/**
 * A circle in the graph, as the labels along it; each waits for the next, the last for the first. Undefined
 * when there is none. The same graph always gives the same circle, whatever the order of its entries.
 */
export function findCircle(graph: DependencyGraph): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of [...graph.keys()].sort()) {
    const circle = circleFrom(start, graph, done);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/**
 * Circles that have no entity in common, as many as are found one after the other: each is a mistake of its own. A
 * graph has a circle where this gives one; circles that share an entity come to light one by one.
 */
export function findCircles(graph: DependencyGraph): readonly (readonly string[])[] {
  const circles: (readonly string[])[] = [];
  const left = new Map(graph);
  for (;;) {
    const circle = findCircle(left);
    if (circle === undefined) return circles;
    circles.push(circle);
    for (const label of circle) left.delete(label);
  }
}

/** Depth first, with a stack of our own: how long a chain may be is not for the call stack to say. */
function circleFrom(start: string, graph: DependencyGraph, done: Set<string>): readonly string[] | undefined {
  const path: { readonly label: string; readonly next: Iterator<string> }[] = [];
  const onPath = new Set<string>();
  const enter = (label: string): void => {
    path.push({ label, next: [...(graph.get(label)?.keys() ?? [])].sort().values() });
    onPath.add(label);
  };
  if (!done.has(start)) enter(start);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const step = top.next.next();
    if (step.done === true) {
      path.pop();
      onPath.delete(top.label);
      done.add(top.label);
    } else if (onPath.has(step.value)) {
      const labels = path.map((entry) => entry.label);
      return labels.slice(labels.indexOf(step.value));
    } else if (!done.has(step.value)) {
      enter(step.value);
    }
  }
  return undefined;
}

/** DMFP-SEQUENCE-CIRCLE for this circle: every edge with its reasons, and the ways out. */
export function circleError(circle: readonly string[], graph: DependencyGraph): DmfpipeError {
  const edges = circle.map((from, index) => {
    const to = circle[(index + 1) % circle.length] ?? from;
    return { from, to, reasons: graph.get(from)?.get(to) ?? [] };
  });
  const drawn = [...circle, circle[0] ?? ""].join(" → ");
  const lines = edges.map(
    ({ from, to, reasons }) =>
      `${from} waits for ${to}: ${reasons.map((reason) => inWords(reason)).join("; ")}`,
  );
  return new DmfpipeError(
    "DMFP-SEQUENCE-CIRCLE",
    `The entities depend on each other in a circle: ${drawn}. ${lines.join(". ")}.`,
    { next: waysOut(edges) },
  );
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly reasons: readonly DependencyReason[];
}

function inWords(reason: DependencyReason): string {
  switch (reason.kind) {
    case "dependsOn":
      return "its mapping says so under dependsOn";
    case "relation":
      return `its mapping fills ${reason.fields.join(", ")}`;
    case "parent":
      return "F&O needs those records first";
  }
}

/** What could be changed so that the edge is gone; undefined where nothing can. */
function wayOut({ from, to, reasons }: Edge): string | undefined {
  const relations = reasons.filter((reason) => reason.kind === "relation");
  // That the catalogue calls it a parent is because of these fields, where there are any.
  if (relations.length === 0 && reasons.some((reason) => reason.kind === "parent")) return undefined;
  const steps: string[] = [];
  if (reasons.some((reason) => reason.kind === "dependsOn")) {
    steps.push(`remove "${to}" from dependsOn in the mapping of ${from}`);
  }
  const fields = [...new Set(relations.flatMap((reason) => reason.fields))].join(", ");
  if (relations.length > 0 && relations.every((reason) => reason.canWait)) {
    steps.push(
      `say twoPass: [${fields}] in the mapping of ${from}, whose records are then loaded without it first and get it in a second pass`,
    );
  } else if (relations.length > 0) {
    steps.push(`take ${fields} out of the mapping of ${from} and load it in a second run`);
  }
  return steps.join(" and ");
}

/** Best first: what a second pass does, no person has to do. */
function waysOut(edges: readonly Edge[]): string {
  const ways = edges.map(wayOut).filter((way) => way !== undefined);
  ways.sort((a, b) => Number(b.includes("twoPass")) - Number(a.includes("twoPass")));
  const [first = "load the entities in two runs"] = ways;
  const sentence = ways.length > 1 ? `Do one of these: ${ways.join("; or ")}.` : `${first}.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
