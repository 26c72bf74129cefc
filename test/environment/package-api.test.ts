import { describe, expect, test } from "vitest";
import { executionStatuses, type PackageApi } from "../../src/environment/package-api.ts";
import { connectionTo, connectionToSandbox, environmentFor } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { reply, scriptedServer } from "./scripted-server.ts";
import { sandboxForTest } from "../sandbox/sandbox-client.ts";

const request = {
  packageUrl: "https://store.blob.core.windows.net/dmf/p.zip?sig=abc",
  definitionGroupId: "project",
  executionId: "our-id",
  legalEntityId: "USMF",
  execute: true,
  overwrite: true,
};

/** The API of an F&O that answers every action with this. */
async function answering(body: unknown, status = 200): Promise<PackageApi> {
  const token = reply(200, { access_token: "t", expires_in: 3600 });
  const server = await scriptedServer(token, reply(status, body));
  return environmentFor(connectionTo(server.url)).api;
}

function refusal(message: string): unknown {
  return { error: { code: "", message: "An error has occurred.", innererror: { message } } };
}

describe("GetAzureWriteUrl", () => {
  const url = "https://store.blob.core.windows.net/dmf/x?sig=a";

  test.each<[string, unknown]>([
    ["JSON inside a string", { value: JSON.stringify({ BlobId: "{1}", BlobUrl: url }) }],
    ["nested once more", { value: { value: JSON.stringify({ BlobId: "{1}", BlobUrl: url }) } }],
    ["an object", { value: { BlobId: "{1}", BlobUrl: url } }],
  ])("%s", async (_name, body) => {
    expect(await (await answering(body)).getAzureWriteUrl("x")).toBe(url);
  });

  test.each<[unknown]>([
    [{ value: "" }],
    [{ value: "{}" }],
    [{ value: '{"BlobUrl":"nowhere"}' }],
    [{ value: 3 }],
    [{}],
  ])("%j holds no address", async (body) => {
    const error = await failureOf((await answering(body)).getAzureWriteUrl("x"));
    expect(error.code).toBe("DMFP-HTTP-ANSWER");
  });
});

describe("ImportFromPackage", () => {
  test.each<[unknown, string]>([
    [{ value: "our-id" }, "our-id"],
    [{ value: { value: "our-id" } }, "our-id"],
    [{ value: "" }, "our-id"],
    [{ value: " its-own-id " }, "its-own-id"],
  ])("accepted with %j runs as %s", async (body, executionId) => {
    expect(await (await answering(body)).importFromPackage(request)).toEqual({
      kind: "accepted",
      executionId,
    });
  });

  test("204 is an acceptance too", async () => {
    const outcome = await (await answering("", 204)).importFromPackage(request);
    expect(outcome).toEqual({ kind: "accepted", executionId: "our-id" });
  });

  test.each([
    ["Cannot create a record in Execution (DMFExecution). The record already exists.", "known"],
    ["Duplicate execution id.", "known"],
    ["The data project 'X' exists and overwrite has not been specified.", "refused"],
    ["The data project 'X' already exists.", "refused"],
    ["Entity X does not exist in the target environment", "refused"],
  ])("%s", async (message, kind) => {
    expect(await (await answering(refusal(message), 400)).importFromPackage(request)).toMatchObject({ kind });
  });
});

describe("GetExecutionSummaryStatus", () => {
  test.each(executionStatuses)("%s", async (status) => {
    expect(await (await answering({ value: status })).getExecutionSummaryStatus("id")).toBe(status);
    expect(await (await answering({ value: { value: status } })).getExecutionSummaryStatus("id")).toBe(
      status,
    );
  });

  test.each(["Paused", "", "succeeded", null])("a text nobody documents, %j, is no end", async (value) => {
    expect(await (await answering({ value })).getExecutionSummaryStatus("id")).toBe("Unknown");
  });

  test("of an id that F&O does not know", async () => {
    const client = await sandboxForTest();
    const environment = environmentFor(connectionToSandbox(client.sandbox));
    expect(await environment.api.getExecutionSummaryStatus("nobody-knows-me")).toBeUndefined();
    expect(await environment.jobDetails("nobody-knows-me")).toEqual([]);
  });

  test.each([
    [404, "<html><title>404 - Not Found"],
    [404, refusal("No HTTP resource was found that matches the request URI.")],
    [400, refusal("The user was not found.")],
  ])("HTTP %i %j does not say that the import was never taken", async (status, body) => {
    const error = await failureOf((await answering(body, status)).getExecutionSummaryStatus("id"));
    expect(error.code).toBe("DMFP-HTTP-REFUSED");
  });
});

