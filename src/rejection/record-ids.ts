import { normalizeKey } from "../entity/record-key.ts";
import { isKeyOrder, spellingsOf, type KeySpelling } from "./key-spelling.ts";
import { joinedSignatures, signatureOf } from "./record-signature.ts";

/** What the error channels said about one record id. */
export interface RejectedId {
  /** As F&O wrote it, for people. */
  readonly recordId: string;
  inStagingFile: boolean;
  inTargetFile: boolean;
  readonly messages: string[];
  /** How many rows of the package it fits. */
  matches: number;
  /** It fits a record that a file of refused records names, in this or another spelling. */
  listedBeside?: boolean;
}

/** An entry as the ids of one entity know it: one of a message may be in those of several. */
interface Slot {
  readonly entry: RejectedId;
  readonly text: string;
  /** The key came field by field: there is nothing to guess. */
  readonly byFields: boolean;
  /** Spelling → the first record it fits so. */
  readings?: Map<KeySpelling, string>;
  /** Spellings that hold, once they were decided on. */
  chosen?: readonly KeySpelling[];
  doubtful?: boolean;
}

/** An entry that fits a row. */
export interface Match {
  readonly entry: RejectedId;
  /** Read in another way that is as good, it would fit another record. */
  readonly doubtful: boolean;
}

export function newRejectedId(recordId: string): RejectedId {
  return { recordId, inStagingFile: false, inTargetFile: false, messages: [], matches: 0 };
}

/**
 * The record ids of all error channels for one entity of one package. Only rejected ids are kept, never the keys of all
 * records: the rows of the package are held against them one by one.
 *
 * A row fits an id when their keys are equal as SQL Server compares them (trimmed, case ignored). A key of several
 * fields may come field by field, or as one text, of which no document says how it is spelled: any order of the fields
 * is tried, with any separator (see spellingsOf). One text may then be the key of several rows. Which of them is meant
 * is decided from all ids together: F&O spells one entity's keys in one way, so the spelling holds that fits most.
 */
export class RejectedIds {
  readonly #slots = new Map<number, Slot[]>();
  #size = 0;
  /** Lengths of the ids that are one text: fields that are written without a separator are as long together. */
  readonly #lengths = new Set<number>();

  get size(): number {
    return this.#size;
  }

  *all(): Generator<RejectedId> {
    for (const slots of this.#slots.values()) for (const { entry } of slots) yield entry;
  }

  /** The entry of an id, made where it is new. `parts`: the key field by field, or the whole id as one text. */
  entry(parts: readonly string[]): RejectedId {
    const known = this.#find(parts);
    if (known !== undefined) return known.entry;
    const entry = newRejectedId(parts.map((part) => part.trim()).join(", "));
    this.#add(entry, parts);
    return entry;
  }

  /** Whether a file of refused records names this id, given as one text. */
  lists(recordId: string): boolean {
    const text = normalizeKey([recordId]);
    return (this.#slots.get(signatureOf([recordId])) ?? []).some(
      (slot) => isListed(slot.entry) && (slot.text === text || spellingsOf(text, fieldsOf(slot)).length > 0),
    );
  }

  /**
   * Takes over an entry made elsewhere: a message that may be about a record of several entities is one entry in
   * the ids of each. Where the id is known already, the messages go to the entry that is there.
   */
  share(entry: RejectedId): void {
    const known = this.#find([entry.recordId]);
    if (known === undefined) this.#add(entry, [entry.recordId]);
    else if (known.entry !== entry) known.entry.messages.push(...entry.messages);
  }

  /** Forgets those ids of records that no file of refused records names for which `which` holds; returns them. */
  dropUnlisted(which: (entry: RejectedId) => boolean = () => true): RejectedId[] {
    const dropped: RejectedId[] = [];
    for (const [signature, slots] of this.#slots) {
      const drops = ({ entry }: Slot): boolean =>
        entry.matches > 0 && entry.listedBeside !== true && which(entry);
      dropped.push(...slots.filter(drops).map(({ entry }) => entry));
      this.#slots.set(
        signature,
        slots.filter((slot) => !drops(slot)),
      );
    }
    this.#size -= dropped.length;
    return dropped;
  }

  /** Whether it matters that every row is weighed: there are ids of one text for a key of several fields. */
  needsWeighing(keyFields: number): boolean {
    return keyFields > 1 && this.#lengths.size > 0;
  }

