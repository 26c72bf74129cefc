import type { Clock } from "../../errors/clock.ts";
import type { BatchQueue } from "../batch-queue.ts";
import type { EnvironmentSetup } from "../environment-setup.ts";
import type { ExecutionStore } from "../execution-store.ts";
import type { FaultPlan } from "../fault-plan.ts";
import type { SandboxSettings } from "../sandbox-settings.ts";
import type { WorkspaceQueries } from "./workspace-queries.ts";

/** What the pages show. */
export interface WorkspaceContext {
  readonly base: string;
  readonly settings: SandboxSettings;
  readonly setup: EnvironmentSetup;
  readonly executions: ExecutionStore;
  readonly queue: BatchQueue;
  readonly faults: FaultPlan;
  readonly clock: Clock;
  readonly queries: WorkspaceQueries;
}
