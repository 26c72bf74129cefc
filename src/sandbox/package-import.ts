import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ActionRefused } from "./action-refused.ts";
import type { BatchQueue } from "./batch-queue.ts";
import type { CompositeEntity } from "./composite-entity.ts";
import type { StagingContext } from "./entity-staging.ts";
import { outcome } from "./execution-outcome.ts";
import type { Execution } from "./execution-store.ts";
import { readImportRequest, type ImportRequest } from "./import-request.ts";
import { downloadPackage } from "./package-download.ts";
import { planPackage, type PackagePlan } from "./package-plan.ts";
import { PackageStaging } from "./package-staging.ts";
import { mappedEntity, ProjectEntities } from "./project-entities.ts";
import type { UnpackedPackage } from "./unpacked-package.ts";

/** What was decided before anything is staged. */
interface PreparedImport extends PackagePlan {
  readonly request: ImportRequest;
  readonly unpacked: UnpackedPackage;
  readonly execution: Execution;
}

/** Imports packages: rules of the parameters, unpacking, staging, and the hand-over to the batch server. */
export class PackageImport {
  readonly #context: StagingContext;
  readonly #queue: BatchQueue;
  readonly #projects: ProjectEntities;
  readonly #staging: PackageStaging;
  #unpacking = 0;
  #background: Promise<unknown> = Promise.resolve();
  readonly #calls = new Set<Promise<unknown>>();

  constructor(context: StagingContext, queue: BatchQueue) {
    this.#context = context;
    this.#queue = queue;
    this.#staging = new PackageStaging(context);
    this.#projects = new ProjectEntities(context.database);
  }

  /**
   * ImportFromPackage: returns the execution id once the package is in staging; the target step follows in the
   * batch. Source of the rules: Microsoft's documentation of the package API; texts from public issues. Throws
   * ActionRefused, and then nothing of the package was imported.
   */
  async run(parameters: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#track(this.#run(parameters));
  }

  async #run(parameters: Readonly<Record<string, unknown>>): Promise<string> {
    const request = readImportRequest(parameters, this.#context);
    const again = this.#sameExecutionId(request);
    if (again !== undefined) return again;
    if (this.#unpacking > 0 && !this.#context.settings.enhancedParallelImport) {
      throw new ActionRefused(
        "Cannot delete a record in Source (DMFDefinitionGroupEntityXMLFields). Deadlock, where one or more users have simultaneously locked the whole table or part of it.",
      );
    }
    this.#unpacking += 1;
    try {
      const prepared = await this.#prepare(request);
      await this.#stage(prepared);
      return prepared.execution.id;
    } finally {
      this.#unpacking -= 1;
    }
  }

  /**
   * ImportFromPackageAsync: the same, but the answer comes before staging. Packages wait for each other here
   * (assumption: how the real one schedules them is not documented).
   */
  async runAsync(parameters: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#track(this.#runAsync(parameters));
  }

