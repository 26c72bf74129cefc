import type { EntitySummary } from "../../rejection/summary.ts";
import { recordHash } from "../../rejection/trend/fingerprint.ts";
import type { LedgerPackage, LedgerRun } from "../ledger/ledger-rows.ts";
import { ResubmissionStore } from "../resubmit/resubmission-store.ts";
import type { ReasonEnd, ReasonKind } from "./ledger-trend.ts";
import type { TrendFile } from "./trend-file.ts";

/** What a run can tell of an open reason of a record that it did not reject; undefined where it cannot. */
export type TrendCoverage = (kind: ReasonKind, record: Uint8Array) => ReasonEnd | undefined;

/** What a run did, as far as it matters for what it can tell. */
export interface CoveredRun {
  readonly run: LedgerRun;
  /** Labels of all entities of the load. */
  readonly planned: readonly string[];
  readonly entities: readonly EntitySummary[];
  readonly packages: readonly LedgerPackage[];
}

/**
 * What a run can tell that read its entities whole. What dmfpipe itself found wrong is over as soon as the entity was
 * read to its end without it; what F&O refused, only where F&O has worked off all of the entity in that legal entity.
 * Either way the record may just as well have left the extract: that is for a second look.
 */
export function coverageOfWhole(covered: CoveredRun): TrendCoverage {
  const { run, planned, entities } = covered;
  const read = new Set(run.phase === "building" ? entities.map(({ entity }) => entity) : planned);
  const workedOff = workedOffIn(covered);
  return ({ entity, legalEntity, stage }) => {
    if (!read.has(entity)) return undefined;
    return isOurs(stage) || workedOff(entity, legalEntity) ? "fixedOrGone" : undefined;
  };
}

/**
 * What a resubmission can tell: of the records it loaded again, and of no others. F&O has them now, or the mapping left
 * some of the entity out.
 */
export function coverageOfResubmission(covered: CoveredRun, file: TrendFile): TrendCoverage {
  const workedOff = workedOffIn(covered);
  const leftOut = new Set(
    covered.entities.filter(({ filtered }) => filtered > 0).map(({ entity }) => entity),
  );
  return ({ entity, legalEntity }, record) => {
    if (!workedOff(entity, legalEntity) || !file.wasTried(record)) return undefined;
    return leftOut.has(entity) ? "gone" : "fixed";
  };
}

/** Notes which records a resubmission loads again. Throws DMFP-RUN-FILE. */
export function noteTried(
  resubmissionFile: string,
  file: TrendFile,
  keyColumnsOf: (entity: string) => readonly string[],
): void {
  const store = ResubmissionStore.open(resubmissionFile);
  try {
    for (const entity of store.entities()) {
      const keyColumns = keyColumnsOf(entity);
      for (const { legalEntity, key, columns, values, raw } of store.records(entity, { selected: true })) {
        const record = {
          entity,
          ...(legalEntity === undefined ? {} : { legalEntity }),
          ...(key === undefined ? {} : { key }),
          ...{ columns, values, raw },
        };
        file.tried(recordHash(record, keyColumns));
      }
    }
  } finally {
    store.close();
  }
}

/** Whether a stage is one of dmfpipe's own. */
function isOurs(stage: string): boolean {
  return stage !== "staging" && stage !== "target";
}

/**
 * Whether F&O has worked off all records of an entity in a legal entity ("": in all of them, because nobody knows where
 * they would have gone).
 */
function workedOffIn({ run, entities, packages }: CoveredRun): (entity: string, company: string) => boolean {
  const reached = run.choices.stagingOnly === true;
  return (entity, company) => {
    const here = (legalEntity: string): boolean => company === "" || company === legalEntity;
    const counts = entities.filter((row) => row.entity === entity && here(row.legalEntity));
    const own = packages.filter(
      (pack) => here(pack.legalEntity) && pack.parts.some((part) => part.entity === entity),
    );
    return (
      counts.every((row) => row.balanced && (reached || row.unprocessed === 0)) &&
      own.every(({ state }) => state === "done")
    );
  };
}
