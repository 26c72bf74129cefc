import type { RunResult } from "../load/load-options.ts";
import { isSending } from "../load/ledger/ledger-rows.ts";
import { objectionText } from "../load/reading/objections.ts";
import { snapshotLine } from "../load/reading/snapshot-age.ts";
import { stagedAndNot } from "../rejection/report/flow.ts";
import type { EntitySummary, RunSummary } from "../rejection/summary.ts";
import { causeLines, noiseLines } from "./cause-text.ts";
import { formatCount } from "./number-text.ts";
import { textTable, type TextColumn } from "./text-table.ts";
import { trendLines } from "./trend-text.ts";

const columns: readonly TextColumn[] = [
  { title: "entity", align: "left" },
  { title: "company", align: "left" },
  ...["read", "left out", "rejected", "created", "updated", "not processed"].map((title): TextColumn => ({
    title,
    align: "right",
  })),
  { title: "", align: "left" },
];

const dryColumns: readonly TextColumn[] = [
  { title: "entity", align: "left" },
  { title: "company", align: "left" },
  ...["read", "left out", "rejected", "ready"].map((title): TextColumn => ({ title, align: "right" })),
];

/** Of a load that goes no further than staging. */
const stagedColumns = [
  ...dryColumns.slice(0, -1),
  ...["staged, not loaded", "not processed"].map((title): TextColumn => ({ title, align: "right" })),
];

/** The counts of a run as a table, its last row the total. */
export function countsTable(summary: RunSummary): string {
  const dry = !isSending(summary);
  const staging = summary.stagingOnly === true;
  const row = (
    name: string,
    company: string,
    counts: Omit<EntitySummary, "entity" | "legalEntity">,
  ): string[] => {
    const rejected = counts.rejectedHere + counts.rejectedStaging + counts.rejectedTarget;
    const shared = [name, company, counts.read, counts.filtered, rejected];
    const { staged, notProcessed } = stagedAndNot(counts);
    const rest = staging
      ? [staged, notProcessed]
      : dry
        ? [counts.packaged]
        : [counts.created, counts.updated, counts.unprocessed];
    const cells = [...shared, ...rest].map((cell) => (typeof cell === "number" ? formatCount(cell) : cell));
    return counts.balanced ? cells : [...cells, "← does not balance"];
  };
  const rows = summary.entities.map((entity) => row(entity.entity, entity.legalEntity || "none", entity));
  return textTable(staging ? stagedColumns : dry ? dryColumns : columns, [
    ...rows,
    row("total", "", total(summary)),
  ]);
}

function total(summary: RunSummary): Omit<EntitySummary, "entity" | "legalEntity"> {
  const sum = (pick: (entity: EntitySummary) => number): number =>
    summary.entities.reduce((all, entity) => all + pick(entity), 0);
  return {
    read: sum((entity) => entity.read),
    filtered: sum((entity) => entity.filtered),
    rejectedHere: sum((entity) => entity.rejectedHere),
    packaged: sum((entity) => entity.packaged),
    staged: sum((entity) => entity.staged),
    rejectedStaging: sum((entity) => entity.rejectedStaging),
    created: sum((entity) => entity.created),
    updated: sum((entity) => entity.updated),
    rejectedTarget: sum((entity) => entity.rejectedTarget),
    unprocessed: sum((entity) => entity.unprocessed),
    balanced: summary.balanced,
    controlTotals: {},
  };
}

