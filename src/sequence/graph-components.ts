/** Edges by the label they begin at, to the labels they lead to. */
type Edges = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

/**
 * The parts of a graph that nothing connects, numbered from 1 in the order in which their first label is listed.
 *
 * @param labels all of them, each once; edges to others count for nothing
 * @returns label → number of its part
 */
export function componentsOf(
  labels: readonly string[],
  graphs: readonly Edges[],
): ReadonlyMap<string, number> {
  const neighbours = new Map(labels.map((label) => [label, new Set<string>()]));
  for (const graph of graphs) {
    for (const [from, targets] of graph) {
      for (const to of targets.keys()) {
        neighbours.get(from)?.add(to);
        neighbours.get(to)?.add(from);
      }
    }
  }
  const parts = new Map<string, number>();
  let number = 0;
  for (const start of labels) {
    if (parts.has(start)) continue;
    number++;
    const open = [start];
    for (let label = open.pop(); label !== undefined; label = open.pop()) {
      if (parts.has(label) || !neighbours.has(label)) continue;
      parts.set(label, number);
      open.push(...(neighbours.get(label) ?? []));
    }
  }
  return parts;
}
