import { ActionRefused } from "./action-refused.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { SandboxAnswer, SandboxRequest } from "./http-exchange.ts";
import { noResourceAnswer, odataErrorAnswer } from "./odata-answer.ts";
import { businessRecords } from "./business-records.ts";
import { jobDetails } from "./job-details.ts";
import { answerQuery } from "./odata-query.ts";
import type { RowStore } from "./row-store.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

export interface ODataContext {
  readonly base: string;
  readonly executions: ExecutionStore;
  readonly rows: RowStore;
  readonly setup: EnvironmentSetup;
  readonly settings: SandboxSettings;
}

/** Reads of `/data/<entity set>`: the sets of the Data management framework, and the records of the business. */
export function answerRead(context: ODataContext, request: SandboxRequest): SandboxAnswer {
  const url = `${context.base}${request.path}`;
  const name = /^\/data\/(\w+)$/.exec(request.path)?.[1];
  if (name === undefined || request.method !== "GET") return noResourceAnswer(url);
  try {
    if (name === "DataManagementExecutionJobDetails")
      return answerQuery(jobDetails(context.base, context.executions), request.query);
    if (name === "DataManagementDefinitionGroups") return definitionGroups(context, name, request.query);
    const entity = context.setup.entities().find(({ odataCollection }) => odataCollection === name);
    if (entity === undefined) return noResourceAnswer(url);
    const everywhere = request.query.get("cross-company")?.toLowerCase() === "true";
    const company = everywhere ? undefined : context.settings.defaultCompany;
    return answerQuery(businessRecords({ ...context, entity, company }), request.query);
  } catch (error) {
    if (error instanceof ActionRefused) return odataErrorAnswer(error.status, error.message, error.type);
    throw error;
  }
}

function definitionGroups(context: ODataContext, name: string, query: URLSearchParams): SandboxAnswer {
  const columns = new Set(["Name", "Description", "OperationType", "ProjectCategory", "GenerateDataPackage"]);
  const rows = context.executions.projects().map((project) => ({
    Name: project.name,
    Description: project.description,
    OperationType: "Import",
    ProjectCategory: "Project",
    GenerateDataPackage: "No",
  }));
  return answerQuery({ base: context.base, name, columns, rows }, query);
}
