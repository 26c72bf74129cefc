import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { SourceEncoding, SourceFormat } from "../project/source-format.ts";
import { detectDialect } from "./detect-dialect.ts";
import { detectEncoding } from "./detect-encoding.ts";
import type { SourceFile } from "./source-file.ts";
import { decodeLeniently } from "./text-encoding.ts";
import { xmlColumns } from "./xml-columns.ts";
import { xmlEncoding } from "./xml-encoding.ts";
import { elementAt, likelyRecord, xmlOutline, type OutlineElement } from "./xml-outline.ts";

/** How a source is read, as far as its bytes tell. */
export interface DetectedSource {
  readonly format: SourceFormat;
  /** XML: the paths that can be read. CSV: empty, the header says what there is. */
  readonly paths: readonly string[];
  /** What was found and how, and what to look at; for people. */
  readonly notes: readonly string[];
}

export interface KnownOfSource {
  readonly encoding?: SourceEncoding | undefined;
  readonly delimiter?: string | undefined;
  readonly record?: string | undefined;
  readonly maxRecordBytes: number;
}

/**
 * Finds out how a source is to be read: CSV or XML, encoding, delimiter and quote, or the record element. What
 * `known` says is taken as it is. Errors: DMFP-SOURCE-EMPTY, -HEADER, -INVALID, -CHANGED; DMFP-USAGE where no
 * element of an XML file stands out as the record.
 */
export async function detectSource(file: SourceFile, known: KnownOfSource): Promise<DetectedSource> {
  if (file.sizeBytes === 0) {
    throw new DmfpipeError("DMFP-SOURCE-EMPTY", `${file.name} is empty.`, { at: { file: file.name } });
  }
  const detected = await detectEncoding(file);
  const encoding = known.encoding ?? detected.encoding;
  const head = decodeLeniently(await file.head(4096), encoding).replace(/^\uFEFF/, "");
  const isXml =
    known.record !== undefined || (known.delimiter === undefined && head.trimStart().startsWith("<"));
  const doubt =
    known.encoding === undefined && detected.doubt !== undefined ? [`${file.name}: ${detected.doubt}.`] : [];
  if (isXml) return await detectXml(file, known, { detected: detected.encoding, doubt });
  const { maxRecordBytes } = known;
  const { delimiter, quote } = await detectDialect(file, {
    encoding,
    delimiter: known.delimiter,
    maxRecordBytes,
  });
  return { format: { encoding, delimiter, quote, maxRecordBytes }, paths: [], notes: doubt };
}

async function detectXml(
  file: SourceFile,
  known: KnownOfSource,
  bytes: { readonly detected: SourceEncoding; readonly doubt: readonly string[] },
): Promise<DetectedSource> {
  const head = await file.head(4096);
  const declared = xmlEncoding(head, known.encoding, file.name);
  // A file that says nothing is UTF-8, unless its bytes are not: then the mapping has to say so.
  const mistaken = declared.encoding === "utf-8" && bytes.detected === "windows-1252";
  const { encoding, markBytes } = mistaken ? xmlEncoding(head, "windows-1252", file.name) : declared;
  const root = await xmlOutline(file, { encoding, startByte: markBytes });
  const found = recordOf(root, known.record, file.name);
  const { paths, repeated, oddlyRepeated } = xmlColumns(found.element);
  const notes = [
    ...repeated.map(
      ({ path, most }) =>
        `A record has up to ${most} of ${path}; only the first is read. For a record of each, write rows: ${path} under source.`,
    ),
    ...oddlyRepeated.map(
      ({ path, records }) =>
        `${records === 1 ? "One record has" : `${records} records have`} several of ${path}, all others one: write ${path}[1] to take the first, or they are rejected.`,
    ),
  ];
  const { maxRecordBytes } = known;
  const said = mistaken ? encoding : known.encoding;
  return {
    format: { ...(said === undefined ? {} : { encoding: said }), record: found.path, maxRecordBytes },
    paths,
    notes: [...(mistaken ? bytes.doubt : []), ...notes],
  };
}

function recordOf(
  root: OutlineElement,
  wanted: string | undefined,
  name: string,
): { readonly path: string; readonly element: OutlineElement } {
  const path = wanted ?? likelyRecord(root);
  const element = path === undefined ? undefined : elementAt(root, path);
  if (path !== undefined && element !== undefined) return { path, element };
  throw new DmfpipeError(
    "DMFP-USAGE",
    wanted === undefined
      ? `No element of ${name} is there more than once, so it does not show what a record is.`
      : `${name} has no element ${wanted}; its root element is ${root.name}, with ${list(root)} in it.`,
    {
      next: `Name the record element, such as: --record /${root.name}/${root.children[0]?.name ?? "Record"}`,
    },
  );
}

function list(element: OutlineElement): string {
  const names = element.children.slice(0, 8).map(({ name }) => name);
  return names.length === 0 ? "nothing" : names.join(", ");
}
