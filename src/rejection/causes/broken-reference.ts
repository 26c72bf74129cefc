import type { EntityRelation, EntitySchema } from "../../entity/entity-schema.ts";
import { normalizeKey } from "../../entity/record-key.ts";
import type { Reason } from "../../errors/reason.ts";
import type { ReasonCode } from "../../errors/registry.ts";
import type { Rejection } from "../rejection.ts";
import type { CauseKind } from "./cause.ts";

/** What is known of an entity of the load. */
export type LoadedEntity = Pick<EntitySchema, "label" | "scope" | "keys" | "relations">;

/** What a rejected record refers to and F&O, or this load, does not have. */
export interface BrokenReference {
  readonly kind: CauseKind;
  /** DMF label, or the table as F&O names it. */
  readonly entity: string;
  /** The company, or "" for what belongs to none. */
  readonly scope: string;
  /** As people write it. */
  readonly text: string;
  /** Normalized key, where the entity is part of the load and the values are those of its key. */
  readonly key?: string;
}

const referenceCodes: ReadonlySet<ReasonCode> = new Set([
  "DMFP-FNO-REFERENCE",
  "DMFP-REFERENCE-MISSING",
  "DMFP-REFERENCE-REJECTED",
  "DMFP-COMPOSITE-PARENT",
]);

/**
 * The reference because of which a record was rejected: that of its first reason. Undefined where that is another one, so
 * that nothing would be gained by setting up what it refers to. `entities`: those of the load, by label.
 */
export function brokenReferenceOf(
  rejection: Rejection,
  entities: ReadonlyMap<string, LoadedEntity>,
): BrokenReference | undefined {
  const [first] = rejection.reasons;
  if (first === undefined || !referenceCodes.has(first.code)) return undefined;
  const relation = relationOf(first, entities.get(rejection.entity));
  const label = relation?.entity ?? first.refersTo;
  if (label === undefined) return undefined;
  const target = entities.get(label);
  const values = valuesOf(first, relation, rejection);
  if (values.join("") === "") return undefined;
  const kind =
    first.code === "DMFP-REFERENCE-REJECTED" ? "rejected" : target === undefined ? "set-up" : "missing";
  const byKey = target !== undefined && (relation?.targetFields ?? target.keys).join() === target.keys.join();
  const key = byKey && values.length === target.keys.length ? normalizeKey(values) : undefined;
  return {
    kind,
    entity: label,
    scope: target?.scope === "shared" ? "" : (rejection.legalEntity ?? ""),
    text: values.join(", "),
    ...(key === undefined ? {} : { key }),
  };
}

function relationOf(
  { field, refersTo }: Reason,
  schema: LoadedEntity | undefined,
): EntityRelation | undefined {
  const own = schema?.relations.filter((relation) => relation.fields.join(", ") === field) ?? [];
  if (refersTo === undefined) return own[0];
  return own.find(({ entity }) => entity === refersTo);
}

function valuesOf({ value }: Reason, relation: EntityRelation | undefined, { mapped }: Rejection): string[] {
  const own = relation?.fields.map((field) => mapped?.[field]?.trim() ?? "") ?? [];
  if (own.length > 0 && own.every((part) => part !== "")) return own;
  return [value?.trim() ?? ""];
}

/** The normalized key of a rejected record; undefined where it never had one. */
export function keyOf({ mapped, key }: Rejection, { keys }: LoadedEntity): string | undefined {
  if (keys.length === 0) return undefined;
  const values = key?.length === keys.length ? key : keys.map((field) => mapped?.[field] ?? "");
  return values.join("") === "" ? undefined : normalizeKey(values);
}
