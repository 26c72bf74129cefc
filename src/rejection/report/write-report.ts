import { scrub } from "../../errors/redaction.ts";
import { PartialFile } from "../../package/partial-file.ts";
import type { SourceProfile } from "../../source/source-profile.ts";
import type { Rejection, UnattributedMessage } from "../rejection.ts";
import type { RunSummary } from "../summary.ts";
import { flowSection } from "./flow-section.ts";
import type { Html } from "./html.ts";
import { packageSection, unattributedSection } from "./package-section.ts";
import { pageEnd, pageFoot, pageStart, partialNotice } from "./page-frame.ts";
import { profileSection } from "./profile-section.ts";
import { ReasonGroups, reasonsOf } from "./reason-groups.ts";
import { reasonSection } from "./reason-section.ts";
import { Pool, rowData, type RowPools } from "./row-data.ts";
import { rowQuotas } from "./row-quota.ts";
import { snapshotSection } from "./snapshot-section.ts";
import { fileSection, rowChunk, rowLegend, rowSection, type CorrectionFile } from "./row-section.ts";

const rowsPerChunk = 500;
const greatestUnattributed = 500;

export interface ReportOptions {
  /** Path of the page to write, usually `report.html` of the run. */
  readonly file: string;
  /** Heading and window title; default: project and environment of the run. */
  readonly title?: string;
  readonly summary: RunSummary;
  /** Opens the rejections from the first one on; called twice, because the reasons stand above the rows. */
  readonly rejections: () => AsyncIterable<Rejection>;
  readonly unattributed?: AsyncIterable<UnattributedMessage> | Iterable<UnattributedMessage>;
  /** The files of rejected rows that go with the report. */
  readonly files?: readonly CorrectionFile[];
  /** What the sources hold, where they were profiled. */
  readonly profiles?: readonly SourceProfile[];
  /** Most rows to put into the page, default 50,000; past it the rare reasons keep all their rows. */
  readonly rowLimit?: number;
}

export interface WrittenReport {
  /** Rejections that were read. */
  readonly records: number;
  /** Rows the page lists. */
  readonly listed: number;
  /** False when the number read is not the summary's: the page then says that it is partial. */
  readonly complete: boolean;
}

/**
 * Writes the report of a run: one HTML page without any external asset, which opens from an e-mail. It is
 * written as a stream and never holds the rejections, whatever their number. All data in it is escaped, and its
 * Content-Security-Policy admits exactly its own script and style. Throws DMFP-FILE-WRITE when the disk refuses,
 * and what `rejections` throws; no half-written page is left behind.
 */
export async function writeReport(options: ReportOptions): Promise<WrittenReport> {
  const { summary } = options;
  const groups = new ReasonGroups();
  for await (const rejection of options.rejections()) groups.add(rejection);
  const list = groups.list();
  const quotas = rowQuotas(
    list.map((group) => group.leading),
    options.rowLimit ?? 50_000,
  );
  const records = groups.records;
  const listed = quotas.reduce((sum, quota) => sum + quota, 0);
  const complete = records === summary.rejections.total;
  const { first, total } = await firstMessages(options.unattributed ?? []);

  const page = await PartialFile.open(options.file);
  const put = (part: Html): Promise<void> => page.write(part.text);
  try {
    await put(pageStart(options.title ?? `Load of ${summary.project} into ${summary.environment}`, summary));
    if (!complete) await put(partialNotice(records, summary.rejections.total));
    await put(flowSection(summary));
    await put(reasonSection(list, summary));
    await put(fileSection(options.files ?? []));
    if (records > 0) await put(rowSection({ total: records, listed }));
    await put(unattributedSection(first, Math.max(total, summary.rejections.unattributed)));
    await put(snapshotSection(summary.snapshots ?? [], summary.withoutSnapshot ?? []));
    await put(profileSection(options.profiles ?? []));
    await put(packageSection(summary.packages));
    await put(pageFoot(summary));
    if (records > 0) await putRows(options.rejections(), groups, quotas, put);
    await put(pageEnd(records > 0));
    await page.publish();
  } catch (error) {
    await page.discard();
    throw error;
  }
  return { records, listed, complete };
}

async function putRows(
  rejections: AsyncIterable<Rejection>,
  groups: ReasonGroups,
  quotas: readonly number[],
  put: (part: Html) => Promise<void>,
): Promise<void> {
  const room = [...quotas];
  const pools: RowPools = { texts: new Pool<string>(), columns: new Pool<readonly string[]>() };
  let chunk: unknown[] = [];
  for await (const rejection of rejections) {
    const leading = groups.indexOf(reasonsOf(rejection)[0]);
    const left = room[leading] ?? 0;
    if (left === 0) continue;
    room[leading] = left - 1;
    chunk.push(rowData(rejection, (reason) => groups.indexOf(reason), pools));
    if (chunk.length < rowsPerChunk) continue;
    await put(rowChunk(chunk));
    chunk = [];
  }
  if (chunk.length > 0) await put(rowChunk(chunk));
  await put(rowLegend(pools, groups.list()));
}

async function firstMessages(
  messages: AsyncIterable<UnattributedMessage> | Iterable<UnattributedMessage>,
): Promise<{ first: UnattributedMessage[]; total: number }> {
  const first: UnattributedMessage[] = [];
  let total = 0;
  for await (const message of messages) {
    total++;
    if (first.length < greatestUnattributed) first.push({ ...message, message: scrub(message.message) });
  }
  return { first, total };
}
