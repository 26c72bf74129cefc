import { interrupted } from "../../errors/interruption.ts";
import type { Project } from "../../project/project.ts";
import type { PassingRecords } from "../../source/passing-records.ts";
import type { SourceProfiles } from "../../source/source-profile.ts";
import type { BuildCounts } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { OwnRejections } from "../reading/own-rejections.ts";
import { RecordGiving, type RecordGoal } from "./record-giving.ts";
import { packagingOf } from "./packaging.ts";
import { EntityReader } from "../reading/read-entity.ts";
import { RecordChecks } from "../reading/record-checks.ts";
import type { ReferenceCheck } from "../reading/reference-check.ts";
import type { SourceItem } from "../../source/source-record.ts";
import type { RunFolder } from "../run-folder.ts";
import type { LoadEvent } from "../run-log.ts";

export interface BuildOptions extends RecordGoal {
  readonly project: Project;
  readonly folder: RunFolder;
  readonly signal: AbortSignal | undefined;
  readonly log: (event: LoadEvent) => void;
  /** Checks references between records and to the environment (`check`). */
  readonly references?: ReferenceCheck;
  /** Profiles the columns of the sources (`check`). */
  readonly profiles?: SourceProfiles;
}

const progressEvery = 2_000;

/**
 * Reads all sources of one entity and gives its records to the packages. Those that dmfpipe refuses itself go to the
 * entity's own rejections. Returns what was counted, by legal entity.
 *
 * Throws DMFP-SOURCE-* when a source turns out to be invalid as a whole, DMFP-COMPANY-NOT-WRITABLE,
 * DMFP-FILE-WRITE and DMFP-INTERRUPTED; the packages are the caller's to give up.
 */
export async function buildEntity(options: BuildOptions): Promise<readonly BuildCounts[]> {
  const { planned, folder, packages, nested, log, signal } = options;
  const checks = new RecordChecks(options.project, planned);
  // A part of a composite entity and a file of a first pass hold something else than whole records.
  const rows =
    nested === undefined && planned.secondPass === undefined
      ? {
          format: packagingOf(options.project, planned).format,
          wanted: documentColumns(options.project, planned),
        }
      : undefined;
  const reader = new EntityReader(planned, { references: options.references, checks, nesting: nested, rows });
  const own = new OwnRejections(planned, folder.ownRejections(planned.position));
  if (nested === undefined) packages.beginEntity(planned);
  const giving = new RecordGiving(options, reader, own);
  let reported = 0;
  const report = (bytes: number, finished: boolean): void => {
    const { records, rejected } = giving;
    log({ kind: "reading", entity: planned.schema.label, records, rejected, bytes, finished });
    reported = records;
  };
  try {
    let bytes = 0;
    report(0, false);
    for (const [fileNumber, source] of planned.sources.entries()) {
      let fileBytes = 0;
      const profile = options.profiles?.begin(planned.schema.label, source.name, source.source.columns);
      giving.begin(source, fileNumber, profile);
      for await (const items of source.source.passing()) {
        if (signal?.aborted === true) throw interrupted();
        for (const item of items) {
          const wait = item.kind === "records" ? giving.giveAll(item) : giving.give(item);
          if (wait !== undefined) await wait;
          fileBytes = endOf(item);
        }
        if (giving.records - reported >= progressEvery) report(bytes + fileBytes, false);
      }
      bytes += fileBytes;
      profile?.end();
    }
    await own.close();
    await (nested ?? packages).endEntity();
    report(bytes, true);
    warnOfUnseenPaths(planned, log);
    checks.tell(log);
    return countsOf(planned, reader).map((counts) => {
      const records = giving.secondPass.get(counts.legalEntity);
      return records === undefined ? counts : { ...counts, secondPass: records };
    });
  } catch (thrown) {
    await own.abort();
    throw thrown;
  }
}

/** The offset behind what was read, in bytes of the file. */
function endOf(item: SourceItem | PassingRecords): number {
  const { byteOffset, byteLength } =
    item.kind === "records" ? item.positionOf(item.count - 1) : item.position;
  return byteOffset + byteLength;
}

/** Positions among the target fields of what the packages want to know of each record; see DocumentWatch. */
function documentColumns(project: Project, planned: PlannedLoad): readonly number[] {
  const { document } = packagingOf(project, planned);
  const fields = [...(document?.fields ?? []), ...(document?.group?.fields ?? [])];
  return fields.map((field) => planned.mapping.targetFields.indexOf(field));
}

/** A path no record has is most likely misspelt, but a nightly extract may also just lack an optional element. */
function warnOfUnseenPaths(planned: PlannedLoad, log: (event: LoadEvent) => void): void {
  for (const { name, source } of planned.sources) {
    for (const column of source.neverSeen()) {
      log({
        kind: "warning",
        text: `no record of ${name} has ${column}, which ${planned.definition.file} reads`,
      });
    }
  }
}

function countsOf(planned: PlannedLoad, reader: EntityReader): BuildCounts[] {
  const companies = [...reader.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  // A source without records is counted too: who looks for the entity must find it, with zeros.
  if (companies.length === 0) {
    companies.push([
      planned.mapping.onlyLegalEntity ?? "",
      { read: 0, filtered: 0, rejectedHere: 0, packaged: 0 },
    ]);
  }
  return companies.map(([legalEntity, counts], index) => ({
    position: planned.position,
    entity: planned.schema.label,
    legalEntity,
    ...counts,
    // The sums are of the whole extract, so they stand once, with the first row of the entity.
    controlTotals: index === 0 ? reader.controlTotals.texts() : {},
  }));
}
