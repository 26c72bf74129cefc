import { KeySet } from "../../entity/key-set.ts";
import { normalizeKey, normalizeKeyAt } from "../../entity/record-key.ts";
import { reason } from "../../errors/reason.ts";
import type { PackageRows } from "../../package/read-package.ts";
import type { KeyedRow, NestedRefusals, RefusedRow } from "../../rejection/attribution.ts";
import type { RejectedId, RejectedIds } from "../../rejection/record-ids.ts";
import type { LedgerPart } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { PlannedComposite, PlannedPart } from "./composite-plan.ts";

/** A part of a composite entity of whose records not all were loaded, as far as is known. */
export interface NestedPart {
  readonly part: LedgerPart;
  readonly planned: PlannedLoad;
  /** Loaded records by F&O's count of this entity; undefined where it counted the composite entity as a whole. */
  readonly loaded: number | undefined;
}

/** What F&O said of a row: it named the row itself, or what the row is nested in. */
const [named, byParent] = [1, 2];

/** What is known of the rows of one part. */
interface PartState {
  readonly nested: NestedPart;
  readonly place: PlannedPart;
  /** Label of the part above; "" for the documents. */
  readonly upper: string;
  /** By number of the row. */
  readonly said: Uint8Array;
  /** Keys of the refused records of the part above, as this part refers to them. */
  readonly above: KeySet;
  unnamed: boolean;
  byParent: boolean;
  unknown: number;
}

/**
 * The records of a package with a composite entity that were refused because of where they belong, found part by part from
 * the documents down:
 *
 * - Records inside a refused one are not written (assumption: undocumented, but nothing else would make sense). F&O may
 *   name them or not. Those it does not name are taken for refused where F&O's counts lack as many.
 * - F&O may name a record by what it is nested in (which id it gives for one is documented nowhere). Where as many
 *   records of those documents are unaccounted for as F&O's counts lack, they are the refused ones; where they are more,
 *   nobody can say which: the message is shown without a record, and the lacking ones count as not processed.
 *
 * First `note` what was said, as many ids at a time as one likes; then `decide`; then ask. A byte a row is kept, and some 17
 * for each refused record that others can be nested in.
 */
export class CompositeRefusals {
  readonly #composite: PlannedComposite;
  readonly #rows: (part: NestedPart) => AsyncIterable<PackageRows>;
  readonly #lacking: number | undefined;
  readonly #states = new Map<string, PartState>();
  /** Entries of the ids at hand that named a record by what it is nested in. */
  readonly #used = new Set<RejectedId>();

