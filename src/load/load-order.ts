import type { PlannedLoad } from "./load-plan.ts";

/** An entity as it is loaded in one legal entity. */
export interface EntityThere {
  readonly legalEntity: string;
  readonly planned: Pick<PlannedLoad, "schema" | "place">;
}

/**
 * Whether the records of one entity have to be in F&O before those of another are begun, `earlier` being the one that
 * stands first in the order of loading. A level is a barrier, in F&O's own scheduling as here, so that what the
 * catalogue does not know cannot go wrong. What one legal entity loads means nothing to another one; shared entities are
 * the exception, they belong to all of them.
 */
export function comesBefore(earlier: EntityThere, later: EntityThere): boolean {
  const sameCompany = earlier.legalEntity === later.legalEntity;
  const [before, after] = [earlier.planned, later.planned];
  if (!sameCompany && before.schema.scope !== "shared" && after.schema.scope !== "shared") return false;
  const sameUnit = before.place.executionUnit === after.place.executionUnit;
  return (
    (sameUnit && before.place.level < after.place.level) || after.place.waitsFor.includes(before.schema.label)
  );
}
