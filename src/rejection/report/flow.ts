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

/**
 * What does not add up, in words, one sentence per equation that does not close; empty when all is accounted for.
 * The equations are those of summary.ts. `sentNothing`: the second one has no meaning.
 */
export function imbalances(entity: EntitySummary, sentNothing: boolean): string[] {
  const found: string[] = [];
  const here = [
    `${formatCount(entity.filtered)} left out`,
    `${formatCount(entity.rejectedHere)} rejected before sending`,
    `${formatCount(entity.packaged)} sent`,
  ];
  const hereSum = entity.filtered + entity.rejectedHere + entity.packaged;
  if (hereSum !== entity.read) found.push(gap("read", entity.read, here, hereSum));
  const there = [
    `${formatCount(entity.created)} created`,
    `${formatCount(entity.updated)} updated`,
    `${formatCount(entity.rejectedStaging)} refused in staging`,
    `${formatCount(entity.rejectedTarget)} refused in target`,
    `${formatCount(entity.unprocessed)} not processed`,
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
