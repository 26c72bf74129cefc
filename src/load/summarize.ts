import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { ExitCode } from "../errors/exit-code.ts";
import type { EntitySummary, PackageSummary, RunStatus } from "../rejection/summary.ts";
import {
  entitiesOf,
  sumOf,
  type BuildCounts,
  type LedgerPackage,
  type LedgerPart,
} from "./ledger/ledger-rows.ts";

/** The equations of an entity's counts; see rejection/summary.ts. */
export function isBalanced(counts: Omit<EntitySummary, "balanced">): boolean {
  const { secondPass } = counts;
  return (
    counts.read === counts.filtered + counts.rejectedHere + counts.packaged &&
    counts.packaged === outcomes(counts) &&
    (secondPass === undefined || secondPass.records === outcomes(secondPass))
  );
}

type Outcomes = Pick<
  EntitySummary,
  "rejectedStaging" | "created" | "updated" | "rejectedTarget" | "unprocessed"
>;

function outcomes(counts: Outcomes): number {
  return (
    counts.rejectedStaging + counts.created + counts.updated + counts.rejectedTarget + counts.unprocessed
  );
}

/**
 * The counts of every entity and legal entity: those of the build joined with those of its packages. A package
 * that is not over yet (the run stopped early) counts as unprocessed: its records are not in F&O as far as is known.
 */
export function entitySummaries(
  counts: readonly BuildCounts[],
  packages: readonly LedgerPackage[],
): EntitySummary[] {
  return counts.map((row) => {
    const company = packages.filter((pack) => pack.legalEntity === row.legalEntity);
    const first = company.filter((pack) => pack.pass === undefined);
    const second = company.filter((pack) => pack.pass === 2);
    const { secondPass } = row;
    const summary = {
      entity: row.entity,
      legalEntity: row.legalEntity,
      read: row.read,
      filtered: row.filtered,
      rejectedHere: row.rejectedHere,
      packaged: row.packaged,
      ...outcomeOf(row.entity, first, row.packaged),
      controlTotals: row.controlTotals,
      ...(secondPass === undefined
        ? {}
        : { secondPass: { records: secondPass, ...outcomeOf(row.entity, second, secondPass) } }),
    };
    return { ...summary, balanced: isBalanced(summary) };
  });
}

/** What became of the records of an entity in these packages. Those that are in none of them are unprocessed. */
function outcomeOf(
  entity: string,
  packages: readonly LedgerPackage[],
  records: number,
): Outcomes & Pick<EntitySummary, "staged"> {
  const own = packages
    .flatMap((pack) => pack.parts.map((part) => ({ ...part, over: isOver(pack) })))
    .filter((part) => part.entity === entity);
  const sum = (pick: (part: LedgerPart & { readonly over: boolean }) => number): number =>
    own.reduce((total, part) => total + pick(part), 0);
  return {
    staged: sum((part) => part.staged),
    rejectedStaging: sum((part) => part.rejectedStaging),
    created: sum((part) => part.created),
    updated: sum((part) => part.updated),
    rejectedTarget: sum((part) => part.rejectedTarget),
    unprocessed:
      sum((part) => (part.over ? part.unprocessed : part.records)) + records - sum((part) => part.records),
  };
}

function isOver(pack: LedgerPackage): boolean {
  return pack.state === "done" || pack.state === "failed";
}

export function packageSummary(pack: LedgerPackage): PackageSummary {
  return {
    key: pack.key,
    file: pack.file,
    entity: entitiesOf(pack),
    legalEntity: pack.legalEntity,
    sha256: pack.sha256,
    sizeBytes: pack.sizeBytes,
    records: sumOf(pack, "records"),
    ...(pack.pass === undefined ? {} : { pass: pack.pass }),
    executionId: pack.executionId,
    status: pack.state,
    ...(pack.environmentStatus === null ? {} : { environmentStatus: pack.environmentStatus }),
    ...(pack.message === null ? {} : { message: pack.message }),
  };
}

/** How a run ended. `error` says in words what is wrong with a run that came to its end and is no success. */
export interface RunEnd {
  readonly status: RunStatus;
  readonly exitCode: ExitCode;
  readonly error?: DmfpipeError;
}

/**
 * What a run that came to its end is called. The worst thing wins: counts that do not balance, then a package F&O
 * refused as a whole, then rejected records.
 *
 * @param sent false for `check` and `build`: what was not sent is no failure then
 */
export function endOfRun(
  entities: readonly EntitySummary[],
  packages: readonly LedgerPackage[],
  sent: boolean,
): RunEnd {
  const unbalanced = entities.find((entity) => !entity.balanced);
  if (unbalanced !== undefined) return endByError(unbalancedError(unbalanced));
  const failed = packages.find((pack) => pack.state === "failed");
  if (failed !== undefined) return endByError(refusedError(failed));
  const refused = (counts: Outcomes | undefined): number =>
    counts === undefined
      ? 0
      : counts.rejectedStaging + counts.rejectedTarget + (sent ? counts.unprocessed : 0);
  const rejected = entities.some(
    (entity) => entity.rejectedHere + refused(entity) + refused(entity.secondPass) > 0,
  );
  if (rejected) return { status: "finished with rejections", exitCode: ExitCode.rejections };
  if (entities.every((entity) => entity.read === entity.filtered)) {
    return { status: "nothing to do", exitCode: ExitCode.nothingToDo };
  }
  return { status: "succeeded", exitCode: ExitCode.ok };
}

/** The end of a run that an error brought about. */
export function endByError(error: DmfpipeError): RunEnd {
  const { exitCode } = error.entry;
  return { status: statusOfExitCode(exitCode), exitCode, error };
}

function unbalancedError(entity: EntitySummary): DmfpipeError {
  const { read, filtered, rejectedHere, packaged, created, updated, rejectedStaging, rejectedTarget } =
    entity;
  const { secondPass } = entity;
  const here = `${read} read = ${filtered} left out + ${rejectedHere} rejected here + ${packaged} packaged`;
  const there = `${packaged} packaged = ${created} created + ${updated} updated + ${rejectedStaging + rejectedTarget} rejected by F&O + ${entity.unprocessed} unprocessed`;
  const later =
    secondPass === undefined
      ? ""
      : `; second pass: ${secondPass.records} records = ${secondPass.created} created + ${secondPass.updated} updated + ${secondPass.rejectedStaging + secondPass.rejectedTarget} rejected by F&O + ${secondPass.unprocessed} unprocessed`;
  return new DmfpipeError(
    "DMFP-UNBALANCED",
    `${entity.entity} ${entity.legalEntity}: of these equations one does not hold: ${here}; ${there}${later}.`,
  );
}

function refusedError(pack: LedgerPackage): DmfpipeError {
  const words = pack.message ?? "it gave no reason";
  const code = /does not exist in the target environment/i.test(words)
    ? "DMFP-ENTITY-UNKNOWN"
    : "DMFP-PACKAGE-REFUSED";
  return new DmfpipeError(code, `F&O refused package ${pack.key}: ${words}`);
}

function statusOfExitCode(exitCode: ExitCode): RunStatus {
  switch (exitCode) {
    case ExitCode.inDoubt:
      return "in doubt";
    case ExitCode.interrupted:
    case ExitCode.temporary:
      return "interrupted";
    case ExitCode.errorBudget:
      return "stopped by the error budget";
    case ExitCode.unbalanced:
      return "unbalanced";
    case ExitCode.nothingToDo:
      return "nothing to do";
    default:
      return "failed";
  }
}
