import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import type { RunSummary } from "../../src/rejection/summary.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { dmfpipe, latestRun, start, summaryOf, type Started } from "./command-line.ts";
import {
  smallProject,
  startEnvironment,
  type RunningEnvironment,
  type SmallProject,
} from "./small-project.ts";

/** One package of groups, two of vendors; every seventh vendor has a payment term that F&O does not know. */
const vendors = [
  "NO;NAME;GROUP;TERM",
  ...Array.from({ length: 200 }, (_, index) => {
    const term = index % 7 === 3 ? "NET99" : "Net30";
    // One record in twenty has no number, and is refused before anything is sent.
    const number = index % 20 === 5 ? "" : `V${String(index).padStart(4, "0")}`;
    return `${number};Vendor ${index};${index % 2 === 0 ? "LOCAL" : "ABROAD"};${term}`;
  }),
].join("\n");
const groups = "CODE;TEXT\nLOCAL;Local vendors\nABROAD;Vendors abroad\n";
const packages = [
  "001-vendor-groups-usmf-001",
  "002-vendors-v2-usmf-001",
  "002-vendors-v2-usmf-002",
] as const;

/**
 * Holds every upload back for a moment, and F&O its work: what kills the process after a line of its progress must
 * not have to hurry. A kill that comes between intent and import is right too: `resume` then waits for `doubtSeconds`
 * before it believes that F&O never got the call.
 */
const unhurried: Fault = { on: "GetAzureWriteUrl", times: 10_000, delayMs: 400 };

/** Counts the imports that reach F&O and changes nothing. */
const counter: Fault = { on: "ImportFromPackage", times: 10_000, delayMs: 0 };

interface Scene {
  readonly environment: RunningEnvironment;
  readonly client: SandboxClient;
  readonly project: SmallProject;
  readonly variables: Readonly<Record<string, string>>;
}

/** What a load leaves behind, without what differs from run to run. */
interface Remains {
  readonly summary: Pick<RunSummary, "status" | "exitCode" | "balanced" | "entities" | "rejections">;
  readonly packages: readonly unknown[];
  readonly files: Readonly<Record<string, string>>;
  readonly rows: readonly unknown[];
  readonly imports: number;
}

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

async function scene(faults: readonly Fault[] = []): Promise<Scene> {
  const environment = await startEnvironment({ faults: [...faults, unhurried, counter], targetDelayMs: 400 });
  cleanUp.push(environment.stop);
  const { environments, variables, sandbox } = environment;
  const project = smallProject({
    ...{ environments, vendors, packages: { records: 100 } },
    // Ninety seconds are right for F&O, and too long for a test.
    limits: { doubtSeconds: 3 },
  });
  cleanUp.push(project.remove);
  project.write("data/groups.csv", groups);
  return { environment, client: new SandboxClient(sandbox), project, variables };
}

async function remains({ environment, client, project }: Scene): Promise<Remains> {
  const run = latestRun(project.root);
  const { status, exitCode, balanced, entities, rejections, packages: built } = summaryOf(run);
  const folder = path.join(run, "rejections");
  const files = globSync("*.csv", { cwd: folder }).sort();
  return {
    summary: { status, exitCode, balanced, entities, rejections },
    packages: built.map(({ key, sha256, records, status: state }) => ({ key, sha256, records, state })),
    files: Object.fromEntries(files.map((name) => [name, readFileSync(path.join(folder, name), "utf8")])),
    rows: [...(await client.rows("/data/VendorGroups")), ...(await client.rows("/data/VendorsV2"))],
    imports: environment.sandbox.firedFaults().filter(({ operation }) => operation === "ImportFromPackage")
      .length,
  };
}

let undisturbed: Remains;
beforeAll(async () => {
  const quiet = await scene();
  const result = await dmfpipe(quiet.project.root, ["load"], { variables: quiet.variables });
  expect(result.code, result.stderr).toBe(4);
  undisturbed = await remains(quiet);
  for (const work of cleanUp.splice(0).reverse()) await work();
  expect(undisturbed.packages).toMatchObject(packages.map((key) => ({ key, state: "done" })));
  expect(undisturbed.imports).toBe(packages.length);
});

async function kill(started: Started): Promise<void> {
  started.process.kill("SIGKILL");
  expect((await started.finished).signal).toBe("SIGKILL");
}

async function resumeToTheEnd(scene: Scene): Promise<void> {
  const resumed = await dmfpipe(scene.project.root, ["resume"], { variables: scene.variables });
  expect(resumed.code, resumed.stderr).toBe(4);
  expect(await remains(scene)).toEqual(undisturbed);
  expect((await dmfpipe(scene.project.root, ["resume"], { variables: scene.variables })).code).toBe(9);
}

const [groupsPackage, firstVendors, secondVendors] = packages;

test.each([
  ["while packages are built", "Vendor groups: 2 records read"],
  ["while F&O works on it", `${secondVendors} (90 records): executing`],
  ["while rejections are collected", `${firstVendors} (100 records): collecting`],
  ["after the last package", `${secondVendors} (90 records): done`],
])("killed %s, a load goes on and ends as if nothing had been", async (_name, words) => {
  const here = await scene();
  const load = start(here.project.root, ["load"], { variables: here.variables });
  await load.said(words);
  await kill(load);
  await resumeToTheEnd(here);
});

test.each([
  [groupsPackage, 1],
  [secondVendors, 3],
])("killed after F&O accepted %s, and before its answer came", async (key, nth) => {
  const here = await scene([{ on: "ImportFromPackage", nth, when: "after", delayMs: 3_000 }]);
  const load = start(here.project.root, ["load"], { variables: here.variables });
  await load.said(`${key} (${key === groupsPackage ? 2 : 90} records): importing`);
  // F&O has it as soon as its job details show it; the answer is held back much longer than that.
  const details = "/data/DataManagementExecutionJobDetails";
  while ((await here.client.rows(details)).length < nth);
  await kill(load);
  await resumeToTheEnd(here);
});

test("killed while it asks for an upload address", async () => {
  const here = await scene([{ on: "GetAzureWriteUrl", nth: 2, delayMs: 3_000 }]);
  const load = start(here.project.root, ["load"], { variables: here.variables });
  const { sandbox } = here.environment;
  await load.said(`${groupsPackage} (2 records): done`);
  while (sandbox.firedFaults().filter(({ operation }) => operation === "GetAzureWriteUrl").length < 2)
    await setImmediate();
  await kill(load);
  await resumeToTheEnd(here);
});

test("killed again and again, whatever it is doing", async () => {
  const here = await scene();
  const { root } = here.project;
  // Not beyond the first "done": how far F&O is with the next package by then is a matter of luck.
  const words = ["2 records read", "executing", "collecting", "executing", "done"];
  for (const [index, word] of words.entries()) {
    const process = start(root, [index === 0 ? "load" : "resume"], { variables: here.variables });
    await process.said(word);
    await kill(process);
  }
  await resumeToTheEnd(here);
});
