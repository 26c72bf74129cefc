/**
 * How many rows of each group a page shows that has room for `limit` rows: all of the small groups, and of the
 * big ones an equal share of what is left. So a rare reason is never crowded out by a common one.
 */
export function rowQuotas(counts: readonly number[], limit: number): number[] {
  const quotas = counts.map(() => 0);
  const smallestFirst = counts.map((count, index) => ({ count, index })).sort((a, b) => a.count - b.count);
  let room = limit;
  smallestFirst.forEach(({ count, index }, position) => {
    const share = Math.floor(room / (smallestFirst.length - position));
    const quota = Math.min(count, share);
    quotas[index] = quota;
    room -= quota;
  });
  return quotas;
}
