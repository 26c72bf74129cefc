import {
  countMatches,
  refusedRows,
  type AttributionOptions,
  type RefusedRow,
} from "../../rejection/attribution.ts";
import { CandidateRows } from "../../rejection/candidate-rows.ts";
import type { MessageMeaning } from "../../rejection/meaning/message-meaning.ts";
import type { RejectedId } from "../../rejection/record-ids.ts";
import { RowOrder } from "../../rejection/row-order.ts";
import type { CompositeCollection, PartOutcome } from "../composite/collect-composite.ts";
import type { CompositeRefusals } from "../composite/composite-refusals.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import type { RunFolder } from "../run-folder.ts";
import { unattributedMessage, type ChannelSinks } from "./channel-sinks.ts";
import { idsOfParts } from "./portion-ids.ts";

export interface RefusalOptions {
  readonly pack: LedgerPackage;
  readonly folder: RunFolder;
  /** The entities of the package of which not all records were loaded. */
  readonly incomplete: readonly PartOutcome[];
  /** Where the package holds a composite entity. */
  readonly nesting: CompositeCollection | undefined;
  /** All that was said is in them. */
  readonly sinks: ChannelSinks;
  /** What F&O's messages mean, and which are noise. */
  readonly meaning?: MessageMeaning | undefined;
  /** A folder for what does not fit into memory. */
  readonly scratch: string;
}

/**
 * Joins what the error channels of a package said with its rows.
 *
 * The package is read once, for the rows about which something may have been said; these are joined with what was said,
 * portion by portion. Where one portion is all, as mostly, its rows come in their order as they are; else they are
 * sorted. The records of a composite entity depend on each other, so it is first noted of all portions which rows they
 * name; what follows from that for the others is found out by reading the package again.
 */
export class Refusals {
  readonly #options: RefusalOptions;
  /** By entity, in the order of `incomplete`. */
  readonly #candidates: (CandidateRows | undefined)[] = [];
  readonly #sorted: RowOrder[] = [];
  #filled: readonly PartOutcome[];
  #remarks = 0;
  /** Where the package holds a composite entity, and something was said. */
  #composite: CompositeRefusals | undefined;

  private constructor(options: RefusalOptions) {
    this.#options = options;
    this.#filled = options.incomplete;
  }

  /** Throws DMFP-RUN-FILE for a package that cannot be read back, and DMFP-FILE-WRITE. */
  static async find(options: RefusalOptions): Promise<Refusals> {
    const refusals = new Refusals(options);
    const { statements } = options.sinks;
    const { nesting } = options;
    await statements.divide();
    if (nesting !== undefined) {
      if (statements.count > 0) await refusals.#joinNested(nesting);
      return refusals;
    }
    if (statements.count > 0) {
      for (const part of options.incomplete) refusals.#candidates.push(await refusals.#read(part));
    }
    if (statements.portions === 1) await refusals.#joinAtOnce();
    else await refusals.#joinByPortions();
    return refusals;
  }

  /** Records that F&O had something to say about and loaded all the same. */
  get remarks(): number {
    return this.#remarks;
  }

  /** The refused records of an entity, by its place among the incomplete ones, in row order. */
  rows(place: number): AsyncIterable<RefusedRow> {
    const part = this.#filled[place];
    const sorted = this.#sorted[place];
    if (sorted !== undefined) return sorted.rows();
    // Of a composite entity nothing was said.
    if (this.#options.nesting !== undefined) return nothing();
    return part === undefined ? nothing() : refusedRows(this.#attribution(part, 0));
  }

  /** Records of an entity that F&O refused without its being possible to say which. */
  unknown(place: number): number {
    return this.#composite?.unknown(this.#options.incomplete[place]?.part.entity ?? "") ?? 0;
  }

  /** To be called when all rows have been taken: lists what fits none of them. */
  async settle(): Promise<void> {
    if (this.#sorted.length === 0) await this.#listUnmatched();
  }

  async #read(part: PartOutcome): Promise<CandidateRows | undefined> {
    const { pack, folder } = this.#options;
    const { keys } = part.planned.schema;
    if (keys.length === 0) return undefined;
    const packageFile = folder.packageFile(pack.key);
    return await CandidateRows.of({
      packageFile,
      dataFile: part.part.dataFile,
      keys,
      ...this.#scratchOf(part),
    });
  }

  #scratchOf({
    part,
  }: PartOutcome): Pick<Parameters<typeof CandidateRows.of>[0], "statements" | "folder" | "name"> {
    const { pack, sinks, scratch } = this.#options;
    const name = `candidates.${pack.parts.indexOf(part)}`;
    return { statements: sinks.statements, folder: scratch, name };
  }

