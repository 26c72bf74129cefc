import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { buildPackage } from "./package-builder.ts";
import { refusal, sandboxForTest, send, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox();

const groups = {
  label: "Customer groups",
  file: "groups.csv",
  rows: [
    ["CUSTOMERGROUPID", "DESCRIPTION", "PAYMENTTERMID"],
    ["A1", "Good", "Net30"],
    ["A2", "Bad", "Never"],
    ["A3", "Bad too", 'say "no"'],
  ],
};

test("GetAzureWriteUrl answers with JSON in a string and an address for one blob", async () => {
  const value = await client().value("GetAzureWriteUrl", { uniqueFileName: "my package.zip" });
  const { BlobId, BlobUrl } = JSON.parse(String(value)) as { BlobId: string; BlobUrl: string };
  expect(BlobId).toMatch(/^\{[0-9A-F-]{36}\}$/);
  const url = new URL(BlobUrl);
  expect(url.host).toBe(client().sandbox.blobHost);
  expect(url.pathname).toMatch(/^\/devstoreaccount1\/dmf[^/]*\/my%20package\.zip$/);
  expect(url.searchParams.get("sr")).toBe("b");
  expect(url.searchParams.get("sp")).toBe("rw");
  const [start, end] = ["st", "se"].map((name) => Date.parse(url.searchParams.get(name) ?? ""));
  expect(Number(end) - Number(start)).toBe(35 * 60_000);

  const put = { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "content" };
  expect((await send(BlobUrl, put)).status).toBe(201);
  expect((await send(BlobUrl)).text).toBe("content");
  const other = BlobUrl.replace("my%20package", "other");
  expect((await send(other, put)).status).toBe(403);
});

test("an address that has expired is refused by the blob store", async () => {
  const expired = await sandboxForTest({ writeUrlLifetimeSeconds: -60 });
  await expect(expired.upload(Buffer.from("x"))).rejects.toMatchObject({ statusCode: 403 });
});

test("an unknown action, a GET of one and an unknown path are 404", async () => {
  const unknown = await client().action("ImportEverything", {});
  expect(unknown.status).toBe(404);
  expect(refusal(unknown)).toMatch(/^No HTTP resource was found that matches the request URI/);
  const action = "/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.GetExecutionErrors";
  expect((await client().get(action)).status).toBe(404);
  expect((await client().get("/api/nothing")).status).toBe(404);
});

test("a refusal has the documented shape", async () => {
  const answer = await client().action("GetExecutionSummaryStatus", { executionId: "nobody" });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toEqual({
    error: {
      code: "",
      message: "An error has occurred.",
      innererror: {
        message:
          "Exception occurred while executing action GetExecutionSummaryStatus on Entity DataManagementDefinitionGroup: Execution details were not found for execution id: nobody",
        type: "System.InvalidOperationException",
        stacktrace: expect.any(String) as string,
      },
    },
  });
});

test("the details are not found at first, as often as the setting says", async () => {
  const own = await sandboxForTest({ detailsNotFoundPolls: 2 });
  const id = randomUUID();
  await own.importPackage(await buildPackage(groups), { executionId: id });
  const texts: string[] = [];
  for (let poll = 0; poll < 3; poll += 1) {
    const answer = await own.action("GetExecutionSummaryStatus", { executionId: id });
    texts.push(answer.status === 200 ? "found" : refusal(answer));
  }
  expect(texts[0]).toContain(`Execution details were not found for execution id: ${id}`);
  expect(texts[1]).toContain(`Execution details were not found for execution id: ${id}`);
  expect(texts[2]).toBe("found");
});

test("errors come as malformed JSON in a string, as from the real thing", async () => {
  const { id, status } = await client().load(await buildPackage(groups));
  expect(status).toBe("PartiallySucceeded");
  const value = String(await client().value("GetExecutionErrors", { executionId: id }));
  expect(value).toBe(
    `[{"RecordId":"A2","Field":"","ErrorMessage":"\n The value 'Never' in field 'Payment term' is not found in the related table 'Terms of payment'\r\n Validations failed while writing entity record\r\n"},` +
      `{"RecordId":"A3","Field":"","ErrorMessage":"\n The value 'say "no"' in field 'Payment term' is not found in the related table 'Terms of payment'\r\n Validations failed while writing entity record\r\n"}]`,
  );
  expect(() => JSON.parse(value) as unknown).toThrow();
});

test("errors can be escaped, name their field and include staging, by settings", async () => {
  const own = await sandboxForTest({
    executionErrorsJson: "escaped",
    executionErrorField: "name",
    stagingErrorsInExecutionErrors: true,
  });
  const rows = [...groups.rows, ["THIS-GROUP-IS-TOO-LONG", "x", "Net30"]];
  const { id } = await own.load(await buildPackage({ ...groups, rows }));
  expect((await own.errors(id)).map(({ RecordId, Field }) => [RecordId, Field])).toEqual([
    ["THIS-GROUP-IS-TOO-LONG", "CUSTOMERGROUPID"],
    ["A2", "PAYMENTTERMID"],
    ["A3", "PAYMENTTERMID"],
  ]);
});

test("an id nobody knows has no errors", async () => {
  expect(await client().value("GetExecutionErrors", { executionId: randomUUID() })).toBe("[]");
});

test("the target error keys file is ordered, then asked for until it is there", async () => {
  const { id } = await client().load(await buildPackage(groups));
  const parameters = { executionId: id, entityName: "Customer groups" };
  expect(await client().value("GetImportTargetErrorKeysFileUrl", parameters)).toBe("");
  expect(await client().value("GenerateImportTargetErrorKeysFile", parameters)).toBe(true);
  expect(await client().value("GetImportTargetErrorKeysFileUrl", parameters)).toBe("");
  const url = String(await client().value("GetImportTargetErrorKeysFileUrl", parameters));
  expect((await send(url)).text).toBe("A2\r\nA3\r\n");
  expect(await client().value("GetImportStagingErrorFileUrl", parameters)).toBe("");
});

test("no keys file is made where no record failed", async () => {
  const { id } = await client().load(await buildPackage({ ...groups, rows: groups.rows.slice(0, 2) }));
  const parameters = { executionId: id, entityName: "Customer groups" };
  expect(await client().value("GenerateImportTargetErrorKeysFile", parameters)).toBe(false);
  expect(await client().value("GetImportTargetErrorKeysFileUrl", parameters)).toBe("");
});

test("the page of an execution is an address of the environment", async () => {
  const { id } = await client().load(await buildPackage(groups));
  const url = String(await client().value("GetExecutionSummaryPageUrl", { executionId: id }));
  expect(url.startsWith(`${client().sandbox.url}/?cmp=USMF&mi=`)).toBe(true);
});

test("GetEntitySequence gives the numbers of the default templates", async () => {
  const value = await client().value("GetEntitySequence", { listOfDataEntities: "Currencies,Vendors V2" });
  expect(JSON.parse(String(value))).toEqual([
    { EntityName: "Currencies", ExecutionUnit: 1, Level: 10, Sequence: 10 },
    { EntityName: "Vendors V2", ExecutionUnit: 1, Level: 120, Sequence: 35 },
  ]);
  const unknown = await client().action("GetEntitySequence", { listOfDataEntities: "Nothing" });
  expect(refusal(unknown)).toContain("Entity Nothing does not exist in the target environment");
});

test.each([["{'executionId':"], ["[]"], [JSON.stringify({ executionId: 5 })]])(
  "a body that is not understood is refused: %s",
  async (body) => {
    expect((await client().action("GetExecutionErrors", body)).status).toBe(400);
  },
);

test("bodies and headers that are too large do not end the server", async () => {
  const large = await client().action("GetExecutionErrors", { executionId: "x".repeat(5 * 1024 * 1024) });
  expect(large.status).toBe(413);
  const headers = { "x-large": "x".repeat(100_000) };
  expect((await send(`${client().sandbox.url}/data/Currencies`, { headers })).status).toBe(431);
  expect((await send(`${client().sandbox.url}/data/%E0%A4%A`)).status).toBe(400);
  expect((await client().get("/data/Currencies")).status).toBe(200);
});
