import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import type { Fault } from "../../src/sandbox/fault-plan.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import {
  headers,
  lines,
  orderFiles,
  orderLines,
  orders,
  plainComposites,
} from "../load/composite-project.ts";
import { folderWith } from "../project/temporary-project.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { dmfpipe, latestRun, start, summaryOf } from "./command-line.ts";
import { startEnvironment, type RunningEnvironment } from "./small-project.ts";

const setup = {
  fieldSizes: { [lines]: { INVENTORYLOTID: 10 } },
  referenceData: {
    "Customer groups": { "*": [{ CUSTOMERGROUPID: "10" }] },
    "Customers V3": { "*": [{ CUSTOMERACCOUNT: "C1" }] },
  },
};

/** What is wrong in the source, in F&O's staging and in its target, with a header and with lines. */
const files = orderFiles({
  orders: orders("SO1 C1", "SO2 NOBODY", "SO3 C1", " C1", "SO5 C1"),
  lines: orderLines(
    "L1 SO1 1",
    "L2 SO1 2",
    "L3 SO2 1",
    "L4 SO2 2",
    "L5 SO3 many",
    "L6 SO3 1",
    "L7 SO9 1",
    "L8-TOO-LONG-HERE SO3 1",
  ),
});

const dataProject = "small-USMF-Sales-orders-composite-V4";

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

interface Scene {
  readonly root: string;
  readonly environment: RunningEnvironment;
  readonly client: SandboxClient;
  readonly variables: Readonly<Record<string, string>>;
}

async function scene(settings: Partial<SandboxSettings> = {}, composites = plainComposites): Promise<Scene> {
  const environment = await startEnvironment(settings, {}, setup);
  cleanUp.push(environment.stop);
  const yaml = files["mappings/project.yaml"] ?? "";
  const root = folderWith({
    ...files,
    "mappings/project.yaml": yaml
      .replace(
        "environments: { sandbox: { kind: sandbox } }",
        `environments: ${JSON.stringify(environment.environments)}`,
      )
      .replace(plainComposites, composites)
      .concat("defaults: { environment: uat }\n"),
  });
  return {
    root,
    environment,
    client: new SandboxClient(environment.sandbox),
    variables: environment.variables,
  };
}

async function rejectionsOf(root: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { entity, stage, position, reasons } of readRejections(
    path.join(latestRun(root), "rejections", "rejections.ndjson"),
  )) {
    found.push([
      entity === headers ? "order" : "line",
      position.line,
      stage,
      ...reasons.map(({ code }) => code),
    ]);
  }
  return found;
}

const expectedRejections = [
  ["order", 5, "validation", "DMFP-VALUE-MISSING"],
  ["order", 3, "target", "DMFP-FNO-REFERENCE", "DMFP-FNO-REFERENCE"],
  ["line", 6, "validation", "DMFP-VALUE-NUMBER"],
  ["line", 8, "validation", "DMFP-COMPOSITE-PARENT"],
  ["line", 4, "target", "DMFP-REFERENCE-REJECTED", "DMFP-FNO-RULE"],
  ["line", 5, "target", "DMFP-REFERENCE-REJECTED", "DMFP-FNO-RULE"],
  ["line", 9, "staging", "DMFP-FNO-STAGING"],
];

/** Everything as it has to be in the end, whatever happened on the way. */
async function expectLoaded({ root, client }: Scene): Promise<void> {
  const { balanced, entities, packages } = summaryOf(latestRun(root));
  expect(balanced).toBe(true);
  expect(packages.map(({ key, status }) => [key, status])).toEqual([
    ["002-sales-orders-composite-v4-usmf-001", "done"],
  ]);
  expect(entities).toMatchObject([
    { entity: headers, read: 5, rejectedHere: 1, packaged: 4, created: 3, rejectedTarget: 1 },
    {
      entity: lines,
      read: 8,
      rejectedHere: 2,
      packaged: 6,
      created: 3,
      rejectedStaging: 1,
      rejectedTarget: 2,
    },
  ]);
  const written = await client.rows("/data/SalesOrderLines?$orderby=InventoryLotId");
  expect(written.map((row) => [row["SalesOrderNumber"], row["InventoryLotId"]])).toContainEqual([
    "SO1",
    "L1",
  ]);
  expect(await client.rows("/data/SalesOrderLines?$filter=SalesOrderNumber eq 'SO2'")).toEqual([]);
  const projects = await client.rows(
    `/data/DataManagementDefinitionGroupDetails?$filter=DefinitionGroupId eq '${dataProject}'`,
  );
  expect(projects.map((row) => row["EntityName"])).toContain("Sales orders composite V4");
}

