import type { Reason } from "../../errors/reason.ts";
import type { ReasonCode } from "../../errors/registry.ts";
import { normalizeKey } from "../../entity/record-key.ts";
import type { RecordMapper } from "../../mapping/compile-mapping.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { itemOf } from "./resubmission-source.ts";
import type { ResubmissionStore } from "./resubmission-store.ts";
import type { StoredRecord } from "./stored-record.ts";

/** Reasons that go away when the record that is referred to is there. */
const aboutReferences: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "DMFP-REFERENCE-REJECTED",
  "DMFP-REFERENCE-MISSING",
  "DMFP-COMPOSITE-PARENT",
  "DMFP-FNO-REFERENCE",
]);

/** Fields by which records refer to those of an entity, and the fields there that they are equal to. */
interface Reference {
  readonly fields: readonly string[];
  readonly target: PlannedLoad;
  readonly targetFields: readonly string[];
}

/**
 * Takes along what was rejected only because it refers to records that are loaded again, or to such ones in turn. Returns
 * how many there are. Entities are gone through in the order of loading, so that what is referred to comes first.
 */
export function selectDependents(planned: readonly PlannedLoad[], store: ResubmissionStore): number {
  const offers = new Offers(planned);
  let taken = 0;
  for (const load of planned) {
    const { label } = load.schema;
    for (const record of store.records(label, { selected: true })) offers.add(load, record);
    const references = referencesOf(load, planned);
    if (references.length === 0) continue;
    // Records may refer to others of their own entity, so that one that is taken may bring another.
    for (let more = true; more;) {
      more = false;
      for (const record of store.records(label, { selected: false })) {
        if (record.corrected !== undefined || record.leftOut || !dependsOn(record, references, offers))
          continue;
        store.select(record.id, "depends");
        offers.add(load, record);
        taken++;
        more = references.some(({ target }) => target === load);
      }
    }
  }
  return taken;
}

function dependsOn(record: StoredRecord, references: readonly Reference[], offers: Offers): boolean {
  const { reasons, mapped } = record;
  if (mapped === undefined || !isConsequence(reasons)) return false;
  return references.some(({ fields, target, targetFields }) => {
    const values = fields.map((field) => mapped[field] ?? "");
    return (
      values.some((value) => value.trim() !== "") &&
      offers.has(target, targetFields, record.legalEntity, values)
    );
  });
}

/**
 * Whether a record was rejected for nothing but what it refers to. Where that is known to have been rejected itself,
 * whatever else F&O said may follow from it.
 */
function isConsequence(reasons: readonly Reason[]): boolean {
  const isKnown = reasons.some(({ code }) => code === "DMFP-REFERENCE-REJECTED");
  return reasons.every(({ code }) => aboutReferences.has(code) || (isKnown && code.startsWith("DMFP-FNO-")));
}

function referencesOf(load: PlannedLoad, planned: readonly PlannedLoad[]): Reference[] {
  const { schema, composite } = load;
  const targetOf = (label: string | undefined): PlannedLoad | undefined =>
    planned.find((candidate) => candidate.schema.label === label);
  const found = schema.relations.flatMap(({ fields, entity, targetFields }): Reference[] => {
    const target = targetOf(entity);
    return target === undefined ? [] : [{ fields, target, targetFields }];
  });
  const part = composite?.of.parts[composite.part];
  const { link } = part ?? {};
  const upper = part?.parent === undefined ? undefined : targetOf(composite?.of.parts[part.parent]?.label);
  if (link === undefined || upper === undefined) return found;
  return [...found, { fields: link.fields, target: upper, targetFields: link.upperFields }];
}

/** What records that are loaded again can be referred to by: their values before, and as they were corrected. */
class Offers {
  readonly #fieldsOf = new Map<PlannedLoad, readonly (readonly string[])[]>();
  readonly #mappers = new Map<string, RecordMapper>();
  readonly #keys = new Set<string>();

  constructor(planned: readonly PlannedLoad[]) {
    const references = planned.flatMap((load) => referencesOf(load, planned));
    for (const load of planned) {
      const lists = references
        .filter(({ target }) => target === load)
        .map(({ targetFields }) => targetFields);
      const distinct = new Map(lists.map((fields) => [fields.join(), fields]));
      this.#fieldsOf.set(load, [...distinct.values()]);
    }
  }

  add(load: PlannedLoad, record: StoredRecord): void {
    const lists = this.#fieldsOf.get(load) ?? [];
    if (lists.length === 0) return;
    const { mapped, legalEntity } = record;
    if (mapped !== undefined) this.#note(load, lists, legalEntity, mapped);
    const now = this.#mappedNow(load, record);
    if (now !== undefined) this.#note(load, lists, now.legalEntity ?? legalEntity, now.mapped);
  }

  has(
    target: PlannedLoad,
    fields: readonly string[],
    legalEntity: string | undefined,
    values: readonly string[],
  ): boolean {
    return this.#keys.has(offerKey(target, fields, legalEntity, values));
  }

  #note(
    load: PlannedLoad,
    lists: readonly (readonly string[])[],
    legalEntity: string | undefined,
    mapped: Readonly<Record<string, string>>,
  ): void {
    for (const fields of lists) {
      const values = fields.map((field) => mapped[field] ?? "");
      this.#keys.add(offerKey(load, fields, legalEntity, values));
    }
  }

  #mappedNow(
    load: PlannedLoad,
    record: StoredRecord,
  ): { legalEntity: string | undefined; mapped: Record<string, string> } | undefined {
    const { columns } = record;
    const item = itemOf(record, columns);
    if (item.kind === "unreadable" || record.changes.length === 0) return undefined;
    const id = `${load.schema.label}\n${columns.join("\n")}`;
    let mapper = this.#mappers.get(id);
    if (mapper === undefined) this.#mappers.set(id, (mapper = load.mapping.bind(columns)));
    const result = mapper.map(item);
    if (result.kind === "filtered") return undefined;
    const { values, legalEntity } = result;
    const mapped = Object.fromEntries(
      load.mapping.targetFields.map((field, index) => [field, values[index] ?? ""]),
    );
    return { legalEntity, mapped };
  }
}

function offerKey(
  { schema }: PlannedLoad,
  fields: readonly string[],
  legalEntity: string | undefined,
  values: readonly string[],
): string {
  const scope = schema.scope === "shared" ? "" : (legalEntity ?? "");
  return [schema.label, fields.join(), scope, normalizeKey(values)].join("\n");
}
