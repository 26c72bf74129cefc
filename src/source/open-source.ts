import type { SourceFormat } from "../project/source-format.ts";
import { openCsv } from "./csv-source.ts";
import { SourceFile } from "./source-file.ts";
import type { OpenSource } from "./opened-source.ts";
import { openXml } from "./xml-source.ts";

export interface OpenSourceOptions {
  /** Absolute path of the file. */
  readonly path: string;
  /** As shown to people: relative to the project's root. */
  readonly name: string;
  readonly format: SourceFormat;
  /** Columns the mapping reads. XML: the paths to read. CSV: only used to tell a wrong delimiter. */
  readonly wanted: readonly string[];
}

/**
 * Opens one source file, CSV or XML as the format says; its records are read by `batches()` and may be read
 * several times. Errors: DMFP-SOURCE-MISSING, -EMPTY, -HEADER, -INVALID; while reading -INVALID and -CHANGED.
 */
export async function openSource(options: OpenSourceOptions): Promise<OpenSource> {
  const file = await SourceFile.open(options.path, options.name);
  return options.format.record === undefined
    ? openCsv({ file, format: options.format, wanted: options.wanted })
    : openXml({ file, format: options.format, record: options.format.record, wanted: options.wanted });
}
