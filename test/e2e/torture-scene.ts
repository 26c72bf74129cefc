import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { Fault, FiredFault } from "../../src/sandbox/fault-plan.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { dmfpipe, latestRun, summaryOf, type Finished } from "./command-line.ts";
import {
  smallProject,
  startEnvironment,
  type RunningEnvironment,
  type SmallProject,
} from "./small-project.ts";

/** Whether the long loops run: every boundary instead of a sample. */
export const thorough = process.env["TORTURE"] !== undefined;

/** One package of groups, two of vendors; some vendors are refused here, some by F&O. */
const vendors = [
  "NO;NAME;GROUP;TERM",
  ...Array.from({ length: 30 }, (_, index) => {
    const term = index % 7 === 3 ? "NET99" : "Net30";
    const number = index % 10 === 5 ? "" : `V${String(index).padStart(4, "0")}`;
    return `${number};Vendor ${index};${index % 2 === 0 ? "LOCAL" : "ABROAD"};${term}`;
  }),
].join("\n");

/** Number of packages of a load. */
export const packageCount = 3;

/** Companies are cheap: each scene has one of its own, and so a target of its own in the one environment. */
const companies = Array.from({ length: 999 }, (_, index) => `T${String(index + 1).padStart(3, "0")}`);

/** What a load leaves behind, without what differs from run to run. */
export interface Remains {
  readonly summary: unknown;
  readonly packages: unknown;
  readonly rejections: Readonly<Record<string, string>>;
  readonly rows: readonly unknown[];
  /** Executions F&O knows: an import that was taken twice shows here, or as updated records. */
  readonly executions: readonly unknown[];
}

/** A project with a company of its own, and the environment it loads into. */
export interface Scene {
  readonly root: string;
  readonly company: string;
  readonly project: SmallProject;
  readonly variables: Readonly<Record<string, string>>;
  readonly client: SandboxClient;
  /** Plans failures for what comes; those of earlier scenes are forgotten. */
  plan(...faults: readonly Fault[]): Promise<void>;
  /** Imports that reached F&O's logic since the last `plan`. */
  imports(): number;
  fired(): readonly FiredFault[];
  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<Finished>;
  remains(): Promise<Remains>;
}

/** Imports are counted by a fault that changes nothing. */
const counter: Fault = { on: "ImportFromPackage", times: "always", delayMs: 0 };

/**
 * One environment for all scenes of a test file. It imports an execution id that comes a second time once more: it
 * must be the client that prevents this. Settings are added to that.
 */
export function tortured(settings: Partial<SandboxSettings> = {}): {
  readonly scene: (
    limits?: Readonly<Record<string, unknown>>,
    packages?: Readonly<Record<string, unknown>>,
  ) => Promise<Scene>;
  /** What a load that nobody disturbs leaves behind. */
  readonly undisturbed: () => Remains;
} {
  let environment: RunningEnvironment | undefined;
  let client: SandboxClient | undefined;
  let undisturbed: Remains | undefined;
  const projects: SmallProject[] = [];
  let used = 0;

  const scene = async (
    limits: Readonly<Record<string, unknown>> = {},
    packages: Readonly<Record<string, unknown>> = {},
  ): Promise<Scene> => {
    if (environment === undefined || client === undefined)
      throw new Error("The environment has not started.");
    const { environments, variables, sandbox } = environment;
    const speaker = client;
    const company = companies[used++] ?? "";
    const project = smallProject({
      environments,
      vendors,
      packages: { records: 18, ...packages },
      // Ninety seconds are right for F&O, and too long for a test.
      limits: { doubtSeconds: 3, ...limits },
    });
    projects.push(project);
    for (const name of ["mappings/vendors.yaml", "mappings/vendor-groups.yaml"]) {
      const text = readFileSync(path.join(project.root, name), "utf8");
      project.write(name, text.replace("legalEntity: USMF", `legalEntity: ${company}`));
    }
    const plan = async (...faults: readonly Fault[]): Promise<void> => {
      const address = `${sandbox.url}/__sandbox/faults`;
      await fetch(address, { method: "DELETE" });
      const body = JSON.stringify([...faults, counter]);
      const { status } = await fetch(address, { method: "POST", body });
      expect(status).toBe(201);
    };
    await plan();
    const { root } = project;
    return {
      root,
      company,
      project,
      variables,
      client: speaker,
      plan,
      fired: () => sandbox.firedFaults(),
      imports: () => sandbox.firedFaults().filter(hasEffect).length,
      run: async (...args) => await dmfpipe(root, args, { variables }),
      remains: async () => await remainsOf(root, company, speaker),
    };
  };

  beforeAll(async () => {
    environment = await startEnvironment(
      { sameExecutionId: "again", ...settings },
      { writes: companies },
      { legalEntities: companies },
    );
    client = new SandboxClient(environment.sandbox);
    const quiet = await scene();
    const result = await quiet.run("load");
    expect(result.code, result.stderr).toBe(4);
    undisturbed = await quiet.remains();
    expect(undisturbed.executions).toHaveLength(packageCount);
    expect(quiet.imports()).toBe(packageCount);
  });
  afterAll(async () => {
    for (const project of projects) project.remove();
    await environment?.stop();
  });

  return {
    scene,
    undisturbed: () => {
      if (undisturbed === undefined) throw new Error("The undisturbed load has not run.");
      return undisturbed;
    },
  };
}

