/** How an answer differs from a sample of the real thing: members, their types, their nesting. Empty: not at all. */
export function shapeDifferences(
  actual: unknown,
  sample: unknown,
  /** Members the real thing has too although the sample does not show them. */
  more: readonly string[] = [],
  path = "$",
): string[] {
  const [is, wanted] = [kind(actual), kind(sample)];
  // A sample shows null where there was nothing to show.
  if (wanted === "null") return [];
  if (is !== wanted) return [`${path} is ${is}, not ${wanted}`];
  if (Array.isArray(sample)) {
    const items = actual as unknown[];
    if (sample.length === 0) return [];
    if (items.length === 0) return [`${path} is empty`];
    return items.flatMap((item, index) => shapeDifferences(item, sample[0], more, `${path}[${index}]`));
  }
  if (wanted !== "object") return [];
  const given = actual as Record<string, unknown>;
  const known = sample as Record<string, unknown>;
  const missing = Object.keys(known).filter((name) => !(name in given));
  const surplus = Object.keys(given).filter((name) => !(name in known) && !more.includes(name));
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...surplus.map((name) => `${path}.${name} is not in the sample`),
    ...Object.keys(known)
      .filter((name) => name in given)
      .flatMap((name) => shapeDifferences(given[name], known[name], more, `${path}.${name}`)),
  ];
}

function kind(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
