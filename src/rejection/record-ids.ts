import { normalizeKey } from "../entity/record-key.ts";

/** Ways F&O might write a key of several fields as one text; which one it uses is documented nowhere. */
const separators = ["", " ", ",", ", ", ";", "; ", "|", "-", "_", ":", "/", "+", "\t"];

/** What the error channels said about one record id. */
export interface RejectedId {
  /** As F&O wrote it, for people. */
  readonly recordId: string;
  inStagingFile: boolean;
  inTargetFile: boolean;
  readonly messages: string[];
  /** How many rows of the package it fits. */
  matches: number;
}

/**
 * The record ids of all error channels of one package. Only rejected ids are kept, never the keys of all
 * records: the rows of the package are held against them one by one.
 *
 * A row fits an id when their keys are equal as SQL Server compares them (trimmed, case ignored). For keys of
 * several fields the id is tried as the fields in key order and reversed, with every plausible separator;
 * once one way has fitted, only that one is tried.
 */
export class RejectedIds {
  readonly #byText = new Map<string, RejectedId>();
  #learned: { readonly separator: string; readonly reversed: boolean } | undefined;

  get size(): number {
    return this.#byText.size;
  }

  all(): Iterable<RejectedId> {
    return this.#byText.values();
  }

  /** The entry of an id, made where it is new. `parts`: the key field by field, or the whole id as one text. */
  entry(parts: readonly string[]): RejectedId {
    const text = normalizeKey(parts);
    let found = this.#byText.get(text);
    if (found === undefined) {
      const recordId = parts.map((part) => part.trim()).join(", ");
      found = { recordId, inStagingFile: false, inTargetFile: false, messages: [], matches: 0 };
      this.#byText.set(text, found);
    }
    return found;
  }

  /** The entries that fit a row's key: by fields and as one text. Empty for a row that was not rejected. */
  match(key: readonly string[]): RejectedId[] {
    const exact = this.#byText.get(normalizeKey(key));
    if (key.length < 2) return exact === undefined ? [] : [exact];
    const asText = this.#matchText(key);
    return [exact, asText].filter((found) => found !== undefined);
  }

  #matchText(key: readonly string[]): RejectedId | undefined {
    if (this.#learned !== undefined) {
      return this.#byText.get(joinKey(key, this.#learned.separator, this.#learned.reversed));
    }
    for (const reversed of [false, true]) {
      for (const separator of separators) {
        const found = this.#byText.get(joinKey(key, separator, reversed));
        if (found === undefined) continue;
        this.#learned = { separator, reversed };
        return found;
      }
    }
    return undefined;
  }
}

function joinKey(key: readonly string[], separator: string, reversed: boolean): string {
  const parts = key.map((part) => part.trim().toLowerCase());
  if (reversed) parts.reverse();
  return parts.join(separator).trim();
}
