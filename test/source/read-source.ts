import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SourceFormat } from "../../src/project/source-format.ts";
import { openSource } from "../../src/source/open-source.ts";
import { RecordReader } from "../../src/source/reread.ts";
import type { SourceItem } from "../../src/source/source-record.ts";

export interface ReadSource {
  readonly columns: readonly string[];
  readonly items: readonly SourceItem[];
  /** The text of each item as the record reader gives it, in the same order. */
  readonly raw: readonly string[];
  /** Values of each item as the record reader gives them. */
  readonly reread: readonly (readonly string[])[];
}

/** Writes a source to disk, opens it, reads all of it, and reads every record a second time by its position. */
export async function readSource(
  content: string | Buffer,
  format: Partial<SourceFormat> = {},
  wanted: readonly string[] = [],
): Promise<ReadSource> {
  const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-source-"));
  const file = path.join(folder, "source");
  const complete: SourceFormat = { maxRecordBytes: 100_000, ...format };
  try {
    writeFileSync(file, content);
    const source = await openSource({ path: file, name: "source", format: complete, wanted });
    const items: SourceItem[] = [];
    for await (const batch of source.batches()) items.push(...batch);
    const reader = await RecordReader.open(file, complete, source.columns);
    const records = [];
    for (const item of items) records.push(await reader.read(item.position));
    await reader.close();
    return {
      columns: source.columns,
      items,
      raw: records.map((record) => record.raw),
      reread: records.map((record) => record.values),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Values of a record, or the codes of an unreadable one. */
export function shapeOf(item: SourceItem): readonly string[] {
  return item.kind === "record" ? item.values : item.reasons.map((reason) => reason.code);
}
