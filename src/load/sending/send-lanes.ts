import { secondPassOf } from "../packing/pass-fields.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import { comesBefore } from "../load-order.ts";
import type { PlannedLoad } from "../load-plan.ts";

/**
 * Packages that go one after the other, in the order of the load, and wait for the same: those of one data project. F&O
 * refuses to start a project that is still executing (measured by one user), and what a package holds may refer to the
 * one before it.
 */
export interface SendLane {
  /** Name of the data project. */
  readonly dataProject: string;
  readonly legalEntity: string;
  /** In the order of the load; at least one. */
  readonly packages: readonly LedgerPackage[];
  /** What its packages hold. */
  readonly entities: readonly PlannedLoad[];
  /** Indexes of the lanes that have to be over before this one begins; all are smaller than its own. */
  readonly waitsFor: readonly number[];
}

/**
 * What of a load may go side by side, and what has to wait: a lane waits for every earlier one with anything that has to
 * be in F&O before (see load-order.ts), and for every earlier one of its data project. A shared entity whose records come
 * under several legal entities goes one after the other, too.
 *
 * Where packages hold several entities, a later one of a data project may have to wait for more than the one before it:
 * it begins a lane of its own.
 *
 * @param packages in the order of the load
 * @param earlier lanes these come behind; what is returned is without them, but counts them in `waitsFor`
 */
export function sendLanes(
  packages: readonly LedgerPackage[],
  planned: readonly PlannedLoad[],
  earlier: readonly SendLane[] = [],
): readonly SendLane[] {
  const byLabel = new Map(planned.map((entity) => [entity.schema.label, entity]));
  const added: GrowingLane[] = [];
  for (const pack of packages) {
    const { dataProject, legalEntity } = pack;
    const entities = entitiesIn(pack, byLabel);
    const lanes: readonly SendLane[] = [...earlier, ...added];
    const waits = new Set(lanes.flatMap((lane, index) => (mustWait(pack, entities, lane) ? [index] : [])));
    const latest = lanes.findLastIndex((lane) => lane.dataProject === dataProject);
    waits.delete(latest);
    const lane = added[latest - earlier.length];
    if (lane !== undefined && [...waits].every((index) => lane.waitsFor.includes(index))) {
      lane.packages.push(pack);
      const known = new Set(lane.entities.map(({ schema }) => schema.label));
      lane.entities.push(...entities.filter(({ schema }) => !known.has(schema.label)));
      continue;
    }
    const waitsFor = [...waits, ...(latest === -1 ? [] : [latest])].sort((a, b) => a - b);
    added.push({ dataProject, legalEntity, packages: [pack], entities, waitsFor });
  }
  return added;
}

interface GrowingLane extends SendLane {
  readonly packages: LedgerPackage[];
  readonly entities: PlannedLoad[];
}

/** What a package holds, each as what it is in its pass. */
function entitiesIn(
  { parts, pass }: LedgerPackage,
  byLabel: ReadonlyMap<string, PlannedLoad>,
): PlannedLoad[] {
  return parts.flatMap(({ entity }) => {
    const planned = byLabel.get(entity);
    return (planned !== undefined && pass === 2 ? secondPassOf(planned) : planned) ?? [];
  });
}

function mustWait(
  { legalEntity }: LedgerPackage,
  entities: readonly PlannedLoad[],
  earlier: SendLane,
): boolean {
  return entities.some((planned) =>
    earlier.entities.some((before) => {
      if (comesBefore({ legalEntity: earlier.legalEntity, planned: before }, { legalEntity, planned }))
        return true;
      const sameEntity = planned.schema.label === before.schema.label;
      return sameEntity && (legalEntity === earlier.legalEntity || planned.schema.scope === "shared");
    }),
  );
}
