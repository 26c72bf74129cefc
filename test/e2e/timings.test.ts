import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { build } from "../../src/cli/check.ts";
import { inProcess } from "./in-process.ts";
import { cleanVendors, smallProject } from "./small-project.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const work of cleanUp.splice(0)) work();
});

function project(): string {
  const { root, remove } = smallProject({ vendors: cleanVendors });
  cleanUp.push(remove);
  return root;
}

test("--timings and --cpu-profile tell where the time went, and change nothing else", async () => {
  const root = project();
  const plain = await inProcess(root, (context) => build(context, {}));
  const { code, stdout, stderr } = await inProcess(root, (context) =>
    build(context, { timings: true, cpuProfile: "build.cpuprofile" }),
  );
  expect(code, stderr).toBe(0);
  expect(plain.stderr).not.toContain("Where the time went");
  const run = /\d{8}-\d{6}-[0-9a-f]{4}/g;
  expect(stdout.replace(run, "run")).toBe(plain.stdout.replace(run, "run"));
  expect(stderr).toMatch(/Where the time went \(\d+\.\d+ s\)/);
  expect(stderr).toMatch(/reading and building packages +\d+\.\d+ s +\d+ %/);
  expect(stderr).toMatch(/main thread +\d+\.\d+ s +\d+ %/);
  expect(stderr).toContain("written: build.cpuprofile");
  const profile = JSON.parse(readFileSync(path.join(root, "build.cpuprofile"), "utf8")) as object;
  expect(Object.keys(profile)).toEqual(expect.arrayContaining(["nodes", "samples", "timeDeltas"]));
});

test("a profile that cannot be written is a warning, and the run ends as it would have", async () => {
  const { code, stderr } = await inProcess(project(), (context) =>
    build(context, { cpuProfile: "no/such/folder/build.cpuprofile" }),
  );
  expect(code).toBe(0);
  expect(stderr).toContain("warning: no CPU profile: ");
  expect(stderr).not.toContain("Where the time went");
});
