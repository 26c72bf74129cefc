import type { EntityCatalogue } from "../entity/catalogue.ts";
import type { RetrySettings } from "../environment/http-policy.ts";
import type { Clock } from "../errors/clock.ts";
import type { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentConnection, EnvironmentDefinition } from "../project/environment-definition.ts";
import type { Project } from "../project/project.ts";
import type { SendingTime } from "../project/sending-time.ts";
import type { RunSummary } from "../rejection/summary.ts";
import type { SourceProfile } from "../source/source-profile.ts";
import type { LoadSettings } from "./load-settings.ts";
import type { RunFolder } from "./run-folder.ts";
import type { RunDeadline } from "./sending/run-stop.ts";
import type { LoadCallListener, LoadListener } from "./run-log.ts";

export interface LoadOptions {
  readonly project: Project;
  /** Name of the environment in project.yaml. */
  readonly environmentName: string;
  readonly definition: EnvironmentDefinition;
  readonly catalogue: EntityCatalogue;
  readonly clock: Clock;
  /** Version of dmfpipe; part of a run's fingerprint. */
  readonly version: string;
  readonly signal?: AbortSignal;
  readonly listener?: LoadListener;
  /** Told about every request to the environment and its blob store. */
  readonly onCall?: LoadCallListener;
  readonly settings?: Partial<LoadSettings>;
  /** When the load has to be over. */
  readonly deadline?: RunDeadline;
  /** How many records of each entity go ahead of the rest, instead of what project.yaml says. */
  readonly canaryRecords?: number;
  /** When packages are sent, instead of what project.yaml says. */
  readonly sending?: SendingTime;
  /** The load goes no further than F&O's staging tables. */
  readonly stagingOnly?: true;
  /** A dry run profiles every record of its sources, not only some of the large ones. */
  readonly profilesEveryRecord?: true;
  /** Resume: what F&O rejected stops the run no more. */
  readonly despiteRejections?: true;
  /** The load whose rejected records are loaded again. */
  readonly resubmissionOf?: string;
  readonly retry?: RetrySettings;
}

/**
 * How to reach the environment. It is opened after the lock is taken and the configuration was found good: an
 * embedded sandbox is started then, and nothing is started, or asked for, in vain.
 */
export interface ConnectionSource {
  open(): Promise<EnvironmentConnection>;
  close(): Promise<void>;
}

export interface SendingOptions extends LoadOptions {
  readonly connection: ConnectionSource;
}

/** How a run ended. `error` is what stopped it, where something did; the summary is written all the same. */
export interface RunResult {
  readonly summary: RunSummary;
  readonly folder: RunFolder;
  /** Whether `resume` can go on with it. */
  readonly resumable: boolean;
  readonly error?: DmfpipeError;
  /** What the sources hold, of those that `check` read to their ends. */
  readonly profiles?: readonly SourceProfile[];
}
