import type { DefinitionGroupStore } from "./definition-group-store.ts";
import { definitionGroupDetails, definitionGroups } from "./definition-group-sets.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { WrittenValues } from "./odata-body.ts";
import { alreadyExists, validationFailed } from "./odata-refusal.ts";
import type { ODataRecord, ODataSet } from "./odata-set.ts";
import { valueText } from "./odata-value.ts";

export interface DefinitionGroupContext {
  readonly groups: DefinitionGroupStore;
  readonly executions: ExecutionStore;
  readonly setup: EnvironmentSetup;
}

const groupEntity = { label: "Processing group", aotName: "DataManagementDefinitionGroupEntity" };
const detailEntity = {
  label: "Entities for a processing group",
  aotName: "DataManagementDefinitionGroupDetailEntity",
};

/** Writes data projects. Every method throws ActionRefused when the row is refused. */
export class DefinitionGroupWriter {
  readonly #context: DefinitionGroupContext;

  constructor(context: DefinitionGroupContext) {
    this.#context = context;
  }

  insert(values: WrittenValues): ODataRecord {
    const { executions } = this.#context;
    const given = texts(values);
    const name = given["Name"] ?? "";
    refuse(groupEntity.aotName, lengthProblems(values));
    if (name === "") refuse(groupEntity.aotName, ["Field 'Group name' must be filled in"]);
    if (executions.hasProject(name)) {
      throw alreadyExists(groupEntity, [["Group name", name]]);
    }
    this.#save(given);
    return given;
  }

  update(record: ODataRecord, values: WrittenValues): void {
    refuse(groupEntity.aotName, lengthProblems(values));
    this.#save({ ...present(definitionGroups, record), ...texts(values), Name: String(record["Name"]) });
  }

  remove(record: ODataRecord): void {
    this.#context.groups.remove(String(record["Name"]));
  }

  #save(given: Readonly<Record<string, string>>): void {
    this.#context.groups.save({
      name: given["Name"] ?? "",
      description: given["Description"] ?? "",
      operationType: given["OperationType"] ?? "Export",
      projectCategory: given["ProjectCategory"] ?? "Project",
      generateDataPackage: given["GenerateDataPackage"] === "Yes" ? "Yes" : "No",
      truncateEntityData: given["TruncateEntityData"] === "Yes" ? "Yes" : "No",
    });
  }
}

/** Writes the entities of data projects. Every method throws ActionRefused when the row is refused. */
export class DefinitionGroupDetailWriter {
  readonly #context: DefinitionGroupContext;

  constructor(context: DefinitionGroupContext) {
    this.#context = context;
  }

  insert(values: WrittenValues): ODataRecord {
    const { groups } = this.#context;
    const { DefinitionGroupId: project = "", EntityName: label = "", ...rest } = texts(values);
    refuse(detailEntity.aotName, this.#problems(project, label));
    if (groups.entities(project).some((known) => known.label === label)) {
      const key = [
        ["Group name", project],
        ["Entity", label],
      ] as const;
      throw alreadyExists(detailEntity, key);
    }
    // Observed: without AutoGenerateMapping there is no mapping, and the validation status says so.
    const content = { ...rest, ValidationStatus: rest["AutoGenerateMapping"] === "Yes" ? "Yes" : "No" };
    groups.saveEntity(project, label, content);
    return { ...content, DefinitionGroupId: project, EntityName: label };
  }

  update(record: ODataRecord, values: WrittenValues): void {
    const key = {
      DefinitionGroupId: String(record["DefinitionGroupId"]),
      EntityName: String(record["EntityName"]),
    };
    const content = { ...present(definitionGroupDetails, record), ...texts(values), ...key };
    this.#context.groups.saveEntity(key.DefinitionGroupId, key.EntityName, content);
  }

  remove(record: ODataRecord): void {
    this.#context.groups.removeEntity(String(record["DefinitionGroupId"]), String(record["EntityName"]));
  }

  #problems(project: string, label: string): string[] {
    const { executions, setup } = this.#context;
    const problems: string[] = [];
    if (project === "") problems.push("Field 'Group name' must be filled in");
    else if (!executions.hasProject(project)) {
      problems.push(
        `The value '${project}' in field 'Group name' is not found in the related table 'Processing group'`,
      );
    }
    if (label === "") problems.push("Field 'Entity' must be filled in");
    else if (setup.entity(label) === undefined && setup.composite(label) === undefined) {
      problems.push(
        `The value '${label}' in field 'Entity' is not found in the related table 'Target entities'`,
      );
    }
    return problems;
  }
}

function texts(values: WrittenValues): Record<string, string> {
  return Object.fromEntries([...values].map(([property, text]) => [property.column, text]));
}

/** A row's own values, those that stand for "nothing" left out. */
function present(set: ODataSet, record: ODataRecord): Record<string, string> {
  return Object.fromEntries(
    [...set.properties.values()]
      .filter((property) => (record[property.column] ?? "") !== "")
      .map((property) => [property.column, valueText(property, record)]),
  );
}

function lengthProblems(values: WrittenValues): string[] {
  return [...values]
    .filter(([property, text]) => property.size !== undefined && text.length > property.size)
    .map(
      ([{ name, size }]) => `Field '${name}': The value is longer than the ${size} characters of the field`,
    );
}

function refuse(aotName: string, problems: readonly string[]): void {
  if (problems.length > 0) throw validationFailed(aotName, problems);
}
