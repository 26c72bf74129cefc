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
 * The record ids of all error channels for one entity of one package. Only rejected ids are kept, never the keys of all
 * records: the rows of the package are held against them one by one.
 *
 * A row fits an id when their keys are equal as SQL Server compares them (trimmed, case ignored). For keys of
 * several fields the id is tried as the fields in key order and reversed, with every plausible separator. No way is
 * given up because another one has fitted: that may have been chance, and channels may differ.
 */
export class RejectedIds {
  readonly #byText = new Map<string, RejectedId>();
  /** Lengths of all ids, to rule out most ways of joining most keys without joining them. */
  readonly #lengths = new Set<number>();

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
      this.#lengths.add(text.length);
    }
    return found;
  }

  /** Whether a file of refused records names this id, given as one text. */
  lists(recordId: string): boolean {
    const entry = this.#byText.get(normalizeKey([recordId]));
    return entry !== undefined && isListed(entry);
  }

  /**
   * Takes over an entry made elsewhere: a message that may be about a record of several entities is one entry in
   * the ids of each. Where the id is known already, the messages go to the entry that is there.
   */
  share(entry: RejectedId): void {
    const text = normalizeKey([entry.recordId]);
    const known = this.#byText.get(text);
    if (known === undefined) {
      this.#byText.set(text, entry);
      this.#lengths.add(text.length);
    } else if (known !== entry) known.messages.push(...entry.messages);
  }

  /** How many ids stand in a file of refused records, rather than only in a message. */
  get listed(): number {
    return [...this.#byText.values()].filter(isListed).length;
  }

  /** Forgets the ids that are only in messages; returns how many there were. */
  dropUnlisted(): number {
    const unlisted = [...this.#byText].filter(([, entry]) => !isListed(entry));
    for (const [text] of unlisted) this.#byText.delete(text);
    return unlisted.length;
  }

  /** The entries that fit a row's key: by fields and as one text. Empty for a row that was not rejected. */
  match(key: readonly string[]): RejectedId[] {
    const exact = this.#byText.get(normalizeKey(key));
    if (key.length < 2) return exact === undefined ? [] : [exact];
    const found = new Set(exact === undefined ? [] : [exact]);
    const parts = key.map((part) => part.trim().toLowerCase());
    const reversed = parts.toReversed();
    for (const separator of separators) {
      if (!this.#mayFit(parts, separator)) continue;
      for (const ordered of [parts, reversed]) {
        const entry = this.#byText.get(ordered.join(separator).trim());
        if (entry !== undefined) found.add(entry);
      }
    }
    return [...found];
  }

  #mayFit(parts: readonly string[], separator: string): boolean {
    // A blank at an outer end is trimmed off, so the length is not the sum of its parts.
    if (separator.trim() !== separator && parts.includes("")) return true;
    const length = parts.reduce((sum, part) => sum + part.length, separator.length * (parts.length - 1));
    return this.#lengths.has(length);
  }
}

function isListed(entry: RejectedId): boolean {
  return entry.inStagingFile || entry.inTargetFile;
}
