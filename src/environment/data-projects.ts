import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { ODataClient } from "./odata-client.ts";

/** A data project of an environment. */
export interface DataProject {
  readonly name: string;
  readonly description: string;
}

/** What a new data project for imports says of itself. */
export interface NewDataProject extends DataProject {
  readonly category: "Project" | "Configuration";
}

/** An entity that is to stand in a data project. */
export interface DataProjectEntity {
  /** DMF label. */
  readonly label: string;
  /** Name of a source data format of the environment. */
  readonly sourceFormat: string;
  readonly executionUnit: number;
  readonly level: number;
  readonly sequence: number;
}

const groups = z.object({
  value: z.array(z.object({ Name: z.string(), Description: z.string().nullish() })),
});

const details = z.object({ value: z.array(z.object({ EntityName: z.string() })) });

const groupSet = "DataManagementDefinitionGroups";
const detailSet = "DataManagementDefinitionGroupDetails";
/** Observed by a client in the field: a longer description is refused. */
const maxDescriptionLength = 60;

/**
 * The data projects of an environment, through the OData entities DataManagementDefinitionGroups and
 * DataManagementDefinitionGroupDetails (observed by a client that makes its projects so). Names are compared as SQL
 * Server compares them: without regard to case.
 */
export class DataProjects {
  readonly #odata: ODataClient;
  readonly #environment: string;

  constructor(odata: ODataClient, environment: string) {
    this.#odata = odata;
    this.#environment = environment;
  }

  /**
   * The data project of that name, or undefined where there is none. Throws DMFP-DATA-PROJECT where the environment
   * does not answer the question, and what ODataClient throws.
   */
  async find(name: string): Promise<DataProject | undefined> {
    const body = await this.#get(
      `${groupSet}?$filter=${filter({ Name: name })}`,
      `Looking for the data project ${name}`,
    );
    const parsed = groups.safeParse(body);
    if (!parsed.success)
      throw this.#failure(`Looking for the data project ${name}`, "no list of projects came back");
    const found = parsed.data.value.find((row) => sameName(row.Name, name));
    return found === undefined ? undefined : { name: found.Name, description: found.Description ?? "" };
  }

  /** Whether the entity stands in the project. Throws like `find`. */
  async hasEntity(project: string, label: string): Promise<boolean> {
    const purpose = `Looking for ${label} in the data project ${project}`;
    const body = await this.#get(
      `${detailSet}?$filter=${filter({ DefinitionGroupId: project, EntityName: label })}`,
      purpose,
    );
    const parsed = details.safeParse(body);
    if (!parsed.success) throw this.#failure(purpose, "no list of entities came back");
    return parsed.data.value.some(({ EntityName }) => sameName(EntityName, label));
  }

  /**
   * Makes a data project for imports. Safe to be called again after a lost answer: that it is there already is no
   * error. Throws DMFP-DATA-PROJECT with F&O's own words where it refuses.
   */
  async create(project: NewDataProject): Promise<void> {
    const purpose = `Creating the data project ${project.name}`;
    const refusal = await this.#post(groupSet, purpose, {
      Name: project.name,
      Description: project.description.slice(0, maxDescriptionLength),
      OperationType: "Import",
      ProjectCategory: project.category,
      GenerateDataPackage: "No",
    });
    if (refusal === undefined || (await this.find(project.name)) !== undefined) return;
    throw this.#failure(purpose, refusal);
  }

  /**
   * Puts an entity into a data project, its fields mapped by F&O itself: without AutoGenerateMapping a project made
   * through OData was seen to move nothing. Safe to be called again. Throws DMFP-DATA-PROJECT where F&O refuses.
   */
  async addEntity(project: string, entity: DataProjectEntity): Promise<void> {
    const purpose = `Putting ${entity.label} into the data project ${project}`;
    const refusal = await this.#post(detailSet, purpose, {
      DefinitionGroupId: project,
      EntityName: entity.label,
      SourceFormat: entity.sourceFormat,
      AutoGenerateMapping: "Yes",
      ExecutionUnit: entity.executionUnit,
      LevelInExecutionUnit: entity.level,
      SequenceInLevel: entity.sequence,
    });
    if (refusal === undefined || (await this.hasEntity(project, entity.label))) return;
    throw this.#failure(purpose, refusal);
  }

  async #get(path: string, purpose: string): Promise<unknown> {
    const result = await this.#odata.call({ method: "GET", path, purpose, effect: "repeatable" });
    if (result.ok) return result.body;
    throw this.#failure(purpose, result.refusal.message);
  }

  /** Returns why F&O refused, or undefined. Repeating it does no harm: a second row of the same key is refused. */
  async #post(
    path: string,
    purpose: string,
    body: Readonly<Record<string, string | number>>,
  ): Promise<string | undefined> {
    const result = await this.#odata.call({ method: "POST", path, body, purpose, effect: "repeatable" });
    return result.ok ? undefined : result.refusal.message;
  }

  #failure(purpose: string, why: string): DmfpipeError {
    return new DmfpipeError("DMFP-DATA-PROJECT", `${purpose}: ${why}`, {
      at: { environment: this.#environment },
    });
  }
}

function filter(equal: Readonly<Record<string, string>>): string {
  const conditions = Object.entries(equal).map(
    ([column, value]) => `${column} eq '${value.replaceAll("'", "''")}'`,
  );
  return encodeURIComponent(conditions.join(" and "));
}

function sameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
