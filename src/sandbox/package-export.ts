import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ZipArchive } from "archiver";
import type { Clock } from "../errors/clock.ts";
import { stringParameter } from "./action-parameters.ts";
import { ActionRefused } from "./action-refused.ts";
import type { BlobStore } from "./blob-store.ts";
import { findFormat } from "./data-format.ts";
import { transaction } from "./database.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { EntityRunPlan, Execution, ExecutionStore } from "./execution-store.ts";
import { exportExtension, exportFile } from "./export-file.ts";
import { exportedHeader, exportedManifest, type ExportedEntity } from "./export-manifest.ts";
import { exportedFields, exportedRows } from "./exported-rows.ts";
import { faultScope } from "./fault-scope.ts";
import { ProjectEntities, type ProjectEntity } from "./project-entities.ts";
import type { RowStore } from "./row-store.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";
import { StuckExecutions } from "./stuck-executions.ts";

export interface ExportContext {
  readonly database: DatabaseSync;
  readonly executions: ExecutionStore;
  readonly rows: RowStore;
  readonly blobs: BlobStore;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
  readonly clock: Clock;
}

interface ExportRequest {
  readonly project: string;
  readonly executionId: string;
  readonly company: string;
  readonly packageName: string;
  /** An execution that already has this id is run again. */
  readonly again: boolean;
  /** Only these entities, by label; empty for all. */
  readonly only: readonly string[];
  /** Greatest number of records per entity. */
  readonly limit: number;
}

/**
 * Exports data projects: each becomes a package of its entities in the blob store. The answer comes first, the package
 * is written in the background (assumption: no source says how much of it the call waits for); exports wait for each
 * other.
 */
export class PackageExport {
  readonly #context: ExportContext;
  readonly #projects: ProjectEntities;
  readonly #stuck: StuckExecutions;
  readonly #stop = new AbortController();
  #tail: Promise<void> = Promise.resolve();

  constructor(context: ExportContext) {
    this.#context = context;
    this.#projects = new ProjectEntities(context.database);
    this.#stuck = new StuckExecutions(context.database);
    context.database.exec(`CREATE TABLE IF NOT EXISTS exported_package (
      execution INTEGER PRIMARY KEY REFERENCES execution (number) ON DELETE CASCADE,
      name TEXT NOT NULL,
      blob TEXT
    )`);
  }

  /**
   * ExportToPackage and its kin: the id of an execution that writes the package. Source of the parameters:
   * Microsoft's documentation, and a public client for those of the variants. Throws ActionRefused.
   */
  run(parameters: Readonly<Record<string, unknown>>): string {
    const request = this.#readRequest(parameters);
    this.#refuseSecondRun(request);
    const entities = this.#projects
      .of(request.project)
      .filter(({ label }) => request.only.length === 0 || request.only.includes(label));
    const execution = this.#create(request, entities);
    // Measured by the author of a client: an entity nobody mapped stages no row, and its run never ends.
    const unmapped = entities.some(({ fields }) => fields === null);
    if (unmapped || faultScope.getStore()?.stuck === true) this.#stuck.hold(execution.id);
    else {
      this.#stuck.release(execution.id);
      this.#tail = this.#tail.then(() => this.#write(request, execution, entities));
    }
    return execution.id;
  }

  /** Name of the blob an execution has written; undefined while there is none. */
  blobOf(execution: Execution): string | undefined {
    const row = this.#context.database
      .prepare("SELECT blob FROM exported_package WHERE execution = ?")
      .get(execution.number);
    return (row?.["blob"] as string | null | undefined) ?? undefined;
  }

  /** Ends once no package is being written. */
  async settle(): Promise<void> {
    await this.#tail;
  }