  async #runAsync(parameters: Readonly<Record<string, unknown>>): Promise<string> {
    const request = readImportRequest(parameters, this.#context);
    const again = this.#sameExecutionId(request);
    if (again !== undefined) return again;
    const prepared = await this.#prepare(request);
    const staged = this.#background.then(async () => {
      this.#unpacking += 1;
      try {
        await this.#stage(prepared);
      } finally {
        this.#unpacking -= 1;
      }
    });
    this.#background = staged.catch((error: unknown) => {
      const { executions } = this.#context;
      executions.log(prepared.execution.number, "", error instanceof Error ? error.message : String(error));
      executions.setStatus(prepared.execution.number, "Failed");
    });
    return prepared.execution.id;
  }

  /** Ends once no package is being unpacked or staged, for whatever call. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#calls]);
    await this.#background;
  }

  async #track<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** What a second call with the same id does is not documented: a setting decides. */
  #sameExecutionId(request: ImportRequest): string | undefined {
    const { executions, settings } = this.#context;
    if (request.executionId === "") return undefined;
    const earlier = executions.find(request.executionId);
    if (earlier === undefined) return undefined;
    if (settings.sameExecutionId === "echo") return earlier.id;
    if (settings.sameExecutionId === "refuse") throw executionExists();
    if (earlier.status === "Executing") {
      throw new ActionRefused(`The execution ${earlier.id} has not ended yet.`);
    }
    executions.remove(earlier.number);
    return undefined;
  }

  /** Everything that can refuse the package, up to the record of the execution. */
  async #prepare(request: ImportRequest): Promise<PreparedImport> {
    const { executions, settings, clock } = this.#context;
    this.#refuseBlockedProject(request.project);
    const unpacked = await downloadPackage(request.packageUrl, this.#context);
    try {
      const plan = await planPackage({
        ...this.#context,
        unpacked,
        checkProject: (composite) => {
          this.#checkProject(request, composite);
        },
      });
      const { plans, composite, description } = plan;
      // Another call may have come while the package was on its way.
      this.#refuseBlockedProject(request.project);
      if (executions.find(request.executionId) !== undefined) throw executionExists();
      // Overwrite is false for a composite entity: its project stays as it is.
      if (composite === undefined) {
        executions.saveProject(request.project, description);
        this.#projects.replaceImported(request.project, plans.map(mappedEntity));
      }
      const execution = executions.create(
        {
          id: request.executionId === "" ? this.#newExecutionId(request.project) : request.executionId,
          project: request.project,
          company: request.company,
          executeTarget: request.execute,
          createdAt: clock.now(),
          notFoundAnswers: settings.detailsNotFoundPolls,
        },
        plans.map(({ run }) => run),
      );
      return { ...plan, request, unpacked, execution };
    } catch (error) {
      await unpacked.remove();
      throw error;
    }
  }

  async #stage(prepared: PreparedImport): Promise<void> {
    const { request, unpacked, execution } = prepared;
    const { executions, settings } = this.#context;
    try {
      await this.#staging.stage({ ...prepared, runs: executions.runs(execution.number) });
    } catch (error) {
      executions.setStatus(execution.number, "Failed");
      throw error;
    } finally {
      await unpacked.remove();
    }
    if (request.execute) this.#queue.enqueue(execution);
    else {
      const runs = executions.runs(execution.number);
      for (const run of runs) executions.change(run.number, { targetStatus: "NotRun" });
      executions.setStatus(execution.number, outcome(runs, false));
    }
    if (settings.importHoldMs > 0) await sleep(settings.importHoldMs);
  }

  /** Rules of the documentation: a composite entity needs its project and no overwrite, all others the opposite. */
  #checkProject({ project, overwrite }: ImportRequest, composite: CompositeEntity | undefined): void {
    const exists = this.#context.executions.hasProject(project);
    if (composite === undefined) {
      if (!exists || overwrite) return;
      throw new ActionRefused(`The data project '${project}' exists and overwrite has not been specified.`);
    }
    if (!exists) {
      throw new ActionRefused(
        "A data project must exist before importing a package consisting of a composite data entity.",
      );
    }
    if (overwrite) throw new ActionRefused("Overwrite must be false for a composite data entity.");
  }

  /** Source: a run left in Executing was seen to block the next start of its project. The text is an assumption. */
  #refuseBlockedProject(project: string): void {
    const { executions, settings } = this.#context;
    if (!settings.executingRunBlocksProject) return;
    const running = executions.executions("Executing");
    if (!running.some((execution) => execution.project.toLowerCase() === project.toLowerCase())) return;
    throw new ActionRefused(`The data project '${project}' is being executed already.`);
  }

  /** `{project}-{time}-{32 hex digits}`, as public samples show. */
  #newExecutionId(project: string): string {
    const time = new Date(this.#context.clock.now()).toISOString().slice(0, 19);
    return `${project}-${time}-${randomUUID().replaceAll("-", "").toUpperCase()}`;
  }
}

function executionExists(): ActionRefused {
  return new ActionRefused("Cannot create a record in Execution (DMFExecution). The record already exists.");
}
