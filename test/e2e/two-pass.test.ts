import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { dmfpipe, latestRun, start, summaryOf } from "./command-line.ts";
import { startEnvironment, type RunningEnvironment } from "./small-project.ts";
import { twoPassProject, twoPassSetup, type TwoPassProject } from "./two-pass-project.ts";

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

interface Scene {
  readonly environment: RunningEnvironment;
  readonly project: TwoPassProject;
  readonly variables: Readonly<Record<string, string>>;
}

async function scene(
  options: { packages?: Readonly<Record<string, unknown>>; faults?: readonly Fault[] } = {},
): Promise<Scene> {
  const counter: Fault = { on: "ImportFromPackage", times: 10_000, delayMs: 0 };
  const environment = await startEnvironment(
    { faults: [...(options.faults ?? []), counter], targetDelayMs: 200 },
    {},
    twoPassSetup,
  );
  cleanUp.push(environment.stop);
  const { environments, variables } = environment;
  const project = twoPassProject({
    environments,
    ...(options.packages === undefined ? {} : { packages: options.packages }),
  });
  cleanUp.push(project.remove);
  return { environment, project, variables };
}

async function rows({ environment }: Scene): Promise<unknown> {
  const client = new SandboxClient(environment.sandbox);
  const found = [...(await client.rows("/data/OwnTeams")), ...(await client.rows("/data/OwnMembers"))];
  return found.map((row) => [
    row["CODE"],
    row["NAME"],
    row["LEADER"] ?? row["MENTOR"],
    row["SIZE"] ?? row["TEAM"],
  ]);
}

/** T2 stays without its leader and M4 without its mentor, both otherwise whole; M3 is not there, not even in part. */
const loaded = [
  ["T1", "Red", "M2", "2"],
  ["T2", "Blue", "", "1"],
  ["T3", "Green", "", ""],
  ["M1", "Ada", "M2", "T1"],
  ["M2", "Bob", "", "T2"],
  ["M4", "Dee", "", "T3"],
];

const counts = {
  "Own teams": {
    read: 4,
    rejectedHere: 1,
    created: 3,
    secondPass: { records: 2, updated: 1, created: 0, rejectedTarget: 1, unprocessed: 0 },
  },
  // Of three mentors to be filled in, that of M3 is not sent: F&O refused M3 itself.
  "Own members": {
    read: 4,
    created: 3,
    rejectedTarget: 1,
    secondPass: { records: 3, updated: 1, created: 0, rejectedTarget: 1, unprocessed: 1 },
  },
};

function expectOutcome(root: string): void {
  const summary = summaryOf(latestRun(root));
  expect(summary).toMatchObject({ status: "finished with rejections", balanced: true });
  for (const entity of summary.entities)
    expect(entity).toMatchObject(counts[entity.entity as keyof typeof counts]);
  expect(summary.rejections.total).toBe(4);
  const csv = readFileSync(path.join(latestRun(root), "rejections", "own-members.rejected.csv"), "utf8");
  const lines = csv.split(/\r?\n/).filter((line) => line !== "");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^M3;Cid;T7;M1;target;DMFP-FNO-REFERENCE;/);
  expect(lines[2]).toMatch(
    /^M4;Dee;T3;M3;target;DMFP-FNO-REFERENCE \| DMFP-SECOND-PASS;.*data\/members\.csv;5/,
  );
}

test("records that refer to each other and to themselves are loaded in two passes", async () => {
  const ready = await scene();
  const { code, stdout } = await dmfpipe(ready.project.root, ["load"], { variables: ready.variables });
  expect(code).toBe(4);
  expect(await rows(ready)).toEqual(loaded);
  expectOutcome(ready.project.root);
  expect(stdout).toContain("second pass: Own members USMF, 3 records: 1 filled, 1 rejected, 1 not processed");
  const page = readFileSync(path.join(latestRun(ready.project.root), "report.html"), "utf8");
  expect(page.replace(/\s+/g, " ")).toContain(
    "Second pass: 3 records with fields to be filled later = 1 filled + 1 refused in target + 1 not processed.",
  );
  // Nothing changes when the same is loaded once more.
  const again = await dmfpipe(ready.project.root, ["load"], { variables: ready.variables });
  expect(again.code).toBe(4);
  expect(await rows(ready)).toEqual(loaded);
});

test("packages with all entities have a second pass of their own", async () => {
  const ready = await scene({ packages: { entities: "all", records: 2 } });
  const { code } = await dmfpipe(ready.project.root, ["load"], { variables: ready.variables });
  expect(code).toBe(4);
  expect(await rows(ready)).toEqual(loaded);
  const { packages } = summaryOf(latestRun(ready.project.root));
  expect(packages.filter(({ pass }) => pass === 2).map(({ key }) => key)).toEqual([
    "002-teams-second-pass-usmf-001",
    "002-teams-second-pass-usmf-002",
  ]);
});

test("without a second pass the same records are a circle, and what to say is told", async () => {
  const project = twoPassProject({ twoPass: { members: ["MENTOR"] } });
  cleanUp.push(project.remove);
  const { code, stderr } = await dmfpipe(project.root, ["check"]);
  expect(code).toBe(2);
  expect(stderr).toContain("Own members → Own teams → Own members");
  expect(stderr).toContain("twoPass: [LEADER] in the mapping of Own teams");
});

test("build writes the second pass as if nothing were refused", async () => {
  const project = twoPassProject();
  cleanUp.push(project.remove);
  expect((await dmfpipe(project.root, ["build"])).code).toBe(4);
  const { packages, entities } = summaryOf(latestRun(project.root));
  expect(packages.map(({ key, records, pass }) => [key, records, pass])).toEqual([
    ["001-own-teams-usmf-001", 3, undefined],
    ["002-own-members-usmf-001", 4, undefined],
    ["003-own-teams-second-pass-usmf-001", 2, 2],
    ["004-own-members-second-pass-usmf-001", 3, 2],
  ]);
  expect(entities.every(({ balanced }) => balanced)).toBe(true);
});

test.each(["002-own-members-usmf-001 .*done", "003-own-teams-second-pass-usmf-001 .*executing"])(
  "killed at “%s”, a load goes on and imports nothing twice",
  async (line) => {
    const ready = await scene({ faults: [{ on: "GetAzureWriteUrl", times: 10_000, delayMs: 300 }] });
    const { project, variables, environment } = ready;
    const killed = start(project.root, ["load"], { variables });
    await killed.said(new RegExp(line));
    killed.process.kill("SIGKILL");
    await killed.finished;
    const { code } = await dmfpipe(project.root, ["resume"], { variables });
    expect(code).toBe(4);
    expect(await rows(ready)).toEqual(loaded);
    expectOutcome(project.root);
    const imports = environment.sandbox
      .firedFaults()
      .filter(({ operation }) => operation === "ImportFromPackage");
    expect(imports).toHaveLength(4);
  },
);
