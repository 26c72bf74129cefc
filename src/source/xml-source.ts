import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { SourceFormat } from "../project/source-format.ts";
import { inBatches } from "./item-batches.ts";
import type { SourceFile } from "./source-file.ts";
import type { OpenSource } from "./opened-source.ts";
import type { SourceItem } from "./source-record.ts";
import { decodeLeniently } from "./text-encoding.ts";
import { xmlEncoding } from "./xml-encoding.ts";
import { recordPath, rowPath } from "./xml-path.ts";
import { XmlScanner, type XmlScannerOptions } from "./xml-scanner.ts";

const headBytes = 64 * 1024;

export interface OpenXmlOptions {
  readonly file: SourceFile;
  readonly format: SourceFormat;
  /** Path of the record element. */
  readonly record: string;
  /** Paths of the values to read, relative to the record element. */
  readonly wanted: readonly string[];
}

/**
 * Opens an XML source. Errors: DMFP-SOURCE-EMPTY, DMFP-SOURCE-INVALID (encodings that contradict each other),
 * DMFP-MAPPING-INVALID and DMFP-MAPPING-COLUMN for paths that are none.
 */
export async function openXml(options: OpenXmlOptions): Promise<OpenSource> {
  const { file, format } = options;
  const head = await file.head(headBytes);
  const { encoding, markBytes } = xmlEncoding(head, format.encoding, file.name);
  const blank = decodeLeniently(head.subarray(markBytes), encoding).trim() === "";
  if (blank && file.sizeBytes <= headBytes) {
    throw new DmfpipeError("DMFP-SOURCE-EMPTY", `${file.name} is empty.`, { at: { file: file.name } });
  }
  const scanner: XmlScannerOptions = {
    file: file.name,
    encoding,
    startByte: markBytes,
    record: recordPath(options.record),
    ...(format.rows === undefined ? {} : { rows: rowPath(format.rows) }),
    paths: options.wanted,
    maxRecordBytes: format.maxRecordBytes,
  };
  let latest: XmlScanner | undefined;
  const batches: OpenSource["batches"] = () =>
    inBatches(xmlItems(file, scanner.startByte, (latest = new XmlScanner(scanner))), (items) => items);
  return {
    columns: options.wanted,
    sizeBytes: file.sizeBytes,
    batches,
    passing: batches,
    neverSeen: () => latest?.neverSeen() ?? [],
  };
}

async function* xmlItems(
  file: SourceFile,
  startByte: number,
  scanner: XmlScanner,
): AsyncGenerator<readonly SourceItem[]> {
  for await (const chunk of file.chunks(startByte)) yield scanner.feed(chunk);
  yield scanner.end();
}
