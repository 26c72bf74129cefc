import { ColumnProfiler, type ColumnProfile } from "./column-profile.ts";
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
  readonly columns: readonly ColumnProfile[];
}

/** Takes in the items of one source file while they are read. */
export interface FileProfiler {
  add(item: SourceItem): void;
  /** The file was read to its end; until then it is not among the profiles. */
  end(): void;
}

/**
 * The profiles of all source files of a run. A file that feeds several entities is profiled once, unless they read
 * different columns of it, as mappings of an XML file do. Joined second sources are not profiled.
 */
export class SourceProfiles {
  readonly #begun = new Map<string, { readonly entities: string[]; done?: SourceProfile }>();

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
    return {
      add: (item) => {
        records++;
        if (item.kind === "record") profiler.addRecord(item);
        else unreadable++;
      },
      end: () => {
        const { entities } = entry;
        entry.done = { file, entities, records, unreadable, columns: profiler.profiles() };
      },
    };
  }

  /** The profiles of the files that were read to their ends, in the order of reading. */
  all(): readonly SourceProfile[] {
    return [...this.#begun.values()].flatMap(({ done }) => (done === undefined ? [] : [done]));
  }
}
