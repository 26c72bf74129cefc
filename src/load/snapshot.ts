import { createReadStream, existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { EntityCatalogue } from "../entity/catalogue.ts";
import type { EntitySchema } from "../entity/entity-schema.ts";
import { KeySet } from "../entity/key-set.ts";
import { normalizeKey } from "../entity/record-key.ts";
import type { Environment } from "../environment/environment.ts";
import type { Clock } from "../errors/clock.ts";
import { PartialFile } from "../package/partial-file.ts";
import { slug } from "../sequence/slug.ts";
import type { PlannedLoad } from "./load-plan.ts";
import type { KnownKeys } from "./reference-check.ts";

/** What a snapshot says of itself, on its first line. */
const headShape = z.object({
  entity: z.string(),
  environment: z.string(),
  /** ISO 8601, UTC. */
  takenAt: z.string(),
});
const rowShape = z.array(z.string());

export interface SnapshotHead {
  readonly entity: string;
  readonly environment: string;
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

/** The snapshots there are for an environment, by DMF label. Keys take 12 bytes each in memory. */
export async function readSnapshots(
  projectRoot: string,
  environment: string,
  catalogue: EntityCatalogue,
): Promise<ReadonlyMap<string, Snapshot>> {
  const folder = snapshotFolder(projectRoot, environment);
  const snapshots = new Map<string, Snapshot>();
  if (!existsSync(folder)) return snapshots;
  for (const name of readdirSync(folder)
    .filter((entry) => entry.endsWith(".ndjson"))
    .sort()) {
    const snapshot = await readSnapshot(path.join(folder, name));
    if (catalogue.find(snapshot.entity) !== undefined) snapshots.set(snapshot.entity, snapshot);
  }
  return snapshots;
}

async function readSnapshot(file: string): Promise<Snapshot> {
  const lines = createInterface({ input: createReadStream(file, { highWaterMark: 1024 * 1024 }) });
  const byCompany = new Map<string, KeySet>();
  let head: SnapshotHead | undefined;
  let records = 0;
  for await (const line of lines) {
    if (head === undefined) {
      head = headShape.parse(JSON.parse(line));
      continue;
    }
    const [legalEntity = "", ...key] = rowShape.parse(JSON.parse(line));
    let keys = byCompany.get(legalEntity);
    if (keys === undefined) byCompany.set(legalEntity, (keys = new KeySet()));
    keys.add(normalizeKey(key), 0);
    records++;
  }
  const known = head ?? headShape.parse(undefined);
  return {
    ...known,
    records,
    keys: { has: (scope, key) => byCompany.get(scope)?.find(normalizeKey(key)) !== undefined },
  };
}

function snapshotFolder(projectRoot: string, environment: string): string {
  return path.join(projectRoot, ".dmfpipe", "snapshots", slug(environment, "environment"));
}

function snapshotFile(projectRoot: string, environment: string, label: string): string {
  return path.join(snapshotFolder(projectRoot, environment), `${slug(label, "entity")}.ndjson`);
}