  async #joinAtOnce(): Promise<void> {
    const listed = await this.#count(0, this.#listBeyond);
    const telling = this.#filled.map((part, place) => this.#tellingRows(part, listed[place]));
    await this.#dropHarmless({ listed, telling }, this.#listDropped);
  }

  async #joinByPortions(): Promise<void> {
    const totals = await this.#totals();
    this.#sortRows();
    for (let portion = 0; portion < this.#portions; portion++) {
      await this.#count(portion, this.#listBeyond);
      await this.#dropHarmless(totals, this.#listDropped);
      await this.#takeRows(portion);
      await this.#listUnmatched();
    }
  }

  async #joinNested(nesting: CompositeCollection): Promise<void> {
    const { incomplete } = this.#options;
    const composite = nesting.refusals(incomplete);
    this.#composite = composite;
    for (const part of incomplete) {
      const named = [part.planned.schema.keys, composite.linkFields(part.part.entity)];
      const candidates = await CandidateRows.among(nesting.rows(part), {
        ...this.#scratchOf(part),
        named: named.filter((fields) => fields.length > 0),
      });
      this.#candidates.push(candidates);
    }
    // Where F&O counted the whole, it cannot be told of one part whether its files name all that were refused.
    const totals = nesting.countsParts ? await this.#totals() : undefined;
    const prepare = async (portion: number, beyond: Beyond, dropped: Dropped): Promise<void> => {
      await this.#count(portion, beyond);
      if (totals !== undefined) await this.#dropHarmless(totals, dropped);
    };
    for (let portion = 0; portion < this.#portions; portion++) {
      await prepare(portion, ignored, ignored);
      for (const [place, { part, ids }] of this.#filled.entries()) {
        await composite.note(part.entity, ids, this.#candidates[place]?.portion(portion) ?? nothing());
      }
    }
    await composite.decide();
    this.#sortRows();
    for (const [place, { part }] of incomplete.entries()) {
      for await (const row of composite.unsaid(part.entity)) await this.#sorted[place]?.add(row);
    }
    for (let portion = 0; portion < this.#portions; portion++) {
      await prepare(portion, this.#listBeyond, this.#listDropped);
      await this.#takeRows(portion);
      composite.settle();
      await this.#listUnmatched();
    }
  }

  get #portions(): number {
    return this.#options.sinks.statements.portions;
  }

  /** What is known of the rows only when all portions were looked at. */
  async #totals(): Promise<Totals> {
    const { incomplete } = this.#options;
    const listed = incomplete.map(() => 0);
    const telling = incomplete.map(() => 0);
    for (let portion = 0; portion < this.#portions; portion++) {
      const counts = await this.#count(portion, ignored);
      for (const [place, part] of this.#filled.entries()) {
        listed[place] = (listed[place] ?? 0) + (counts[place] ?? 0);
        telling[place] = (telling[place] ?? 0) + this.#tellingRows(part, counts[place]);
      }
    }
    return { listed, telling };
  }

  #sortRows(): void {
    const { pack, scratch, incomplete } = this.#options;
    for (const { part } of incomplete) {
      const name = `refused.${pack.parts.indexOf(part)}`;
      this.#sorted.push(new RowOrder({ rows: part.records, folder: scratch, name }));
    }
  }

  async #takeRows(portion: number): Promise<void> {
    for (const [place, part] of this.#filled.entries()) {
      const nested = this.#composite?.nested(part.part.entity, part.ids);
      for await (const row of refusedRows({ ...this.#attribution(part, portion), nested })) {
        await this.#sorted[place]?.add(row);
      }
    }
  }

  /** Forgets the ids at hand of which only remarks and noise are said. */
  async #dropHarmless({ listed, telling }: Totals, dropped: Dropped): Promise<void> {
    for (const [place, part] of this.#filled.entries()) {
      const { part: of, ids, planned } = part;
      // Of a key of several fields, another spelling may be in another portion: there it would not be known as listed.
      const comparable = this.#portions === 1 || planned.schema.keys.length === 1;
      if (comparable && listed[place] === missingOf(part)) {
        // Whoever is only spoken of was loaded. What is said of them is a remark, or noise.
        for (const entry of ids.dropUnlisted()) await dropped(entry, of.entity);
      } else if ((telling[place] ?? 0) >= (missingOf(part) ?? 0)) {
        // Enough records are refused for other reasons: those of which only noise is said were loaded.
        const noise = ids.dropUnlisted((entry) => this.#isNoise(entry, of.entity));
        for (const entry of noise) await dropped(entry, of.entity);
      }
    }
  }

  readonly #listDropped: Dropped = async (entry, entity) => {
    if (this.#isNoise(entry, entity)) await this.#list(entry, entity);
    else this.#remarks++;
  };

  /** Whether all that is said of a record is harmless. */
  #isNoise({ messages }: RejectedId, entity: string): boolean {
    const { meaning } = this.#options;
    return (
      messages.length > 0 && messages.every((message) => meaning?.noiseOf(message, entity) !== undefined)
    );
  }

  /** Records of an entity that were refused by what is said of them, noise aside. `listed`: those in files. */
  #tellingRows({ part, ids }: PartOutcome, listed = 0): number {
    let rows = listed;
    for (const entry of ids.all()) {
      if (entry.listedBeside !== true && !this.#isNoise(entry, part.entity)) rows += entry.matches;
    }
    return rows;
  }

  async #list(entry: RejectedId, entity: string | undefined): Promise<void> {
    const { pack, sinks } = this.#options;
    const message = entry.messages.join("\n");
    await sinks.unattributed.add(
      unattributedMessage(pack, channelOf(entry), entry.recordId, message, entity),
    );
  }

  async #count(portion: number, beyond: Beyond): Promise<readonly number[]> {
    await this.#load(portion, beyond);
    const listed: number[] = [];
    for (const part of this.#filled) listed.push(await countMatches(this.#attribution(part, portion)));
    return listed;
  }

  async #load(portion: number, beyond: Beyond): Promise<void> {
    const { pack, sinks, incomplete } = this.#options;
    const places = incomplete.map(({ part }) => pack.parts.indexOf(part));
    this.#filled = await idsOfParts(sinks.statements.portion(portion), { parts: incomplete, places, beyond });
  }

  readonly #listBeyond: Beyond = async (recordId, message) => {
    const { pack, sinks } = this.#options;
    await sinks.unattributed.add(unattributedMessage(pack, "execution errors", recordId, message));
  };

  #attribution(part: PartOutcome, portion: number): AttributionOptions {
    const { folder, pack } = this.#options;
    const place = this.#filled.indexOf(part);
    const candidates = this.#candidates[place];
    return {
      schema: part.planned.schema,
      packageFile: folder.packageFile(pack.key),
      dataFile: part.part.dataFile,
      ids: part.ids,
      meaning: this.#options.meaning,
      ...(candidates === undefined ? {} : { rows: () => candidates.portion(portion) }),
    };
  }

  /** What was said of ids that fit no record of any entity of the package. */
  async #listUnmatched(): Promise<void> {
    const entities = new Map<RejectedId, string | undefined>();
    for (const { part, ids } of this.#filled) {
      for (const entry of ids.all()) {
        if (entry.matches > 0) continue;
        // An entry that several entities share is of none of them.
        entities.set(entry, entities.has(entry) ? undefined : part.entity);
      }
    }
    for (const [entry, entity] of entities) await this.#list(entry, entity);
  }
}

