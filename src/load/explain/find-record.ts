import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { SourceFormat } from "../../project/source-format.ts";
import { RecordReader } from "../../source/reread.ts";
import type { OpenSource } from "../../source/opened-source.ts";
import type { SourceItem, SourcePosition } from "../../source/source-record.ts";

/** Which record of a source is meant: the one that covers a line, or the one with a number (both from 1). */
export type WantedRecord = { readonly line: number } | { readonly record: number };

/** A source, as far as a record is looked for in it. */
export interface SearchedSource {
  /** Absolute. */
  readonly path: string;
  /** As shown to people. */
  readonly name: string;
  readonly format: SourceFormat;
  readonly source: OpenSource;
}

/** A record with its text, found by its place. */
export interface FoundRecord {
  readonly item: SourceItem;
  /** As it stands in the source; see ReadRecord. */
  readonly raw: string;
  /** The line on which it ends. */
  readonly lastLine: number;
  /** How many further records there are on the wanted line; their numbers follow on that of this one. */
  readonly others: number;
}

/**
 * Finds a record by its place, reading the source no further than needed and keeping none of it. A record may cover
 * several lines (a quoted value with line breaks, an XML element), and several XML records may share one line.
 *
 * Throws DMFP-NO-RECORD where there is none, naming the nearest ones; DMFP-SOURCE-INVALID and -CHANGED.
 */
export async function findRecord(searched: SearchedSource, wanted: WantedRecord): Promise<FoundRecord> {
  return "line" in wanted
    ? await findByLine(searched, wanted.line)
    : await findByNumber(searched, wanted.record);
}

async function findByNumber(searched: SearchedSource, record: number): Promise<FoundRecord> {
  let last: SourcePosition | undefined;
  for await (const items of searched.source.batches()) {
    for (const item of items) {
      last = item.position;
      if (last.record === record) return await withText(searched, item, 0);
    }
  }
  const count = last?.record ?? 0;
  throw noRecord(searched, `${searched.name} has no record number ${record}; it has ${count}.`, last);
}

async function findByLine(searched: SearchedSource, line: number): Promise<FoundRecord> {
  let before: SourceItem | undefined;
  let on: SourceItem | undefined;
  let others = 0;
  let after: SourceItem | undefined;
  search: for await (const items of searched.source.batches()) {
    for (const item of items) {
      const begins = item.position.line;
      if (begins < line) before = item;
      else if (begins > line) {
        after = item;
        break search;
      } else if (on === undefined) on = item;
      else others++;
    }
  }
  if (on !== undefined) return await withText(searched, on, others);
  if (before !== undefined) {
    const found = await withText(searched, before, 0);
    if (found.lastLine >= line) return found;
    // Of a record beyond the size limit only the beginning was read again.
    if (before.position.byteLength > searched.format.maxRecordBytes) return { ...found, lastLine: line };
  }
  throw notCovered(searched, line, { before: before?.position, after: after?.position });
}

async function withText(searched: SearchedSource, item: SourceItem, others: number): Promise<FoundRecord> {
  const reader = await RecordReader.open(searched.path, searched.format, searched.source.columns);
  try {
    const { raw } = await reader.read(item.position);
    return { item, raw, others, lastLine: item.position.line + (raw.match(/\r\n|\n|\r/g)?.length ?? 0) };
  } finally {
    await reader.close();
  }
}

function notCovered(
  searched: SearchedSource,
  line: number,
  near: { readonly before: SourcePosition | undefined; readonly after: SourcePosition | undefined },
): DmfpipeError {
  const { name, format } = searched;
  const { before, after } = near;
  if (before === undefined && after === undefined) return noRecord(searched, `${name} has no records.`);
  if (before === undefined) {
    const what =
      format.record === undefined ? "is the header, or stands before it" : "stands before the first record";
    return noRecord(
      searched,
      `Line ${line} of ${name} ${what}; the first record begins on line ${after?.line ?? 0}.`,
      after,
    );
  }
  if (after === undefined) {
    return noRecord(
      searched,
      `${name} has no record on line ${line}: the last one, number ${before.record}, begins on line ${before.line}.`,
      before,
    );
  }
  return noRecord(
    searched,
    `Line ${line} of ${name} belongs to no record: one begins on line ${before.line}, the next on line ${after.line}.`,
    after,
  );
}

function noRecord(searched: SearchedSource, message: string, nearest?: SourcePosition): DmfpipeError {
  return new DmfpipeError("DMFP-NO-RECORD", message, {
    at: { file: searched.name },
    ...(nearest === undefined
      ? {}
      : { next: `The nearest record: dmfpipe explain ${searched.name}:${nearest.line}` }),
  });
}
