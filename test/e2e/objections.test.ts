import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { dmfpipe, latestRun, summaryOf } from "./command-line.ts";
import { smallProject, vendorsMapping, vendorsWithOneRefused, type SmallProject } from "./small-project.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const work of cleanUp.splice(0)) work();
});

/** Three vendors, one of which refers to a group that is too long. */
function project(mapping: string): SmallProject {
  const made = smallProject({ vendors: `${vendorsWithOneRefused}V4;Long;A-GROUP-WITH-A-LONG-NAME;Net10\n` });
  cleanUp.push(made.remove);
  made.write("mappings/vendors.yaml", `${vendorsMapping}${mapping}`);
  return made;
}

test("numbers that are not those the sender declared end a load with 3, and nothing is sent", async () => {
  const { root, write } = project("declared: { file: data/declared.csv }\n");
  write("data/declared.csv", "records;5\n");
  const result = await dmfpipe(root, ["load"]);
  expect(result.code, result.stderr).toBe(3);
  expect(result.stderr).toContain(
    "DMFP-SOURCE-DECLARED: Vendors V2: 5 records were declared (data/declared.csv:1), 4 were read: 1 too few. Nothing was sent.",
  );
  const summary = summaryOf(latestRun(root));
  expect(new Set(summary.packages.map((pack) => pack.status))).toEqual(new Set(["built"]));
  const again = await dmfpipe(root, ["resume"]);
  expect(again.code, again.stderr).toBe(9);
  write("data/declared.csv", "records;4\n");
  expect((await dmfpipe(root, ["load"])).code).toBe(4);
});

test("a check ends with 4 whatever the budget, and says that a load would be stopped", async () => {
  const { root } = project("rejections: 0\n");
  const result = await dmfpipe(root, ["check"]);
  expect(result.code, result.stderr).toBe(4);
  expect(result.stdout).toContain(
    "A load would be stopped before anything is sent:\n  Vendors V2: 1 of 4 records was rejected; rejections of the mapping allows 0.",
  );
});

test("a load that was killed before its budget stopped it is stopped when it is resumed", async () => {
  const { root } = project("rejections: 0\n");
  expect((await dmfpipe(root, ["load"])).code).toBe(12);
  // As the ledger stands in the moment after the build.
  const ledger = new DatabaseSync(path.join(root, ".dmfpipe/ledger.db"));
  ledger.exec("UPDATE runs SET phase = 'loading', status = 'loading', exit_code = NULL, finished_at = NULL");
  ledger.close();
  const result = await dmfpipe(root, ["resume"]);
  expect(result.code, result.stderr).toBe(12);
  expect(result.stderr).toContain("1 of 4 records was rejected");
  expect(new Set(summaryOf(latestRun(root)).packages.map((pack) => pack.status))).toEqual(new Set(["built"]));
});
