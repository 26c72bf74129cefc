import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { runLoad } from "../../../src/load/run-load.ts";
import type { SmallProject } from "../../e2e/small-project.ts";
import { folderWith } from "../../project/temporary-project.ts";
import { SandboxClient } from "../../sandbox/sandbox-client.ts";
import { headers, lines, orderFiles, orderLines, orders } from "../composite-project.ts";
import { loadScene } from "../load-scene.ts";
import { correct, rejectedTable, rejectionsOf, resubmit, saveTable } from "./resubmit-scene.ts";

const setup = {
  fieldSizes: { [lines]: { INVENTORYLOTID: 10 } },
  referenceData: {
    "Customer groups": { "*": [{ CUSTOMERGROUPID: "10" }] },
    "Customers V3": { "*": [{ CUSTOMERACCOUNT: "C1" }] },
  },
};

const files = orderFiles({
  orders: orders("SO1 C1", "SO2 NOBODY", "SO3 C1"),
  lines: orderLines("L1 SO1 1", "L2 SO2 1", "L3 SO2 2", "L4 SO3 many", "L5 SO3 1"),
});

function project(environments: Readonly<Record<string, unknown>>): SmallProject {
  const root = folderWith({
    ...files,
    "mappings/project.yaml": (files["mappings/project.yaml"] ?? "").replace(
      "environments: { sandbox: { kind: sandbox } }",
      `environments: ${JSON.stringify(environments)}\ndefaults: { environment: uat }`,
    ),
  });
  return {
    root,
    write: (name, content) => {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), content);
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

test("a line takes its header along, and a header its lines", { timeout: 30_000 }, async () => {
  const scene = await loadScene({}, project, {}, setup);
  const first = await runLoad(scene.options());
  expect(first.summary.entities).toMatchObject([
    { entity: headers, read: 3, created: 2, rejectedTarget: 1 },
    { entity: lines, read: 5, rejectedHere: 1, created: 2, rejectedTarget: 2 },
  ]);

  // The line of a header that was loaded: F&O takes it only inside that.
  const rejectedLines = rejectedTable(first, "sales-order-lines-v2");
  const [head = [], ...rows] = rejectedLines;
  const onlyMany = [head, ...rows.filter((row) => row.includes("L4"))];
  for (const row of onlyMany) if (row !== head) row[head.indexOf("QTY")] = "4";
  // With the key of another line that is in F&O it would go over that one.
  const onlyTaken = onlyMany.map((row) => row.map((value) => (value === "L4" ? "l1" : value)));
  const taken = await resubmit(scene, [saveTable(scene, "taken.csv", onlyTaken)], { entity: lines });
  expect(await rejectionsOf(taken)).toMatchObject([
    {
      corrected: { file: "taken.csv", row: 2 },
      reasons: [
        {
          code: "DMFP-KEY-DUPLICATE",
          message: `The record on line 2, loaded by run ${first.summary.run} has the same key, l1.`,
        },
      ],
    },
  ]);
  const [head2 = [], row2 = []] = rejectedTable(taken, "sales-order-lines-v2");
  expect([head2.at(-1), row2.at(-1)]).toEqual(["_source_corrected", "taken.csv, row 2"]);

  const second = await resubmit(scene, [saveTable(scene, "one line.csv", onlyMany)], { entity: lines });
  expect(second.summary).toMatchObject({
    exitCode: 0,
    entities: [
      { entity: headers, read: 1, updated: 1 },
      { entity: lines, read: 1, created: 1 },
    ],
  });
  expect(scene.events).toContainEqual(
    expect.objectContaining({ text: "taken along: 1 record in which others are nested" }),
  );

  // The header of lines that were rejected with it.
  const rejectedHeaders = rejectedTable(first, "sales-order-headers-v2");
  for (const row of rejectedHeaders.slice(1)) row[rejectedHeaders[0]?.indexOf("CUSTOMER") ?? 0] = "C1";
  correct(rejectedHeaders, "USMF", "DAY", "2026-11-24");
  const third = await resubmit(scene, [saveTable(scene, "sales-order-headers-v2.csv", rejectedHeaders)]);
  expect(third.summary).toMatchObject({
    exitCode: 0,
    entities: [
      { entity: headers, read: 1, created: 1 },
      { entity: lines, read: 2, created: 2 },
    ],
  });
  const written = await new SandboxClient(scene.sandbox).rows(
    "/data/SalesOrderLines?$orderby=InventoryLotId",
  );
  expect(written.map((row) => row["InventoryLotId"])).toEqual(["L1", "L2", "L3", "L4", "L5"]);
});
