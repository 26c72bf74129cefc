import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { ODataTestClient } from "./odata-client.ts";
import { buildPackage } from "./package-builder.ts";
import { refusal, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox({}, { fieldSizes: { "Vendor groups": { DESCRIPTION: 20 } } });
let shared: ODataTestClient | undefined;
const odata = (): ODataTestClient => (shared ??= new ODataTestClient(client()));
const projects = "/data/DataManagementDefinitionGroups";
const details = "/data/DataManagementDefinitionGroupDetails";

async function importGroups(project = `project-${randomUUID()}`): Promise<{ id: string; project: string }> {
  const { id } = await client().load(
    await buildPackage({ label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ["10"]] }),
    { definitionGroupId: project },
  );
  return { id, project };
}

test("job details have the documented columns", async () => {
  const { id, project } = await importGroups();
  const [detail] = await odata().rows(`/data/DataManagementExecutionJobDetails?$filter=JobId eq '${id}'`);
  expect(detail).toMatchObject({
    DefinitionGroupId: project,
    JobId: id,
    EntityName: "Vendor groups",
    ExecutionUnit: 1,
    LevelInExecutionUnit: 1,
    SequenceInLevel: 1,
    StagingStatus: "Finished",
    TargetStatus: "Finished",
    StagingRecordsToBeProcessedCount: 1,
    StagingRecordsCreatedCount: 1,
    RunBusinessLogic: "Yes",
    RunBusinessValidation: "Yes",
    FailLevelOnError: "No",
    ExecuteTargetStep: "Yes",
    FirstRowIsHeader: "Yes",
    SourceFormat: "CSV-Unicode",
    FilePath: "g.csv",
    TargetEndDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
  });
  const byProject = `$filter=DefinitionGroupId eq '${project}'&$select=JobId`;
  expect(await odata().rows(`/data/DataManagementExecutionJobDetails?${byProject}`)).toEqual([{ JobId: id }]);
  const upper = `$filter=JobId eq '${id.toUpperCase()}' and StagingStatus eq Microsoft.Dynamics.DataEntities.DMFBatchJobStatus'Finished'`;
  expect(await odata().rows(`/data/DataManagementExecutionJobDetails?${upper}`)).toHaveLength(1);
});

test("executions lead to their details and back", async () => {
  const { id } = await importGroups();
  const job = await odata().json(
    `/data/DataManagementExecutionJobs('${id}')?$expand=Details($select=EntityName)`,
  );
  expect(job).toMatchObject({ JobId: id, Details: [{ EntityName: "Vendor groups" }] });
  const query = `$filter=JobId eq '${id}'&$select=EntityName&$expand=ExecutionJob`;
  expect(await odata().rows(`/data/DataManagementExecutionJobDetails?${query}`)).toMatchObject([
    { ExecutionJob: { JobId: id } },
  ]);
});

test("a data project is made as clients make it", async () => {
  const name = `made-${randomUUID()}`;
  const project = {
    Name: name,
    Description: "Made by OData",
    OperationType: "Import",
    ProjectCategory: "Configuration",
    GenerateDataPackage: "No",
  };
  expect(await odata().create(projects, project)).toMatchObject(project);
  const detail = {
    DefinitionGroupId: name,
    EntityName: "Vendor groups",
    SourceFormat: "CSV-Unicode",
    AutoGenerateMapping: "Yes",
    ExecutionUnit: 1,
    LevelInExecutionUnit: 2,
    SequenceInLevel: 3,
  };
  expect(await odata().create(details, detail)).toMatchObject({ ...detail, ValidationStatus: "Yes" });
  await odata().create(details, {
    DefinitionGroupId: name,
    EntityName: "Currencies",
    SourceFormat: "CSV-Unicode",
  });
  const read = await odata().json(`${projects}('${name}')?$expand=Details`);
  expect(read).toMatchObject({
    ...project,
    TruncateEntityData: "No",
    Details: [
      { EntityName: "Currencies", AutoGenerateMapping: "No", ValidationStatus: "No", ExecutionUnit: 0 },
      detail,
    ],
  });
  const key = `${details}(DefinitionGroupId='${name}',EntityName='Vendor groups')`;
  expect((await odata().call("PATCH", key, { Disable: "Yes" })).status).toBe(204);
  expect(await odata().json(key)).toMatchObject({ ...detail, Disable: "Yes" });
  expect((await odata().call("DELETE", key)).status).toBe(204);
  expect((await odata().get(key)).status).toBe(404);
  expect((await odata().call("PATCH", `${projects}('${name}')`, { Description: "Changed" })).status).toBe(
    204,
  );
  expect(await odata().json(`${projects}('${name}')`)).toMatchObject({ ...project, Description: "Changed" });
  expect((await odata().call("DELETE", `${projects}('${name}')`)).status).toBe(204);
  expect(await odata().rows(`${details}?$filter=DefinitionGroupId eq '${name}'`)).toEqual([]);
});