  /** Notes in which spellings ids fit a row. To be done with all rows, before `decide`. */
  weigh(key: readonly string[]): void {
    const row = normalizeKey(key);
    const parts = row.split("\u001f");
    for (const slot of this.#near(key)) {
      if (slot.byFields) continue;
      for (const spelling of spellingsOf(slot.text, parts)) {
        slot.readings ??= new Map();
        if (!slot.readings.has(spelling)) slot.readings.set(spelling, row);
      }
    }
  }

  /**
   * Decides on the spelling of each id: the one that fits most ids, for those the one that fits most of the rest, and so
   * on. Of spellings that are equally good, those in key order hold, and an id that another one leads elsewhere is
   * doubtful; where none is in key order, all of them hold.
   */
  decide(): void {
    let open = [...this.#slots.values()].flat().filter(({ readings }) => readings !== undefined);
    while (open.length > 0) {
      const best = mostFrequent(open);
      const inOrder = best.filter(isKeyOrder);
      const chosen = inOrder.length > 0 ? inOrder : best;
      const rest: Slot[] = [];
      for (const slot of open) {
        const held = chosen.filter((spelling) => slot.readings?.has(spelling));
        if (held.length === 0) rest.push(slot);
        else {
          slot.chosen = held;
          const rows = new Set(held.map((spelling) => slot.readings?.get(spelling)));
          slot.doubtful = best.some(
            (spelling) => slot.readings?.has(spelling) && !rows.has(slot.readings.get(spelling)),
          );
        }
      }
      open = rest;
    }
  }

  /** The entries that fit a row's key: by fields and as one text. Empty for a row that was not rejected. */
  match(key: readonly string[]): Match[] {
    const near = this.#near(key);
    if (near.length === 0) return [];
    const row = normalizeKey(key);
    const found: Match[] = [];
    for (const slot of near) {
      if (slot.text === row || (!slot.byFields && isSpelled(slot, row))) {
        found.push({ entry: slot.entry, doubtful: slot.doubtful === true });
      }
    }
    return found;
  }

  #find(parts: readonly string[]): Slot | undefined {
    const text = normalizeKey(parts);
    return this.#slots.get(signatureOf(parts))?.find((slot) => slot.text === text);
  }

  #add(entry: RejectedId, parts: readonly string[]): void {
    const slot: Slot = { entry, text: normalizeKey(parts), byFields: parts.length > 1 };
    const signature = signatureOf(parts);
    const slots = this.#slots.get(signature);
    if (slots === undefined) this.#slots.set(signature, [slot]);
    else slots.push(slot);
    this.#size++;
    if (!slot.byFields) this.#lengths.add((parts[0] ?? "").trim().length);
  }

  /** The slots that are worth comparing with a row. */
  #near(key: readonly string[]): readonly Slot[] {
    const near = this.#slots.get(signatureOf(key)) ?? [];
    const joined = runTogether(key, this.#lengths);
    if (joined.size === 0) return near;
    const all = new Set(near);
    for (const signature of joined) for (const slot of this.#slots.get(signature) ?? []) all.add(slot);
    return [...all];
  }
}

const none: ReadonlySet<number> = new Set();

/** Signatures of a key of several fields without separators, where an id has that length; `lengths`: of the ids. */
export function runTogether(key: readonly string[], lengths: ReadonlySet<number>): ReadonlySet<number> {
  if (key.length < 2 || lengths.size === 0) return none;
  let lengthChars = 0;
  for (const part of key) lengthChars += part.trim().length;
  return lengths.has(lengthChars) ? joinedSignatures(key.map((part) => part.trim())) : none;
}

function fieldsOf(slot: Slot): readonly string[] {
  return slot.byFields ? slot.text.split("\u001f") : [slot.text];
}

function isSpelled(slot: Slot, row: string): boolean {
  const spellings = spellingsOf(slot.text, row.split("\u001f"));
  const { chosen } = slot;
  return chosen === undefined
    ? spellings.length > 0
    : spellings.some((spelling) => chosen.includes(spelling));
}

function mostFrequent(slots: readonly Slot[]): KeySpelling[] {
  const counts = new Map<KeySpelling, number>();
  for (const { readings } of slots) {
    for (const spelling of readings?.keys() ?? []) counts.set(spelling, (counts.get(spelling) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  return [...counts].filter(([, count]) => count === most).map(([spelling]) => spelling);
}

export function isListed(entry: RejectedId): boolean {
  return entry.inStagingFile || entry.inTargetFile;
}