  /** Ends the exports; one that is being written is finished. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#tail;
  }

  #readRequest(parameters: Readonly<Record<string, unknown>>): ExportRequest {
    const { executions, settings, setup, rows } = this.#context;
    const project = stringParameter(parameters, "definitionGroupId").trim();
    if (!executions.hasProject(project)) throw new ActionRefused(`Data project ${project} does not exist.`);
    const company =
      stringParameter(parameters, "legalEntityId").trim().toUpperCase() || settings.defaultCompany;
    if (
      rows.target("Legal entities", "", company) === undefined &&
      !setup.legalEntities().includes(company)
    ) {
      throw new ActionRefused(`The legal entity ${company} does not exist.`);
    }
    const only = stringParameter(parameters, "entityList").split(",");
    // The documentation and the metadata give this parameter different names.
    const limit = parameters["exportPreviewCount"] ?? parameters["count"];
    return {
      project,
      company,
      executionId: stringParameter(parameters, "executionId").trim(),
      packageName: stringParameter(parameters, "packageName").trim(),
      again: parameters["reExecute"] === true,
      only: only.map((label) => label.trim()).filter((label) => label !== ""),
      limit: typeof limit === "number" && limit > 0 ? limit : Infinity,
    };
  }

  #refuseSecondRun({ project, executionId, again }: ExportRequest): void {
    const { executions, settings } = this.#context;
    const earlier = executionId === "" ? undefined : executions.find(executionId);
    if (earlier !== undefined && !again) {
      throw new ActionRefused(
        "Cannot create a record in Execution (DMFExecution). The record already exists.",
      );
    }
    if (earlier?.status === "Executing") {
      throw new ActionRefused(`The execution ${earlier.id} has not ended yet.`);
    }
    const running = executions.executions("Executing");
    const blocked = running.some((run) => run.project.toLowerCase() === project.toLowerCase());
    if (settings.executingRunBlocksProject && blocked) {
      throw new ActionRefused(`The data project '${project}' is being executed already.`);
    }
    if (earlier !== undefined) executions.remove(earlier.number);
  }

  #create(request: ExportRequest, entities: readonly ProjectEntity[]): Execution {
    const { database, executions, settings, clock } = this.#context;
    const time = new Date(clock.now()).toISOString().slice(0, 19);
    const ownId = `${request.project}-${time}-${randomUUID().replaceAll("-", "").toUpperCase()}`;
    const execution = executions.create(
      {
        id: request.executionId === "" ? ownId : request.executionId,
        project: request.project,
        company: request.company,
        executeTarget: true,
        createdAt: clock.now(),
        notFoundAnswers: settings.detailsNotFoundPolls,
      },
      entities.map((entity) => runPlan(entity, this.#describe(entity))),
    );
    database
      .prepare("INSERT INTO exported_package (execution, name) VALUES (?, ?)")
      .run(execution.number, request.packageName);
    return execution;
  }

  async #write(
    request: ExportRequest,
    execution: Execution,
    entities: readonly ProjectEntity[],
  ): Promise<void> {
    const { executions, settings, blobs, database } = this.#context;
    try {
      await sleep(settings.targetDelayMs, undefined, { signal: this.#stop.signal });
      const counts = new Map<string, number>();
      const blob = randomUUID();
      await blobs.upload(blob, this.#package(request, entities, counts));
      transaction(database, () => {
        for (const run of executions.runs(execution.number))
          this.#finish(run.number, counts.get(run.label) ?? 0);
        database
          .prepare("UPDATE exported_package SET blob = ? WHERE execution = ?")
          .run(blob, execution.number);
        executions.setStatus(execution.number, "Succeeded");
      });
    } catch (error) {
      // Stopped before it began: the next start reports it as failed, as staging that was cut off.
      if (this.#stop.signal.aborted || executions.find(execution.id) === undefined) return;
      executions.log(execution.number, "", error instanceof Error ? error.message : String(error));
      executions.setStatus(execution.number, "Failed");
    }
  }

  #finish(run: number, count: number): void {
    const now = this.#context.clock.now();
    const times = { stagingStartedAt: now, stagingEndedAt: now, targetStartedAt: now, targetEndedAt: now };
    this.#context.executions.change(run, {
      stagingStatus: "Finished",
      targetStatus: "Finished",
      ...times,
      toBeProcessed: count,
      staged: count,
      created: count,
    });
  }

  /** Data files first, then manifest and header, as in a real export. Counts the records of every entity. */
  #package(
    request: ExportRequest,
    entities: readonly ProjectEntity[],
    counts: Map<string, number>,
  ): Readable {
    const { executions, database, setup, settings } = this.#context;
    const archive = new ZipArchive();
    const described = entities.map((entity) => this.#describe(entity));
    for (const item of described) {
      const entity = setup.entity(item.label);
      if (entity === undefined) continue;
      const rows = exportedRows({ database, entity, company: request.company, fields: item.fields });
      const content = exportFile({
        format: findFormat(item.sourceFormat, settings),
        element: entity.aotName.toUpperCase(),
        sheetName: item.sheetName.replace(/\$$/, ""),
        fields: item.fields,
        rows: counted(rows, request.limit, (count) => counts.set(item.label, count)),
      });
      archive.append(content, { name: item.file });
    }
    const known = executions
      .projects()
      .find(({ name }) => name.toLowerCase() === request.project.toLowerCase());
    const project = known ?? { name: request.project, description: "" };
    archive.append(exportedManifest(project, described), { name: "Manifest.xml" });
    archive.append(exportedHeader(project.description), { name: "PackageHeader.xml" });
    void archive.finalize();
    return archive;
  }

  #describe(entity: ProjectEntity): ExportedEntity {
    const { database, setup, settings } = this.#context;
    const schema = setup.entity(entity.label);
    const format = findFormat(entity.sourceFormat, settings);
    return {
      ...entity,
      aotName: schema?.aotName ?? "",
      // F&O drops what Windows does not allow in a file name.
      file: `${entity.label.replace(/[<>:"/\\|?*\u0000-\u001f]/g, "")}${exportExtension(format)}`,
      sheetName: format.kind === "excel" ? `${entity.label.replace(/[^A-Za-z0-9]/g, "_").slice(0, 30)}$` : "",
      fields: schema === undefined ? [] : exportedFields(database, schema, entity.fields ?? []),
    };
  }
}

function runPlan(entity: ProjectEntity, described: ExportedEntity): EntityRunPlan {
  const { label, executionUnit, level, sequence, sourceFormat } = entity;
  return {
    ...{ label, executionUnit, level, sequence, sourceFormat },
    parentLabel: null,
    file: described.file,
    fields: described.fields,
    failLevelOnError: false,
    failExecutionUnitOnError: false,
    runBusinessLogic: true,
    runBusinessValidation: true,
  };
}

function* counted(
  rows: Iterable<readonly string[]>,
  limit: number,
  tell: (count: number) => void,
): Generator<readonly string[]> {
  let count = 0;
  for (const row of rows) {
    if (count >= limit) break;
    count += 1;
    yield row;
  }
  tell(count);
}
