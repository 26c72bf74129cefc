import { planLoad } from "../load-plan.ts";
import type { SendingOptions } from "../load-options.ts";
import { withEnvironment } from "../with-environment.ts";
import { canBeRead, referredEntities, takeSnapshot } from "./snapshot.ts";

/** What became of the snapshot of one entity. */
export interface TakenSnapshot {
  /** DMF label. */
  readonly entity: string;
  /** Absent where the entity cannot be read. */
  readonly records?: number;
  /** Why it cannot be read. */
  readonly skipped?: string;
}

/**
 * Takes snapshots of all entities that the project's mappings refer to, for `check` to hold references against. It
 * only reads from the environment. Throws what planning a load throws, and what the environment throws.
 */
export async function runSnapshot(
  options: SendingOptions,
  onTaken: (taken: TakenSnapshot) => void,
): Promise<readonly TakenSnapshot[]> {
  const { project, catalogue, clock } = options;
  const planned = await planLoad(project, catalogue);
  return withEnvironment(options, async (environment) => {
    const taken: TakenSnapshot[] = [];
    for (const entity of referredEntities(planned)) {
      const schema = catalogue.find(entity);
      const one: TakenSnapshot = canBeRead(schema)
        ? { entity, records: await takeSnapshot({ projectRoot: project.root, environment, schema, clock }) }
        : { entity, skipped: "the catalogue knows no OData collection with its key" };
      taken.push(one);
      onTaken(one);
    }
    return taken;
  });
}
