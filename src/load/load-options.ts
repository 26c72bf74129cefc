import type { EntityCatalogue } from "../entity/catalogue.ts";
import type { RetrySettings } from "../environment/http-policy.ts";
import type { Clock } from "../errors/clock.ts";
import type { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { EnvironmentConnection, EnvironmentDefinition } from "../project/environment-definition.ts";
import type { Project } from "../project/project.ts";
import type { RunSummary } from "../rejection/summary.ts";
import type { LoadSettings } from "./load-settings.ts";
import type { RunFolder } from "./run-folder.ts";
import type { LoadListener } from "./run-log.ts";

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
  readonly settings?: Partial<LoadSettings>;
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
}
