/** How large one package may grow. */
export interface PackageLimits {
  readonly records: number;
  /** Size of the data files before compression. */
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

/** The limits of the first package, where so many records go ahead of the rest; undefined: none do. */
export function canaryLimits(limits: PackageLimits, canary: number | undefined): PackageLimits {
  return canary === undefined ? limits : { ...limits, records: Math.min(limits.records, canary) };
}

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

/** Where the next record goes, and what is to be said about its document. */
export interface Placement {
  readonly into: "this package" | "a new one";
  /** An earlier record of the same document is in a package that is closed already. */
  readonly torn: boolean;
}

/**
 * Decides record by record where a package ends, so that a document (the lines of one order, of one journal batch) is
 * never divided while its records stand together in the source: a full package ends with the document, and a document
 * larger than a package makes the package larger.
 *
 * A document whose records are scattered over the source may come back after its package was closed. Nothing can be
 * done about it here without holding back records; it is said to be torn, and the caller decides. `seen` remembers
 * the documents of closed packages: its memory is the caller's choice.
 */
export class PackageSplitter {
  readonly #limits: PackageLimits;
  readonly #seen: { add(document: string, number: number): number | undefined };
  readonly #first: PackageLimits;
  #part = 1;
  #document: string | undefined;

  /**
   * `seen.add` returns the number stored with a document that is known, else undefined, as KeySet does. `first`: the
   * limits of the first package, where they are others.
   */
  constructor(
    limits: PackageLimits,
    seen: { add(document: string, number: number): number | undefined },
    first: PackageLimits = limits,
  ) {
    this.#limits = limits;
    this.#seen = seen;
    this.#first = first;
  }

  /**
   * `fill`: the open package; `document`: the record's values of the fields that keep a document together, as one
   * text; undefined where records are independent of each other.
   */
  place(fill: PackageFill, document: string | undefined): Placement {
    const goesOn = document !== undefined && document === this.#document;
    const into = isFull(fill, this.#current) && !goesOn ? "a new one" : "this package";
    if (into === "a new one") this.#part++;
    this.#document = document;
    if (document === undefined || goesOn) return { into, torn: false };
    const part = this.#seen.add(document, this.#part);
    return { into, torn: part !== undefined && part !== this.#part };
  }

  /**
   * How many records more may follow that are independent of each other, without `place` being asked: by the number of
   * records in the open package.
   */
  roomFor({ records }: PackageFill): number {
    return Math.max(0, this.#current.records - records);
  }

  /** Those of the package that is filled. */
  get #current(): PackageLimits {
    return this.#part === 1 ? this.#first : this.#limits;
  }
}
