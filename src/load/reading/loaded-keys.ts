import { KeySet } from "../../entity/key-set.ts";
import { SourceLines, type SourceLine } from "./source-lines.ts";

/** The key of a record, and where the record stands. */
export interface KeyedLine {
  /** The company, or "" for a shared entity: its records are one set, whichever company they are loaded through. */
  readonly scope: string;
  /** Normalized; see entity/record-key.ts. */
  readonly key: string;
  /** Number of the record's line; see SourceLines. */
  readonly line: number;
}

/**
 * What became of the keys of one entity in this load: which are taken by a record that will be packaged, and
 * which are only of refused ones. Finds duplicates, and answers for the entities that refer to this one, from the
 * same sets: a key is kept once, in 15 to 19 bytes (see KeySet), never as text.
 */
export class LoadedKeys {
  readonly lines = new SourceLines();
  readonly #taken = new Map<string, KeySet>();
  readonly #refused = new Map<string, KeySet>();

  /** Gives a key to a record, unless another one has it: then returns the number of that one's line. */
  take({ scope, key, line }: KeyedLine): number | undefined {
    return setOf(this.#taken, scope).add(key, line);
  }

  /** The keys that are taken by records of a scope. */
  takenIn(scope: string): KeySet {
    return setOf(this.#taken, scope);
  }

  /** Remembers that a record with this key was refused. The first one counts. */
  refuse({ scope, key, line }: KeyedLine): void {
    setOf(this.#refused, scope).add(key, line);
  }

  isTaken(scope: string, key: string): boolean {
    return this.#taken.get(scope)?.has(key) === true;
  }

  /** Where the first refused record with this key stands. */
  refusedAt(scope: string, key: string): SourceLine | undefined {
    const line = this.#refused.get(scope)?.find(key);
    return line === undefined ? undefined : this.lines.lineOf(line);
  }
}

function setOf(sets: Map<string, KeySet>, scope: string): KeySet {
  let set = sets.get(scope);
  if (set === undefined) sets.set(scope, (set = new KeySet()));
  return set;
}
