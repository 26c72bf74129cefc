import type { EntitySummary, RunSummary, SecondPassSummary } from "../summary.ts";
import { formatCount, formatNoun } from "./number-words.ts";

/** The counts that walk from source to F&O, of one entity or of a whole run. */
export type FlowCounts = Omit<
  EntitySummary,
  "entity" | "legalEntity" | "balanced" | "controlTotals" | "declared" | "secondPass"
>;

/** The counts of all entities of a run, added up. */
export function totalFlow(entities: readonly EntitySummary[]): FlowCounts {
  const total = {
    read: 0,
    filtered: 0,
    rejectedHere: 0,
    packaged: 0,
    staged: 0,
    rejectedStaging: 0,
    created: 0,
    updated: 0,
    rejectedTarget: 0,
    unprocessed: 0,
  };
  for (const entity of entities) {
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += entity[name];
  }
  return total;
}

/** Whether the command sends nothing, so that a record that passes all checks ends its way as "ready to send". */
export function sendsNothing(summary: RunSummary): boolean {
  return ["check", "build", "plan"].includes(summary.command);
}

/** How far the records of a run were to go: no further than this machine, into F&O's staging tables, or all the way. */
export type Destination = "nowhere" | "staging" | "target";

export function destinationOf(summary: RunSummary): Destination {
  if (sendsNothing(summary)) return "nowhere";
  return summary.stagingOnly === true ? "staging" : "target";
}

/** What a record is called that got as far as it was to in a load that goes into staging only. */
export const stagedWords = "staged, not loaded into the target";

/**
 * Of a load that goes into staging only: the sent records that are there, and those of which nobody knows that they are.
 * In summary.json both count as unprocessed, because neither is in F&O's own tables.
 */
export function stagedAndNot({ staged, unprocessed }: Pick<FlowCounts, "staged" | "unprocessed">): {
  readonly staged: number;
  readonly notProcessed: number;
} {
  const there = Math.min(staged, unprocessed);
  return { staged: there, notProcessed: unprocessed - there };
}

/**
 * What does not add up, in words, one sentence per equation that does not close; empty when all is accounted for.
 * The equations are those of summary.ts. Where nothing was sent the second one has no meaning.
 */
export function imbalances(entity: EntitySummary, destination: Destination): string[] {
  const sentNothing = destination === "nowhere";
  const found: string[] = [];
  const here = [
    `${formatCount(entity.filtered)} left out`,
    `${formatCount(entity.rejectedHere)} rejected before sending`,
    `${formatCount(entity.packaged)} sent`,
  ];
  const hereSum = entity.filtered + entity.rejectedHere + entity.packaged;
  if (hereSum !== entity.read) found.push(gap("read", entity.read, here, hereSum));
  const { staged, notProcessed } =
    destination === "staging" ? stagedAndNot(entity) : { staged: 0, notProcessed: entity.unprocessed };
  const there = [
    ...(staged === 0 ? [] : [`${formatCount(staged)} ${stagedWords}`]),
    `${formatCount(entity.created)} created`,
    `${formatCount(entity.updated)} updated`,
    `${formatCount(entity.rejectedStaging)} refused in staging`,
    `${formatCount(entity.rejectedTarget)} refused in target`,
    `${formatCount(notProcessed)} not processed`,
  ];
  const thereSum =
    entity.created + entity.updated + entity.rejectedStaging + entity.rejectedTarget + entity.unprocessed;
  if (!sentNothing && thereSum !== entity.packaged) found.push(gap("sent", entity.packaged, there, thereSum));
  const { secondPass } = entity;
  if (secondPass !== undefined && !sentNothing) {
    const later = secondPassTerms(secondPass);
    const laterSum = secondPass.records - missingInSecondPass(secondPass);
    if (laterSum !== secondPass.records) {
      found.push(`Second pass: ${gap("to be filled", secondPass.records, later, laterSum)}`);
    }
  }
  if (found.length === 0 && !entity.balanced) {
    found.push(
      "The numbers in this row close, but dmfpipe and F&O count differently. The log of the run says where.",
    );
  }
  return found;
}

/** What became of the held-back fields, as the terms of a sum; zeros are left out. */
export function secondPassTerms(counts: SecondPassSummary): string[] {
  const terms: [number, string][] = [
    [counts.updated, "filled"],
    [counts.created, "created anew"],
    [counts.rejectedStaging, "refused in staging"],
    [counts.rejectedTarget, "refused in target"],
    [counts.unprocessed, "not processed"],
  ];
  return terms.filter(([count]) => count > 0).map(([count, words]) => `${formatCount(count)} ${words}`);
}

function missingInSecondPass(counts: SecondPassSummary): number {
  const { records, created, updated, rejectedStaging, rejectedTarget, unprocessed } = counts;
  return records - created - updated - rejectedStaging - rejectedTarget - unprocessed;
}

function gap(verb: string, whole: number, terms: readonly string[], sum: number): string {
  const missing = whole - sum;
  const verdict =
    missing > 0
      ? `${formatNoun(missing, "record")} cannot be accounted for`
      : `${formatNoun(-missing, "record")} too many`;
  return `${formatNoun(whole, "record")} ${verb}, but ${terms.join(" + ")} = ${formatCount(sum)}: ${verdict}.`;
}