/** Gets messages of a record that has too many. */
type Beyond = (recordId: string, message: string) => Promise<void>;
/** Gets what is forgotten because it says nothing of a refused record. */
type Dropped = (entry: RejectedId, entity: string) => Promise<void>;

/** For a look ahead: it is said when it counts. */
const ignored = (): Promise<void> => Promise.resolve();

/** By place of the entity: rows that a file of refused records names, and rows that were refused, noise aside. */
interface Totals {
  readonly listed: readonly number[];
  readonly telling: readonly number[];
}

function channelOf(entry: RejectedId): "staging error file" | "target error keys" | "execution errors" {
  if (entry.inStagingFile) return "staging error file";
  return entry.inTargetFile ? "target error keys" : "execution errors";
}

/**
 * How many records F&O's counts lack; undefined: none. GetExecutionErrors also holds warnings about records that were
 * loaded: users measured a third of its messages to be harmless. Where the files of refused records name just as many
 * as are missing from F&O's counts, they are the refused ones, and whoever is only spoken of was loaded.
 */
function missingOf({ part, detail }: PartOutcome): number | undefined {
  const missing = part.records - (detail?.created ?? 0) - (detail?.updated ?? 0);
  return missing > 0 ? missing : undefined;
}

async function* nothing(): AsyncGenerator<never> {
  // The entity is complete.
}