describe("the error channels", () => {
  test.each<[unknown, boolean]>([
    [{ value: true }, true],
    [{ value: "true" }, true],
    [{ value: false }, false],
    [{ value: null }, false],
    [{ value: "false" }, false],
  ])("GenerateImportTargetErrorKeysFile %j", async (body, expected) => {
    expect(await (await answering(body)).generateImportTargetErrorKeysFile("id", "E")).toBe(expected);
  });

  test.each<[unknown, string]>([
    [{ value: "https://x/y" }, "https://x/y"],
    [{ value: "" }, ""],
    [{ value: null }, ""],
  ])("GetImportStagingErrorFileUrl %j", async (body, expected) => {
    expect(await (await answering(body)).getImportStagingErrorFileUrl("id", "E")).toBe(expected);
  });

  test("an answer without a value does not pass for: nothing was rejected", async () => {
    const api = await answering({ "@odata.context": "x" });
    const calls = [
      api.getImportStagingErrorFileUrl("id", "E"),
      api.generateImportTargetErrorKeysFile("id", "E"),
      api.getImportTargetErrorKeysFileUrl("id", "E"),
      api.getExecutionErrors("id"),
    ];
    for (const error of await Promise.all(calls.map(failureOf))) expect(error.code).toBe("DMFP-HTTP-ANSWER");
  });

  test("GetExecutionErrors comes as it is, broken inside or not", async () => {
    const broken = '[{"RecordId":"A","Field":"","ErrorMessage":"say "hi""}]';
    expect(await (await answering({ value: broken })).getExecutionErrors("id")).toBe(broken);
  });

  test("an environment that refuses them says so", async () => {
    const error = await failureOf(
      (await answering(refusal("No such entity."), 400)).getExecutionErrors("id"),
    );
    expect(error).toMatchObject({
      code: "DMFP-HTTP-REFUSED",
      message: "GetExecutionErrors was refused (HTTP 400): No such entity.",
    });
  });

  test("the page of an execution is a nicety: without it nothing fails", async () => {
    expect(await (await answering(refusal("No."), 404)).getExecutionSummaryPageUrl("id")).toBe("");
    expect(await (await answering({ value: "https://p" })).getExecutionSummaryPageUrl("id")).toBe(
      "https://p",
    );
  });
});

describe("ExportToPackage", () => {
  const order = {
    definitionGroupId: "project",
    packageName: "project",
    executionId: "our-id",
    reExecute: false,
    legalEntityId: "USMF",
  };

  test.each<[unknown, string]>([
    [{ value: "our-id" }, "our-id"],
    [{ value: { value: "our-id" } }, "our-id"],
    [{ value: "" }, "our-id"],
    [{ value: " its-own-id " }, "its-own-id"],
  ])("accepted with %j runs as %s", async (body, executionId) => {
    expect(await (await answering(body)).exportToPackage(order)).toEqual({ kind: "accepted", executionId });
  });

  test.each<[string, string]>([
    ["Cannot create a record in Execution (DMFExecution). The record already exists.", "known"],
    ["Data project project does not exist.", "refused"],
  ])("refused with %j is %s", async (words, kind) => {
    expect(await (await answering(refusal(words), 400)).exportToPackage(order)).toMatchObject({ kind });
  });

  test.each<[unknown, string]>([
    [{ value: "https://store.blob.core.windows.net/x?sig=a" }, "https://store.blob.core.windows.net/x?sig=a"],
    [{ value: { value: "https://nested" } }, "https://nested"],
    [{ value: "" }, ""],
    [{ value: null }, ""],
  ])("the address in %j is %j", async (body, url) => {
    expect(await (await answering(body)).getExportedPackageUrl("our-id")).toBe(url);
  });
});
