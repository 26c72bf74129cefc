import type { EntitySchema } from "../entity/entity-schema.ts";
import { reason, type Reason } from "../errors/reason.ts";
import { readPackageRows } from "../package/read-package.ts";
import { reasonsOfMessage } from "./message-reason.ts";
import type { RejectedId, RejectedIds } from "./record-ids.ts";

export interface AttributionOptions {
  readonly schema: EntitySchema;
  /** The package's zip. */
  readonly packageFile: string;
  /** Name of the data file in it. */
  readonly dataFile: string;
  readonly ids: RejectedIds;
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
 * Joins what the error channels said with the rows of the package, in row order. The package is read again
 * rather than all its keys remembered: memory grows with the number of rejections, not of records.
 *
 * Afterwards the entries of `ids` with no match are those that fit no record.
 */
export async function* refusedRows(options: AttributionOptions): AsyncGenerator<RefusedRow> {
  const { schema, ids } = options;
  if (ids.size === 0 || schema.keys.length === 0) return;
  // dmfpipe packs no key twice, so an id of one field fits at most one row. An id of several fields, written
  // as one text, may fit more; that must be known before the first of them is shown.
  if (schema.keys.length > 1) {
    for await (const found of matchingRows(options)) countMatches(found.entries);
  }
  for await (const { row, fields, values, key, entries } of matchingRows(options)) {
    if (schema.keys.length === 1) countMatches(entries);
    yield {
      row,
      fields,
      values,
      key,
      stage: entries.some((entry) => entry.inStagingFile) ? "staging" : "target",
      reasons: reasonsOf(entries),
      ambiguous: entries.some((entry) => entry.matches > 1),
    };
  }
}

interface MatchingRow {
  readonly row: number;
  readonly fields: readonly string[];
  readonly values: readonly string[];
  readonly key: readonly string[];
  readonly entries: readonly RejectedId[];
}

async function* matchingRows(options: AttributionOptions): AsyncGenerator<MatchingRow> {
  const { schema, ids, packageFile, dataFile } = options;
  for await (const { header, firstRow, rows } of readPackageRows(packageFile, dataFile)) {
    const keyColumns = schema.keys.map((field) => header.indexOf(field));
    for (const [index, values] of rows.entries()) {
      const key = keyColumns.map((column) => values[column] ?? "");
      const entries = ids.match(key);
      if (entries.length > 0) yield { row: firstRow + index, fields: header, values, key, entries };
    }
  }
}

function countMatches(entries: readonly RejectedId[]): void {
  for (const entry of entries) entry.matches++;
}

function reasonsOf(entries: readonly RejectedId[]): Reason[] {
  const spoken = entries.flatMap((entry) => entry.messages.flatMap(reasonsOfMessage));
  if (spoken.length > 0) return spoken;
  return [reason(entries.some((entry) => entry.inStagingFile) ? "DMFP-FNO-STAGING" : "DMFP-FNO-NO-REASON")];
}
