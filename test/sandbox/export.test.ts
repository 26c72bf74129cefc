import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import unzipper from "unzipper";
import { expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { buildPackage, type TestEntity } from "./package-builder.ts";
import { refusal, SandboxClient, sandboxForTest, send, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox({
  sourceFormats: { "CSV-UTF8": { codePage: 65001, delimiter: ";" } },
});

/** Customer groups nobody else uses, in a project of its own. */
const groups: TestEntity = {
  label: "Customer groups",
  file: "groups.csv",
  rows: [
    ["DESCRIPTION", "PAYMENTTERMID", "CUSTOMERGROUPID"],
    ['say "hi", there', "Net30", "X2"],
    ["Große <Kunden> & Co", "Net10", "X1"],
  ],
};

async function projectWith(own: SandboxClient, ...entities: TestEntity[]): Promise<string> {
  const project = `export-${randomUUID()}`;
  const { status } = await own.load(await buildPackage(...entities), { definitionGroupId: project });
  expect(status).toBe("Succeeded");
  return project;
}

interface ExportParameters {
  readonly executionId?: string;
  readonly reExecute?: boolean;
  readonly legalEntityId?: string;
  readonly [more: string]: unknown;
}

async function exportProject(
  own: SandboxClient,
  project: string,
  parameters: ExportParameters = {},
  action = "ExportToPackage",
): Promise<{ id: string; status: string }> {
  const id = String(
    await own.value(action, {
      definitionGroupId: project,
      packageName: "package",
      executionId: "",
      reExecute: false,
      legalEntityId: "USMF",
      ...parameters,
    }),
  );
  return { id, status: await own.ended(id) };
}

async function exportedFiles(own: SandboxClient, executionId: string): Promise<Map<string, Buffer>> {
  const url = String(await own.value("GetExportedPackageUrl", { executionId }));
  const content = Buffer.from(await (await fetch(url)).arrayBuffer());
  const directory = await unzipper.Open.buffer(content);
  const files = new Map<string, Buffer>();
  for (const file of directory.files) files.set(file.path, await file.buffer());
  return files;
}

function utf16(content: Buffer | undefined): string {
  expect(content?.subarray(0, 2).toString("hex")).toBe("fffe");
  return content?.subarray(2).toString("utf16le") ?? "";
}

test("an exported package is written as F&O writes it", async () => {
  const project = await projectWith(client(), groups);
  const { id, status } = await exportProject(client(), project);
  expect(status).toBe("Succeeded");
  expect(id).toMatch(new RegExp(`^${project}-\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d-[0-9A-F]{32}$`));
  const files = await exportedFiles(client(), id);
  expect([...files.keys()]).toEqual(["Customer groups.csv", "Manifest.xml", "PackageHeader.xml"]);

  const [header, ...rows] = utf16(files.get("Customer groups.csv")).split("\r\n");
  expect(header).toBe("CUSTOMERGROUPID,DESCRIPTION,PAYMENTTERMID");
  expect(rows).toContain('X2,"say ""hi"", there",Net30');
  expect(rows).toContain("X1,Große <Kunden> & Co,Net10");

  const manifest = utf16(files.get("Manifest.xml"));
  expect(manifest).toContain("<EntityName>Customer groups</EntityName>");
  expect(manifest).toContain("<TargetEntity>CustCustomerGroupEntity</TargetEntity>");
  expect(utf16(files.get("PackageHeader.xml"))).toContain("<PackageVersion>2</PackageVersion>");
  const entity = manifest.replace(/<EntityMapList>.*<\/EntityMapList>/, "<EntityMapList/>");
  const [, members = ""] = entity.split("<DataManagementPackageEntityData>");
  const names = [...(members.split("</DataManagementPackageEntityData>")[0] ?? "").matchAll(/<(\w+)/g)];
  expect(names.map(([, name]) => name)).toEqual(names.map(([, name]) => name).sort());
  expect(names.length).toBe(20);
  const [detail] = await client().details(id);
  expect(detail).toMatchObject({ StagingStatus: "Finished", TargetStatus: "Finished" });
});

test.each(["CSV-Unicode", "CSV-UTF8", "XML-Element", "XML-Attribute", "EXCEL"])(
  "what is exported in %s can be imported again, nothing changed",
  async (format) => {
    const project = await projectWith(client(), groups);
    const post = await client().post("/data/DataManagementDefinitionGroupDetails", {
      DefinitionGroupId: project,
      EntityName: "Customer groups",
      SourceFormat: format,
      AutoGenerateMapping: "Yes",
    });
    expect(post.status).toBe(201);
    const { id } = await exportProject(client(), project);
    const url = String(await client().value("GetExportedPackageUrl", { executionId: id }));
    const before = await client().rows("/data/CustomerGroups?cross-company=true");
    const content = Buffer.from(await (await fetch(url)).arrayBuffer());
    const again = await client().load(content, { definitionGroupId: `${project}-back` });
    expect(again.status).toBe("Succeeded");
    const [detail] = await client().details(again.id);
    expect(detail?.TargetRecordsUpdatedCount).toBe(detail?.StagingRecordsCreatedCount);
    expect(detail?.TargetRecordsUpdatedCount).toBeGreaterThan(1);
    expect(await client().rows("/data/CustomerGroups?cross-company=true")).toEqual(before);
  },
);

test("only the records of the legal entity are exported", async () => {
  const project = await projectWith(client(), groups);
  const { id } = await exportProject(client(), project, { legalEntityId: "DEMF" });
  const rows = utf16((await exportedFiles(client(), id)).get("Customer groups.csv"));
  expect(rows).toBe("CUSTOMERGROUPID,DESCRIPTION,PAYMENTTERMID\r\n");
});

test("an entity list and a preview narrow the export", async () => {
  const currencies: TestEntity = {
    label: "Currencies",
    file: "currencies.csv",
    rows: [
      ["CURRENCYCODE", "NAME"],
      ["XX1", "One"],
    ],
  };
  const project = await projectWith(client(), groups, currencies);
  const delta = await exportProject(client(), project, { entityList: "Currencies" }, "ExportToPackageDelta");
  expect([...(await exportedFiles(client(), delta.id)).keys()]).not.toContain("Customer groups.csv");
  const count = { exportPreviewCount: 1 };
  const preview = await exportProject(client(), project, count, "ExportToPackagePreview");
  const file = utf16((await exportedFiles(client(), preview.id)).get("Customer groups.csv"));
  expect(file.trimEnd().split("\r\n")).toHaveLength(2);
});

test("a project that does not exist cannot be exported", async () => {
  const answer = await client().action("ExportToPackage", {
    definitionGroupId: "nothing",
    legalEntityId: "USMF",
  });
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain("Data project nothing does not exist.");
});

test("the same execution id is run again only on demand", async () => {
  const project = await projectWith(client(), groups);
  const executionId = randomUUID();
  await exportProject(client(), project, { executionId });
  const again = { definitionGroupId: project, executionId, legalEntityId: "USMF" };
  expect((await client().action("ExportToPackage", { ...again, reExecute: false })).status).toBe(400);
  expect((await exportProject(client(), project, { executionId, reExecute: true })).id).toBe(executionId);
});

test("the address may be read, not written", async () => {
  const project = await projectWith(client(), groups);
  const { id } = await exportProject(client(), project);
  const url = new URL(String(await client().value("GetExportedPackageUrl", { executionId: id })));
  expect(url.searchParams.get("sp")).toBe("r");
  const written = await send(url.href, {
    method: "PUT",
    headers: { "x-ms-blob-type": "BlockBlob" },
    body: "x",
  });
  expect(written.status).toBe(403);
});

test("a setting nests the answers as the documentation prints them", async () => {
  const own = await sandboxForTest({ exportAnswers: "nested" });
  const project = await projectWith(own, groups);
  const parameters = { definitionGroupId: project, executionId: "one", legalEntityId: "USMF" };
  const answer = await own.action("ExportToPackage", parameters);
  expect(JSON.parse(answer.text)).toMatchObject({ value: { value: "one" } });
  await own.ended("one");
  const url = JSON.parse((await own.action("GetExportedPackageUrl", { executionId: "one" })).text) as {
    value: { value: string };
  };
  expect((await send(url.value.value)).status).toBe(200);
});

test("without a mapping an export hangs in Executing and blocks its project until it is deleted", async () => {
  const project = `unmapped-${randomUUID()}`;
  await client().post("/data/DataManagementDefinitionGroups", { Name: project, OperationType: "Export" });
  await client().post("/data/DataManagementDefinitionGroupDetails", {
    DefinitionGroupId: project,
    EntityName: "Customer groups",
    SourceFormat: "CSV-Unicode",
  });
  const parameters = { definitionGroupId: project, executionId: randomUUID(), legalEntityId: "USMF" };
  await client().value("ExportToPackage", parameters);
  await client().action("GetExecutionSummaryStatus", parameters);
  expect(await client().value("GetExecutionSummaryStatus", parameters)).toBe("Executing");
  expect(await client().value("GetExportedPackageUrl", parameters)).toBe("");
  const [detail] = await client().details(parameters.executionId);
  expect(detail).toMatchObject({ StagingRecordsCreatedCount: 0 });
  const second = { ...parameters, executionId: randomUUID() };
  expect(refusal(await client().action("ExportToPackage", second))).toContain("is being executed already");

  expect((await client().action("DeleteExecutionHistoryJob", parameters)).status).toBe(204);
  const gone = await client().action("GetExecutionSummaryStatus", parameters);
  expect(refusal(gone)).toContain("Execution details were not found");
  expect((await client().action("ExportToPackage", second)).status).toBe(200);
  await client().action("DeleteExecutionHistoryJob", second);
});

test("an export that is cut off has failed; one that hangs goes on hanging after a restart", async () => {
  const dataFolder = await mkdtemp(path.join(tmpdir(), "dmfpipe-export-"));
  onTestFinished(() => rm(dataFolder, { recursive: true, force: true }));
  const faults = [{ on: "ExportToPackage", nth: 2, stuck: true }];
  const first = await startSandbox({ dataFolder, settings: { targetDelayMs: 10 ** 8, faults } });
  const own = new SandboxClient(first);
  const ids = ["cut off", "stuck"];
  for (const id of ids) {
    await own.post("/data/DataManagementDefinitionGroups", { Name: id, OperationType: "Export" });
    await own.post("/data/DataManagementDefinitionGroupDetails", {
      DefinitionGroupId: id,
      EntityName: "Customer groups",
      SourceFormat: "CSV-Unicode",
      AutoGenerateMapping: "Yes",
    });
    const parameters = { definitionGroupId: id, executionId: id, legalEntityId: "USMF" };
    expect(await own.value("ExportToPackage", parameters)).toBe(id);
  }
  await first.stop();
  const next = await sandboxForTest({ detailsNotFoundPolls: 0 }, { dataFolder });
  expect(await next.ended("cut off")).toBe("Failed");
  expect(await next.value("GetExportedPackageUrl", { executionId: "cut off" })).toBe("");
  // Status requests of the first process were none: the details are not found once.
  await next.action("GetExecutionSummaryStatus", { executionId: "stuck" });
  expect(await next.value("GetExecutionSummaryStatus", { executionId: "stuck" })).toBe("Executing");
});

test("a package that waits for the batch can be deleted; the batch goes on with the next", async () => {
  const own = await sandboxForTest({ targetDelayMs: 50 });
  const executionId = randomUUID();
  expect((await own.importPackage(await buildPackage(groups), { executionId })).status).toBe(200);
  expect((await own.action("DeleteExecutionHistoryJob", { executionId })).status).toBe(204);
  expect((await own.load(await buildPackage(groups))).status).toBe("Succeeded");
});

test("the list of entity statuses is a list of texts", async () => {
  const id = (await client().load(await buildPackage(groups))).id;
  const answer = await client().action("GetEntityExecutionSummaryStatusList", { executionId: id });
  expect(JSON.parse(answer.text)).toEqual({
    "@odata.context": `${client().sandbox.url}/data/$metadata#Collection(Edm.String)`,
    value: ["Succeeded"],
  });
});

test("actions without a result answer 204", async () => {
  for (const name of ["InitializeDataManagement", "InitializeDataManagementAsync"]) {
    expect((await client().action(name, {})).status).toBe(204);
  }
});

test("numbers and dates are written as in real exports", async () => {
  const rates: TestEntity = {
    label: "Exchange rates",
    file: "rates.csv",
    rows: [
      ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"],
      ["Default", "EUR", "USD", "2024-01-31", "0.5"],
    ],
  };
  const project = await projectWith(client(), rates);
  const { id } = await exportProject(client(), project);
  const text = utf16((await exportedFiles(client(), id)).get("Exchange rates.csv"));
  expect(text).toContain("RATETYPENAME,FROMCURRENCY,TOCURRENCY,STARTDATE,RATE\r\n");
  expect(text).toContain("Default,EUR,USD,2024-01-31 00:00:00,.500000\r\n");
});

test("a blob is kept for seven days", async () => {
  let nowMs = Date.now();
  const own = await sandboxForTest({}, { clock: { now: () => nowMs } });
  const project = await projectWith(own, groups);
  const { id } = await exportProject(own, project);
  nowMs += 6 * 24 * 3600 * 1000;
  expect(await own.withNewToken().value("GetExportedPackageUrl", { executionId: id })).not.toBe("");
  nowMs += 2 * 24 * 3600 * 1000;
  expect(await own.withNewToken().value("GetExportedPackageUrl", { executionId: id })).toBe("");
});

test("an address that has ended is refused by the storage in its own words", async () => {
  const own = await sandboxForTest({ writeUrlLifetimeSeconds: -1 });
  const value = String(await own.value("GetAzureWriteUrl", { uniqueFileName: "late.zip" }));
  const { BlobUrl: url } = JSON.parse(value) as { BlobUrl: string };
  const answer = await send(url, { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "x" });
  expect(answer.status).toBe(403);
  expect(answer.text).toContain("<Code>AuthenticationFailed</Code>");
});
