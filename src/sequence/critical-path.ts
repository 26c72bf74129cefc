/** One thing to be done, as far as the length of the whole goes. */
export interface WeightedStep {
  readonly name: string;
  /** Names of the steps that must be over before it begins; those that are not listed are over already. */
  readonly waitsFor: readonly string[];
  /** How long it takes, in any unit; not negative. */
  readonly weight: number;
}

/** The longest chain of steps of which each waits for the one before it. */
export interface CriticalPath {
  /** First to last. */
  readonly names: readonly string[];
  /** Sum of its steps. */
  readonly weight: number;
}

/**
 * The chain that decides how long the whole takes when nothing else stands in the way. Steps are listed so that each
 * comes after those it waits for. Of chains with equal weight it is the one with more steps, then the one that is
 * listed first.
 */
export function criticalPath(steps: readonly WeightedStep[]): CriticalPath {
  const ends = new Map<
    string,
    { readonly weight: number; readonly length: number; readonly before?: string }
  >();
  let last: string | undefined;
  for (const { name, waitsFor, weight } of steps) {
    const before = best(waitsFor.filter((label) => ends.has(label)));
    const known = before === undefined ? undefined : ends.get(before);
    ends.set(name, {
      weight: (known?.weight ?? 0) + weight,
      length: (known?.length ?? 0) + 1,
      ...(before === undefined ? {} : { before }),
    });
    last = best(last === undefined ? [name] : [last, name]);
  }
  const names: string[] = [];
  for (let name = last; name !== undefined; name = ends.get(name)?.before) names.unshift(name);
  return { names, weight: last === undefined ? 0 : (ends.get(last)?.weight ?? 0) };

  function best(candidates: readonly string[]): string | undefined {
    let found: string | undefined;
    for (const candidate of candidates) {
      const own = ends.get(candidate);
      const other = found === undefined ? undefined : ends.get(found);
      if (own === undefined) continue;
      const longer =
        other === undefined ||
        own.weight > other.weight ||
        (own.weight === other.weight && own.length > other.length);
      if (longer) found = candidate;
    }
    return found;
  }
}
