import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { resumeLoad, runLoad } from "../../src/load/run-load.ts";
import { folderWith } from "../project/temporary-project.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { headers, lines, orderFiles, orderLines, orders } from "./composite-project.ts";
import { loadScene, type LoadScene } from "./load-scene.ts";

const setup = {
  referenceData: {
    "Customer groups": { "*": [{ CUSTOMERGROUPID: "10" }] },
    "Customers V3": { "*": [{ CUSTOMERACCOUNT: "C1" }] },
  },
};

/** Six orders of two lines each; the customer of the first one may be unknown to F&O. */
async function scene(first: string): Promise<LoadScene> {
  const numbers = [1, 2, 3, 4, 5, 6];
  const files = orderFiles({
    orders: orders(...numbers.map((number) => `SO${number} ${number === 1 ? first : "C1"}`)),
    lines: orderLines(
      ...numbers.flatMap((number) => [`L${number}A SO${number} 1`, `L${number}B SO${number} 2`]),
    ),
  });
  return await loadScene(
    {},
    (environments) => {
      const yaml = (files["mappings/project.yaml"] ?? "").replace(
        "environments: { sandbox: { kind: sandbox } }",
        stringify({ environments, defaults: { environment: "uat" } }).trimEnd(),
      );
      const root = folderWith({ ...files, "mappings/project.yaml": yaml });
      return {
        root,
        write: (name, content) => {
          writeFileSync(path.join(root, name), content);
        },
        remove: () => {
          rmSync(root, { recursive: true, force: true });
        },
      };
    },
    {},
    setup,
  );
}

test("the first documents go ahead, whole, and the rest follows when F&O took them", async () => {
  const here = await scene("C1");
  const { summary } = await runLoad(here.options({ canaryRecords: 2 }));
  expect(summary).toMatchObject({ exitCode: 0, balanced: true });
  // An order and its two lines; then the other five.
  expect(summary.packages.map(({ records }) => records)).toEqual([3, 15]);
  expect(summary.entities).toMatchObject([
    { entity: headers, created: 6 },
    { entity: lines, created: 12 },
  ]);
  expect(here.imports()).toBe(2);
});

test("a document that F&O refuses stops the rest; resume --despite-rejections sends it", async () => {
  const here = await scene("NOBODY");
  const stopped = await runLoad(here.options({ canaryRecords: 2 }));
  expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-CANARY" } });
  expect(stopped.error?.message).toMatch(
    /^The first 3 records of Sales order headers V2, Sales order lines V2 in USMF went ahead of the rest: F&O rejected 3 of them; canary allows 0\. In F&O by this run: nothing\. Not sent: 1 package with 15 records\.$/,
  );
  expect(stopped.summary).toMatchObject({ exitCode: 12, balanced: true });
  expect(here.imports()).toBe(1);
  const client = new SandboxClient(here.sandbox);
  expect(await client.rows("/data/SalesOrderLines?$filter=SalesOrderNumber eq 'SO2'")).toEqual([]);
  expect((await resumeLoad(here.options(), undefined)).error?.code).toBe("DMFP-CANARY");
  const { summary } = await resumeLoad(here.options({ despiteRejections: true }), undefined);
  expect(summary).toMatchObject({ exitCode: 4, balanced: true });
  expect(summary.entities).toMatchObject([
    { created: 5, rejectedTarget: 1 },
    { created: 10, rejectedTarget: 2 },
  ]);
  expect(here.imports()).toBe(2);
});
