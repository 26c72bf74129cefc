import { booleanParameter, stringParameter } from "./action-parameters.ts";
import { ActionRefused } from "./action-refused.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import type { RowStore } from "./row-store.ts";
import type { SandboxSettings } from "./sandbox-settings.ts";

/** The parameters of ImportFromPackage. */
export interface ImportRequest {
  readonly packageUrl: string;
  /** Name of the data project. */
  readonly project: string;
  /** '' where the environment shall make one. */
  readonly executionId: string;
  /** Whether the target step follows. */
  readonly execute: boolean;
  readonly overwrite: boolean;
  /** Upper case. */
  readonly company: string;
}

/** Throws ActionRefused for a legal entity that is unknown or too long, and for a request without project. */
export function readImportRequest(
  parameters: Readonly<Record<string, unknown>>,
  environment: {
    readonly settings: SandboxSettings;
    readonly setup: EnvironmentSetup;
    readonly rows: RowStore;
  },
): ImportRequest {
  const { settings, setup, rows } = environment;
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
