import { normalizeKeyAt } from "../../entity/record-key.ts";
import type { JobDetail } from "../../environment/job-details.ts";
import { reason, type Reason } from "../../errors/reason.ts";
import { readCompositeRows } from "../../package/read-composite-rows.ts";
import type { PackageRows } from "../../package/read-package.ts";
import { fileColumns } from "../../package/field-map.ts";
import type { NestedRefusals } from "../../rejection/attribution.ts";
import type { RejectedId } from "../../rejection/record-ids.ts";
import type { Project } from "../../project/project.ts";
import { elementName } from "./composite-packer.ts";
import type { PlannedComposite, PlannedPart } from "./composite-plan.ts";
import type { IncompletePart } from "../collecting/error-channels.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import { packagingOf } from "../packing/packaging.ts";

/** A part of a composite entity of whose records not all were loaded, as far as is known. */
export interface NestedPart extends IncompletePart {
  /** Loaded records by F&O's count of this entity; undefined where it counted the composite entity as a whole. */
  readonly loaded: number | undefined;
}

/** What was found out about a part beside the ids that F&O named. */
export interface PartRefusals extends NestedRefusals {
  /** Records that F&O refused without its being possible to say which. */
  readonly unknown: number;
  /** Entries that named a record by what it is nested in. */
  readonly used: ReadonlySet<RejectedId>;
}

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

/**
 * Finds the records that were refused because of where they belong, part by part from the documents down:
 *
 * - Records inside a refused one are not written (assumption: undocumented, but nothing else would make sense). F&O may
 *   name them or not. Those it does not name are taken for refused where F&O's counts lack as many.
 * - F&O may name a record by what it is nested in (which id it gives for one is documented nowhere). Where as many
 *   records of those documents are unaccounted for as F&O's counts lack, they are the refused ones; where they are more,
 *   nobody can say which: the message is shown without a record, and the lacking ones count as not processed.
 *
 * `entries.matches` must have been counted before (see countMatches); entries that are used here are counted too.
 * `lacking`: where F&O counted as a whole, how many records its count lacks.
 */
export async function findRefusals(options: {
  readonly composite: PlannedComposite;
  readonly parts: readonly NestedPart[];
  readonly rows: (part: NestedPart) => AsyncIterable<PackageRows>;
  readonly lacking: number | undefined;
}): Promise<ReadonlyMap<NestedPart, PartRefusals>> {
  const { composite, parts, rows } = options;
  const found = new Map<NestedPart, PartRefusals>();
  const refusedAbove = new Map<PlannedPart, Set<string>>();
  let pool = options.lacking;
  for (const planned of composite.parts) {
    const part = parts.find((candidate) => candidate.part.entity === planned.label);
    if (part === undefined) continue;
    const above = refusedAbove.get(planned) ?? new Set<string>();
    const judge = new RowJudge(composite, planned, { part, above });
    const counted = { named: 0, inside: 0, byParent: 0 };
    for await (const { header, rows: batch } of rows(part)) {
      for (const values of batch) {
        const kind = judge.kindOf(header, values);
        if (kind !== undefined) counted[kind]++;
      }
    }
    const lacking = pool ?? part.part.records - (part.loaded ?? 0);
    let left = lacking - counted.named;
    const unnamed = counted.inside > 0 && counted.inside <= left;
    if (unnamed) left -= counted.inside;
    const byParent = counted.byParent > 0 && counted.byParent === left;
    const unknown = counted.byParent > 0 && !byParent ? Math.max(0, left) : 0;
    if (byParent) left -= counted.byParent;
    if (pool !== undefined) pool = left;
    found.set(part, judge.refusals({ unnamed, byParent, unknown: pool === undefined ? unknown : 0 }));
    const children = composite.parts.filter(
      ({ parent, link }) => parent === composite.parts.indexOf(planned) && link !== undefined,
    );
    if (children.length === 0) continue;
    for await (const { header, rows: batch } of rows(part)) {
      for (const values of batch) {
        const kind = judge.kindOf(header, values);
        const refused =
          kind === "named" || (kind === "inside" && unnamed) || (kind === "byParent" && byParent);
        if (!refused) continue;
        for (const child of children) note(refusedAbove, child, upperKey(child, header, values));
      }
    }
  }
  return found;
}

function note(keys: Map<PlannedPart, Set<string>>, part: PlannedPart, key: string): void {
  const known = keys.get(part);
  if (known === undefined) keys.set(part, new Set([key]));
  else known.add(key);
}

function upperKey({ link }: PlannedPart, header: readonly string[], values: readonly string[]): string {
  return normalizeKeyAt(values, link?.upperFields.map((field) => header.indexOf(field)) ?? []);
}

/** How it is known of a row that it was refused: F&O names it, what it is nested in, or that is refused itself. */
type RowKind = "named" | "inside" | "byParent";

class RowJudge {
  readonly #part: NestedPart;
  readonly #planned: PlannedPart;
  readonly #upper: string;
  readonly #above: ReadonlySet<string>;

  constructor(
    composite: PlannedComposite,
    planned: PlannedPart,
    about: { readonly part: NestedPart; readonly above: ReadonlySet<string> },
  ) {
    this.#part = about.part;
    this.#planned = planned;
    this.#above = about.above;
    this.#upper = planned.parent === undefined ? "" : (composite.parts[planned.parent]?.label ?? "");
  }

  kindOf(header: readonly string[], values: readonly string[]): RowKind | undefined {
    const { ids, planned } = this.#part;
    const key = planned.schema.keys.map((field) => values[header.indexOf(field)] ?? "");
    if (key.length > 0 && ids.match(key).length > 0) return "named";
    if (this.#isInside(header, values)) return "inside";
    return this.#byParent(header, values).length > 0 ? "byParent" : undefined;
  }

  refusals(said: {
    readonly unnamed: boolean;
    readonly byParent: boolean;
    readonly unknown: number;
  }): PartRefusals {
    const used = new Set<RejectedId>();
    return {
      unnamed: said.unnamed,
      unknown: said.unknown,
      used,
      inside: (header, values) => (this.#isInside(header, values) ? this.#reason(header, values) : undefined),
      byParent: (header, values) => {
        if (!said.byParent) return [];
        const entries = this.#byParent(header, values);
        for (const entry of entries) used.add(entry);
        return entries;
      },
    };
  }

  #linkValues(header: readonly string[], values: readonly string[]): string[] {
    return this.#planned.link?.fields.map((field) => values[header.indexOf(field)] ?? "") ?? [];
  }

  #isInside(header: readonly string[], values: readonly string[]): boolean {
    if (this.#above.size === 0) return false;
    const link = this.#linkValues(header, values);
    return this.#above.has(
      normalizeKeyAt(
        link,
        link.map((_, index) => index),
      ),
    );
  }

  /** Entries that fit no row by its own key, but fit what this row is nested in. */
  #byParent(header: readonly string[], values: readonly string[]): RejectedId[] {
    const link = this.#linkValues(header, values);
    if (link.length === 0) return [];
    return this.#part.ids
      .match(link)
      .map(({ entry }) => entry)
      .filter(({ matches }) => matches === 0);
  }

  #reason(header: readonly string[], values: readonly string[]): Reason {
    const value = this.#linkValues(header, values).join(", ");
    return reason("DMFP-REFERENCE-REJECTED", {
      field: this.#planned.link?.fields.join(", "),
      value,
      refersTo: this.#upper,
      message: `This record belongs to ${this.#upper} ${value}, which F&O refused.`,
    });
  }
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
