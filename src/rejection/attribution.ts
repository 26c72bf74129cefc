import type { EntitySchema } from "../entity/entity-schema.ts";
import { reason, type Reason } from "../errors/reason.ts";
import { readPackageRows, type PackageRows } from "../package/read-package.ts";
import { plainMeaning, type MessageMeaning } from "./meaning/message-meaning.ts";
import { isListed, type Match, type RejectedId, type RejectedIds } from "./record-ids.ts";

export interface AttributionOptions {
  readonly schema: EntitySchema;
  /** The package's zip. */
  readonly packageFile: string;
  /** Name of the data file in it. */
  readonly dataFile: string;
  readonly ids: RejectedIds;
  /** The rows of the data file, from the first on; default: those of a file that holds this entity alone. */
  readonly rows?: () => AsyncIterable<PackageRows>;
  /** For records that are nested in others. */
  readonly nested?: NestedRefusals | undefined;
  /** What F&O's messages mean; default: as dmfpipe's own rules say. */
  readonly meaning?: MessageMeaning | undefined;
}

/** What follows for a record from what it is nested in. */
export interface NestedRefusals {
  /** Why a row cannot have been loaded: what it is nested in was refused. Undefined where that was not. */
  inside(row: KeyedRow): Reason | undefined;
  /** Whether such rows are refused, too, where nothing names them. */
  readonly unnamed: boolean;
  /** Entries that name a row by what it is nested in; asked where none names the row itself. */
  byParent(row: KeyedRow): readonly RejectedId[];
}

/** A row of the package that F&O refused. */
export interface RefusedRow {
  /** 1-based number of the row in the data file. */
  readonly row: number;
  readonly fields: readonly string[];
  readonly values: readonly string[];
  readonly key: readonly string[];
  readonly stage: "staging" | "target";
  readonly reasons: readonly Reason[];
  /** One of its messages fits other rows too. */
  readonly ambiguous: boolean;
}

/**
 * Counts for every entry of `ids` how many rows of the package it fits, and changes nothing else; returns how many rows
 * a file of refused records names.
 *
 * One id may fit several rows: one of several key fields that is written as one text, or one of a message that
 * does not say which entity of the package it is about. That must be known before the first of them is shown, so
 * the entities of a package are all counted before their rows are told apart.
 */
export async function countMatches(options: AttributionOptions): Promise<number> {
  if (nothingToFind(options)) return 0;
  const { schema, ids } = options;
  if (ids.needsWeighing(schema.keys.length)) {
    for await (const { key } of keyedRows(options)) ids.weigh(key);
    ids.decide();
  }
  let listed = 0;
  for await (const { matches } of matchingRows(options)) {
    const named = matches.some(({ entry }) => isListed(entry));
    if (named) listed++;
    for (const { entry } of matches) {
      entry.matches++;
      if (named) entry.listedBeside = true;
    }
  }
  return listed;
}

/**
 * Joins what the error channels said with the rows of the package, in row order. The package is read again
 * rather than all its keys remembered: memory grows with the number of rejections, not of records.
 *
 * The entries of `ids` with no match (see `countMatches`) are those that fit no record.
 */
export async function* refusedRows(options: AttributionOptions): AsyncGenerator<RefusedRow> {
  if (nothingToFind(options)) return;
  for await (const { row, fields, values, key, matches, inside } of matchingRows(options)) {
    const entries = matches.map(({ entry }) => entry);
    const own = entries.length === 0 ? [] : reasonsOf(entries, { fields, values }, options);
    yield {
      row,
      fields,
      values,
      key,
      stage: entries.some((entry) => entry.inStagingFile) ? "staging" : "target",
      reasons: inside === undefined ? own : [inside, ...own],
      ambiguous: matches.some(({ entry, doubtful }) => entry.matches > 1 || doubtful),
    };
  }
}

function nothingToFind({ schema, ids, nested }: AttributionOptions): boolean {
  return nested === undefined && (ids.size === 0 || schema.keys.length === 0);
}

/** A row of a package and its key. */
export interface KeyedRow {
  readonly row: number;
  readonly fields: readonly string[];
  readonly values: readonly string[];
  readonly key: readonly string[];
}

interface MatchingRow extends KeyedRow {
  readonly matches: readonly Match[];
  /** What it is nested in was refused. */
  readonly inside: Reason | undefined;
}

async function* keyedRows(options: AttributionOptions): AsyncGenerator<KeyedRow> {
  const { schema, packageFile, dataFile } = options;
  const source = options.rows?.() ?? readPackageRows(packageFile, dataFile);
  for await (const { header, firstRow, rows } of source) {
    const keyColumns = schema.keys.map((field) => header.indexOf(field));
    for (const [index, values] of rows.entries()) {
      const key = keyColumns.map((column) => values[column] ?? "");
      yield { row: firstRow + index, fields: header, values, key };
    }
  }
}

async function* matchingRows(options: AttributionOptions): AsyncGenerator<MatchingRow> {
  const { schema, ids, nested } = options;
  for await (const keyed of keyedRows(options)) {
    const own = schema.keys.length === 0 ? [] : ids.match(keyed.key);
    const matches = own.length > 0 ? own : (nested?.byParent(keyed) ?? []).map(certain);
    const inside = nested?.inside(keyed);
    if (matches.length > 0 || (inside !== undefined && nested?.unnamed === true)) {
      yield { ...keyed, matches, inside };
    }
  }
}

function certain(entry: RejectedId): Match {
  return { entry, doubtful: false };
}

function reasonsOf(
  entries: readonly RejectedId[],
  { fields, values }: Pick<RefusedRow, "fields" | "values">,
  { schema, meaning = plainMeaning() }: AttributionOptions,
): Reason[] {
  const messages = entries.flatMap((entry) => entry.messages);
  const spoken = meaning.reasonsOf(messages, { schema, fields, values });
  if (spoken.length > 0) return spoken;
  return [reason(entries.some((entry) => entry.inStagingFile) ? "DMFP-FNO-STAGING" : "DMFP-FNO-NO-REASON")];
}
