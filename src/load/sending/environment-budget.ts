import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { RejectionBudget } from "../../project/rejection-budget.ts";
import { isWithin } from "../reading/error-budget.ts";
import { entitiesOf, sumOf, type LedgerPackage } from "../ledger/ledger-rows.ts";
import { isFinal } from "../ledger/package-state.ts";

/** The first records of each entity and legal entity, sent before the rest. */
export interface Canary {
  readonly records: number;
  /** How many of them F&O may reject. */
  readonly rejections: RejectionBudget;
}

export interface EnvironmentBudgets {
  /** `limits.rejectionsInEnvironment` of project.yaml: for each entity; absent: no limit. */
  readonly entity?: RejectionBudget | undefined;
  readonly canary?: Canary | undefined;
  /** The load goes no further than staging: what F&O did not process is not its doing. */
  readonly stagingOnly?: boolean | undefined;
}

/**
 * What speaks against sending the rest of a load, from what F&O rejected of the packages that are over: a canary that
 * did not come through, or an entity of which more was rejected than the budget allows. Undefined while nothing does.
 *
 * A share is one of all records of the entity in the load, so the load is stopped when no better end is possible any
 * more, and not because the first records happened to be the bad ones.
 */
export function environmentObjection(
  packages: readonly LedgerPackage[],
  budgets: EnvironmentBudgets,
): DmfpipeError | undefined {
  const first = packages.filter(({ pass }) => pass === undefined);
  for (const pack of first) {
    const words = budgets.canary === undefined ? undefined : canaryWords(pack, budgets.canary, budgets);
    if (words !== undefined) return new DmfpipeError("DMFP-CANARY", `${words} ${standing(packages)}`);
  }
  if (budgets.entity === undefined) return undefined;
  for (const [entity, counts] of rejectedByEntity(first)) {
    if (isWithin(budgets.entity, counts.rejected, counts.records)) continue;
    const words = `${entity}: F&O rejected ${counts.rejected} of ${counts.records} records; limits.rejectionsInEnvironment allows ${budgets.entity}.`;
    return new DmfpipeError("DMFP-ENVIRONMENT-BUDGET", `${words} ${standing(packages)}`);
  }
  return undefined;
}

function canaryWords(
  pack: LedgerPackage,
  { rejections }: Canary,
  { stagingOnly }: EnvironmentBudgets,
): string | undefined {
  if (pack.canary !== true || (pack.state !== "done" && pack.state !== "failed")) return undefined;
  const records = sumOf(pack, "records");
  const what = `The first ${recordsText(records)} of ${entitiesOf(pack)} in ${pack.legalEntity} went ahead of the rest`;
  if (pack.state === "failed")
    return `${what}: F&O refused the package as a whole (${pack.message ?? "no reason"}).`;
  // What F&O left out without a word (of a composite entity it may not say which records) was not taken either.
  const silent = stagingOnly === true ? 0 : sumOf(pack, "unprocessed");
  const rejected = rejectedOf(pack) + silent;
  // A budget above what a canary holds must not let one through of which nothing was loaded.
  if (isWithin(rejections, rejected, records) && rejected < records) return undefined;
  const why = silent === 0 ? "" : `, ${silent} of those without saying which or why`;
  return `${what}: F&O rejected ${rejected} of them${why}; canary allows ${rejections}.`;
}

function rejectedByEntity(
  packages: readonly LedgerPackage[],
): ReadonlyMap<string, { readonly records: number; readonly rejected: number }> {
  const entities = new Map<string, { records: number; rejected: number }>();
  for (const part of packages.flatMap(({ parts }) => parts)) {
    const counts = entities.get(part.entity) ?? { records: 0, rejected: 0 };
    counts.records += part.records;
    counts.rejected += part.rejectedStaging + part.rejectedTarget;
    entities.set(part.entity, counts);
  }
  return entities;
}

/** What of a load is in F&O, and what was not sent: `In F&O: 12 records of Vendor groups. Not sent: …` */
export function standing(packages: readonly LedgerPackage[]): string {
  const loaded = new Map<string, number>();
  for (const { parts, pass } of packages) {
    if (pass !== undefined) continue;
    for (const { entity, created, updated } of parts) {
      if (created + updated > 0) loaded.set(entity, (loaded.get(entity) ?? 0) + created + updated);
    }
  }
  const inside = [...loaded].map(([entity, records]) => `${recordsText(records)} of ${entity}`).join(", ");
  const left = packages.filter(({ state }) => !isFinal(state));
  const records = left.reduce((sum, pack) => sum + sumOf(pack, "records"), 0);
  const rest =
    left.length === 0
      ? "Nothing else was left to send."
      : `Not sent: ${left.length === 1 ? "1 package" : `${left.length} packages`} with ${recordsText(records)}.`;
  return `In F&O by this run: ${inside === "" ? "nothing" : inside}. ${rest}`;
}

function rejectedOf(pack: LedgerPackage): number {
  return sumOf(pack, "rejectedStaging") + sumOf(pack, "rejectedTarget");
}

function recordsText(count: number): string {
  return count === 1 ? "1 record" : `${count} records`;
}
