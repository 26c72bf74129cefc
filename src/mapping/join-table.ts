import { DmfpipeError, formatPlace, type ErrorPlace } from "../errors/dmfpipe-error.ts";
import { didYouMean } from "../errors/suggestion.ts";
import { reason } from "../errors/reason.ts";
import type { CompiledExpression } from "./compiled-expression.ts";
import type { ExpressionText } from "./expression-text.ts";
import type { ColumnNode } from "./syntax.ts";
import type { TraceRecorder } from "./trace.ts";

/** Most records of a second source that are held in memory: about 300 MB of short values. */
export const maxJoinRecords = 1_000_000;

/** The records of a second source by their key. */
export interface JoinTable {
  readonly name: string;
  /** Columns whose values are kept. */
  readonly columns: readonly string[];
  /** Values aligned with `columns`, or undefined where no record has the key. */
  find(key: string): readonly string[] | undefined;
  /** Where the record with this key stands, `file:line`; only where the builder was told to keep places. */
  placeOf?(key: string): string | undefined;
}

/** A join with the expressions that give its key for a record of the first source. */
export interface CompiledJoin {
  readonly table: JoinTable;
  readonly key: readonly CompiledExpression[];
  /** Whether a record without a partner gets empty values rather than being rejected. */
  readonly optional: boolean;
}

/** The parts of a key as one text. The separator is a control character no key has. */
export function joinKey(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? "") : parts.join("\u001f");
}

/** Takes the records of a second source one by one and makes the table. */
export class JoinTableBuilder {
  readonly #name: string;
  readonly #columns: readonly string[];
  readonly #records = new Map<string, readonly string[]>();
  readonly #maxRecords: number;
  readonly #places: Map<string, string> | undefined;

  constructor(options: {
    readonly name: string;
    readonly columns: readonly string[];
    readonly maxRecords?: number;
    /** Remembers where each record stands, to be explained; takes as much memory again. */
    readonly keepPlaces?: boolean;
  }) {
    this.#places = options.keepPlaces === true ? new Map() : undefined;
    this.#name = options.name;
    this.#columns = options.columns;
    this.#maxRecords = options.maxRecords ?? maxJoinRecords;
  }

  /**
   * Adds a record; one with an empty key can never be found and is left out. Throws DMFP-JOIN-INVALID where two
   * records have the same key, because then nobody can say which one is meant, and beyond the limit.
   */
  add(key: readonly string[], values: readonly string[], at: ErrorPlace): void {
    if (key.every((part) => part === "")) return;
    const joined = joinKey(key);
    if (this.#records.has(joined)) {
      throw new DmfpipeError(
        "DMFP-JOIN-INVALID",
        `The join ${this.#name} reads ${at.file ?? "a source"}, where a second record has the key ${key.join(", ")} on line ${at.line ?? 0}.`,
        { at, next: "Add columns to the join's key until every record has its own, or clean the extract." },
      );
    }
    if (this.#records.size >= this.#maxRecords) {
      throw new DmfpipeError(
        "DMFP-JOIN-INVALID",
        `The join ${this.#name} reads ${at.file ?? "a source"}, which has more than ${this.#maxRecords} records; so many are not held in memory.`,
        {
          at,
          next: "Join the two extracts where they come from, or leave out the records that are not needed.",
        },
      );
    }
    this.#records.set(joined, values);
    this.#places?.set(joined, formatPlace(at));
  }

  table(): JoinTable {
    const records = this.#records;
    const places = this.#places;
    return {
      name: this.#name,
      columns: this.#columns,
      find: (key) => records.get(key),
      ...(places === undefined ? {} : { placeOf: (key) => places.get(key) }),
    };
  }
}

/** `bank.IBAN` as the join `bank` and its column; undefined where the name begins with no join. */
export function joinedName(
  name: string,
  joins: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): { readonly join: string; readonly column: string } | undefined {
  const dot = name.indexOf(".");
  if (dot <= 0 || !joins.has(name.slice(0, dot))) return undefined;
  return { join: name.slice(0, dot), column: name.slice(dot + 1) };
}

/** What a column of a second source is compiled with. */
export interface JoinContext {
  readonly joins: ReadonlyMap<string, CompiledJoin>;
  readonly source: ExpressionText;
  /** Field that reasons are about. */
  readonly field: string;
  readonly recorder?: TraceRecorder | undefined;
}

function joinNote(table: JoinTable, key: readonly string[], found: boolean): string {
  const place = table.placeOf?.(joinKey(key));
  const shown = key.join(", ");
  if (!found) return `${table.name} has no record for "${shown}"`;
  return `the record of ${table.name} for "${shown}"${place === undefined ? "" : ` stands in ${place}`}`;
}

/**
 * Compiles a column of a second source, or gives undefined for one of the first. Throws DMFP-MAPPING-COLUMN where
 * the second source does not have it.
 */
export function joinColumn(node: ColumnNode, context: JoinContext): CompiledExpression | undefined {
  const { joins, source, field, recorder } = context;
  const named = joinedName(node.name, joins);
  const join = named === undefined ? undefined : joins.get(named.join);
  if (named === undefined || join === undefined) return undefined;
  const { table, optional } = join;
  const index = table.columns.indexOf(named.column);
  if (index === -1) {
    const suggestion = didYouMean(named.column, table.columns);
    throw source.error(node.at, `The join ${table.name} has no column ${named.column}.${suggestion}`, {
      code: "DMFP-MAPPING-COLUMN",
    });
  }
  return {
    type: "text",
    // The columns the key is made of are counted, and checked, where the join says them.
    columns: [],
    bind: (indexOf) => {
      const key = join.key.map((part) => part.bind(indexOf));
      return (run) => {
        const parts: string[] = [];
        for (const compute of key) {
          const part = compute(run);
          if (part === undefined) return undefined;
          parts.push(part);
        }
        if (parts.every((part) => part === "")) return "";
        const found = table.find(joinKey(parts));
        recorder?.note(joinNote(table, parts, found !== undefined));
        if (found !== undefined) return found[index] ?? "";
        if (optional) return "";
        const value = parts.join(", ");
        const message = `The join ${table.name} has no record for ${value}.`;
        run.reasons.push(reason("DMFP-MAP-JOIN", { field, value, message }));
        return undefined;
      };
    },
  };
}
