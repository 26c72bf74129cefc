import path from "node:path";
import type { EntitySchema } from "../../entity/entity-schema.ts";
import type { Environment } from "../../environment/environment.ts";
import type { Clock } from "../../errors/clock.ts";
import { PartialFile } from "../../package/partial-file.ts";
import { slug } from "../../sequence/slug.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { KnownKeys } from "./reference-check.ts";

/** What a snapshot says of itself, on its first line. */
export interface SnapshotHead {
  /** DMF label. */
  readonly entity: string;
  readonly environment: string;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
}

/** The keys of one entity as an environment had them at some time. */
export interface Snapshot extends SnapshotHead {
  readonly records: number;
  readonly keys: KnownKeys;
}

/** DMF labels of the entities that the mapped fields refer to, sorted: what a snapshot is of use for. */
export function referredEntities(planned: readonly PlannedLoad[]): string[] {
  const labels = planned.flatMap(({ schema, mapping }) =>
    schema.relations
      .filter((relation) => relation.fields.every((field) => mapping.targetFields.includes(field)))
      .map((relation) => relation.entity),
  );
  return [...new Set(labels)].sort();
}

/** Whether the keys of an entity can be asked for by OData. */
export function canBeRead(schema: EntitySchema | undefined): schema is EntitySchema {
  return schema?.odataCollection !== undefined && schema.keys.length > 0 && schema.fieldsKnown;
}

/**
 * Fetches the keys of an entity into its snapshot file, one row a line, replacing an earlier snapshot once the new
 * one is whole. Returns the number of records. Throws what the environment throws, and DMFP-FILE-WRITE.
 */
export async function takeSnapshot(options: {
  readonly projectRoot: string;
  readonly environment: Environment;
  readonly schema: EntitySchema;
  readonly clock: Clock;
}): Promise<number> {
  const { projectRoot, environment, schema, clock } = options;
  const file = await PartialFile.open(snapshotFile(projectRoot, environment.name, schema.label));
  let records = 0;
  try {
    const takenAt = new Date(clock.now()).toISOString();
    const head: SnapshotHead = { entity: schema.label, environment: environment.name, takenAt };
    await file.write(`${JSON.stringify(head)}\n`);
    for await (const keys of environment.entityKeys(schema)) {
      records += keys.length;
      for (const { legalEntity, key } of keys) await file.write(`${JSON.stringify([legalEntity, ...key])}\n`);
    }
    await file.publish();
  } catch (thrown) {
    await file.discard();
    throw thrown;
  }
  return records;
}

/** Where the snapshot of an entity is: one for each environment. */
export function snapshotFile(projectRoot: string, environment: string, label: string): string {
  const folder = path.join(projectRoot, ".dmfpipe", "snapshots", slug(environment, "environment"));
  return path.join(folder, `${slug(label, "entity")}.ndjson`);
}