describe("orders with their lines as a composite entity", () => {
  test.each([
    ["entry-per-entity", "XML-Attribute"],
    ["one-entry", "XML-Element"],
  ] as const)("manifest %s, %s: every record is accounted for", async (manifest, format) => {
    const own = `${plainComposites}    manifest: ${manifest}\n    format: ${format}\n`;
    const here = await scene({ compositeManifest: manifest }, own);
    const result = await dmfpipe(here.root, ["load"], { variables: here.variables });
    expect(result.code, result.stdout + result.stderr).toBe(4);
    await expectLoaded(here);
    const found = await rejectionsOf(here.root);
    expect(found).toEqual(expectedRejections);
    // The second load finds the data project, and says nothing about it.
    const again = await dmfpipe(here.root, ["load"], { variables: here.variables });
    expect(again.code, again.stdout + again.stderr).toBe(4);
    expect(again.stderr).not.toContain("data project");
    expect(summaryOf(latestRun(here.root)).entities[0]).toMatchObject({ created: 0, updated: 3 });
  });

  test("a check says the same of the source, and sends nothing", async () => {
    const here = await scene();
    const result = await dmfpipe(here.root, ["check"], { variables: here.variables });
    expect(result.code, result.stdout + result.stderr).toBe(4);
    const found = await rejectionsOf(here.root);
    expect(found).toEqual(expectedRejections.filter(([, , stage]) => stage === "validation"));
  });
});

const held: Fault = { on: "GetAzureWriteUrl", times: 100, delayMs: 300 };

test.each([
  [
    "the data project was made, and before its entity was put into it",
    [held, { on: "odata", nth: 3, delayMs: 5_000 }] as Fault[],
    3,
  ],
  [
    "F&O took the package, and before its answer came",
    [held, { on: "ImportFromPackage", when: "after", delayMs: 5_000 }] as Fault[],
    undefined,
  ],
])("killed when %s, a load goes on with resume", async (_when, faults, odataCalls) => {
  const here = await scene({ faults, targetDelayMs: 200 });
  const load = start(here.root, ["load"], { variables: here.variables });
  const { sandbox } = here.environment;
  const fired = (operation: string): number =>
    sandbox.firedFaults().filter((fault) => fault.operation === operation).length;
  if (odataCalls === undefined) {
    while ((await here.client.rows("/data/DataManagementExecutionJobDetails")).length < 2)
      await setImmediate();
  } else while (fired("odata") < 1) await setImmediate();
  load.process.kill("SIGKILL");
  expect((await load.finished).signal).toBe("SIGKILL");
  const resumed = await dmfpipe(here.root, ["resume"], { variables: here.variables });
  expect(resumed.code, resumed.stderr).toBe(4);
  await expectLoaded(here);
  expect(await rejectionsOf(here.root)).toEqual(expectedRejections);
});

test("a data project that F&O does not let us make stops the load, and resume goes on once it is there", async () => {
  const words = "Access denied to table DMFDefinitionGroup.";
  const body = JSON.stringify({ error: { message: "", innererror: { message: words } } });
  const here = await scene({ faults: [{ on: "odata", nth: 2, status: 400, body }] });
  const load = await dmfpipe(here.root, ["load"], { variables: here.variables });
  expect(load.code, load.stderr).toBe(6);
  expect(load.stderr).toContain(`DMFP-DATA-PROJECT: Creating the data project ${dataProject}: ${words}`);
  expect(load.stderr.trim().split("\n").at(-1)).toContain("dmfpipe resume");
  await here.client.post("/data/DataManagementDefinitionGroups", {
    Name: dataProject,
    Description: "by hand",
    OperationType: "Import",
  });
  const resumed = await dmfpipe(here.root, ["resume"], { variables: here.variables });
  expect(resumed.code, resumed.stderr).toBe(4);
  await expectLoaded(here);
});
