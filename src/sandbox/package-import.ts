import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fetch } from "undici";
import { booleanParameter, stringParameter } from "./action-parameters.ts";
import { ActionRefused } from "./action-refused.ts";
import type { BatchQueue } from "./batch-queue.ts";
import type { CompositeEntity } from "./composite-entity.ts";
import { compositeLayout, planComposite } from "./composite-plan.ts";
import { stageComposite } from "./composite-staging.ts";
import { inspectDelimited } from "./delimited-file.ts";
import { DataFileUnreadable } from "./data-file-unreadable.ts";
import { EntityStaging, finishStaging, type StagingContext } from "./entity-staging.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { outcome } from "./execution-outcome.ts";
import type { EntityRun, Execution } from "./execution-store.ts";
import { planImport, type ImportPlan } from "./import-plan.ts";
import { checkPackageHeader, readManifest, type ManifestEntity } from "./manifest.ts";
import { mappedEntity, ProjectEntities } from "./project-entities.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import { stageEntity } from "./staging-step.ts";
import { UnpackedPackage } from "./unpacked-package.ts";

interface ImportRequest {
  readonly packageUrl: string;
  readonly project: string;
  readonly executionId: string;
  readonly execute: boolean;
  readonly overwrite: boolean;
  readonly company: string;
}

/** What was decided before anything is staged. */
interface PreparedImport {
  readonly request: ImportRequest;
  readonly description: string;
  readonly unpacked: UnpackedPackage;
  readonly plans: readonly ImportPlan[];
  /** Set when the plans are those of the members of a composite entity. */
  readonly composite: CompositeEntity | undefined;
  readonly execution: Execution;
}

/** Imports packages: rules of the parameters, unpacking, staging, and the hand-over to the batch server. */
export class PackageImport {
  readonly #context: StagingContext;
  readonly #queue: BatchQueue;
  readonly #projects: ProjectEntities;
  #unpacking = 0;
  #excelLocked = false;
  #background: Promise<unknown> = Promise.resolve();
  readonly #calls = new Set<Promise<unknown>>();

  constructor(context: StagingContext, queue: BatchQueue) {
    this.#context = context;
    this.#queue = queue;
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
    const request = this.#readRequest(parameters);
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
    const request = this.#readRequest(parameters);
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

  #readRequest(parameters: Readonly<Record<string, unknown>>): ImportRequest {
    const { settings, setup, rows } = this.#context;
    const company =
      stringParameter(parameters, "legalEntityId").trim().toUpperCase() || settings.defaultCompany;
    if (company.length > 4)
      throw new ActionRefused(`The legal entity ${company} is longer than four characters.`);
    const known =
      rows.target("Legal entities", "", company) !== undefined || setup.legalEntities().includes(company);
    if (!known) throw new ActionRefused(`The legal entity ${company} does not exist.`);
    const project = stringParameter(parameters, "definitionGroupId").trim();
    if (project === "") throw new ActionRefused("The data project must be specified.");
    return {
      packageUrl: stringParameter(parameters, "packageUrl"),
      project,
      executionId: stringParameter(parameters, "executionId").trim(),
      execute: booleanParameter(parameters, "execute"),
      overwrite: booleanParameter(parameters, "overwrite"),
      company,
    };
  }

