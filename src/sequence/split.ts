/** How large one package may grow. */
export interface PackageLimits {
  readonly records: number;
  /** Size of the data file before compression. */
  readonly dataSizeBytes: number;
}

/**
 * Records: F&O documents no limit for an import. 10,000 is the number Microsoft's documentation calculates
 * with when it explains parallel tasks, and the most it advises for one batch of the general journal. It also
 * bounds what one mishap costs: a package is what fails as a whole at staging, what is asked about after a
 * lost answer, and what GetExecutionErrors reports on in a single answer.
 * Bytes: below the 256 MB that are documented, if only for export files.
 */
export const defaultPackageLimits: PackageLimits = { records: 10_000, dataSizeBytes: 240_000_000 };

/** What a package holds so far. */
export interface PackageFill {
  readonly records: number;
  readonly dataSizeBytes: number;
}

/** Whether the next record goes into a new package. A package that was begun always takes at least one record. */
export function isFull(fill: PackageFill, limits: PackageLimits = defaultPackageLimits): boolean {
  if (fill.records === 0) return false;
  return fill.records >= limits.records || fill.dataSizeBytes >= limits.dataSizeBytes;
}
