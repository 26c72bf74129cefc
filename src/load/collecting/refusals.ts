import { readPackageRows } from "../../package/read-package.ts";
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
 * sorted. The records of a composite entity depend on each other, so their ids are one portion, and the package is read
 * as often as it takes.
 */
export class Refusals {
  readonly #options: RefusalOptions;
  /** By entity, in the order of `incomplete`. */
  readonly #candidates: (CandidateRows | undefined)[] = [];
  readonly #sorted: RowOrder[] = [];
  #filled: readonly PartOutcome[];
  #remarks = 0;

  private constructor(options: RefusalOptions) {
    this.#options = options;
    this.#filled = options.incomplete;
  }

  /** Throws DMFP-RUN-FILE for a package that cannot be read back, and DMFP-FILE-WRITE. */
  static async find(options: RefusalOptions): Promise<Refusals> {
    const refusals = new Refusals(options);
    const { statements } = options.sinks;
    await statements.divide(options.nesting !== undefined);
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
    return part === undefined ? nothing() : refusedRows(this.#attribution(part, 0));
  }

  /** Records of an entity that F&O refused without its being possible to say which. */
  unknown(place: number): number {
    const part = this.#filled[place];
    return part === undefined ? 0 : (this.#options.nesting?.unknown(part) ?? 0);
  }

  /** To be called when all rows have been taken: lists what fits none of them. */
  async settle(): Promise<void> {
    this.#options.nesting?.settle();
    if (this.#sorted.length === 0) await this.#listUnmatched();
  }

  async #read(part: PartOutcome): Promise<CandidateRows | undefined> {
    const { pack, folder, nesting, sinks, scratch } = this.#options;
    const { keys } = part.planned.schema;
    if (nesting !== undefined || keys.length === 0) return undefined;
    return await CandidateRows.of({
      rows: readPackageRows(folder.packageFile(pack.key), part.part.dataFile),
      keys,
      statements: sinks.statements,
      folder: scratch,
      name: `candidates.${pack.parts.indexOf(part.part)}`,
    });
  }

  async #joinAtOnce(): Promise<void> {
    const { nesting } = this.#options;
    await this.#load(0, this.#listBeyond);
    // All are counted before the first row is shown: only then it is known which message fits several records.
    const listed: number[] = [];
    for (const part of this.#filled) listed.push(await countMatches(this.#attribution(part, 0)));
    for (const [place, part] of this.#filled.entries()) {
      if (nesting?.countsParts === false) continue;
      if (listed[place] === missingOf(part)) await this.#dropRemarks(part);
      else if (this.#tellingRows(part, listed[place]) >= (missingOf(part) ?? 0)) await this.#dropNoise(part);
    }
    await nesting?.findRefusals(this.#filled);
  }

  async #joinByPortions(): Promise<void> {
    const { pack, scratch, sinks, incomplete } = this.#options;
    const { portions } = sinks.statements;
    const listed = incomplete.map(() => 0);
    const telling = incomplete.map(() => 0);
    for (let portion = 0; portion < portions; portion++) {
      const counts = await this.#count(portion, () => Promise.resolve());
      for (const [place, part] of this.#filled.entries()) {
        listed[place] = (listed[place] ?? 0) + (counts[place] ?? 0);
        telling[place] = (telling[place] ?? 0) + this.#tellingRows(part, counts[place]);
      }
    }
    for (const { part } of incomplete) {
      const name = `refused.${pack.parts.indexOf(part)}`;
      this.#sorted.push(new RowOrder({ rows: part.records, folder: scratch, name }));
    }
    for (let portion = 0; portion < portions; portion++) {
      await this.#count(portion, this.#listBeyond);
      for (const [place, part] of this.#filled.entries()) {
        // Of a key of several fields, another spelling may be in another portion: there it would not be known as listed.
        const comparable = part.planned.schema.keys.length === 1;
        if (comparable && listed[place] === missingOf(part)) await this.#dropRemarks(part);
        else if ((telling[place] ?? 0) >= (missingOf(part) ?? 0)) await this.#dropNoise(part);
        for await (const row of refusedRows(this.#attribution(part, portion))) {
          await this.#sorted[place]?.add(row);
        }
      }
      await this.#listUnmatched();
    }
  }

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

  /** Whoever is only spoken of was loaded. What is said of them is a remark, or noise. */
  async #dropRemarks(part: PartOutcome): Promise<void> {
    for (const entry of part.ids.dropUnlisted()) {
      if (this.#isNoise(entry, part.part.entity)) await this.#list(entry, part.part.entity);
      else this.#remarks++;
    }
  }

  /** Enough records are refused for other reasons: those of which only noise is said were loaded. */
  async #dropNoise(part: PartOutcome): Promise<void> {
    const { entity } = part.part;
    const dropped = part.ids.dropUnlisted((entry) => this.#isNoise(entry, entity));
    for (const entry of dropped) await this.#list(entry, entity);
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
    const { folder, pack, nesting } = this.#options;
    const place = this.#filled.indexOf(part);
    const candidates = this.#candidates[place];
    return {
      schema: part.planned.schema,
      packageFile: folder.packageFile(pack.key),
      dataFile: part.part.dataFile,
      ids: part.ids,
      meaning: this.#options.meaning,
      ...(candidates === undefined ? {} : { rows: () => candidates.portion(portion) }),
      ...nesting?.attribution(part),
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

type Beyond = (recordId: string, message: string) => Promise<void>;

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

async function* nothing(): AsyncGenerator<RefusedRow> {
  // The entity is complete.
}