  /**
   * `rows`: reads those of a part, from the first on. `lacking`: where F&O counted as a whole, how many records its count
   * lacks.
   */
  constructor(options: {
    readonly composite: PlannedComposite;
    readonly parts: readonly NestedPart[];
    readonly rows: (part: NestedPart) => AsyncIterable<PackageRows>;
    readonly lacking: number | undefined;
  }) {
    const { composite, parts } = options;
    this.#composite = composite;
    this.#rows = options.rows;
    this.#lacking = options.lacking;
    for (const nested of parts) {
      const place = composite.parts.find(({ label }) => label === nested.part.entity);
      if (place === undefined) continue;
      this.#states.set(place.label, {
        nested,
        place,
        upper: place.parent === undefined ? "" : (composite.parts[place.parent]?.label ?? ""),
        said: new Uint8Array(nested.part.records + 1),
        above: new KeySet(),
        unnamed: false,
        byParent: false,
        unknown: 0,
      });
    }
  }

  /** The fields by which records of a part name what they are nested in; none for documents. */
  linkFields(label: string): readonly string[] {
    return this.#states.get(label)?.place.link?.fields ?? [];
  }

  /** Notes which rows of a part these ids are about; all their matches must have been counted (see countMatches). */
  async note(label: string, ids: RejectedIds, rows: AsyncIterable<PackageRows>): Promise<void> {
    const state = this.#states.get(label);
    if (state === undefined) return;
    const { keys } = state.nested.planned.schema;
    for await (const { header, firstRow, rows: batch } of rows) {
      for (const [index, values] of batch.entries()) {
        const key = keys.map((field) => values[header.indexOf(field)] ?? "");
        const row = firstRow + index;
        let said = state.said[row] ?? 0;
        if (key.length > 0 && ids.match(key).length > 0) said |= named;
        else if (entriesAbove(ids, linkValues(state, header, values)).length > 0) said |= byParent;
        state.said[row] = said;
      }
    }
  }

  /** To be called when all was noted. */
  async decide(): Promise<void> {
    let pool = this.#lacking;
    for (const { label } of this.#composite.parts) {
      const state = this.#states.get(label);
      if (state === undefined) continue;
      const { records } = state.nested.part;
      const counted = await this.#count(state);
      const lacking = pool ?? records - (state.nested.loaded ?? 0);
      let left = lacking - counted.named;
      state.unnamed = counted.inside > 0 && counted.inside <= left;
      if (state.unnamed) left -= counted.inside;
      state.byParent = counted.byParent > 0 && counted.byParent === left;
      const unknown = counted.byParent > 0 && !state.byParent ? Math.max(0, left) : 0;
      if (state.byParent) left -= counted.byParent;
      if (pool === undefined) state.unknown = unknown;
      else pool = left;
      if (counted.named > 0 || state.unnamed || state.byParent) await this.#handDown(state);
    }
  }

  /** Records of a part that F&O refused without its being possible to say which. */
  unknown(label: string): number {
    return this.#states.get(label)?.unknown ?? 0;
  }

  /** What follows for the rows of a part from where they belong. `ids`: those at hand. */
  nested(label: string, ids: RejectedIds): NestedRefusals | undefined {
    const state = this.#states.get(label);
    if (state === undefined) return undefined;
    return {
      unnamed: state.unnamed,
      inside: ({ fields, values }) =>
        isInside(state, fields, values) ? insideReason(state, fields, values) : undefined,
      byParent: ({ row, fields, values }) => {
        if (!state.byParent || ((state.said[row] ?? 0) & named) !== 0) return [];
        const entries = entriesAbove(ids, linkValues(state, fields, values));
        for (const entry of entries) this.#used.add(entry);
        return entries;
      },
    };
  }

  /** The rows of a part that were refused for no other reason than where they belong: nothing was said of them. */
  async *unsaid(label: string): AsyncGenerator<RefusedRow> {
    const state = this.#states.get(label);
    if (state?.unnamed !== true) return;
    const { keys } = state.nested.planned.schema;
    for await (const { header, firstRow, rows } of this.#rows(state.nested)) {
      for (const [index, values] of rows.entries()) {
        const row = firstRow + index;
        if (state.said[row] !== 0 || !isInside(state, header, values)) continue;
        const key = keys.map((field) => values[header.indexOf(field)] ?? "");
        const reasons = [insideReason(state, header, values)];
        yield { row, fields: header, values, key, stage: "target", reasons, ambiguous: false };
      }
    }
  }

  /** To be called when the rows of the ids at hand have been taken: those that named what a row is nested in have fitted. */
  settle(): void {
    for (const entry of this.#used) entry.matches++;
    this.#used.clear();
  }

  async #count(state: PartState): Promise<Record<RowKind, number>> {
    const counted = { named: 0, inside: 0, byParent: 0 };
    if (state.above.size === 0) {
      for (const said of state.said) {
        if ((said & named) !== 0) counted.named++;
        else if (said !== 0) counted.byParent++;
      }
      return counted;
    }
    for await (const { header, firstRow, rows } of this.#rows(state.nested)) {
      for (const [index, values] of rows.entries()) {
        const kind = kindOf(state, { row: firstRow + index, fields: header, values });
        if (kind !== undefined) counted[kind]++;
      }
    }
    return counted;
  }

  /** Tells the parts below which records of this one were refused. */
  async #handDown(state: PartState): Promise<void> {
    const number = this.#composite.parts.indexOf(state.place);
    const below = [...this.#states.values()].filter(
      ({ place }) => place.parent === number && place.link !== undefined,
    );
    if (below.length === 0) return;
    for await (const { header, firstRow, rows } of this.#rows(state.nested)) {
      for (const [index, values] of rows.entries()) {
        const kind = kindOf(state, { row: firstRow + index, fields: header, values });
        const refused =
          kind === "named" || (kind === "inside" && state.unnamed) || (kind === "byParent" && state.byParent);
        if (!refused) continue;
        for (const { above, place } of below) {
          const fields = place.link?.upperFields ?? [];
          const columns = fields.map((field) => header.indexOf(field));
          above.add(normalizeKeyAt(values, columns), 0);
        }
      }
    }
  }
}

/** How it is known of a row that it was refused: F&O names it, what it is nested in, or that is refused itself. */
type RowKind = "named" | "inside" | "byParent";

function kindOf(
  state: PartState,
  { row, fields, values }: Pick<KeyedRow, "row" | "fields" | "values">,
): RowKind | undefined {
  const said = state.said[row] ?? 0;
  if ((said & named) !== 0) return "named";
  if (isInside(state, fields, values)) return "inside";
  return said === 0 ? undefined : "byParent";
}

function isInside(state: PartState, header: readonly string[], values: readonly string[]): boolean {
  return state.above.size > 0 && state.above.has(normalizeKey(linkValues(state, header, values)));
}

function linkValues(
  { place }: PartState,
  header: readonly string[],
  values: readonly string[],
): readonly string[] {
  return place.link?.fields.map((field) => values[header.indexOf(field)] ?? "") ?? [];
}

/** Entries that fit no row by its own key, but fit what a row is nested in. */
function entriesAbove(ids: RejectedIds, link: readonly string[]): RejectedId[] {
  if (link.length === 0) return [];
  return ids
    .match(link)
    .map(({ entry }) => entry)
    .filter(({ matches }) => matches === 0);
}

function insideReason(
  state: PartState,
  header: readonly string[],
  values: readonly string[],
): ReturnType<typeof reason> {
  const { place, upper } = state;
  const value = linkValues(state, header, values).join(", ");
  return reason("DMFP-REFERENCE-REJECTED", {
    field: place.link?.fields.join(", "),
    value,
    refersTo: upper,
    message: `This record belongs to ${upper} ${value}, which F&O refused.`,
  });
}
