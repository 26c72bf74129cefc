import { secondPassOf } from "../packing/pass-fields.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";

/**
 * Packages that go one after the other, in the order of the load: those of one data project. F&O refuses to start a
 * project that is still executing (measured by one user), and what a package holds may refer to the one before it.
 */
export interface SendLane {
  /** Name of the data project. */
  readonly dataProject: string;
  readonly legalEntity: string;
  /** In the order of the load. */
  readonly packages: readonly LedgerPackage[];
  /** What its packages hold. */
  readonly entities: readonly PlannedLoad[];
  /** Indexes of the lanes that have to be over before this one begins; all are smaller than its own. */
  readonly waitsFor: readonly number[];
}

/**
 * What of a load may go side by side, and what has to wait. A lane waits for every earlier one of the same legal
 * entity with an entity on a lower level of the same execution unit: a level is a barrier, in F&O's own scheduling as
 * here, so that what the catalogue does not know cannot go wrong. What a legal entity loads means nothing to another
 * one; shared entities are the exception, they belong to all of them.
 *
 * @param packages in the order of the load
 * @param earlier lanes these come behind; what is returned is without them, but counts them in `waitsFor`
 */
export function sendLanes(
  packages: readonly LedgerPackage[],
  planned: readonly PlannedLoad[],
  earlier: readonly SendLane[] = [],
): readonly SendLane[] {
  const byProject = new Map<string, LedgerPackage[]>();
  for (const pack of packages) {
    const lane = byProject.get(pack.dataProject);
    if (lane === undefined) byProject.set(pack.dataProject, [pack]);
    else lane.push(pack);
  }
  const byLabel = new Map(planned.map((entity) => [entity.schema.label, entity]));
  const lanes = [...earlier];
  for (const [dataProject, own] of byProject) {
    const entities = entitiesOfLane(own, byLabel);
    const legalEntity = own[0]?.legalEntity ?? "";
    const waitsFor = lanes.flatMap((earlier, index) =>
      mustWait({ legalEntity, entities }, earlier) ? [index] : [],
    );
    lanes.push({ dataProject, legalEntity, packages: own, entities, waitsFor });
  }
  return lanes.slice(earlier.length);
}

function entitiesOfLane(
  packages: readonly LedgerPackage[],
  byLabel: ReadonlyMap<string, PlannedLoad>,
): PlannedLoad[] {
  const entities = new Map<string, PlannedLoad>();
  for (const { parts, pass } of packages) {
    for (const { entity } of parts) {
      const planned = byLabel.get(entity);
      const inPass = planned !== undefined && pass === 2 ? secondPassOf(planned) : planned;
      if (inPass !== undefined) entities.set(entity, inPass);
    }
  }
  return [...entities.values()];
}

type LaneContent = Pick<SendLane, "legalEntity" | "entities">;

function mustWait(later: LaneContent, earlier: LaneContent): boolean {
  const sameCompany = later.legalEntity === earlier.legalEntity;
  return later.entities.some((entity) =>
    earlier.entities.some((before) => {
      if (!sameCompany && entity.schema.scope !== "shared" && before.schema.scope !== "shared") return false;
      const { place } = entity;
      const sameUnit = place.executionUnit === before.place.executionUnit;
      return (
        entity.schema.label === before.schema.label ||
        (sameUnit && before.place.level < place.level) ||
        place.waitsFor.includes(before.schema.label)
      );
    }),
  );
}
