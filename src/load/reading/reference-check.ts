import type { EntitySchema } from "../../entity/entity-schema.ts";
import { normalizeKeyAt } from "../../entity/record-key.ts";
import { reason, type Reason } from "../../errors/reason.ts";
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
  /** Positions of those fields among the target fields. */
  readonly columns: readonly number[];
  readonly target: EntitySchema;
}

/** What is wrong with a reference. */
type BrokenReference = { readonly kind: "missing" } | { readonly kind: "rejected"; readonly at: SourceLine };

const noReasons: readonly Reason[] = [];

/**
 * Checks references offline, entity by entity in the order of loading, so that what a record refers to has been
 * judged before it. References to records of the same entity, or of one that is loaded later (fields that are held
 * back for a second pass), are not checked: what they refer to is still to come.
 *
 * - it refers to a record of this load that is rejected itself: a consequence, told apart from its cause;
 * - it refers to a record that is neither in this load nor in the snapshot of the environment: missing there.
 *
 * Without a snapshot of the entity referred to nothing is said about records outside the load: the environment
 * may have them. The keys of an entity are kept as long as an entity that is still to come refers to them.
 */
export class ReferenceCheck {
  readonly #relations = new Map<string, readonly CheckedRelation[]>();
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
    for (const [position, { schema, mapping, composite }] of planned.entries()) {
      const nestedBy = composite === undefined ? undefined : nestingOf(composite);
      const relations = schema.relations.flatMap(({ fields, entity, targetFields }): CheckedRelation[] => {
        const target = find(entity);
        const columns = fields.map((field) => mapping.targetFields.indexOf(field));
        const byKey = target?.keys.join() === targetFields.join();
        // What a record is nested in is looked for where it is packed (see CompositeRecords).
        const nests = nestedBy?.in === entity && nestedBy.fields.join() === fields.join();
        const later = this.#order.indexOf(entity) >= position;
        if (target === undefined || !byKey || nests || later || columns.includes(-1)) return [];
        return [{ fields, columns, target }];
      });
      this.#relations.set(schema.label, relations);
      for (const { target } of relations) this.#lastUse.set(target.label, position);
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
  problems(schema: EntitySchema, legalEntity: string, values: readonly string[]): readonly Reason[] {
    let found: Reason[] | undefined;
    for (const relation of this.#relations.get(schema.label) ?? []) {
      const { columns, target } = relation;
      if (columns.some((column) => (values[column] ?? "").trim() === "")) continue;
      // Nobody knows in which company to look for it.
      if (target.scope === "company" && legalEntity === "") continue;
      const scope = target.scope === "shared" ? "" : legalEntity;
      const broken = this.#judge(target.label, scope, normalizeKeyAt(values, columns));
      if (broken !== undefined) (found ??= []).push(brokenReason(broken, relation, values));
    }
    return found ?? noReasons;
  }

  #judge(label: string, scope: string, key: string): BrokenReference | undefined {
    const keys = this.#keys.get(label);
    if (keys?.isTaken(scope, key) === true) return undefined;
    const snapshot = this.#snapshots.get(label);
    if (snapshot?.has(scope, key) === true) return undefined;
    const at = keys?.refusedAt(scope, key);
    if (at !== undefined) return { kind: "rejected", at };
    return snapshot === undefined ? undefined : { kind: "missing" };
  }
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
  { fields, columns, target }: CheckedRelation,
  values: readonly string[],
): Reason {
  const field = fields.join(", ");
  const value = columns.map((column) => values[column] ?? "").join(", ");
  if (broken.kind === "rejected") {
    return reason("DMFP-REFERENCE-REJECTED", {
      field,
      value,
      refersTo: target.label,
      message: `${field} refers to ${value} of ${target.label}, which is rejected itself (line ${broken.at.line} of ${broken.at.file}).`,
    });
  }
  return reason("DMFP-REFERENCE-MISSING", {
    field,
    value,
    refersTo: target.label,
    message: `${field} refers to ${value}, which ${target.label} does not have: neither in this load nor in the environment.`,
    fix: `Create "${value}" in ${target.label}, or correct the value.`,
  });
}