/** What a command that made a run prints: the counts, what happened in one sentence, and where to look. */
export function runText(result: RunResult, shownFolder: string): string {
  const { summary } = result;
  const lines = summary.entities.length === 0 ? [] : [countsTable(summary), ""];
  lines.push(sentence(summary), ...secondPassLines(summary));
  const stopping = loadStoppers(result);
  if (stopping.length > 0) lines.push("A load would be stopped before anything is sent:", ...stopping);
  for (const pack of summary.packages) {
    if (pack.message !== undefined) lines.push(`  ${pack.key}: ${pack.message}`);
  }
  const snapshots = snapshotLine(summary.snapshots ?? []);
  if (snapshots !== undefined) lines.push(`  references: held against ${snapshots}`);
  const { withoutSnapshot = [] } = summary;
  if (withoutSnapshot.length > 0) {
    lines.push(
      `  not known:  what the environment has of ${withoutSnapshot.join(", ")}; dmfpipe snapshot fetches it`,
    );
  }
  lines.push(...trendLines(summary.rejections.trend));
  lines.push(...causeLines(summary.rejections.causes), ...noiseLines(summary.rejections.noise));
  if (summary.rejections.total > 0 || summary.rejections.unattributed > 0) {
    lines.push(`  report:     ${shownFolder}/report.html`, `  to correct: ${shownFolder}/rejections/`);
    if (summary.excelLeftOut !== undefined) {
      const more = `${formatCount(summary.rejections.total)} rejected records are more than reports.excelRecords, ${formatCount(summary.excelLeftOut)}`;
      lines.push(
        `  no Excel:   report.xlsx was not written: ${more}; dmfpipe rejections ${summary.run} --to FOLDER writes it`,
      );
    }
    lines.push(...stewardLines(summary, shownFolder));
  }
  return lines.join("\n");
}

/** Whose the rejected records are; those who have no stewards read nothing of it. */
function stewardLines({ stewards = [] }: RunSummary, shownFolder: string): string[] {
  if (stewards.length === 0) return [];
  const counts = stewards.map(({ owner, records }) => `${owner} ${formatCount(records)}`).join(", ");
  return [`  to hand on: ${shownFolder}/stewards/ (${counts})`];
}

/** What became of the fields that were held back; those who have none read nothing of it. */
function secondPassLines(summary: RunSummary): string[] {
  const dry = !isSending(summary) || summary.stagingOnly === true;
  return summary.entities.flatMap(({ entity, legalEntity, secondPass }) => {
    if (secondPass === undefined) return [];
    const { records, updated, created, rejectedStaging, rejectedTarget, unprocessed } = secondPass;
    const whole = `  second pass: ${entity} ${legalEntity}, ${formatCount(records)} ${records === 1 ? "record" : "records"}`;
    if (dry) return [`${whole} to be filled`];
    const made = created === 0 ? "" : `, ${formatCount(created)} created anew`;
    const rejected = formatCount(rejectedStaging + rejectedTarget);
    return [
      `${whole}: ${formatCount(updated)} filled${made}, ${rejected} rejected, ${formatCount(unprocessed)} not processed`,
    ];
  });
}

/** What a check found that no single record is to blame for, and that is not printed as its error. */
function loadStoppers({ summary, error }: RunResult): string[] {
  if (summary.command !== "check") return [];
  const others = (summary.objections ?? []).filter(({ code }) => code !== error?.code);
  return others.map((objection) => `  ${objectionText(objection)}`);
}

function sentence(summary: RunSummary): string {
  const rejected = `${formatCount(summary.rejections.total)} ${summary.rejections.total === 1 ? "record" : "records"}`;
  const run = `Run ${summary.run}`;
  switch (summary.status) {
    case "succeeded":
      if (summary.stagingOnly === true)
        return `${run}: dry run into F&O's staging tables, no record rejected.`;
      return isSending(summary) ? `${run}: all records were loaded.` : `${run}: nothing was found wrong.`;
    case "finished with rejections":
      if (summary.stagingOnly === true)
        return `${run}: dry run into F&O's staging tables, ${rejected} rejected.`;
      return isSending(summary)
        ? `${run}: finished, ${rejected} rejected.`
        : `${run}: ${rejected} would be rejected.`;
    case "unbalanced":
      return `${run}: the counts do not balance. Some records cannot be accounted for.`;
    case "abandoned":
      return `${run}: given up. What was not sent is counted as unprocessed; what is in F&O stays there.`;
    case "nothing to do":
      return `${run}: the sources hold no record to load.`;
    case "failed":
    case "in doubt":
    case "interrupted":
    case "stopped by the error budget":
      return `${run}: ${summary.status}.`;
    default:
      return summary.status satisfies never;
  }
}
