import { readRejections } from "./rejection-ndjson.ts";
import type { Rejection } from "./rejection.ts";

const mostRecords = 5_000;
/** Characters of their texts in the sources; with all that is made of them, some ten times that in memory. */
const mostTextChars = 2_000_000;

/**
 * The rejections of a run, kept while they go by as long as they are few, so that who needs them once more does not have to
 * read them once more: of 5,000 that is 70 ms less, and 11 MB more (bench/check-against-build.ts).
 */
export class KeptRejections {
  #kept: Rejection[] | undefined;
  #textChars = 0;

  /** `expected`: how many there will be; of more than few none is kept from the beginning. */
  constructor(expected: number) {
    this.#kept = expected > mostRecords ? undefined : [];
  }

  add(rejection: Rejection): void {
    if (this.#kept === undefined) return;
    this.#textChars += rejection.raw.length;
    if (this.#kept.length === mostRecords || this.#textChars > mostTextChars) this.#kept = undefined;
    else this.#kept.push(rejection);
  }

  /** All that were added, in their order; `file`: where they are, for when they are too many. Errors as readRejections. */
  async *all(file: string): AsyncGenerator<Rejection> {
    if (this.#kept === undefined) yield* readRejections(file);
    else yield* this.#kept;
  }
}