  /** What a second call with the same id does is not documented: a setting decides. */
  #sameExecutionId(request: ImportRequest): string | undefined {
    const { executions, settings } = this.#context;
    if (request.executionId === "") return undefined;
    const earlier = executions.find(request.executionId);
    if (earlier === undefined) return undefined;
    if (settings.sameExecutionId === "echo") return earlier.id;
    if (settings.sameExecutionId === "refuse") {
      throw new ActionRefused(
        "Cannot create a record in Execution (DMFExecution). The record already exists.",
      );
    }
    if (earlier.status === "Executing") {
      throw new ActionRefused(`The execution ${earlier.id} has not ended yet.`);
    }
    executions.remove(earlier.number);
    return undefined;
  }

  /** Everything that can refuse the package, up to the record of the execution. */
  async #prepare(request: ImportRequest): Promise<PreparedImport> {
    const { executions, settings, setup, clock } = this.#context;
    this.#refuseBlockedProject(request.project);
    const unpacked = await this.#fetchPackage(request.packageUrl);
    try {
      checkPackageHeader(await unpacked.readXml("PackageHeader.xml"));
      const manifest = readManifest(await unpacked.readXml("Manifest.xml"));
      const entries = manifest.entities.filter(({ disable }) => !disable);
      const composite = findComposite(entries, setup);
      this.#checkProject(request, composite);
      const findFile = (name: string): string | undefined => unpacked.find(name);
      const plans =
        composite === undefined
          ? planImport(manifest, setup, settings)
          : await planComposite({ composite, entries, setup, settings, findFile });
      await refuseWrongFiles(plans, findFile, settings);
      // Another call may have come while the package was on its way.
      this.#refuseBlockedProject(request.project);
      const description = manifest.description ?? "";
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
      return { request, description, unpacked, plans, composite, execution };
    } catch (error) {
      await unpacked.remove();
      throw error;
    }
  }

  async #stage(prepared: PreparedImport): Promise<void> {
    const { request, unpacked, execution } = prepared;
    const { executions, settings } = this.#context;
    try {
      await this.#stageEntities(prepared, executions.runs(execution.number));
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

  async #stageEntities(prepared: PreparedImport, runs: readonly EntityRun[]): Promise<void> {
    const { unpacked, plans, composite } = prepared;
    const members = runs.flatMap((run) => {
      const plan = plans.find(({ entity }) => entity.label === run.label);
      return plan === undefined ? [] : [{ run, plan }];
    });
    const format = plans[0]?.format;
    if (composite !== undefined && format?.kind === "xml") {
      const layout = compositeLayout(composite, format, this.#context);
      const file = unpacked.find(plans[0]?.run.file ?? "");
      await stageComposite(this.#context, members, { layout, file });
      return;
    }
    for (const { run, plan } of members) {
      const file = unpacked.find(run.file);
      if (plan.format.kind === "excel") await this.#stageExcel(run, plan, file);
      else await stageEntity(this.#context, run, plan, file);
    }
  }

  /** Documented: there is one lock for Excel files, so a second import at the same time fails with DMF2039. */
  async #stageExcel(run: EntityRun, plan: ImportPlan, file: string | undefined): Promise<void> {
    if (this.#excelLocked) {
      const problem = new DataFileUnreadable("DMF2039", "Unable to obtain Excel file lock.");
      await finishStaging(this.#context, [new EntityStaging(this.#context, run, plan)], problem);
      return;
    }
    this.#excelLocked = true;
    try {
      await stageEntity(this.#context, run, plan, file);
    } finally {
      this.#excelLocked = false;
    }
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

  async #fetchPackage(url: string): Promise<UnpackedPackage> {
    const { blobs, settings, workFolder } = this.#context;
    // Assumption: F&O reads packages from its own storage only. A sandbox that fetched any address would be a proxy.
    if (!blobs.owns(url)) throw new ActionRefused("The remote server returned an error: (404) Not Found.");
    await mkdir(workFolder, { recursive: true });
    const id = randomUUID();
    const zipFile = path.join(workFolder, `${id}.zip`);
    try {
      const response = await fetch(url);
      if (!response.ok || response.body === null) {
        const text =
          response.status === 403 ? "Server failed to authenticate the request." : response.statusText;
        throw new ActionRefused(`The remote server returned an error: (${response.status}) ${text}`, {
          type: "Microsoft.WindowsAzure.Storage.StorageException",
        });
      }
      const source = Readable.fromWeb(response.body);
      await pipeline(source, atMost(settings.packageSizeLimitBytes), createWriteStream(zipFile));
      return await UnpackedPackage.unpack(zipFile, path.join(workFolder, id), settings);
    } finally {
      await rm(zipFile, { force: true });
    }
  }

  /** `{project}-{time}-{32 hex digits}`, as public samples show. */
  #newExecutionId(project: string): string {
    const time = new Date(this.#context.clock.now()).toISOString().slice(0, 19);
    return `${project}-${time}-${randomUUID().replaceAll("-", "").toUpperCase()}`;
  }
}

/** The composite entity of a package; no source knows how else a manifest could say that it has one. */
function findComposite(
  entries: readonly ManifestEntity[],
  setup: EnvironmentSetup,
): CompositeEntity | undefined {
  for (const { entityName } of entries) {
    const composite = setup.composite(entityName ?? "");
    if (composite !== undefined) return composite;
  }
  return undefined;
}

/** Line ends are looked at while the mapping is built: LF alone refuses the import, with a field id that is random. */
async function refuseWrongFiles(
  plans: readonly ImportPlan[],
  findFile: (name: string) => string | undefined,
  settings: SandboxSettings,
): Promise<void> {
  for (const { run, columns, format, entity } of plans) {
    if (columns === null) continue;
    const file = findFile(run.file);
    if (file === undefined) {
      // A flight switches this check off; the entity then fails in staging.
      if (!settings.inputFileCheck) continue;
      throw new ActionRefused(`The file '${run.file}' of entity ${entity.label} is not in the package.`);
    }
    if (format.kind !== "delimited") continue;
    const { lineEnd, encodingFits } = await inspectDelimited(file, format);
    if (encodingFits && lineEnd === "lf") {
      const field = randomUUID().toUpperCase();
      throw new ActionRefused(`the mapping is incorrect for entity ${entity.label} and field {${field}}`);
    }
  }
}

function atMost(limitBytes: number): Transform {
  let sizeBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) done(new ActionRefused("There is not enough space on the disk."));
      else done(null, chunk);
    },
  });
}
