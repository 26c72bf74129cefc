import { KeySet } from "../../entity/key-set.ts";
import { normalizeKey } from "../../entity/record-key.ts";
import { isNothing, type ExpectedField } from "./expected-field.ts";

/** The values of one record that have to be unique, as one text. */
export interface UniqueKey {
  readonly text: string;
  /** For people. */
  readonly shown: string;
}

/**
 * The values of some fields together, equal for values F&O takes as equal; undefined where one of them is empty,
 * because what is not filled in is not the same as anything.
 */
export function uniqueKey(
  fields: readonly ExpectedField[],
  values: readonly string[],
): UniqueKey | undefined {
  const parts: string[] = [];
  for (const { column, comparedAs } of fields) {
    const value = values[column] ?? "";
    if (isNothing(comparedAs, value)) return undefined;
    parts.push(value);
  }
  return { text: normalizeKey(parts), shown: parts.join(", ") };
}

/**
 * The values that have to be unique and were seen so far, through all sources of an entity: 15 to 19 bytes for each
 * (see KeySet), with the number of the line that had it first.
 */
export class SeenValues {
  /** By number of the expectation and scope. */
  readonly #sets = new Map<number, Map<string, KeySet>>();

  /** The number kept with the first record that has this key. */
  find(expectation: number, scope: string, key: UniqueKey): number | undefined {
    return this.#sets.get(expectation)?.get(scope)?.find(key.text);
  }

  /** Keeps a key with the number of its line; the first one stays. */
  keep(expectation: number, scope: string, key: UniqueKey, line: number): void {
    const scopes = this.#sets.get(expectation) ?? new Map<string, KeySet>();
    this.#sets.set(expectation, scopes);
    let set = scopes.get(scope);
    if (set === undefined) scopes.set(scope, (set = new KeySet()));
    set.add(key.text, line);
  }
}
