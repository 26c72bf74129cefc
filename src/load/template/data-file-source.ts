import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { SourceSettings } from "../../mapping/propose/yaml-writing.ts";
import type { ProjectOutline } from "../../project/project-outline.ts";
import type { SourceEncoding, SourceFormat } from "../../project/source-format.ts";
import type { ColumnProfile } from "../../source/column-profile.ts";
import { detectSource } from "../../source/detect-source.ts";
import { SourceFile } from "../../source/source-file.ts";
import { byteOrderMark } from "../../source/text-encoding.ts";
import { xmlColumns } from "../../source/xml-columns.ts";
import { xmlEncoding } from "../../source/xml-encoding.ts";
import { elementAt, xmlOutline, type OutlineElement } from "../../source/xml-outline.ts";
import type { CompositePart } from "./composite-parts.ts";
import { profileSource, settingsOf, sourceName } from "../schema/propose-from-source.ts";

/** What the records of a data file hold. */
export interface DataFileRecords {
  readonly settings: SourceSettings;
  /** Names of the columns as a mapping reads them: header names, or paths of an XML file. */
  readonly columns: readonly ColumnProfile[];
  readonly records: number;
  readonly unreadable: number;
  /** Whether there are more records than were read. */
  readonly more: boolean;
}

/** A data file of a package as a source that could be loaded again. */
export type DataFileSource =
  | (DataFileRecords & {
      readonly kind: "delimited";
      readonly delimiter: string;
      readonly encoding: SourceEncoding;
      readonly byteOrderMark: boolean;
    })
  | (DataFileRecords & { readonly kind: "xml"; readonly fieldsIn: "elements" | "attributes" })
  /** There is none that could be read; `why` in words that follow "there is no data to read: ". */
  | { readonly kind: "none"; readonly why: string };

export interface DataFileOptions {
  readonly project: ProjectOutline;
  /** Absolute. */
  readonly path: string;
  /** Name of the source data format in the manifest. */
  readonly sourceFormat: string;
  /** What the elements of an XML file are called after, in upper case unless a flight says otherwise. */
  readonly aotName: string;
  /** In the file of a composite entity: where the records stand. */
  readonly part?: Pick<CompositePart, "record" | "rows">;
  /** No more records than this are read. */
  readonly records: number;
  readonly signal: AbortSignal;
}

/**
 * Looks through a data file. A file that cannot be read as a whole is no source, and the reason is part of the result.
 * Throws DMFP-PATH-OUTSIDE for a file outside the project and its source roots, DMFP-INTERRUPTED.
 */
export async function dataFileSource(options: DataFileOptions): Promise<DataFileSource> {
  const name = sourceName({ project: options.project, source: options.path });
  if (/\.xlsx?$/i.test(options.path)) {
    return { kind: "none", why: `dmfpipe reads no workbooks (${name}): save its sheet as CSV` };
  }
  try {
    return /\.xml$/i.test(options.path)
      ? await xmlSource(options, name)
      : await delimitedSource(options, name);
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError) || !thrown.code.startsWith("DMFP-SOURCE-")) throw thrown;
    return { kind: "none", why: thrown.message.replace(/\.$/, "") };
  }
}

async function delimitedSource(options: DataFileOptions, name: string): Promise<DataFileSource> {
  const file = await SourceFile.open(options.path, name);
  const mark = byteOrderMark(await file.head(4));
  const unicode = /^csv-unicode$/i.test(options.sourceFormat);
  const detected = await detectSource(file, {
    // A file of one column shows no delimiter; this format has always the same.
    ...(unicode ? { delimiter: "," } : {}),
    maxRecordBytes: options.project.recordBytes,
  });
  const { encoding = "utf-8", delimiter = ",", record } = detected.format;
  if (record !== undefined) return { kind: "none", why: `${name} is XML, which its name does not say` };
  const { profiler, ...counts } = await profileSource(
    { source: options.path, records: options.records, signal: options.signal },
    detected,
    name,
  );
  const settings = settingsOf(detected, name);
  const columns = profiler.profiles();
  const read = { records: counts.read, unreadable: counts.unreadable, more: counts.more };
  return {
    kind: "delimited",
    settings,
    columns,
    ...read,
    delimiter,
    encoding,
    byteOrderMark: mark !== undefined,
  };
}

async function xmlSource(options: DataFileOptions, name: string): Promise<DataFileSource> {
  const root = await dataFileOutline(options.path, name);
  const { record, rows } = options.part ?? { record: `/${root.name}/${recordName(root, options.aotName)}` };
  const element = elementAt(root, rows === undefined ? record : `${record}/${rows}`);
  const attributes = fieldsInAttributes(options.sourceFormat, element);
  const format: SourceFormat = { record, rows, maxRecordBytes: options.project.recordBytes };
  // What is nested in a record are records of other entities.
  const own = element === undefined ? [] : xmlColumns(element).paths.filter(isField);
  const above = rows === undefined ? [] : fieldsAbove(root, record, rows);
  const detected = { format, paths: [...own, ...above], notes: [] };
  const { profiler, read, unreadable, more } = await profileSource(
    { source: options.path, records: options.records, signal: options.signal },
    detected,
    name,
  );
  return {
    kind: "xml",
    settings: settingsOf({ format }, name),
    columns: profiler.profiles(),
    records: read,
    unreadable,
    more,
    fieldsIn: attributes ? "attributes" : "elements",
  };
}

/** The structure of an XML data file. Throws DMFP-SOURCE-*. */
export async function dataFileOutline(path: string, name: string): Promise<OutlineElement> {
  const file = await SourceFile.open(path, name);
  const { encoding, markBytes } = xmlEncoding(await file.head(4096), undefined, name);
  return await xmlOutline(file, { encoding, startByte: markBytes });
}

/** The element of the entity; of a file that calls its records otherwise, the first one. */
function recordName(root: OutlineElement, aotName: string): string {
  const upper = aotName.toUpperCase();
  const named = root.children.find(({ name }) => name.toUpperCase() === upper);
  return (named ?? root.children[0])?.name ?? upper;
}

/** The format says it; for a format of the environment's own, the file does. */
function fieldsInAttributes(format: string, element: OutlineElement | undefined): boolean {
  if (/^xml-attribute$/i.test(format)) return true;
  if (/^xml-element$/i.test(format)) return false;
  return (element?.attributes.length ?? 0) > 0;
}

function isField(path: string): boolean {
  return path !== "." && !path.includes("/") && !path.includes("[");
}

/** Fields of the record around a row, as a row reads them. */
function fieldsAbove(root: OutlineElement, record: string, rows: string): readonly string[] {
  const element = elementAt(root, record);
  const up = "../".repeat(rows.split("/").length);
  return element === undefined
    ? []
    : xmlColumns(element)
        .paths.filter(isField)
        .map((path) => `${up}${path}`);
}
