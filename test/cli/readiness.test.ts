import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import { readiness } from "../../src/cli/readiness.ts";
import { rejections } from "../../src/cli/rejections.ts";
import type { RunSummary } from "../../src/rejection/summary.ts";
import type { Readiness } from "../../src/rejection/trend/readiness.ts";
import { inProcess } from "../e2e/in-process.ts";
import { cleanVendors, smallProject } from "../e2e/small-project.ts";

const json = { options: { json: true } } as const;
const header = "NO;NAME;GROUP;TERM";

test("from the first dry run to go: what is new, known, fixed and gone, and whether it may go ahead", async () => {
  const { root, write, remove } = smallProject({
    vendors: `${header}\nV1;Müller;LOCAL;Net30\nV1;Twin;LOCAL;Net30\nV2;Smith;NOWHERE;Net10\nV3;Doe;NOWHERE;Net10\n`,
  });
  onTestFinished(remove);
  const judge = (options = {}): ReturnType<typeof inProcess> =>
    inProcess(root, (context) => readiness(context, options));
  const checked = async (): Promise<RunSummary> =>
    JSON.parse((await inProcess(root, (context) => check(context, {}), json)).stdout) as RunSummary;
  expect(await judge()).toMatchObject({ code: 9 });

  const first = await checked();
  expect(first.rejections).toMatchObject({ total: 1, trend: { records: { new: 1, open: 1 } } });
  expect(first.rejections.trend?.since).toBeUndefined();

  // The twin moves and stays; V3 becomes one, too.
  write(
    "data/vendors.csv",
    `${header}\nV3;Doe;LOCAL;Net10\nV1;Müller;LOCAL;Net30\nV3;Doe;LOCAL;Net10\nV1;Twin;LOCAL;Net30\n`,
  );
  const second = await inProcess(root, (context) => check(context, {}));
  expect(second.stdout).toContain(`  since ${first.run}: 1 new, 1 known\n`);
  const fresh = await inProcess(root, (context) => rejections(context, undefined, { new: true }));
  expect(fresh.stdout).toMatch(
    /^data\/vendors.csv:4 {2}Vendors V2 USMF V3 {2}\[validation DMFP-KEY-DUPLICATE\][^\n]*\n$/,
  );

  const noGo = await judge();
  expect(noGo.code).toBe(4);
  expect(noGo.stdout).toContain("No go: 1 of 5 criteria is not met.");
  expect(noGo.stdout).toMatch(/NOT MET {2}Vendors V2: at most 0 open +2\n/);
  expect(noGo.stdout).toContain("project.yaml has no cutover");
  expect(noGo.stderr).toMatch(/^Next: dmfpipe rejections \d{8}-\d{6}-[0-9a-f]{4}\n$/);

  const settings = readFileSync(path.join(root, "mappings/project.yaml"), "utf8");
  const cutover = (text: string): void => {
    write("mappings/project.yaml", `${settings}cutover:\n${text}`);
  };
  cutover(
    '  rejectedAtMost: { "Vendors V2": "50%", "*": 0 }\n  noneOf: ["DMFP-MAP-*"]\n  lastRunWithin: 2\n',
  );
  const go = await judge({ html: "meeting.html" });
  expect(go).toMatchObject({ code: 0, stderr: "" });
  expect(go.stdout).toContain("page: meeting.html");
  const page = readFileSync(path.join(root, "meeting.html"), "utf8");
  expect(page).toContain("<h1>Go</h1>");
  expect(page).toContain("Vendors V2: at most 50% of those read open");

  cutover("  rejectedAtMost: { Vendor V2: 0 }\n");
  expect(await judge()).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no entity of the project fits Vendor V2. Did you mean") as string,
  });
  cutover("  noneOf: [DMFP-MAPS-*]\n");
  expect((await judge()).stderr).toContain("no code fits DMFP-MAPS-*");
  cutover("  by: 2026-02-30\n");
  expect((await judge()).stderr).toContain("a day such as 2026-12-31");
  write("mappings/project.yaml", settings);
  expect(await judge({ of: "loads" })).toMatchObject({ code: 2 });
  expect(await judge({ of: "load" })).toMatchObject({ code: 9 });

  // V3 is corrected, the twin of V1 is gone with V1.
  write("data/vendors.csv", cleanVendors.replace("V1", "V3"));
  const third = await checked();
  expect(third.rejections.trend?.records).toEqual({
    ...{ before: 2, new: 0, changed: 0, known: 0, backAgain: 0, fixed: 1, gone: 1, fixedOrGone: 0 },
    ...{ notSeen: 0, open: 0 },
  });
  const judged = JSON.parse(
    (await inProcess(root, (context) => readiness(context, {}), json)).stdout,
  ) as Readiness;
  expect(judged).toMatchObject({ go: true, of: "check", open: 0, classes: [], outlook: "Nothing is open." });
  expect(judged.runs.map(({ open, settled }) => [open, settled])).toEqual([
    [1, 0],
    [2, 0],
    [0, 2],
  ]);
});
