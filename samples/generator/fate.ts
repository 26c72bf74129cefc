/** Where a record ends that does not get through; `filtered` is no rejection, the mapping left it out. */
export type EndStage = "filtered" | "source" | "mapping" | "validation" | "staging" | "target";

/** What is expected to become of one record of an extract. */
export interface Fate {
  readonly file: string;
  /** Line on which the record begins, 1-based. */
  readonly line: number;
  /** DMF label. */
  readonly entity: string;
  /** Empty for a record that never gets as far as a legal entity. */
  readonly legalEntity: string;
  /** Absent for a record that is loaded. */
  readonly end?: RecordEnd;
}

/** Why a record does not get through. */
export interface RecordEnd {
  readonly stage: EndStage;
  /** What is wrong with it, in a few words: the same words for the same kind of fault in every extract. */
  readonly kind: string;
  /** The reason's code in dmfpipe; absent for a filtered record. */
  readonly code?: string;
  /** The target field the reason names, where one field is at fault. */
  readonly field?: string;
}

/**
 * What became of every record, and so what the target knows: the generator's own small model of F&O, which
 * tells the consequences of a rejection (the lines of an order whose customer was refused).
 */
export class FateBook {
  readonly #fates: Fate[] = [];
  readonly #loadedKeys = new Set<string>();

  add(fate: Fate, key?: string): void {
    this.#fates.push(fate);
    if (fate.end === undefined && key !== undefined) {
      this.#loadedKeys.add(`${fate.entity}|${fate.legalEntity}|${key}`);
    }
  }

  /** Whether a record of that key is expected in the target. */
  isLoaded(entity: string, legalEntity: string, key: string): boolean {
    return this.#loadedKeys.has(`${entity}|${legalEntity}|${key}`);
  }

  get fates(): readonly Fate[] {
    return this.#fates;
  }
}
