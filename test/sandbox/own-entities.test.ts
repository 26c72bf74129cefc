import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { buildPackage, packageFiles, zip, type TestEntity } from "./package-builder.ts";
import { refusal, sharedSandbox } from "./sandbox-client.ts";

function entity(label: string, aotName: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  const fields = [
    { name: "CODE", size: 4 },
    { name: "NAME" },
    { name: "KIND", type: "enum", enumName: "Kind" },
  ];
  return { label, aotName, keys: ["CODE"], fields, enums: { Kind: ["Red", "Blue"] }, ...more };
}

const countries = [
  entity("Own regions", "OwnRegionEntity", { scope: "shared" }),
  entity("Own towns", "OwnTownEntity", {
    keys: ["REGION", "CODE"],
    fields: [
      { name: "REGION" },
      { name: "CODE" },
      { name: "PEOPLE", type: "int32" },
      { name: "MAYOR", mandatory: true },
    ],
    relations: [{ fields: ["REGION"], entity: "Own regions", targetFields: ["CODE"] }],
  }),
  entity("Own streets", "OwnStreetEntity", {
    keys: ["REGION", "TOWN", "CODE"],
    fields: [{ name: "REGION" }, { name: "TOWN" }, { name: "CODE" }],
    relations: [{ fields: ["REGION", "TOWN"], entity: "Own towns", targetFields: ["REGION", "CODE"] }],
  }),
];

const client = sharedSandbox(
  {},
  {
    entities: countries,
    entityFields: { "Vendor groups": [{ name: "OWNCODE", odataName: "OwnCode", size: 3 }] },
    referenceData: { "Own regions": { "*": [{ CODE: "N", NAME: "North" }] } },
    composites: [
      {
        label: "Own map composite",
        root: "Own regions",
        children: [{ label: "Own towns", children: ["Own streets"] }],
      },
    ],
  },
);

function table(label: string, ...rows: readonly (readonly string[])[]): TestEntity {
  return { label, file: `${label}.csv`, rows };
}

test("an entity of the set-up file has its types, sizes, enums, mandatory fields and references", async () => {
  const regions = table(
    "Own regions",
    ["CODE", "NAME", "KIND"],
    ["S", "South", "blue"],
    ["LONG1", "x", ""],
    ["W", "West", "Green"],
  );
  const towns = {
    ...table(
      "Own towns",
      ["REGION", "CODE", "PEOPLE", "MAYOR"],
      ["N", "1", "12", "Ann"],
      ["S", "1", "x", "Bob"],
      ["E", "1", "3", "Cy"],
      ["S", "2", "3", ""],
    ),
    level: 2,
  };
  const { id, status } = await client().load(await buildPackage(regions, towns));
  expect(status).toBe("PartiallySucceeded");
  expect(await client().details(id)).toMatchObject([
    { EntityName: "Own regions", StagingRecordsCreatedCount: 1, TargetRecordsCreatedCount: 1 },
    { EntityName: "Own towns", StagingRecordsCreatedCount: 3, TargetRecordsCreatedCount: 1 },
  ]);
  const errors = String(await client().value("GetExecutionErrors", { executionId: id }));
  expect(errors).toContain("The value 'E' in field 'REGION' is not found in the related table 'Own regions'");
  expect(errors).toContain("Field 'MAYOR' must be filled in");
});

test("a field that only this environment has", async () => {
  const rows = [
    ["VENDORGROUPID", "OWNCODE"],
    ["EX1", "abc"],
    ["EX2", "abcd"],
  ];
  const { id } = await client().load(await buildPackage(table("Vendor groups", ...rows)));
  expect(await client().details(id)).toMatchObject([{ StagingRecordsCreatedCount: 1 }]);
  expect(await client().rows("/data/VendorGroups?$filter=VendorGroupId eq 'EX1'")).toMatchObject([
    { OwnCode: "abc" },
  ]);
});

test("a composite entity of three levels: every level takes its key from the one above", async () => {
  const definitionGroupId = "three levels";
  await client().load(await buildPackage(table("Own regions", ["CODE"], ["X"])), { definitionGroupId });
  const town = (code: string, mayor: string, streets: readonly string[]): string =>
    `<OWNTOWNENTITY CODE="${code}" MAYOR="${mayor}">${streets.map((street) => `<OWNSTREETENTITY CODE="${street}"/>`).join("")}</OWNTOWNENTITY>`;
  const region = (code: string, towns: readonly string[]): string =>
    `<OWNREGIONENTITY CODE="${code}">${towns.join("")}</OWNREGIONENTITY>`;
  const document =
    region("A", [town("1", "Ann", ["a", "b"]), town("2", "", ["a"])]) + region("B", [town("1", "Bo", ["a"])]);
  const files = packageFiles([
    { ...table("Own map composite", []), format: "XML-Attribute", elements: { EntityMapList: "" } },
  ]);
  files.set("Own map composite.csv", Buffer.from(`<Document>${document}</Document>`));
  const { id, status } = await client().load(await zip(files), { definitionGroupId, overwrite: false });
  expect(status).toBe("PartiallySucceeded");
  expect((await client().details(id)).map((row) => [row.EntityName, row.TargetRecordsCreatedCount])).toEqual([
    ["Own regions", 2],
    ["Own towns", 2],
    // The street of the town without a mayor goes with it.
    ["Own streets", 3],
  ]);
});

test.each([
  [{ entities: [entity("A", "AEntity", { keys: ["NONE"] })] }, "A: NONE is not one of its fields"],
  [{ entities: [entity("A", "AEntity", { enums: {} })] }, "the enum of KIND is not listed"],
  [{ entities: [entity("A", "../evil")] }, "aotName"],
  [{ entities: [entity("A", "AEntity", { fields: [{ name: "CODE\"'" }] })] }, "upper-case letters"],
  [{ entityFields: { Nothing: [{ name: "X" }] } }, "'Nothing'"],
  [{ composites: [{ label: "C", root: "Nothing", children: ["Currencies"] }] }, "'Nothing'"],
  [{ composites: [{ label: "C", root: "Currencies", children: ["Currencies"] }] }, "already named"],
])("a set-up file that is wrong is said so: %o", async (setup, text) => {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-sandbox-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const setupFile = path.join(folder, "setup.json");
  await writeFile(setupFile, JSON.stringify(setup));
  await expect(startSandbox({ dataFolder: folder, setupFile })).rejects.toMatchObject({
    code: "DMFP-SANDBOX-SETUP",
    message: expect.stringContaining(text) as string,
  });
});

test("an entity no one has described is unknown", async () => {
  const answer = await client().importPackage(await buildPackage(table("Own rivers", ["CODE"], ["1"])));
  expect(refusal(answer)).toContain("Entity Own rivers does not exist in the target environment");
});