/** Whether the request reached F&O's logic: an answer that was lost, late or replaced afterwards changes nothing. */
function hasEffect({ operation, fault }: FiredFault): boolean {
  if (operation !== "ImportFromPackage") return false;
  const refused = fault.drop === true || fault.status !== undefined || fault.body !== undefined;
  return fault.when === "after" || !refused;
}

async function remainsOf(root: string, company: string, client: SandboxClient): Promise<Remains> {
  const run = latestRun(root);
  const { status, exitCode, balanced, entities, rejections, packages } = summaryOf(run);
  const folder = path.join(run, "rejections");
  const files = globSync("*.csv", { cwd: folder }).sort();
  const where = `?cross-company=true&$filter=dataAreaId eq '${company.toLowerCase()}'`;
  const executions = await client.rows("/data/DataManagementExecutionJobDetails");
  const remains: Remains = {
    summary: { status, exitCode, balanced, entities, rejections },
    packages: packages.map(({ key, records, status: state }) => ({ key, records, state })),
    rejections: Object.fromEntries(
      files.map((name) => [name, readFileSync(path.join(folder, name), "utf8")]),
    ),
    rows: [
      ...(await client.rows(`/data/VendorGroups${where}`)),
      ...(await client.rows(`/data/VendorsV2${where}`)),
    ].map(filledFields),
    executions: executions
      .filter(({ JobId }) => String(JobId).toLowerCase().includes(`-${company.toLowerCase()}-`))
      .map(
        ({
          EntityName,
          StagingRecordsCreatedCount,
          TargetRecordsCreatedCount,
          TargetRecordsUpdatedCount,
        }) => ({
          EntityName,
          StagingRecordsCreatedCount,
          TargetRecordsCreatedCount,
          TargetRecordsUpdatedCount,
        }),
      ),
  };
  const text = JSON.stringify(remains);
  return JSON.parse(text.replaceAll(company, "OURS").replaceAll(company.toLowerCase(), "ours")) as Remains;
}

/** Without the fields that nobody filled, and without the tag of the version, which the company is part of. */
function filledFields(row: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => value !== "" && !name.startsWith("@")),
  );
}

/**
 * Goes on with what was interrupted, as a person would who only looks at exit codes, until nothing is left to do.
 * Returns the last exit code. A load that was killed before it was in the ledger has left nothing, and is begun anew.
 */
export async function goneOn(scene: Scene): Promise<number | null> {
  for (let left = 5; ; left--) {
    const { code, stderr } = await scene.run("resume");
    if (code === 4) return code;
    if (code === 9) return isOver(scene.root) ? 4 : (await scene.run("load")).code;
    expect(left, `It gets no further: ${String(code)}\n${stderr}`).toBeGreaterThan(0);
  }
}

/** Whether the latest run has come to its end. */
export function isOver(root: string): boolean {
  const summaries = globSync(".dmfpipe/runs/*/summary.json", { cwd: root }).sort();
  return summaries.length > 0 && summaryOf(latestRun(root)).status === "finished with rejections";
}

/** Ends what was interrupted, and expects that nothing shows of it. */
export async function expectUndisturbed(scene: Scene, undisturbed: Remains): Promise<void> {
  expect(await goneOn(scene)).toBe(4);
  expect(await scene.remains()).toEqual(undisturbed);
  expect((await scene.run("resume")).code).toBe(9);
}
