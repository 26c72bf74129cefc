import type { EntitySchema } from "../../entity/entity-schema.ts";
import { normalizeKeyAt } from "../../entity/record-key.ts";
import { reason, type Reason } from "../../errors/reason.ts";
import { ownCopy } from "../../source/profile/own-copy.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { LoadedKeys } from "./loaded-keys.ts";
import type { SourceLine } from "./source-lines.ts";

/** Keys of one entity that an environment is known to have. */
export interface KnownKeys {
  /** `scope`: the company, or "" for a shared entity. `key`: normalized; see entity/record-key.ts. */
  has(scope: string, key: string): boolean;
}

/** A reference of an entity that can be checked: its fields are mapped, and the entity referred to has that key. */
interface CheckedRelation {
  readonly fields: readonly string[];
  /** Those of them that wait for the second pass. */
  readonly heldBack: readonly string[];
  /** Positions of those fields among the target fields. */
  readonly columns: readonly number[];
  readonly target: EntitySchema;
  /**
   * Where it is a single field: by legal entity values that lead to something, as they stand. Most records refer to the
   * same few, and to find them here takes half the time of looking for their keys (bench/check-against-build.ts).
   */
  readonly leading: Map<string, Set<string>> | undefined;
}

/** Values that are remembered for one reference, and characters of the longest of them. */
const mostLeading = 1_000;
const longestLeading = 64;

/** What is wrong with a reference. */
type BrokenReference = { readonly kind: "missing" } | { readonly kind: "rejected"; readonly at: SourceLine };

const noReasons: readonly Reason[] = [];

/**
 * Checks references offline, entity by entity in the order of loading, so that what a record refers to has been
 * judged before it. Fields that are held back for a second pass may refer to what is still to come: to records of the
 * same entity, or of one that is loaded later. They are judged when all has been read (HeldBackReferences). A reference
 * of an entity to itself that is not held back is not checked.
 *
 * - it refers to a record of this load that is rejected itself: a consequence, told apart from its cause;
 * - it refers to a record that is neither in this load nor in the snapshot of the environment: missing there.
 *
 * Without a snapshot of the entity referred to nothing is said about records outside the load: the environment
 * may have them. The keys of an entity are kept as long as an entity that is still to come refers to them.
 */
export class ReferenceCheck {
  readonly #relations = new Map<string, readonly CheckedRelation[]>();
  /** By label: references that are filled in the second pass. */
  readonly #heldBack = new Map<string, readonly CheckedRelation[]>();
  /** Labels in the order of loading. */
  readonly #order: readonly string[];
  /** By label: where in that order the last entity stands that refers to it. */
  readonly #lastUse = new Map<string, number>();
  readonly #keys = new Map<string, LoadedKeys>();
  readonly #snapshots: ReadonlyMap<string, KnownKeys>;

