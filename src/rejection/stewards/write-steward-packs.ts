import path from "node:path";
import { formatCount, formatNoun } from "../report/number-words.ts";
import { partSummary } from "../pack/part-summary.ts";
import { writePack, type RejectionOrigin } from "../pack/write-pack.ts";
import { readRejections } from "../rejection-ndjson.ts";
import type { RunSummary, StewardSummary } from "../summary.ts";
import type { StewardPart } from "./steward-split.ts";

/** What summary.json says of the owners; `folder` is relative to the run's. */
export function stewardSummaries(parts: readonly StewardPart[], folder: string): readonly StewardSummary[] {
  return parts.map(({ steward, folder: name, tally }) => ({
    ...steward,
    records: tally.total,
    folder: `${folder}/${name}`,
  }));
}

/**
 * Writes a folder for each owner who has rejections: a report, a CSV file for each entity and a workbook that hold that
 * owner's rows and no others. Throws DMFP-FILE-WRITE.
 */
export async function writeStewardPacks(options: {
  /** Where the folders of the owners are made. */
  readonly folder: string;
  readonly parts: readonly StewardPart[];
  /** Of the whole run. */
  readonly summary: RunSummary;
  readonly origin: RejectionOrigin;
  /** Records an owner may have for a workbook to be written; 0: there is none. */
  readonly excelRecords: number;
}): Promise<void> {
  const { folder, parts, summary, origin, excelRecords } = options;
  for (const { steward, folder: name, file, tally, census } of parts) {
    const { owner } = steward;
    const excel = tally.total <= excelRecords;
    const whole = formatNoun(summary.rejections.total, "rejected record");
    await writePack({
      folder: path.join(folder, name),
      title: `${steward.name ?? owner}: part of run ${summary.run}`,
      notice: `For ${owner}: ${formatCount(tally.total)} of the ${whole} of run ${summary.run}. The others have other owners.`,
      summary: {
        ...partSummary(summary, owner, { tally, entities: census.entities() }),
        ...(excel || excelRecords === 0 ? {} : { excelLeftOut: excelRecords }),
      },
      census,
      rejections: () => readRejections(file),
      origin,
      excel,
    });
  }
}
