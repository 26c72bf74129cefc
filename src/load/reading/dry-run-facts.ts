import type { EntityCatalogue } from "../../entity/catalogue.ts";
import type { Project } from "../../project/project.ts";
import type { RunSummary } from "../../rejection/summary.ts";
import { SourceProfiles } from "../../source/source-profile.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { readSnapshots } from "./read-snapshot.ts";
import { ReferenceCheck } from "./reference-check.ts";
import { referredEntities } from "./snapshot.ts";
import { snapshotSummaries, staleWarning } from "./snapshot-age.ts";

export interface DryRunOptions {
  readonly project: Project;
  readonly environmentName: string;
  readonly catalogue: EntityCatalogue;
  readonly planned: readonly PlannedLoad[];
  /** See SourceProfiles. */
  readonly profilesEveryRecord?: true | undefined;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number;
  /** Told what there is a snapshot of. */
  readonly tell: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** What a dry run has beyond a load: what its records are held against, and what it finds out about the sources. */
export interface DryRunFacts {
  readonly references: ReferenceCheck;
  /** Absent where no snapshot of the environment is looked at. */
  readonly profiles?: SourceProfiles;
  readonly summary: Pick<RunSummary, "snapshots" | "withoutSnapshot">;
}

/**
 * Reads the snapshots of what the mappings refer to. How old they are is told, and goes into the summary: what was set
 * up since then they do not know. Throws DMFP-SNAPSHOT-INVALID for a file that is none.
 */
export async function factsWithSnapshot(options: DryRunOptions): Promise<DryRunFacts> {
  const { project, environmentName, catalogue, planned, now, tell, warn } = options;
  const referredTo = referredEntities(planned);
  const found = await readSnapshots(project.root, environmentName, referredTo);
  const limitDays = project.limits.snapshotDays;
  const snapshots = snapshotSummaries({ snapshots: found, referredTo, now, limitDays });
  for (const { entity, records, age } of snapshots) tell(`snapshot of ${entity}: ${records} keys, ${age}`);
  const stale = staleWarning(snapshots, limitDays);
  if (stale !== undefined) warn(stale);
  const known = new Map([...found].map(([label, { keys }]) => [label, keys]));
  return {
    references: new ReferenceCheck(planned, known, (label) => catalogue.find(label)),
    profiles: new SourceProfiles({ everyRecord: options.profilesEveryRecord === true }),
    summary: { snapshots, withoutSnapshot: referredTo.filter((label) => !found.has(label)) },
  };
}

/** Without one, only references to what is rejected itself are found. */
export function factsWithoutSnapshot({
  catalogue,
  planned,
}: Pick<DryRunOptions, "catalogue" | "planned">): DryRunFacts {
  return {
    references: new ReferenceCheck(planned, new Map(), (label) => catalogue.find(label)),
    summary: {},
  };
}
