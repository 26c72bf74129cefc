import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { build } from "../../src/cli/check.ts";
import { plan, type PlanOptions } from "../../src/cli/plan.ts";
import type { LoadOverview } from "../../src/load/load-overview.ts";
import { dmfpipe, type Finished } from "./command-line.ts";
import { inProcess } from "./in-process.ts";
import { cleanVendors, smallProject } from "./small-project.ts";
import { teams, twoPassProject, type TwoPassProject } from "./two-pass-project.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const work of cleanUp.splice(0)) work();
});

function project(options?: Parameters<typeof twoPassProject>[0]): TwoPassProject {
  const made = twoPassProject(options);
  cleanUp.push(made.remove);
  return made;
}

async function planned(root: string, options: PlanOptions = {}): Promise<Finished> {
  const ended = await inProcess(root, (context) => plan(context, options));
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
}

async function overview(root: string, options: PlanOptions = {}): Promise<LoadOverview> {
  const { stdout } = await inProcess(root, (context) => plan(context, options), { options: { json: true } });
  return JSON.parse(stdout) as LoadOverview;
}

test("before anything was read: order and sources, no number that nobody counted, no trace", async () => {
  const { root } = project();
  const { stdout, stderr } = await planned(root);
  expect(stdout).toMatch(/1\.1\.1 +Own teams +4 +data\/teams\.csv +1 kB/);
  expect(stdout).toMatch(/1\.2\.1 +Own members +4 +data\/members\.csv +1 kB +Own teams/);
  expect(stdout).toMatch(/1\.3\.1 +Own teams, second pass +1 .* Own teams, Own members/);
  expect(stdout).toContain("Not read yet");
  expect(stdout).toContain("Own teams → Own members → Own teams, second pass, by number of entities.");
  expect(stderr).toContain("dmfpipe plan --read");
  expect(existsSync(path.join(root, ".dmfpipe"))).toBe(false);
  const { reading, packages, steps } = await overview(root);
  expect(reading).toEqual({ kind: "never" });
  expect(packages).toEqual([]);
  expect(steps.every((step) => step.records === undefined && step.companies.length === 0)).toBe(true);
});

test("--read counts, and a later plan remembers until a file changes", async () => {
  const { root, write } = project({ packages: { records: 2 } });
  const read = await overview(root, { read: true });
  expect(read.reading).toMatchObject({ kind: "current", command: "check" });
  expect(read.steps.map(({ name, records, packages }) => [name, records, packages])).toEqual([
    ["Own teams", 3, 2],
    ["Own members", 4, 2],
    ["Own teams, second pass", 2, 1],
    ["Own members, second pass", 3, 2],
  ]);
  expect(read.packagesBuilt).toBe(false);
  expect(read.steps[2]?.companies[0]?.dataProject).toBe("teams-USMF-2nd-Own-teams");
  const { stdout } = await planned(root);
  expect(stdout).toMatch(/1\.1\.1 +Own teams +USMF +2 +3/);
  expect(stdout).toMatch(/teams-USMF-Own-members +USMF +CSV-Unicode +2 records/);
  expect(stdout).toContain("How long it takes is not known");
  expect(stdout).toContain(
    "Longest chain (critical path): Own teams → Own members → Own members, second pass",
  );
  write("data/teams.csv", teams);
  expect((await overview(root)).reading).toMatchObject({ kind: "outdated", changed: ["data/teams.csv"] });
  expect((await planned(root)).stdout).toContain("Not read since data/teams.csv changed");
});

test("after a build the packages are those that were built, with their sizes", async () => {
  const { root } = project();
  await inProcess(root, (context) => build(context));
  const { packages, packagesBuilt, steps } = await overview(root);
  expect(packagesBuilt).toBe(true);
  expect(packages.map(({ key }) => key)).toEqual([
    "001-own-teams-usmf-001",
    "002-own-members-usmf-001",
    "003-own-teams-second-pass-usmf-001",
    "004-own-members-second-pass-usmf-001",
  ]);
  expect(packages.every(({ sizeBytes = 0 }) => sizeBytes > 500)).toBe(true);
  expect(steps[0]?.companies[0]?.sizeBytes).toBe(packages[0]?.sizeBytes);
});

