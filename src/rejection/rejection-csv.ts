import path from "node:path";
import { PartialFile } from "../package/partial-file.ts";
import { slug as slugOf } from "../sequence/slug.ts";
import { guardFormula } from "./formula-guard.ts";
import { joinedReasons } from "./reason-text.ts";
import type { Rejection } from "./rejection.ts";
import type { RejectionSink } from "./rejection-sink.ts";

/** The columns dmfpipe puts behind those of the source; part of the contract. */
export const rejectColumns = [
  "_reject_stage",
  "_reject_code",
  "_reject_field",
  "_reject_message",
  "_reject_fix",
  "_source_file",
  "_source_line",
  "_source_text",
] as const;

/** Behind them where records were corrected in a file: which file, and which of its rows. */
export const correctedColumn = "_source_corrected";

/** Our columns, whatever run wrote them. */
export const ownColumns: ReadonlySet<string> = new Set([...rejectColumns, correctedColumn]);
const byteOrderMark = "\uFEFF";

/** How the source of an entity looks, so that its rejected records can go back the way they came. */
export interface CsvLayout {
  readonly columns: readonly string[];
  /** The source's own delimiter; for an XML source whatever its readers' spreadsheet splits at. */
  readonly delimiter: string;
}

export interface RejectionCsvOptions {
  /** The run's folder for rejected records, usually `rejections`. */
  readonly folder: string;
  /** The layout of the source of an entity (DMF label); asked when its first record is rejected. */
  readonly layoutOf: (entity: string) => CsvLayout;
  /** Whether a column says where each record was corrected: of a resubmission. Default: false. */
  readonly corrected?: boolean;
}

/** One finished file of rejected records. */
export interface RejectionCsvFile {
  readonly entity: string;
  /** Name of the file in the folder. */
  readonly name: string;
  readonly records: number;
}

interface OpenCsv {
  readonly entity: string;
  readonly name: string;
  readonly file: PartialFile;
  /** Positions of the source columns that are written. */
  readonly kept: readonly number[];
  readonly delimiter: string;
  records: number;
}

/**
 * Writes `<entity>.rejected.csv`, one per entity that has rejections: the source columns untouched, then why
 * each record was refused. UTF-8 with byte order mark and CRLF, the source's own delimiter and `"` as quote:
 * what Excel opens correctly with a double click where the extract comes from.
 *
 * - Several reasons of a record stand in the same order in each `_reject_` column, joined by ` | `.
 * - An unreadable record has no columns: its source columns stay empty and `_source_text` holds its text. For
 *   all other records `_source_text` is empty.
 * - The source columns are raw, because the file is sent back; the columns of dmfpipe are guarded against
 *   being run as formulas, because they are only read.
 * - Of a resubmission, `_source_file` and `_source_line` are still those of the original source, by which a record is
 *   known, and `_source_corrected` is where a steward finds it.
 * - A source that is itself such a file has our columns already: the old verdicts are left out.
 * - Files of one entity whose columns differ go to files of their own: `<entity>-2.rejected.csv`.
 */
export class RejectionCsvWriter implements RejectionSink {
  readonly #options: RejectionCsvOptions;
  /** By entity and columns; a promise, so that two records at once do not open the file twice. */
  readonly #open = new Map<string, Promise<OpenCsv>>();
  readonly #filesOfSlug = new Map<string, number>();
  #finished: RejectionCsvFile[] = [];

  constructor(options: RejectionCsvOptions) {
    this.#options = options;
  }

  /** Appends one record. Throws DMFP-FILE-WRITE when the disk refuses. */
  async write(rejection: Rejection): Promise<void> {
    const csv = await this.#csvOf(rejection);
    csv.records++;
    const row = csvRow(rejection, csv.kept);
    if (this.#options.corrected === true) row.push(guardFormula(correctedPlace(rejection)));
    await csv.file.write(csvLine(row, csv.delimiter));
  }

  async close(): Promise<void> {
    const finished: RejectionCsvFile[] = [];
    for (const opening of this.#open.values()) {
      const csv = await opening;
      await csv.file.publish();
      finished.push({ entity: csv.entity, name: csv.name, records: csv.records });
    }
    this.#open.clear();
    this.#finished = finished;
  }

  async abort(): Promise<void> {
    const settled = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const opening of settled) {
      if (opening.status === "fulfilled") await opening.value.file.discard();
    }
  }

  /** The files that `close` completed, in the order in which their first record came. */
  files(): readonly RejectionCsvFile[] {
    return this.#finished;
  }

  #csvOf(rejection: Rejection): Promise<OpenCsv> {
    const layout = this.#options.layoutOf(rejection.entity);
    const columns = rejection.columns.length === 0 ? layout.columns : rejection.columns;
    const id = JSON.stringify([rejection.entity, columns]);
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const opening = this.#openCsv(rejection.entity, columns, layout.delimiter);
    this.#open.set(id, opening);
    return opening;
  }

  async #openCsv(entity: string, columns: readonly string[], delimiter: string): Promise<OpenCsv> {
    const slug = slugOf(entity, "entity");
    const number = (this.#filesOfSlug.get(slug) ?? 0) + 1;
    this.#filesOfSlug.set(slug, number);
    const name = `${slug}${number === 1 ? "" : `-${number}`}.rejected.csv`;
    const file = await PartialFile.open(path.join(this.#options.folder, name));
    const kept = [...columns.keys()].filter((index) => !ownColumns.has(columns[index] ?? ""));
    const own = this.#options.corrected === true ? [...rejectColumns, correctedColumn] : rejectColumns;
    const header = [...kept.map((index) => columns[index] ?? ""), ...own];
    await file.write(byteOrderMark + csvLine(header, delimiter));
    return { entity, name, file, kept, delimiter, records: 0 };
  }
}

/** Where a record was corrected, in words: the row a steward knows. Empty where it was not. */
export function correctedPlace({ corrected }: Rejection): string {
  return corrected === undefined ? "" : `${corrected.file}, row ${corrected.row}`;
}

function csvRow(rejection: Rejection, kept: readonly number[]): string[] {
  const { reasons, position } = rejection;
  const unreadable = rejection.columns.length === 0;
  return [
    ...kept.map((index) => rejection.values[index] ?? ""),
    rejection.stage,
    guardFormula(joinedReasons(reasons, "code")),
    guardFormula(joinedReasons(reasons, "field")),
    guardFormula(joinedReasons(reasons, "message")),
    guardFormula(joinedReasons(reasons, "fix")),
    guardFormula(position.file),
    String(position.line),
    unreadable ? guardFormula(rejection.raw) : "",
  ];
}

/**
 * Written without csv-stringify, which looks at options and types for each value and takes five times as long
 * (bench/check-against-build.ts); the tests hold it against that.
 */
function csvLine(cells: readonly string[], delimiter: string): string {
  const written = cells.map((cell) =>
    needsQuotes(cell, delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${written.join(delimiter)}\r\n`;
}

const special = /["\r\n]/;

/** Also where the delimiter is several characters, and the value ends with the first of them. */
function needsQuotes(cell: string, delimiter: string): boolean {
  if (special.test(cell) || cell.includes(delimiter)) return true;
  return delimiter.length > 1 && `${cell}${delimiter}`.indexOf(delimiter) < cell.length;
}
