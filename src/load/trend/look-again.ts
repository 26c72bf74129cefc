import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { recordHash } from "../../rejection/trend/fingerprint.ts";
import type { PlannedLoad } from "../load-plan.ts";

/** Looks through the sources of an entity for records; see lookAgain. */
export type SecondLook = (entity: string, seen: (record: Uint8Array) => void) => Promise<boolean>;

/**
 * Reads the sources of an entity once more and tells the hash of every record that the mapping does not leave out: who is
 * not among them is no longer in the extract. Returns false where an entity cannot be read again, because it is not part
 * of the plan or its source has gone; then nothing can be told.
 */
export function lookAgain(
  planned: readonly PlannedLoad[],
  keyColumnsOf: (entity: string) => readonly string[],
): SecondLook {
  return async (entity, seen) => {
    const load = planned.find(({ schema }) => schema.label === entity);
    if (load === undefined || load.sources.length === 0) return false;
    try {
      await read(load, keyColumnsOf(entity), seen);
      return true;
    } catch (thrown) {
      // It was read to its end a moment ago; what has happened since is no problem of the run.
      if (thrown instanceof DmfpipeError || (thrown instanceof Error && "code" in thrown)) return false;
      throw thrown;
    }
  };
}

async function read(
  { schema, mapping, sources }: PlannedLoad,
  keyColumns: readonly string[],
  seen: (record: Uint8Array) => void,
): Promise<void> {
  const entity = schema.label;
  const keyPlaces = schema.keys.map((field) => mapping.targetFields.indexOf(field));
  let recordsBefore = 0;
  for (const { source, mapper, recordsBefore: given } of sources) {
    const before = given ?? recordsBefore;
    let last = 0;
    for await (const batch of source.batches()) {
      for (const item of batch) {
        last = item.position.record;
        if (item.kind === "unreadable") continue;
        const result = mapper.map(item, before);
        if (result.kind === "filtered") continue;
        const key = keyPlaces.map((place) => result.values[place] ?? "");
        const { legalEntity } = result;
        const company = legalEntity === undefined || legalEntity === "" ? {} : { legalEntity };
        const { columns } = source;
        seen(recordHash({ entity, ...company, key, columns, values: item.values, raw: "" }, keyColumns));
      }
    }
    recordsBefore = before + last;
  }
}
