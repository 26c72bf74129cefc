import type { SourceProfile } from "../../source/source-profile.ts";
import type { Rejection, UnattributedMessage } from "../rejection.ts";
import type { RunSummary } from "../summary.ts";
import type { CauseOverview } from "../causes/cause.ts";
import { answerSection, type MessageFiles } from "./answer-section.ts";
import { causeSection } from "./cause-section.ts";
import { fileSection, type CorrectionFile } from "./file-section.ts";
import { flowSection } from "./flow-section.ts";
import { handedOnSection, handedOnTitle } from "./handed-on-section.ts";
import { html } from "./html.ts";
import { packageSection, unattributedSection } from "./package-section.ts";
import type { PageSection } from "./page-frame.ts";
import { profileSection } from "./profile-section.ts";
import type { ReasonClass } from "./reason-groups.ts";
import { reasonSection } from "./reason-section.ts";
import { rowSection, type RowCounts } from "./row-section.ts";
import { snapshotSection } from "./snapshot-section.ts";
import { trendSection } from "../trend/trend-section.ts";

/** All that the readable part of the page is made from. */
export interface PageFacts {
  readonly summary: RunSummary;
  readonly classes: readonly ReasonClass[];
  readonly causes?: CauseOverview;
  readonly counts: RowCounts;
  /** The first rejections, for paper and for readers without JavaScript. */
  readonly firstRows: readonly Rejection[];
  readonly files: readonly CorrectionFile[];
  /** Path of the Excel workbook relative to the report. */
  readonly workbook?: string;
  readonly unattributed: { readonly first: readonly UnattributedMessage[]; readonly total: number };
  readonly messageFiles: MessageFiles;
  readonly profiles: readonly SourceProfile[];
}

/** The parts of the page in the order in which a reader needs them; a part with nothing to say is empty. */
export function pageSections(facts: PageFacts): readonly PageSection[] {
  const { summary, classes, causes, counts, firstRows, unattributed } = facts;
  const allListed = counts.listed === summary.rejections.total;
  return [
    {
      id: "flow-title",
      title: "Where the records went",
      // Of a part of the rejections there is nothing to say but that they were rejected.
      body: summary.part === undefined ? flowSection(summary, allListed) : html``,
    },
    { id: "trend-title", title: "Since the last run", body: trendSection(summary.rejections.trend) },
    { id: "causes-title", title: "What to put right first", body: causeSection(causes) },
    { id: "why-title", title: "Why records were rejected", body: reasonSection(classes, summary) },
    { id: "files-title", title: "Files to correct", body: fileSection(facts.files) },
    {
      id: "handed-on-title",
      title: handedOnTitle(summary.stewards ?? []),
      body: handedOnSection({
        ...(facts.workbook === undefined ? {} : { workbook: facts.workbook }),
        ...(summary.excelLeftOut === undefined ? {} : { leftOut: summary.excelLeftOut }),
        run: summary.run,
        stewards: summary.stewards ?? [],
        total: summary.rejections.total,
      }),
    },
    {
      id: "rows-title",
      title: "Every rejected row",
      body: counts.total === 0 ? html`` : rowSection(counts, firstRows),
    },
    {
      id: "unattributed-title",
      title: "Messages that fit no record",
      body: unattributedSection(unattributed, facts.messageFiles.unattributed),
    },
    {
      id: "snapshots-title",
      title: "What is known of the environment",
      body: snapshotSection(summary.snapshots ?? [], summary.withoutSnapshot ?? []),
    },
    { id: "profile-title", title: "What the sources hold", body: profileSection(facts.profiles) },
    { id: "packages-title", title: "Packages", body: packageSection(summary.packages) },
    { id: "answers-title", title: "What F&O answered", body: answerSection(summary, facts.messageFiles) },
  ];
}
