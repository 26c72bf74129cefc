/* What `dmfpipe readiness` knows and prints: part of what scripts may read with --json. */

/** One entity in one run. */
export interface ReadinessEntityRun {
  readonly entity: string;
  readonly read: number;
  /** In F&O now; of dry runs: what could be sent, or stands in staging. */
  readonly loaded: number;
  readonly rejected: number;
  readonly unprocessed: number;
  readonly balanced: boolean;
}

/** A run that is over. */
export interface ReadinessRun {
  readonly run: string;
  /** The load whose rejected records it loaded again: it looks at these and no others. */
  readonly resubmissionOf?: string;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
  readonly status: string;
  readonly exitCode: number;
  /** Records that were open when the run was over, those included that it did not look at. */
  readonly open: number;
  readonly new: number;
  readonly backAgain: number;
  /** Fixed, or gone from the extract. */
  readonly settled: number;
  /** Open records by entity, of those that have any. */
  readonly openByEntity: Readonly<Record<string, number>>;
  /** Those that it read. */
  readonly entities: readonly ReadinessEntityRun[];
}

/** Open reasons of one code, of one entity and owner. */
export interface OpenClass {
  readonly entity: string;
  readonly code: string;
  readonly title: string;
  readonly owner: string;
  /** Open reasons; a record may have several. */
  readonly reasons: number;
  /** Records of which it is counted as the one reason: over all classes these add up to the open records. */
  readonly records: number;
  /** When the oldest of them was first found: a day, ISO 8601, UTC. */
  readonly since: string;
}

/** An entity of the project as it stands now. */
export interface ReadinessEntity {
  readonly entity: string;
  /** Read by the latest run that read it whole; 0 where none did. */
  readonly read: number;
  readonly open: number;
  /** Absent where nothing is open. */
  readonly since?: string;
}

export type CriterionVerdict = "met" | "not met";

/** One thing that has to hold. */
export interface Criterion {
  /** What has to hold, in words. */
  readonly wanted: string;
  /** How it is, with numbers. */
  readonly found: string;
  readonly verdict: CriterionVerdict;
}

export interface Readiness {
  readonly project: string;
  readonly environment: string;
  /** Which runs are looked at. */
  readonly of: "load" | "check" | "staging";
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Whether all criteria are met. */
  readonly go: boolean;
  readonly criteria: readonly Criterion[];
  /** False: project.yaml has no `cutover`, and the strictest criteria are taken. */
  readonly configured: boolean;
  /** Day of the cutover, where project.yaml names it. */
  readonly by?: string;
  /** All there are, the first one first. */
  readonly runs: readonly ReadinessRun[];
  /** Of the project, in the order in which they are loaded. */
  readonly entities: readonly ReadinessEntity[];
  /** Open records of entities that are no part of the project any more; they are in none of the other counts. */
  readonly otherEntities: readonly { readonly entity: string; readonly open: number }[];
  readonly open: number;
  /** What is open, most records first. */
  readonly classes: readonly OpenClass[];
  /** Whether it goes down, in a whole sentence. */
  readonly outlook: string;
}
