import { scrub } from "../../errors/redaction.ts";
import { PartialFile } from "../../package/partial-file.ts";
import type { SourceProfile } from "../../source/source-profile.ts";
import type { CauseOverview } from "../causes/cause.ts";
import type { Rejection, UnattributedMessage } from "../rejection.ts";
import type { RunSummary } from "../summary.ts";
import type { MessageFiles } from "./answer-section.ts";
import type { CorrectionFile } from "./file-section.ts";
import type { Html } from "./html.ts";
import { pageEnd, pageFoot, pageStart, partialNotice } from "./page-frame.ts";
import { pageSections } from "./page-sections.ts";
import { reasonsOf, type ReasonGroups } from "./reason-groups.ts";
import { RowBlocks } from "./row-blocks.ts";
import { rowAllowance } from "./row-budget.ts";
import { Pool, rowDetail, rowIndex, type RowPools } from "./row-data.ts";
import { rowQuotas } from "./row-quota.ts";
import { rowLegend } from "./row-section.ts";
import { RowSurvey } from "./row-survey.ts";

const greatestUnattributed = 500;
const usualRowLimit = 500_000;
// With the third that mail adds to attachments this stays below the 25 to 35 MB at which mail servers refuse.
const usualSizeLimitBytes = 18_000_000;

export interface ReportOptions {
  /** Path of the page to write, usually `report.html` of the run. */
  readonly file: string;
  /** Heading and window title; default: project and environment of the run. */
  readonly title?: string;
  readonly summary: RunSummary;
  /** Opens the rejections from the first one on; called once, and before that for the survey where there is none. */
  readonly rejections: () => AsyncIterable<Rejection>;
  /** Of just these rejections: the reasons stand above the rows. */
  readonly survey?: RowSurvey;
  readonly unattributed?: AsyncIterable<UnattributedMessage> | Iterable<UnattributedMessage>;
  /** Where such messages are, relative to the report. */
  readonly messageFiles?: MessageFiles;
  /** What the rejections go back to. */
  readonly causes?: CauseOverview;
  /** The files of rejected rows that go with the report. */
  readonly files?: readonly CorrectionFile[];
  /** Path of the Excel workbook that goes with it, relative to the report; absent where there is none. */
  readonly workbook?: string;
  /** What the sources hold, where they were profiled. */
  readonly profiles?: readonly SourceProfile[];
  /** Most rows to list, default 500,000; past it the rare reasons keep all their rows. */
  readonly rowLimit?: number;
  /** About how many bytes the rows may take, default 18,000,000; past it rows are listed without their source row. */
  readonly sizeLimitBytes?: number;
}

export interface WrittenReport {
  /** Rejections that were read. */
  readonly records: number;
  /** Rows the page lists. */
  readonly listed: number;
  /** Rows of those that the page shows with their source row. */
  readonly whole: number;
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
  const { summary, files = [] } = options;
  const survey = options.survey ?? (await RowSurvey.of(options.rejections()));
  const { groups, records } = survey;
  const list = groups.list();
  const allowance = rowAllowance({
    records,
    ...survey.sizes(),
    rowLimit: options.rowLimit ?? usualRowLimit,
    sizeLimitBytes: options.sizeLimitBytes ?? usualSizeLimitBytes,
  });
  const listedByGroup = rowQuotas(
    list.map((group) => group.leading),
    allowance.listed,
  );
  const wholeByGroup = rowQuotas(listedByGroup, allowance.whole);
  const counts = { total: records, listed: sum(listedByGroup), whole: sum(wholeByGroup) };
  const complete = records === summary.rejections.total;
  const { first, total } = await firstMessages(options.unattributed ?? []);

  const sections = pageSections({
    summary,
    classes: groups.classes(),
    ...(options.causes === undefined ? {} : { causes: options.causes }),
    counts,
    firstRows: survey.first,
    files,
    ...(options.workbook === undefined ? {} : { workbook: options.workbook }),
    unattributed: { first, total: Math.max(total, summary.rejections.unattributed) },
    messageFiles: options.messageFiles ?? {},
    profiles: options.profiles ?? [],
  });

  const page = await PartialFile.open(options.file);
  const put = (part: Html): Promise<void> => page.write(part.text);
  try {
    const title = options.title ?? `Load of ${summary.project} into ${summary.environment}`;
    await put(pageStart(title, summary, sections));
    if (!complete) await put(partialNotice(records, summary.rejections.total));
    for (const { body } of sections) await put(body);
    await put(pageFoot(summary));
    if (records > 0) {
      await putRows({ rejections: options.rejections(), groups, listedByGroup, wholeByGroup, files, put });
    }
    await put(pageEnd());
    await page.publish();
  } catch (error) {
    await page.discard();
    throw error;
  }
  return { records, listed: counts.listed, whole: counts.whole, complete };
}

async function putRows(options: {
  readonly rejections: AsyncIterable<Rejection>;
  readonly groups: ReasonGroups;
  readonly listedByGroup: readonly number[];
  readonly wholeByGroup: readonly number[];
  readonly files: readonly CorrectionFile[];
  readonly put: (part: Html) => Promise<void>;
}): Promise<void> {
  const { groups, put } = options;
  const listedLeft = [...options.listedByGroup];
  const wholeLeft = [...options.wholeByGroup];
  const pools: RowPools = { texts: new Pool<string>(), columns: new Pool<readonly string[]>() };
  const blocks = new RowBlocks();
  let written: Promise<void> = Promise.resolve();
  for await (const rejection of options.rejections) {
    const ofReasons = reasonsOf(rejection).map((reason) => groups.indexOf(reason));
    const [leading = 0] = ofReasons;
    if (!take(listedLeft, leading)) continue;
    const context = { pools, groups: ofReasons };
    const whole = take(wholeLeft, leading);
    const full = blocks.add(rowIndex(rejection, context), rowDetail(rejection, { ...context, whole }));
    if (full === undefined) continue;
    // Compressed in another thread, while the rows of the next one are made.
    await written;
    written = full.then(put);
    // Heard when it is waited for.
    written.catch(() => undefined);
  }
  await written;
  const last = await blocks.rest();
  if (last !== undefined) await put(last);
  const files = Object.fromEntries(options.files.map(({ entity, href }) => [entity, href]));
  await put(await rowLegend({ pools, groups: groups.list(), listed: blocks.count, files }));
}

function take(left: number[], position: number): boolean {
  const count = left[position] ?? 0;
  if (count === 0) return false;
  left[position] = count - 1;
  return true;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
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
