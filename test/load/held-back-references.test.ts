import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import type { RunResult } from "../../src/load/load-options.ts";
import { snapshotFile } from "../../src/load/reading/snapshot.ts";
import { runOffline } from "../../src/load/run-load.ts";
import { readProject } from "../../src/project/project.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import { twoPassProject, type TwoPassProject } from "../e2e/two-pass-project.ts";

/** A dry run of the project, the environment being known to have these teams and members; undefined: not known. */
async function check(
  { root, write }: TwoPassProject,
  known?: { readonly teams: readonly string[]; readonly members: readonly string[] },
): Promise<RunResult> {
  for (const [label, keys] of [
    ["Own teams", known?.teams],
    ["Own members", known?.members],
  ] as const) {
    if (keys === undefined) continue;
    const head = { entity: label, environment: "sandbox", takenAt: new Date().toISOString() };
    const lines = [head, ...keys.map((key) => ["USMF", key])].map((line) => JSON.stringify(line));
    write(path.relative(root, snapshotFile(root, "sandbox", label)), `${lines.join("\n")}\n`);
  }
  const project = readProject("mappings/project.yaml", root);
  const definition = project.environments["sandbox"];
  if (definition === undefined) throw new Error("The project has no sandbox.");
  const options = { project, environmentName: "sandbox", definition, clock: systemClock, version: "0.1.0" };
  return await runOffline(
    { ...options, catalogue: EntityCatalogue.of(root), listener: () => undefined },
    "check",
  );
}

/** Line, field and code of every reason, and the messages. */
async function found({
  folder,
}: RunResult): Promise<{ readonly reasons: string[]; readonly messages: string[] }> {
  const rejections = await Array.fromAsync(readRejections(folder.rejectionsFile));
  const all = rejections.flatMap(({ entity, position, reasons }) =>
    reasons.map((reason) => ({ ...reason, at: `${entity} ${position.line}` })),
  );
  return {
    reasons: all.map(({ at, field, code }) => `${at} ${field ?? ""} ${code}`),
    messages: all.map(({ message }) => message),
  };
}

function project(): TwoPassProject {
  const made = twoPassProject();
  onTestFinished(made.remove);
  return made;
}

test("what a held-back field refers to may come later, or be in the environment; what is nowhere is found", async () => {
  const here = project();
  // M5 of the environment, M2 read later in the same file; M9 and M8 are nowhere.
  here.write("data/teams.csv", "CODE;NAME;SIZE;LEADER\nT1;Red;2;m2\nT2;Blue;1;M9\nT3;Green;;M5\n");
  here.write("data/members.csv", "CODE;NAME;TEAM;MENTOR\nM1;Ada;T1;M2\nM2;Bob;T2;M8\nM3;Cid;T2;M2\n");
  const result = await check(here, { teams: [], members: ["M5"] });
  const { reasons, messages } = await found(result);
  expect(reasons).toEqual([
    "Own teams 3 LEADER DMFP-REFERENCE-MISSING",
    "Own members 3 MENTOR DMFP-REFERENCE-MISSING",
  ]);
  expect(messages[0]).toBe(
    "LEADER refers to M9, which Own members does not have: neither in this load nor in the environment. The record itself would be loaded, but without LEADER, which the second pass fills.",
  );
  // M2 and M3 are of T2, which would be loaded without its leader.
  expect(result.summary).toMatchObject({ exitCode: 4, balanced: true, rejections: { total: 2 } });
  expect(result.summary.entities).toMatchObject([
    { entity: "Own teams", read: 3, rejectedHere: 1, packaged: 2, secondPass: { records: 2 } },
    { entity: "Own members", read: 3, rejectedHere: 1, packaged: 2, secondPass: { records: 2 } },
  ]);
  const csv = readFileSync(path.join(result.folder.rejections, "own-teams.rejected.csv"), "utf8");
  expect(csv).toContain("\r\nT2;Blue;1;M9;validation;DMFP-REFERENCE-MISSING;");
});

test("who refers to a record that is rejected itself is told so, without any snapshot", async () => {
  const here = project();
  // M3's code does not fit; nobody knows whether the environment has an M9.
  here.write("data/teams.csv", "CODE;NAME;SIZE;LEADER\nT1;Red;2;M333333\nT2;Blue;1;M9\n");
  here.write("data/members.csv", "CODE;NAME;TEAM;MENTOR\nM1;Ada;T1;M333333\nM333333;Cid;T2;\n");
  const result = await check(here);
  const { reasons, messages } = await found(result);
  expect(reasons).toEqual([
    "Own teams 2 LEADER DMFP-REFERENCE-REJECTED",
    "Own members 3 CODE DMFP-VALUE-LENGTH",
    "Own members 2 MENTOR DMFP-REFERENCE-REJECTED",
  ]);
  expect(messages[0]).toContain("which is rejected itself (line 3 of data/members.csv). The record itself");
});

test("more records than memory should hold wait on disk, and none is left there", async () => {
  const here = project();
  const count = 3_000;
  const members = Array.from(
    { length: count },
    (_, index) => `m${index.toString(36)};;T1;m${(index + 1).toString(36)}`,
  );
  here.write("data/members.csv", `CODE;NAME;TEAM;MENTOR\n${members.join("\n")}\n`);
  here.write("data/teams.csv", "CODE;NAME;SIZE;LEADER\nT1;Red;2;\n");
  const result = await check(here, { teams: [], members: [] });
  const last = await found(result);
  expect(last.reasons).toEqual([`Own members ${count + 1} MENTOR DMFP-REFERENCE-MISSING`]);
  expect(readdirSync(result.folder.rejectionParts).filter((name) => name.includes("held-back"))).toEqual([]);
});
