import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { buildPackage, type TestEntity } from "./package-builder.ts";
import { refusal, sandboxForTest, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox();

function groups(id: string): TestEntity {
  return { label: "Vendor groups", file: "groups.csv", rows: [["VENDORGROUPID"], [id]] };
}

test("overwrite is needed for a project that exists", async () => {
  const definitionGroupId = randomUUID();
  await client().load(await buildPackage(groups("P1")), { definitionGroupId, overwrite: false });
  const again = await client().importPackage(await buildPackage(groups("P1")), {
    definitionGroupId,
    overwrite: false,
  });
  expect(again.status).toBe(400);
  expect(refusal(again)).toContain(
    `The data project '${definitionGroupId}' exists and overwrite has not been specified.`,
  );
  const { status } = await client().load(await buildPackage(groups("P1")), { definitionGroupId });
  expect(status).toBe("Succeeded");
  const filter = `$filter=Name eq '${definitionGroupId}'`;
  expect(await client().rows(`/data/DataManagementDefinitionGroups?${filter}`)).toMatchObject([
    { Name: definitionGroupId, OperationType: "Import" },
  ]);
});

test.each([
  [{ legalEntityId: "ABCDE" }, "The legal entity ABCDE is longer than four characters."],
  [{ legalEntityId: "NONE" }, "The legal entity NONE does not exist."],
  [{ definitionGroupId: "" }, "The data project must be specified."],
  [{ packageUrl: "http://127.0.0.1:9/devstoreaccount1/dmf/x" }, "(404)"],
  [{ packageUrl: "file:///etc/passwd" }, "(404)"],
])("%o is refused", async (parameters, text) => {
  const answer = await client().importPackage(await buildPackage(groups("P2")), parameters);
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(text);
});

test("the legal entity is not case-sensitive, and an empty one is the default company", async () => {
  await client().load(await buildPackage(groups("P3")), { legalEntityId: "demf" });
  await client().load(await buildPackage(groups("P4")), { legalEntityId: "" });
  const rows = await client().rows(
    "/data/VendorGroups?cross-company=true&$filter=VendorGroupId eq 'P3' or VendorGroupId eq 'P4'",
  );
  expect(rows.map((row) => [row["dataAreaId"], row["VendorGroupId"]])).toEqual([
    ["demf", "P3"],
    ["usmf", "P4"],
  ]);
});

test("a package whose address has no signature is not fetched", async () => {
  const url = new URL(await client().upload(await buildPackage(groups("P5"))));
  url.search = "";
  const answer = await client().importPackage(Buffer.alloc(0), { packageUrl: url.href });
  expect(refusal(answer)).toMatch(/The remote server returned an error: \(40[34]\)/);
});

test("an execution id is made when none is given", async () => {
  const { id } = await client().load(await buildPackage(groups("P6")), {
    executionId: "",
    definitionGroupId: "My-Project",
  });
  expect(id).toMatch(/^My-Project-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-[0-9A-F]{32}$/);
});

test("the same execution id is refused by default", async () => {
  const executionId = randomUUID();
  await client().load(await buildPackage(groups("P7")), { executionId });
  const again = await client().importPackage(await buildPackage(groups("P7")), {
    executionId: executionId.toUpperCase(),
  });
  expect(refusal(again)).toContain("The record already exists");
  expect((await client().details(executionId))[0]?.TargetRecordsCreatedCount).toBe(1);
});

test.each([
  ["again", 0, 1],
  ["echo", 1, 0],
] as const)("the same execution id can be set to: %s", async (sameExecutionId, created, updated) => {
  const own = await sandboxForTest({ sameExecutionId });
  const executionId = randomUUID();
  await own.load(await buildPackage(groups("P8")), { executionId });
  await own.load(await buildPackage(groups("P8")), { executionId });
  expect(await own.details(executionId)).toMatchObject([
    { TargetRecordsCreatedCount: created, TargetRecordsUpdatedCount: updated },
  ]);
});

test("execute false stops after staging", async () => {
  const { id, status } = await client().load(await buildPackage(groups("P9")), { execute: false });
  expect(status).toBe("Succeeded");
  expect(await client().details(id)).toMatchObject([
    {
      StagingStatus: "Finished",
      TargetStatus: "NotRun",
      StagingRecordsCreatedCount: 1,
      TargetRecordsCreatedCount: 0,
    },
  ]);
  expect(await client().rows("/data/VendorGroups?$filter=VendorGroupId eq 'P9'")).toEqual([]);
});

test("calls side by side are refused unless enhanced parallel import is on", async () => {
  const content = await buildPackage(groups("Q1"));
  const statuses = async (enhancedParallelImport: boolean): Promise<number[]> => {
    const own = await sandboxForTest({ enhancedParallelImport, importHoldMs: 300 });
    const urls = await Promise.all([1, 2, 3].map(() => own.upload(content)));
    const answers = await Promise.all(urls.map((packageUrl) => own.importPackage(content, { packageUrl })));
    const texts = answers.filter(({ status }) => status === 400).map(refusal);
    for (const text of texts) expect(text).toContain("Deadlock");
    return answers.map(({ status }) => status).sort();
  };
  expect(await statuses(false)).toEqual([200, 400, 400]);
  expect(await statuses(true)).toEqual([200, 200, 200]);
});

test("a run that is executing blocks its project and no other", async () => {
  const own = await sandboxForTest({ targetDelayMs: 60_000 });
  const definitionGroupId = randomUUID();
  const first = await own.importPackage(await buildPackage(groups("Q2")), {
    definitionGroupId,
    executionId: "first",
  });
  expect(first.status).toBe(200);
  const second = await own.importPackage(await buildPackage(groups("Q3")), { definitionGroupId });
  expect(refusal(second)).toContain(`The data project '${definitionGroupId}' is being executed already.`);
  expect((await own.importPackage(await buildPackage(groups("Q4")))).status).toBe(200);
  await own.action("GetExecutionSummaryStatus", { executionId: "first" });
  expect(await own.value("GetExecutionSummaryStatus", { executionId: "first" })).toBe("Executing");
  expect(await own.details("first")).toMatchObject([
    { StagingStatus: "Finished", TargetStatus: "NotStarted" },
  ]);
});

test("ImportFromPackageAsync answers with the id and stages afterwards", async () => {
  const executionId = randomUUID();
  const answer = await client().importPackage(
    await buildPackage(groups("Q5")),
    { executionId },
    "ImportFromPackageAsync",
  );
  expect(JSON.parse(answer.text)).toMatchObject({ value: executionId });
  expect(await client().ended(executionId)).toBe("Succeeded");
  expect(await client().details(executionId)).toMatchObject([{ TargetRecordsCreatedCount: 1 }]);
});

test("a composite entity needs its project and no overwrite", async () => {
  const composite = { ...groups("Q6"), label: "Sales orders composite V4" };
  const missing = await client().importPackage(await buildPackage(composite));
  expect(refusal(missing)).toContain(
    "A data project must exist before importing a package consisting of a composite data entity.",
  );
  const definitionGroupId = randomUUID();
  await client().load(await buildPackage(groups("Q6")), { definitionGroupId });
  const overwrite = await client().importPackage(await buildPackage(composite), { definitionGroupId });
  expect(refusal(overwrite)).toContain("Overwrite must be false");
});
