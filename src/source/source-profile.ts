import { ColumnProfiler, type ColumnProfile } from "./column-profile.ts";
import type { PassingRecords } from "./passing-records.ts";
import type { SourceItem } from "./source-record.ts";

/** What one source file holds, column by column. CSV: all columns; XML: the paths the mapping reads. */
export interface SourceProfile {
  /** The file's path as the project names it. */
  readonly file: string;
  /** DMF labels of the entities that are made from it. */
  readonly entities: readonly string[];
  /** Records of the file, those that cannot be read included. */
  readonly records: number;
  /** Records that cannot be read; they are in no column's profile. */
  readonly unreadable: number;
  /** Records that the profiles of the columns are made of, where these are not all that can be read. */
  readonly sampled?: number;
  readonly columns: readonly ColumnProfile[];
}

/** So many records of a file are all looked at; of those behind them one in 64, unless all are wanted. */
const allUpTo = 10_000;
const oneIn = 64;

/** Takes in the items of one source file while they are read. */
export interface FileProfiler {
  add(item: SourceItem): void;
  /** The same for a record that can be read, which is made only where it is looked at. */
  addPassing(records: PassingRecords, at: number): void;
  /** The file was read to its end; until then it is not among the profiles. */
  end(): void;
}

/**
 * The profiles of all source files of a run. A file that feeds several entities is profiled once, unless they read
 * different columns of it, as mappings of an XML file do. Joined second sources are not profiled.
 *
 * Looking at every value takes as long as judging all records (bench/check-against-build.ts), so of a large file only
 * some are looked at; the profile says so.
 */
export class SourceProfiles {
  readonly #begun = new Map<string, { readonly entities: string[]; done?: SourceProfile }>();
  readonly #everyRecord: boolean;

  constructor({ everyRecord = false }: { readonly everyRecord?: boolean } = {}) {
    this.#everyRecord = everyRecord;
  }

  /** Begins the profile of a file; undefined where there is one already that has the same columns. */
  begin(entity: string, file: string, columns: readonly string[]): FileProfiler | undefined {
    const key = JSON.stringify([file, ...columns]);
    const known = this.#begun.get(key);
    if (known !== undefined) {
      if (!known.entities.includes(entity)) known.entities.push(entity);
      return undefined;
    }
    const entry: { entities: string[]; done?: SourceProfile } = { entities: [entity] };
    this.#begun.set(key, entry);
    const profiler = new ColumnProfiler(columns);
    let records = 0;
    let unreadable = 0;
    let passedOver = 0;
    const countRecord = (): boolean => {
      records++;
      if (this.#everyRecord || records <= allUpTo || records % oneIn === 0) return true;
      passedOver++;
      return false;
    };
    return {
      add: (item) => {
        if (item.kind === "record") {
          if (countRecord()) profiler.addRecord(item);
        } else {
          records++;
          unreadable++;
        }
      },
      addPassing: (passing, at) => {
        if (countRecord()) profiler.addRecord(passing.item(at));
      },
      end: () => {
        const { entities } = entry;
        const sampled = passedOver === 0 ? {} : { sampled: records - unreadable - passedOver };
        entry.done = { file, entities, records, unreadable, ...sampled, columns: profiler.profiles() };
      },
    };
  }

  /** The profiles of the files that were read to their ends, in the order of reading. */
  all(): readonly SourceProfile[] {
    return [...this.#begun.values()].flatMap(({ done }) => (done === undefined ? [] : [done]));
  }
}