test("references of an entity to itself are warned of, with the way out", async () => {
  const { stdout } = await planned(project({ twoPass: { teams: ["LEADER"] } }).root);
  expect(stdout).toContain("Warning: Own members: MENTOR refers to other records of Own members");
  expect(stdout).toContain("twoPass: [MENTOR] in mappings/members.yaml");
});

test("--mermaid prints a flowchart of plain identifiers and quoted texts", async () => {
  const { stdout } = await planned(project().root, { mermaid: true });
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("flowchart LR");
  const known = [
    /^ {2}subgraph \w+\["[^"]+"\]$/,
    /^ {4}step\d+\["[^"]+"\]$/,
    /^ {2}end$/,
    /^ {2}step\d+ (-->|==>) step\d+$/,
    /^ {2}classDef \w+ [a-z-]+:[\w ]+$/,
    /^ {2}class step\d+(,step\d+)* \w+$/,
  ];
  for (const line of lines.slice(1))
    expect(
      known.some((form) => form.test(line)),
      line,
    ).toBe(true);
  expect(stdout).toContain('step3["Own teams, second pass"]');
  expect(stdout).toContain("step1 ==> step2");
});

test("--html writes a page that may run nothing but its own script, and has every step as box and row", async () => {
  const { root } = project();
  const { stdout, stderr } = await planned(root, { html: "plan.html", read: true });
  expect(stdout).toBe("");
  expect(stderr).toContain("Written: plan.html");
  const page = readFileSync(path.join(root, "plan.html"), "utf8");
  const [, style = ""] = /<style>([\s\S]*)<\/style>/.exec(page) ?? [];
  const [, script = ""] = /<script>([\s\S]*)<\/script>/.exec(page) ?? [];
  for (const [directive, text] of [
    ["style-src", style],
    ["script-src", script],
  ] as const) {
    const hash = createHash("sha256").update(text, "utf8").digest("base64");
    expect(page).toContain(`${directive} &#39;sha256-${hash}&#39;`);
  }
  expect(page).not.toMatch(/\b(?:src|href)="(?!#)/);
  for (const number of [1, 2, 3, 4]) {
    expect(page).toContain(`href="#step-${number}"`);
    expect(page).toContain(`id="step-${number}"`);
  }
  expect(page).toContain("4 records in 1 package");
});

test("a finished load tells how long the next one takes", async () => {
  const made = smallProject({ vendors: cleanVendors });
  cleanUp.push(made.remove);
  expect((await dmfpipe(made.root, ["load"])).code).toBe(0);
  const { duration, steps, criticalPath } = await overview(made.root);
  expect(duration).toMatchObject({ loads: 1, packages: 2, unknown: 0 });
  expect(duration.expectedMs).toBeGreaterThan(0);
  expect(criticalPath).toMatchObject({ steps: ["Vendor groups", "Vendors V2"], by: "time" });
  expect(steps.every(({ expectedMs = 0 }) => expectedMs > 0)).toBe(true);
  const { stdout } = await planned(made.root);
  expect(stdout).toContain("one import after the other (from 1 earlier load into sandbox).");
});

const composite = {
  entity: "Own team composite",
  parts: ["Own teams", { entity: "Own members", in: "Own teams", by: { TEAM: "CODE" } }],
};

test("the parts of a composite entity go into one package, as far as a dry run can tell", async () => {
  const { root } = project({ composites: [composite], twoPass: {} });
  // A leader is a member, and members are nested in their team: without the leader there is an order.
  const mapping = path.join(root, "mappings/teams.yaml");
  writeFileSync(mapping, readFileSync(mapping, "utf8").replace(/^ *LEADER:.*\n/m, ""));
  const { steps, packages } = await overview(root, { read: true });
  expect(packages.map(({ contents, dataProject }) => [dataProject, contents.length])).toEqual([
    ["teams-USMF-Own-team-composite", 2],
  ]);
  expect(steps.map((step) => [step.composite, step.packages])).toEqual([
    ["Own team composite", 1],
    ["Own team composite", 1],
  ]);
});

test("what is a part of a composite entity cannot have a second pass", async () => {
  const { root } = project({ composites: [composite] });
  const { code, stderr } = await inProcess(root, (context) => plan(context));
  expect(code).toBe(2);
  expect(stderr).toMatch(/says twoPass; the records of a composite entity are sent as they are, in one pass/);
});
