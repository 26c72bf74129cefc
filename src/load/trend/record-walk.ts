import { recordBytes } from "../../rejection/trend/fingerprint.ts";

/** Anything known by the fingerprint of a reason, which begins with the hash of its record. */
interface Fingerprinted {
  readonly fingerprint: Uint8Array;
}

/** At least one. */
type Some<T> = readonly [T, ...T[]];

/** The reasons of one record: all of it in the one list, and what the other has of it. */
export interface RecordPair<A, B> {
  readonly record: Uint8Array;
  readonly reasons: Some<A>;
  readonly others: readonly B[];
}

/**
 * Walks through two lists of reasons at once, both in the order of their fingerprints: every record of the first, with
 * what the second has of it. Neither is kept.
 */
export function* besideEachOther<A extends Fingerprinted, B extends Fingerprinted>(
  list: Iterable<A>,
  other: Iterable<B>,
): Generator<RecordPair<A, B>> {
  const others = byRecord(other);
  try {
    let next = others.next();
    for (const reasons of byRecord(list)) {
      while (next.done !== true && compareRecords(next.value[0], reasons[0]) < 0) next = others.next();
      const found = next.done === true || compareRecords(next.value[0], reasons[0]) > 0 ? [] : next.value;
      const record = reasons[0].fingerprint.subarray(0, recordBytes);
      yield { record, reasons, others: found };
    }
  } finally {
    // Lets go of the statement that is being read.
    others.return(undefined);
  }
}

function* byRecord<T extends Fingerprinted>(list: Iterable<T>): Generator<Some<T>, undefined> {
  let reasons: [T, ...T[]] | undefined;
  for (const reason of list) {
    if (reasons !== undefined && compareRecords(reasons[0], reason) === 0) {
      reasons.push(reason);
      continue;
    }
    if (reasons !== undefined) yield reasons;
    reasons = [reason];
  }
  if (reasons !== undefined) yield reasons;
}

function compareRecords({ fingerprint: a }: Fingerprinted, { fingerprint: b }: Fingerprinted): number {
  for (let at = 0; at < recordBytes; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
