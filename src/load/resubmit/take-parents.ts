import { normalizeKeyAt } from "../../entity/record-key.ts";
import type { RecordMapper } from "../../mapping/compile-mapping.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { UnchangedSources } from "./reread-records.ts";
import { itemOf } from "./resubmission-source.ts";
import type { ResubmissionStore } from "./resubmission-store.ts";

/**
 * Takes along what records of composite entities are nested in: F&O takes a line only inside its header. Where the header
 * was loaded already, it is updated with the same values. Returns how many are taken along, and the sources that could
 * not be searched for more because they have changed since the load.
 */
export async function takeParents(
  planned: readonly PlannedLoad[],
  store: ResubmissionStore,
  about: { readonly sources: UnchangedSources; readonly run: string },
): Promise<{ readonly taken: number; readonly notSearched: readonly string[] }> {
  const notSearched = new Set<string>();
  let taken = 0;
  // From the innermost parts outwards: what is taken along may itself be nested in something.
  for (const load of planned.toReversed()) {
    const part = load.composite?.of.parts[load.composite.part];
    const { parent, link } = part ?? {};
    if (parent === undefined || link === undefined) continue;
    const upperLabel = load.composite?.of.parts[parent]?.label;
    const upper = planned.find(({ schema }) => schema.label === upperLabel);
    if (upper === undefined) continue;
    const wanted = keysOf(load, store, link.columns);
    for (const key of keysOf(upper, store, link.upperColumns)) wanted.delete(key);
    if (wanted.size === 0) continue;
    for (const { name } of about.sources.files(upper)) {
      const source = await about.sources.open(upper, name);
      if (source === undefined) {
        notSearched.add(name);
        continue;
      }
      const { columns } = source.source;
      for await (const items of source.source.batches()) {
        for (const item of items) {
          if (item.kind !== "record") continue;
          const result = source.mapper.map(item);
          if (result.kind !== "mapped") continue;
          const { legalEntity, values } = result;
          if (!wanted.has(linkKey(legalEntity, values, link.upperColumns))) continue;
          const { label } = upper.schema;
          const { position } = item;
          const known = store.find(label, position.file, position.record);
          // One that was rejected, and that somebody left out, stays out.
          if (known?.leftOut === true) continue;
          if (known === undefined || known.done !== undefined) {
            const { run } = about;
            const unknown = { stage: "target", reasons: [], key: undefined, mapped: undefined, run } as const;
            store.put({
              entity: label,
              legalEntity,
              position,
              raw: "",
              columns,
              values: item.values,
              ...unknown,
            });
          }
          const stored = store.find(label, position.file, position.record);
          if (stored !== undefined) store.select(stored.id, "belongs");
          taken++;
        }
      }
    }
  }
  return { taken, notSearched: [...notSearched] };
}

/** What the selected records of an entity are linked by. */
function keysOf(load: PlannedLoad, store: ResubmissionStore, at: readonly number[]): Set<string> {
  const keys = new Set<string>();
  const mappers = new Map<string, RecordMapper>();
  for (const record of store.records(load.schema.label, { selected: true })) {
    const item = itemOf(record, record.columns);
    if (item.kind !== "record") continue;
    const columns = record.columns.join("\n");
    let mapper = mappers.get(columns);
    if (mapper === undefined) mappers.set(columns, (mapper = load.mapping.bind(record.columns)));
    const result = mapper.map(item);
    if (result.kind !== "filtered") keys.add(linkKey(result.legalEntity ?? "", result.values, at));
  }
  return keys;
}

function linkKey(company: string, values: readonly string[], at: readonly number[]): string {
  return `${company}\n${normalizeKeyAt(values, at)}`;
}
