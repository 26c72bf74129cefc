import type { JobDetail } from "../../environment/job-details.ts";
import { readCompositeRows } from "../../package/read-composite-rows.ts";
import type { PackageRows } from "../../package/read-package.ts";
import { fileColumns } from "../../package/field-map.ts";
import type { Project } from "../../project/project.ts";
import { elementName } from "./composite-packer.ts";
import type { PlannedComposite } from "./composite-plan.ts";
import type { NestedPart } from "./composite-refusals.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import { packagingOf } from "../packing/packaging.ts";

/** Rows of one part in the package, read anew each time. */
export function rowsOfPart(
  project: Project,
  composite: PlannedComposite,
  { part, planned, packageFile }: Pick<NestedPart, "part" | "planned"> & { readonly packageFile: string },
): AsyncIterable<PackageRows> {
  const columns = fileColumns(packagingOf(project, planned).fields);
  return readCompositeRows(packageFile, part.dataFile, {
    element: elementName(project, planned.schema.aotName),
    columns: columns.map(({ name }) => name),
    fields: columns.map(({ field }) => field),
    elements: new Set(composite.parts.map(({ aotName }) => elementName(project, aotName))),
  });
}

/** The counts of a composite entity as a whole: F&O has a row for it, and none for its parts. */
export function wholeDetail(
  composite: PlannedComposite,
  details: readonly JobDetail[],
): JobDetail | undefined {
  const named = (label: string): JobDetail | undefined =>
    details.find(({ entity }) => entity.trim().toLowerCase() === label.trim().toLowerCase());
  if (composite.parts.some(({ label }) => named(label) !== undefined)) return undefined;
  return named(composite.label);
}

/** What counts of a composite entity as a whole say of its parts. */
export interface DividedCounts {
  /** By part, in the order of the package. */
  readonly parts: readonly Pick<JobDetail, "staged" | "created" | "updated">[];
  /** Whether they account for every record. */
  readonly consistent: boolean;
}

/**
 * Divides the counts of the whole among the parts. What F&O counts there is documented nowhere: all records, or the
 * documents. Where the count is that of all records that were not refused, or of all documents that were not, each part
 * has all of its records that were not refused. Otherwise the count is dealt out from the documents down, and what it
 * lacks shows as a gap: the counts then do not balance, and the run says so.
 *
 * `refused`: by part. Whether a record was created or updated is known of the whole only; it is dealt out likewise.
 */
export function divideCounts(
  pack: Pick<LedgerPackage, "parts">,
  whole: JobDetail,
  refused: readonly number[],
): DividedCounts {
  const good = pack.parts.map(({ records }, index) => Math.max(0, records - (refused[index] ?? 0)));
  const all = good.reduce((sum, records) => sum + records, 0);
  const counted = whole.created + whole.updated;
  const consistent = counted === all || counted === good[0];
  // Where documents were counted, what is nested in them was created or updated as most of them were.
  const byDocument = counted !== all && counted === good[0];
  let { staged, created, updated } = whole;
  if (byDocument) {
    const extra = all - counted;
    if (created >= updated) created += extra;
    else updated += extra;
    staged = Math.max(staged, all);
  }
  const parts = good.map((records, index) => {
    const part = {
      staged: Math.min(staged, pack.parts[index]?.records ?? 0),
      created: Math.min(created, records),
      updated: 0,
    };
    created -= part.created;
    part.updated = Math.min(updated, records - part.created);
    updated -= part.updated;
    staged -= part.staged;
    return part;
  });
  return { parts, consistent };
}
