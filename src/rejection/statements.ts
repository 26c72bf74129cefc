import path from "node:path";
import type { RowKey } from "../package/row-key.ts";
import { runTogether } from "./record-ids.ts";
import { signatureOf, signatureOfUnits } from "./record-signature.ts";
import { ScratchLines } from "./scratch-lines.ts";

/** One thing F&O said about one record id. */
export interface Statement {
  /** Where: the staging error file or the target error keys of an entity, or the messages of the whole execution. */
  readonly channel: "staging" | "target" | "message";
  /** Which entity of the package, by its place in it; absent: it is not said. */
  readonly part?: number;
  /** The key field by field, or the whole id as one text. */
  readonly id: readonly string[];
  readonly message?: string;
}

/** How much of it is taken into memory at a time: measured, some 60 MB at most. */
export interface PortionSize {
  readonly statements: number;
  readonly chars: number;
}

const usualPortion: PortionSize = { statements: 50_000, chars: 16 * 1024 * 1024 };
/** A file is open for none of them, but 64 KiB of each may wait to be written. */
const mostPortions = 256;
const filterBits = 2 ** 24;

/**
 * Everything the error channels of a package said, on disk where it is much. It is worked off in portions: the ids whose
 * signatures leave the same remainder, so that the ids a row can fit are in the portions of the row's own signatures.
 * One package in which everything was refused takes no more memory than a small one.
 */
export class Statements {
  readonly #folder: string;
  readonly #limit: PortionSize;
  readonly #all: ScratchLines<Statement>;
  /** A bit for each signature that occurs: most rows of a package end here. */
  readonly #filter = emptyFilter();
  readonly #lengths = new Set<number>();
  #portions: readonly ScratchLines<Statement>[] = [];

  /** `folder`: where there is room for what does not fit into memory; it must exist. */
  constructor(folder: string, limit: PortionSize = usualPortion) {
    this.#folder = folder;
    this.#limit = limit;
    this.#all = new ScratchLines(path.join(folder, "statements"));
  }

  get count(): number {
    return this.#all.count;
  }

  /** A promise, where there is one, must be awaited before the next. Throws DMFP-FILE-WRITE. */
  add(statement: Statement): Promise<void> | undefined {
    const { id } = statement;
    const bit = signatureOf(id) % filterBits;
    this.#filter[bit >>> 3] = (this.#filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    const [text, ...others] = id;
    if (text !== undefined && others.length === 0) this.#lengths.add(text.trim().length);
    return this.#all.add(statement);
  }

  /** To be called when nothing more is asked. */
  close(): void {
    spareFilter = this.#filter;
  }

  /** How many portions there are. */
  get portions(): number {
    return Math.max(1, this.#portions.length);
  }

  /** To be called when all has been said. Throws DMFP-FILE-WRITE. */
  async divide(): Promise<void> {
    const { statements, chars } = this.#limit;
    const wanted = Math.max(this.#all.count / statements, this.#all.sizeChars / chars);
    const count = Math.min(mostPortions, Math.ceil(wanted));
    if (count <= 1) return;
    const portions = Array.from(
      { length: count },
      (_, index) => new ScratchLines<Statement>(path.join(this.#folder, `statements.${index}`)),
    );
    for await (const statement of this.#all.read()) {
      await portions[signatureOf(statement.id) % count]?.add(statement);
    }
    this.#portions = portions;
  }

  /** What is in one portion, in the order in which it was said. */
  portion(index: number): AsyncIterable<Statement> {
    return (this.#portions[index] ?? this.#all).read();
  }

  /** Whether something may have been said about a row of a package; false for nearly all. */
  mayName(key: RowKey): boolean {
    const signature = signatureOfUnits(key);
    if (signature !== undefined && this.#has(signature)) return true;
    // Run together, a key of several fields has another signature.
    if (signature !== undefined && (key.bounds.length === 2 || this.#lengths.size === 0)) return false;
    return this.portionsOf(key.texts()).length > 0;
  }

  /** The portions in which something may have been said about a record of this key; empty for nearly all records. */
  portionsOf(key: readonly string[]): readonly number[] {
    const signature = signatureOf(key);
    const joined = runTogether(key, this.#lengths);
    if (joined.size === 0) return this.#has(signature) ? [signature % this.portions] : nowhere;
    const found = new Set<number>();
    for (const each of [signature, ...joined]) if (this.#has(each)) found.add(each % this.portions);
    return [...found];
  }

  #has(signature: number): boolean {
    const bit = signature % filterBits;
    return ((this.#filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }
}

const nowhere: readonly number[] = [];

/** Of statements that are done with: the next ones have it. A new one for every package would be 2 MB of garbage. */
let spareFilter: Uint8Array | undefined;

function emptyFilter(): Uint8Array {
  const filter = spareFilter?.fill(0) ?? new Uint8Array(filterBits / 8);
  spareFilter = undefined;
  return filter;
}