  /** `snapshots`: by DMF label. `find`: the schema of a label. */
  constructor(
    planned: readonly PlannedLoad[],
    snapshots: ReadonlyMap<string, KnownKeys>,
    find: (label: string) => EntitySchema | undefined,
  ) {
    this.#snapshots = snapshots;
    this.#order = planned.map(({ schema }) => schema.label);
    for (const [position, { schema, mapping, composite, secondPass }] of planned.entries()) {
      const nestedBy = composite === undefined ? undefined : nestingOf(composite);
      const relations = schema.relations.flatMap(({ fields, entity, targetFields }): CheckedRelation[] => {
        const target = find(entity);
        const columns = fields.map((field) => mapping.targetFields.indexOf(field));
        const byKey = target?.keys.join() === targetFields.join();
        // What a record is nested in is looked for where it is packed (see CompositeRecords).
        const nests = nestedBy?.in === entity && nestedBy.fields.join() === fields.join();
        if (target === undefined || !byKey || nests || columns.includes(-1)) return [];
        const heldBack = fields.filter((field) => secondPass?.heldBack.includes(field) === true);
        const leading = columns.length === 1 ? new Map<string, Set<string>>() : undefined;
        return [{ fields, heldBack, columns, target, leading }];
      });
      // Of what is neither loaded nor known nothing can be said.
      const atOnce = relations.filter(({ heldBack, target: { label } }) => {
        const place = this.#order.indexOf(label);
        return heldBack.length === 0 && place < position && (place !== -1 || snapshots.has(label));
      });
      const later = relations.filter(
        ({ heldBack, target: { label } }) =>
          heldBack.length > 0 && (this.#order.includes(label) || snapshots.has(label)),
      );
      this.#relations.set(schema.label, atOnce);
      this.#heldBack.set(schema.label, later);
      for (const { target } of atOnce) {
        this.#lastUse.set(target.label, Math.max(position, this.#lastUse.get(target.label) ?? 0));
      }
      for (const { target } of later) this.#lastUse.set(target.label, planned.length);
    }
  }

  /**
   * To be called when an entity's turn has come. Returns where what becomes of its keys is to be noted, or
   * undefined where no entity refers to it; keys that no one will ask for any more are forgotten.
   */
  begin({ label }: EntitySchema): LoadedKeys | undefined {
    const position = this.#order.indexOf(label);
    const isOfUse = (candidate: string): boolean => (this.#lastUse.get(candidate) ?? -1) >= position;
    for (const over of [...this.#keys.keys()].filter((kept) => !isOfUse(kept))) this.#keys.delete(over);
    if (!isOfUse(label)) return undefined;
    const keys = new LoadedKeys();
    this.#keys.set(label, keys);
    return keys;
  }

  /** Positions among the target fields of the values that `problems` looks at. */
  columnsOf({ label }: EntitySchema): readonly number[] {
    return (this.#relations.get(label) ?? []).flatMap(({ columns }) => columns);
  }

  /** The problems of a record's references; an empty reference is fine. */
  problems({ label }: EntitySchema, legalEntity: string, values: readonly string[]): readonly Reason[] {
    return this.#problemsOf(this.#relations.get(label) ?? [], legalEntity, values);
  }

  /** Whether there are any; quicker, for whoever does not want to know which. */
  isBroken({ label }: EntitySchema, legalEntity: string, values: readonly string[]): boolean {
    const relations = this.#relations.get(label);
    if (relations === undefined) return false;
    // Without iterators, which are garbage for every record.
    for (let index = 0; index < relations.length; index++) {
      const relation = relations[index] as CheckedRelation;
      if (this.#brokenOf(relation, legalEntity, values) !== undefined) return true;
    }
    return false;
  }

  /** Whether one of a record's references that are filled in the second pass leads to nothing that is known so far. */
  isUndecided({ label }: EntitySchema, legalEntity: string, values: readonly string[]): boolean {
    return (this.#heldBack.get(label) ?? []).some((relation) => {
      const key = keyOf(relation, legalEntity, values);
      return key !== undefined && !this.#isThere(relation.target, legalEntity, key);
    });
  }

  /** The problems of the references that are filled in the second pass; to be asked for when all has been read. */
  heldBackProblems(
    { label }: EntitySchema,
    legalEntity: string,
    values: readonly string[],
  ): readonly Reason[] {
    return this.#problemsOf(this.#heldBack.get(label) ?? [], legalEntity, values);
  }

  #problemsOf(
    relations: readonly CheckedRelation[],
    legalEntity: string,
    values: readonly string[],
  ): readonly Reason[] {
    let found: Reason[] | undefined;
    for (const relation of relations) {
      const broken = this.#brokenOf(relation, legalEntity, values);
      if (broken !== undefined) (found ??= []).push(brokenReason(broken, relation, values));
    }
    return found ?? noReasons;
  }

  #brokenOf(
    relation: CheckedRelation,
    legalEntity: string,
    values: readonly string[],
  ): BrokenReference | undefined {
    const value = values[relation.columns[0] ?? 0] ?? "";
    if (relation.leading?.get(legalEntity)?.has(value) === true) return undefined;
    const key = keyOf(relation, legalEntity, values);
    if (key === undefined) return undefined;
    const broken = this.#judge(relation.target, legalEntity, key);
    if (broken === undefined) remember(relation, legalEntity, value);
    return broken;
  }

  #isThere(target: EntitySchema, legalEntity: string, key: string): boolean {
    const { label } = target;
    const scope = scopeIn(target, legalEntity);
    return (
      this.#keys.get(label)?.isTaken(scope, key) === true ||
      this.#snapshots.get(label)?.has(scope, key) === true
    );
  }

  #judge(target: EntitySchema, legalEntity: string, key: string): BrokenReference | undefined {
    if (this.#isThere(target, legalEntity, key)) return undefined;
    const at = this.#keys.get(target.label)?.refusedAt(scopeIn(target, legalEntity), key);
    if (at !== undefined) return { kind: "rejected", at };
    return this.#snapshots.has(target.label) ? { kind: "missing" } : undefined;
  }
}

/** The normalized key a record refers to; undefined for none, or where nobody knows in which company to look for it. */
function keyOf(
  { columns, target }: CheckedRelation,
  legalEntity: string,
  values: readonly string[],
): string | undefined {
  if (columns.some((column) => (values[column] ?? "").trim() === "")) return undefined;
  if (target.scope === "company" && legalEntity === "") return undefined;
  return normalizeKeyAt(values, columns);
}

/** What is there stays there, but a value that leads nowhere yet may do so later. */
function remember({ leading }: CheckedRelation, legalEntity: string, value: string): void {
  if (leading === undefined || value.length > longestLeading) return;
  let known = leading.get(legalEntity);
  if (known === undefined) leading.set(legalEntity, (known = new Set()));
  if (known.size < mostLeading) known.add(ownCopy(value));
}

function scopeIn(target: EntitySchema, legalEntity: string): string {
  return target.scope === "shared" ? "" : legalEntity;
}

/** What the records of a part are nested in, and by which fields. */
function nestingOf({ of: { parts }, part }: NonNullable<PlannedLoad["composite"]>): {
  readonly in: string | undefined;
  readonly fields: readonly string[];
} {
  const { parent, link } = parts[part] ?? {};
  return { in: parent === undefined ? undefined : parts[parent]?.label, fields: link?.fields ?? [] };
}

function brokenReason(
  broken: BrokenReference,
  { fields, heldBack, columns, target }: CheckedRelation,
  values: readonly string[],
): Reason {
  const loaded =
    heldBack.length === 0
      ? ""
      : ` The record itself would be loaded, but without ${heldBack.join(", ")}, which the second pass fills.`;
  const field = fields.join(", ");
  const value = columns.map((column) => values[column] ?? "").join(", ");
  if (broken.kind === "rejected") {
    return reason("DMFP-REFERENCE-REJECTED", {
      field,
      value,
      refersTo: target.label,
      message: `${field} refers to ${value} of ${target.label}, which is rejected itself (line ${broken.at.line} of ${broken.at.file}).${loaded}`,
    });
  }
  return reason("DMFP-REFERENCE-MISSING", {
    field,
    value,
    refersTo: target.label,
    message: `${field} refers to ${value}, which ${target.label} does not have: neither in this load nor in the environment.${loaded}`,
    fix: `Create "${value}" in ${target.label}, or correct the value.`,
  });
}
