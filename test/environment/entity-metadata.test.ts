import { expect, test } from "vitest";
import { connectionTo, environmentFor } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { metadataServer, stagingRow } from "./metadata-server.ts";
import { reply, type Reply } from "./scripted-server.ts";

async function metadataOf(answers: Readonly<Record<string, unknown>>) {
  const server = await metadataServer(answers);
  return { server, metadata: environmentFor(connectionTo(server.url)).metadata };
}

test("field lengths are read page by page, the label with its quotes and blanks", async () => {
  const set = "/data/DataManagementTargetMapEntities";
  let base = "";
  const pages: Reply = (response, request) => {
    const second = request.path.includes("$skip=1");
    const link = second ? {} : { "@odata.nextLink": `${base}${request.path}&$skip=1` };
    const row = second ? stagingRow("NAME", 60) : stagingRow("CODE", 10);
    reply(200, { value: [row], ...link })(response, request);
  };
  const { server, metadata } = await metadataOf({ [set]: pages });
  base = server.url;
  const rows = await metadata.targetFields("Vendor's & groups");
  expect(rows.map(({ StagingField, FieldLength }) => [StagingField, FieldLength])).toEqual([
    ["CODE", 10],
    ["NAME", 60],
  ]);
  const first = server.received.find(({ path }) => path.startsWith(set));
  expect(new URL(first?.path ?? "", base).searchParams.get("$filter")).toBe("Entity eq 'Vendor''s & groups'");
});

test("a page elsewhere is not followed: the token would go there", async () => {
  const { metadata } = await metadataOf({
    "/metadata/DataEntities": { value: [], "@odata.nextLink": "https://evil.example/metadata/DataEntities" },
  });
  expect((await failureOf(metadata.dataEntities())).code).toBe("DMFP-HTTP-ANSWER");
});

test("members that are null or missing are taken as not said", async () => {
  const { metadata } = await metadataOf({
    "/metadata/DataEntities": { value: [{ Name: "AEntity", PublicEntityName: null }] },
    "/data/DataManagementEntities": { value: [{ EntityName: "A", TargetName: "AEntity", IsShared: "Yes" }] },
  });
  expect(await metadata.dataEntities()).toEqual([
    {
      ...{ Name: "AEntity", PublicEntityName: "", PublicCollectionName: "", LabelId: "" },
      ...{ DataManagementEnabled: false, IsReadOnly: false },
    },
  ]);
  expect(await metadata.managedEntities()).toEqual([
    { EntityName: "A", TargetName: "AEntity", StagingTableName: "", IsShared: true },
  ]);
});

test("what the environment does not have is undefined", async () => {
  const { metadata } = await metadataOf({});
  expect(await metadata.publicEntity("Nothing")).toBeUndefined();
  expect(await metadata.enumeration("Nothing")).toBeUndefined();
  expect(await metadata.label("@SYS1", "en-us")).toBeUndefined();
  expect(await metadata.applicationVersion()).toBeUndefined();
});

test("a list that is refused or is no list is an error, not an empty list", async () => {
  const { metadata } = await metadataOf({ "/metadata/DataEntities": { value: [{}] } });
  expect((await failureOf(metadata.managedEntities())).code).toBe("DMFP-HTTP-REFUSED");
  const strange = await failureOf(metadata.dataEntities());
  expect(strange.code).toBe("DMFP-HTTP-ANSWER");
  expect(strange.message).toContain("value.0.Name");
});

test("enums come with their numbers, labels with their text, the version where it is told", async () => {
  const version = "/data/DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion";
  const { server, metadata } = await metadataOf({
    "/metadata/PublicEnumerations('Status')": {
      Name: "Status",
      Members: [
        { Name: "Open", Value: 0 },
        { Name: "Closed", Value: 10 },
      ],
    },
    "/metadata/Labels(Id='@SYS1',Language='en-us')": { Id: "@SYS1", Language: "en-us", Value: "Vendors" },
    [version]: { value: "10.0.47" },
  });
  expect([...((await metadata.enumeration("Status")) ?? [])]).toEqual([
    ["Open", 0],
    ["Closed", 10],
  ]);
  expect(await metadata.label("@SYS1", "en-us")).toBe("Vendors");
  expect(await metadata.applicationVersion()).toBe("10.0.47");
  expect(server.received.find(({ path }) => path.startsWith(version))?.method).toBe("POST");
});

test("a role that may not call actions costs the version, not the pull", async () => {
  const version = "/data/DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion";
  const { metadata } = await metadataOf({ [version]: reply(403, { Message: "no" }) });
  expect(await metadata.applicationVersion()).toBeUndefined();
});
