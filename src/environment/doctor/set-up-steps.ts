import { z } from "zod";
import { EntityMetadata } from "../entity-metadata.ts";
import { failedWith, orUnseen, type Examination, type Finding } from "./examination.ts";
import type { Tools } from "./tools.ts";

/** What the project needs of the environment. */
export interface ProjectNeeds {
  /** Legal entities that may be written to. */
  readonly companies: readonly string[];
  /** DMF labels of the entities that are loaded. */
  readonly labels: readonly string[];
  /** Names of the source data formats the packages are made in. */
  readonly formats: readonly string[];
}

/** Formats every environment has. */
const builtIn = new Set(["csv-unicode", "xml-element", "xml-attribute"]);

/** Legal entities, entities, formats, version: whether the environment is set up for the project. */
export async function examineSetUp(
  examination: Examination,
  tools: Tools,
  needs: ProjectNeeds,
): Promise<void> {
  await examination.step("version", "Version", () => orUnseen(() => versionFinding(tools)));
  await examination.step("companies", "Legal entities", () => orUnseen(() => companiesFinding(tools, needs)));
  await examination.step("entities", "Entities", () => orUnseen(() => entitiesFinding(tools, needs)));
  await examination.step("formats", "Data formats", () => orUnseen(() => formatsFinding(tools, needs)));
}

const text = z.object({ value: z.string().min(1) });

/** GetApplicationVersion and its sisters are bound to DataManagementEntities (seen in two public clients). */
async function versionFinding({ odata }: Tools): Promise<Finding> {
  const parts: string[] = [];
  for (const [action, words] of [
    ["GetApplicationVersion", "application"],
    ["GetPlatformBuildVersion", "platform"],
  ] as const) {
    const result = await odata.call({
      method: "POST",
      path: `DataManagementEntities/Microsoft.Dynamics.DataEntities.${action}`,
      body: {},
      purpose: "Asking for the version",
      effect: "repeatable",
    });
    const parsed = result.ok ? text.safeParse(result.body) : undefined;
    if (parsed?.success === true) parts.push(`${words} ${parsed.data.value}`);
  }
  if (parts.length === 0) return unseen("the environment does not tell its version.");
  return { state: "ok", message: `${parts.join(", ")}.` };
}

const legalEntities = z.object({ value: z.array(z.object({ LegalEntityId: z.string() })) });

/** LegalEntities with LegalEntityId, as public clients read it. */
async function companiesFinding({ odata }: Tools, { companies }: ProjectNeeds): Promise<Finding> {
  const result = await odata.call({
    method: "GET",
    path: "LegalEntities?$select=LegalEntityId&cross-company=true",
    purpose: "Reading the legal entities",
    effect: "repeatable",
  });
  const parsed = result.ok ? legalEntities.safeParse(result.body) : undefined;
  if (parsed?.success !== true) return unseen("the environment does not list its legal entities.");
  const there = new Set(parsed.data.value.map((row) => row.LegalEntityId.trim().toUpperCase()));
  const missing = companies.filter((company) => !there.has(company.toUpperCase()));
  if (missing.length > 0) {
    const known = [...there].toSorted().slice(0, 20).join(", ");
    return failedWith(
      "DMFP-COMPANY-UNKNOWN",
      `The environment has no legal entity ${missing.join(", ")}. It has ${there.size}: ${known}${there.size > 20 ? ", …" : ""}.`,
      "Correct writes of the environment in project.yaml, or create the legal entity there.",
    );
  }
  return {
    state: "ok",
    message: `${companies.join(", ")} exist. Whether the user may write to each shows only when it is done.`,
  };
}

async function entitiesFinding({ odata, connection }: Tools, { labels }: ProjectNeeds): Promise<Finding> {
  const metadata = new EntityMetadata(odata, { base: connection.url, environment: connection.name });
  const there = new Set((await metadata.managedEntities()).map(({ EntityName }) => EntityName.toUpperCase()));
  const missing = labels.filter((label) => !there.has(label.toUpperCase()));
  if (missing.length > 0) {
    return failedWith(
      "DMFP-ENTITY-UNKNOWN",
      `The environment has no entity ${missing.map((label) => `'${label}'`).join(", ")}.`,
      "Names are those of the Data management workspace, in the language of the environment; there, Framework parameters > Entity settings > Refresh entity list.",
    );
  }
  return { state: "ok", message: `All ${labels.length} entities of the project are there.` };
}

const details = z.object({ value: z.array(z.object({ JobId: z.string() })) });

/**
 * No source names a set that lists the source data formats. What can be seen is whether an execution has used one:
 * DataManagementExecutionJobDetails has it as SourceFormat.
 */
async function formatsFinding({ odata }: Tools, { formats }: ProjectNeeds): Promise<Finding> {
  const own = formats.filter((format) => !builtIn.has(format.toLowerCase()));
  if (own.length === 0) return { state: "ok", message: `${formats.join(", ")}: every environment has that.` };
  const unknown: string[] = [];
  for (const format of own) {
    const filter = encodeURIComponent(`SourceFormat eq '${format.replaceAll("'", "''")}'`);
    const result = await odata.call({
      method: "GET",
      path: `DataManagementExecutionJobDetails?$filter=${filter}&$select=JobId&$top=1`,
      purpose: "Looking for imports in this format",
      effect: "repeatable",
    });
    const parsed = result.ok ? details.safeParse(result.body) : undefined;
    if (parsed?.success !== true || parsed.data.value.length === 0) unknown.push(format);
  }
  if (unknown.length === 0) return { state: "ok", message: `${own.join(", ")}: used there before.` };
  return unseen(
    `no execution there has used ${unknown.join(", ")} yet. Look under Data management > Configure data sources whether it exists.`,
  );
}

function unseen(why: string): Finding {
  return { state: "skipped", message: `Cannot be seen from outside: ${why}` };
}