test("an imported project shows its entities, and one made by OData can be imported into", async () => {
  const { project } = await importGroups();
  expect(await odata().rows(`${details}?$filter=DefinitionGroupId eq '${project}'`)).toMatchObject([
    {
      EntityName: "Vendor groups",
      SourceFormat: "CSV-Unicode",
      AutoGenerateMapping: "Yes",
      InputFilePath: "g.csv",
    },
  ]);
  const made = `made-${randomUUID()}`;
  await odata().create(projects, { Name: made, OperationType: "Import" });
  const refused = await client().importPackage(
    await buildPackage({ label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ["11"]] }),
    { definitionGroupId: made, overwrite: false },
  );
  expect(refusal(refused)).toContain(`The data project '${made}' exists`);
  const { id } = await importGroups(made);
  expect(await odata().rows(`/data/DataManagementExecutionJobDetails?$filter=JobId eq '${id}'`)).toHaveLength(
    1,
  );
});

test.each([
  [projects, {}, "Field 'Group name' must be filled in"],
  [projects, { Name: "x", Description: "x".repeat(61) }, "longer than the 60 characters"],
  [projects, { Name: "x", OperationType: "Sideways" }, "'Sideways'"],
  [details, { EntityName: "Vendor groups" }, "Field 'Group name' must be filled in"],
  [details, { DefinitionGroupId: "no such", EntityName: "Vendor groups" }, "'no such' in field 'Group name'"],
  [details, { DefinitionGroupId: "no such", EntityName: "VendVendorGroupEntity" }, "'VendVendorGroupEntity'"],
])("POST %s %j is refused: %s", async (target, body, words) => {
  const answer = await odata().call("POST", target, body);
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(words);
});

test("a project or entity that is there already is refused", async () => {
  const name = `twice-${randomUUID()}`;
  await odata().create(projects, { Name: name });
  const again = await odata().call("POST", projects, { Name: name.toUpperCase() });
  expect(refusal(again)).toContain("The record already exists.");
  const detail = { DefinitionGroupId: name, EntityName: "Currencies" };
  await odata().create(details, detail);
  expect(refusal(await odata().call("POST", details, detail))).toContain("The record already exists.");
});

test("labels, technical names and sharing of the entities", async () => {
  const names = "$filter=TargetName eq 'VendVendorV2Entity' or EntityName eq 'Currencies'";
  expect(await odata().rows(`/data/DataManagementEntities?${names}`)).toMatchObject([
    { EntityName: "Currencies", TargetName: "CurrencyEntity", IsShared: "Yes" },
    { EntityName: "Vendors V2", TargetName: "VendVendorV2Entity", IsShared: "No" },
  ]);
  expect(await odata().json("/data/DataManagementEntities('Vendors V2')")).toMatchObject({
    EntityKey: "VENDORACCOUNTNUMBER",
  });
});

test("lengths of the fields, those of the environment's own set-up included", async () => {
  const query = "$filter=Entity eq 'Vendor groups'&$select=StagingField,FieldLength,IsRequired";
  const fields = await odata().rows(`/data/DataManagementTargetMapEntities?${query}`);
  expect(fields).toContainEqual({ StagingField: "DESCRIPTION", FieldLength: 20, IsRequired: "No" });
  const key = "StagingField='CURRENCYCODE',Entity='Currencies'";
  expect(await odata().json(`/data/DataManagementTargetMapEntities(${key})`)).toMatchObject({
    FieldLength: 3,
    IsRequired: "Yes",
  });
});
