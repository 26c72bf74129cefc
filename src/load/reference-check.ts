import type { EntitySchema } from "../entity/entity-schema.ts";
import { KeySet } from "../entity/key-set.ts";
import { normalizeKey } from "../entity/record-key.ts";
import { reason, type Reason } from "../errors/reason.ts";
import type { PlannedLoad } from "./load-plan.ts";

/** Keys of one entity that an environment is known to have. */
export interface KnownKeys {
  /** `scope`: the company, or "" for a shared entity. */
  has(scope: string, key: readonly string[]): boolean;
}

/** A reference of an entity that can be checked: its fields are mapped, and the entity referred to has that key. */
interface CheckedRelation {
  readonly fields: readonly string[];
  /** Positions of those fields among the target fields. */
  readonly columns: readonly number[];
  readonly target: EntitySchema;
}

/** The fate of the keys of one entity in this load. */
interface LoadedKeys {
  readonly accepted: Map<string, KeySet>;
  readonly rejected: Map<string, KeySet>;
}

/**
 * Checks references offline, entity by entity in the order of loading, so that what a record refers to has been
 * judged before it:
 *
 * - it refers to a record of this load that is rejected itself: a consequence, told apart from its cause;
 * - it refers to a record that is neither in this load nor in the snapshot of the environment: missing there.
 *
 * Without a snapshot of the entity referred to nothing is said about records outside the load: the environment
 * may have them. Keys are kept as 12 bytes each (see KeySet), never as texts.
 */
export class ReferenceCheck {
  readonly #relations = new Map<string, readonly CheckedRelation[]>();
  readonly #keys = new Map<string, LoadedKeys>();
  readonly #snapshots: ReadonlyMap<string, KnownKeys>;

  /** `snapshots`: by DMF label. `find`: the schema of a label. */
  constructor(
    planned: readonly PlannedLoad[],
    snapshots: ReadonlyMap<string, KnownKeys>,
    find: (label: string) => EntitySchema | undefined,
  ) {
    this.#snapshots = snapshots;
    const referredTo = new Set<string>();
    for (const { schema, mapping } of planned) {
      const relations = schema.relations.flatMap(({ fields, entity, targetFields }): CheckedRelation[] => {
        const target = find(entity);
        const columns = fields.map((field) => mapping.targetFields.indexOf(field));
        const byKey = target?.keys.join() === targetFields.join();
        return target === undefined || !byKey || columns.includes(-1) ? [] : [{ fields, columns, target }];
      });
      this.#relations.set(schema.label, relations);
      for (const { target } of relations) referredTo.add(target.label);
    }
    for (const { schema } of planned) {
      if (referredTo.has(schema.label)) {
        this.#keys.set(schema.label, { accepted: new Map(), rejected: new Map() });
      }
    }
  }

  /** The problems of a record's references; an empty reference is fine. */
  problems(schema: EntitySchema, legalEntity: string, values: readonly string[]): Reason[] {
    const found: Reason[] = [];
    for (const { fields, columns, target } of this.#relations.get(schema.label) ?? []) {
      const key = columns.map((column) => values[column] ?? "");
      if (key.some((part) => part.trim() === "")) continue;
      // Nobody knows in which company to look for it.
      if (target.scope === "company" && legalEntity === "") continue;
      const scope = target.scope === "shared" ? "" : legalEntity;
      const problem = this.#judge(target, scope, key);
      if (problem !== undefined) found.push(this.#reason(problem, fields, key, target));
    }
    return found;
  }

  /** Remembers what became of a record, for those that refer to it. */
  note(
    schema: EntitySchema,
    legalEntity: string,
    key: readonly string[],
    line: number,
    accepted: boolean,
  ): void {
    const keys = this.#keys.get(schema.label);
    if (keys === undefined || key.every((part) => part === "")) return;
    const scope = schema.scope === "shared" ? "" : legalEntity;
    const byScope = accepted ? keys.accepted : keys.rejected;
    let set = byScope.get(scope);
    if (set === undefined) byScope.set(scope, (set = new KeySet()));
    set.add(normalizeKey(key), line);
  }

  #judge(
    target: EntitySchema,
    scope: string,
    key: readonly string[],
  ): { readonly kind: "missing" } | { readonly kind: "rejected"; readonly line: number } | undefined {
    const keys = this.#keys.get(target.label);
    const text = normalizeKey(key);
    if (keys?.accepted.get(scope)?.find(text) !== undefined) return undefined;
    const snapshot = this.#snapshots.get(target.label);
    if (snapshot?.has(scope, key) === true) return undefined;
    const line = keys?.rejected.get(scope)?.find(text);
    if (line !== undefined) return { kind: "rejected", line };
    return snapshot === undefined ? undefined : { kind: "missing" };
  }

  #reason(
    problem: { readonly kind: "missing" } | { readonly kind: "rejected"; readonly line: number },
    fields: readonly string[],
    key: readonly string[],
    target: EntitySchema,
  ): Reason {
    const field = fields.join(", ");
    const value = key.join(", ");
    if (problem.kind === "rejected") {
      return reason("DMFP-REFERENCE-REJECTED", {
        field,
        value,
        message: `${field} refers to ${value} of ${target.label}, which is rejected itself (line ${problem.line} of its source).`,
      });
    }
    return reason("DMFP-REFERENCE-MISSING", {
      field,
      value,
      message: `${field} refers to ${value}, which ${target.label} does not have: neither in this load nor in the environment.`,
      fix: `Create "${value}" in ${target.label}, or correct the value.`,
    });
  }
}
