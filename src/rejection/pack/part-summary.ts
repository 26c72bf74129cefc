import type { RejectionTally } from "../rejection-tally.ts";
import type { EntitySummary, RunSummary } from "../summary.ts";
import type { EntityCount } from "../workbook/workbook-census.ts";

/**
 * The summary of a part of a run's rejections: its counts are those of these records alone, so that they add up by
 * themselves, and it says which part of how many it is. What is of the run as a whole (packages, objections, messages
 * that fit no record) is left out.
 *
 * @param part whose or which rejections these are, in words: `Finance`
 */
export function partSummary(
  summary: RunSummary,
  part: string,
  counted: { readonly tally: RejectionTally; readonly entities: readonly EntityCount[] },
): RunSummary {
  const { run, project, environment, command, status, exitCode, startedAt, finishedAt, balanced } = summary;
  const { total, byStage, byCode } = counted.tally;
  return {
    ...{ run, project, environment, command, status, exitCode, startedAt, finishedAt, balanced },
    part: { name: part, of: summary.rejections.total },
    entities: counted.entities.map(rejectedOnly),
    packages: [],
    rejections: { total, byStage, byCode, unattributed: 0 },
  };
}

function rejectedOnly({ entity, legalEntity, byStage, records }: EntityCount): EntitySummary {
  const rejectedHere = byStage.source + byStage.mapping + byStage.validation;
  const packaged = byStage.staging + byStage.target;
  return {
    entity,
    legalEntity,
    read: records,
    filtered: 0,
    rejectedHere,
    packaged,
    staged: byStage.target,
    rejectedStaging: byStage.staging,
    created: 0,
    updated: 0,
    rejectedTarget: byStage.target,
    unprocessed: 0,
    balanced: true,
    controlTotals: {},
  };
}
