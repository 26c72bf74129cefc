import { setTimeout as sleep } from "node:timers/promises";
import { outcome } from "./execution-outcome.ts";
import type { EntityRun, Execution } from "./execution-store.ts";
import { faultScope } from "./fault-scope.ts";
import { StuckExecutions } from "./stuck-executions.ts";
import { writeEntity, type TargetContext } from "./target-step.ts";

/**
 * The batch server: runs the target step of one execution after another, in the order they were enqueued.
 *
 * States of an execution here: Executing (enqueued or running) → Succeeded, PartiallySucceeded or Failed. A process
 * that dies leaves Executing behind, with every committed batch of rows done; the next start enqueues it again.
 * An execution that a planned fault holds stays at Executing, over restarts too, until it is released.
 */
export class BatchQueue {
  readonly #context: TargetContext;
  readonly #delayMs: number;
  readonly #stop = new AbortController();
  readonly #stuck: StuckExecutions;
  #tail: Promise<void> = Promise.resolve();

  constructor(context: Omit<TargetContext, "stopping">, delayMs: number) {
    this.#context = { ...context, stopping: () => this.#stop.signal.aborted };
    this.#delayMs = delayMs;
    this.#stuck = new StuckExecutions(context.database);
  }

  /** The target step of an execution whose rows are staged. */
  enqueue(execution: Execution): void {
    if (faultScope.getStore()?.stuck === true) {
      this.#stuck.hold(execution.id);
      return;
    }
    // An id that is used a second time has nothing to do with what became of the first one.
    this.#stuck.release(execution.id);
    this.#add(execution);
  }

  /** Takes up an execution that was Executing when the process ended. */
  takeUp(execution: Execution): void {
    if (!this.#stuck.has(execution.id)) this.#add(execution);
  }

  /** Lets an execution go on that a planned fault holds; false when none is held under this id. */
  release(executionId: string): boolean {
    const execution = this.#context.executions.find(executionId);
    if (!this.#stuck.release(executionId) || execution === undefined) return false;
    this.#add(execution);
    return true;
  }

  /** Ids of the executions that are held, from old to new. */
  held(): readonly string[] {
    const executing = this.#context.executions.executions("Executing");
    return executing.map(({ id }) => id).filter((id) => this.#stuck.has(id));
  }

  #add(execution: Execution): void {
    this.#tail = this.#tail.then(() => this.#execute(execution));
  }

  /** Ends after the batch of rows that is being written. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#tail;
  }

  async #execute(execution: Execution): Promise<void> {
    const { executions } = this.#context;
    try {
      await sleep(this.#delayMs, undefined, { signal: this.#stop.signal });
      if (!(await this.#writeEntities(execution))) return;
      executions.setStatus(execution.number, outcome(executions.runs(execution.number), true));
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      // Deleted from the history meanwhile: nobody is left who could ask how it ended.
      if (executions.find(execution.id) === undefined) return;
      executions.log(execution.number, "", error instanceof Error ? error.message : String(error));
      executions.setStatus(execution.number, "Failed");
    }
  }

  /**
   * By execution unit, level and sequence. Microsoft's documentation runs units and levels side by side where it
   * can; one after the other keeps every promise it makes about order. False when stopped half-way.
   */
  async #writeEntities(execution: Execution): Promise<boolean> {
    const { executions } = this.#context;
    const failedUnits = new Set<number>();
    const failedLevels = new Set<string>();
    for (const { number } of executions.runs(execution.number)) {
      const run = executions.run(number);
      if (run === undefined) continue;
      const level = `${run.executionUnit}.${run.level}`;
      if (!isDone(run)) {
        const skipped = failedUnits.has(run.executionUnit) || failedLevels.has(level);
        const nothingStaged = run.stagingStatus === "Error" && run.staged === 0;
        if (skipped || nothingStaged) executions.change(number, { targetStatus: "NotRun" });
        else if (!(await writeEntity(this.#context, run, execution.company))) return false;
      }
      const after = executions.run(number) ?? run;
      if (after.stagingStatus !== "Error" && after.targetStatus !== "Error") continue;
      if (run.failExecutionUnitOnError) failedUnits.add(run.executionUnit);
      if (run.failLevelOnError) failedLevels.add(level);
    }
    return true;
  }
}

function isDone(run: EntityRun): boolean {
  return run.targetStatus === "Finished" || run.targetStatus === "Error" || run.targetStatus === "NotRun";
}
