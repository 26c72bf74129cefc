/** How long F&O took for one package: from the intent to import it to its final status. */
export interface ImportTime {
  readonly run: string;
  /** Labels of its entities, in its order. */
  readonly entities: readonly string[];
  /** 2: it filled held-back fields. */
  readonly pass?: 2;
  readonly records: number;
  readonly ms: number;
}

/** What a package is compared by. */
export type TimedPackage = Pick<ImportTime, "entities" | "pass" | "records">;

/** How many of the most similar packages are asked. */
const asked = 5;
/** A package with less than this share of the records says nothing: its time was that of F&O's own overhead. */
const leastShare = 0.1;

/** Earlier packages that tell how long this one takes: of the same entities, and not much smaller. */
export function comparable(pack: TimedPackage, history: readonly ImportTime[]): readonly ImportTime[] {
  return history.filter(
    ({ entities, pass, records }) =>
      pass === pack.pass &&
      records >= pack.records * leastShare &&
      entities.length === pack.entities.length &&
      entities.every((entity, index) => entity === pack.entities[index]),
  );
}

/**
 * How long F&O will take for a package, in milliseconds: the median of what those comparable packages that are nearest
 * in size took for each record. Undefined where there is none: a guess would be worse than no answer.
 */
export function expectedMs(pack: TimedPackage, history: readonly ImportTime[]): number | undefined {
  const rates = comparable(pack, history)
    .toSorted((a, b) => distance(a, pack) - distance(b, pack))
    .slice(0, asked)
    .map(({ ms, records }) => ms / Math.max(1, records))
    .sort((a, b) => a - b);
  const rate = rates[Math.floor(rates.length / 2)];
  return rate === undefined ? undefined : rate * pack.records;
}

function distance(a: { readonly records: number }, b: { readonly records: number }): number {
  return Math.abs(Math.log((a.records + 1) / (b.records + 1)));
}
