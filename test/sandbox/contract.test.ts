import { randomUUID } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { XMLParser } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { buildPackage, packageFiles, zip, type TestEntity } from "./package-builder.ts";
import { shapeDifferences } from "./same-shape.ts";
import { refusal, sandboxForTest, send, sharedSandbox, type Answer } from "./sandbox-client.ts";

/**
 * The sandbox against samples of the real F&O. Every file of the folder is held against an answer; a new one without
 * a test of its own fails here.
 */
const folder = path.join(import.meta.dirname, "../fixtures/payloads");
const tested = new Set<string>();

function payload(name: string): string {
  tested.add(name);
  return readFileSync(path.join(folder, name), "utf8");
}

function sample(name: string): unknown {
  return JSON.parse(payload(name));
}

const activityId = randomUUID();
const outgoing = randomUUID();
const client = sharedSandbox({
  recurringJobs: [
    { activityId, project: "XX", direction: "import", company: "USMF" },
    { activityId: outgoing, project: "XX", direction: "export", company: "USMF" },
  ],
});

const groups: TestEntity = {
  label: "Customer groups",
  file: "groups.csv",
  rows: [
    ["CUSTOMERGROUPID", "DESCRIPTION", "PAYMENTTERMID"],
    ["C1", "One", "Net30"],
    ["C2 ", 'with "quotes"', "Nonsense"],
  ],
};

async function json(answer: Answer | Promise<Answer>): Promise<unknown> {
  const { status, text } = await answer;
  expect(status).toBe(200);
  return JSON.parse(text);
}

async function connector(target: string, options: RequestInit = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${await client().token()}` };
  return send(`${client().sandbox.url}/api/connector/${target}`, { ...options, headers });
}

describe("auth", () => {
  test("token", async () => {
    const { url, clientId, clientSecret } = client().sandbox;
    const answer = await client().tokenAnswer({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${url}/.default`,
    });
    expect(shapeDifferences(await json(answer), sample("auth/token.response.shape.json"))).toEqual([]);
  });
});

describe("blob", () => {
  test("an address that has ended", async () => {
    const own = await sandboxForTest({ writeUrlLifetimeSeconds: -1 });
    const value = String(await own.value("GetAzureWriteUrl", { uniqueFileName: "late.zip" }));
    const { BlobUrl: url } = JSON.parse(value) as { BlobUrl: string };
    const answer = await send(url, { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "x" });
    expect(answer.status).toBe(403);
    const parser = new XMLParser({ ignoreDeclaration: true });
    const wanted = parser.parse(payload("blob/authentication-failed.response.xml")) as Record<string, never>;
    const given = parser.parse(answer.text) as Record<string, never>;
    expect(shapeDifferences(given, wanted)).toEqual([]);
    expect(given["Error"]?.["Code"]).toBe(wanted["Error"]?.["Code"]);
  });

  test("writable addresses", async () => {
    const lines = payload("package/GetAzureWriteUrl.real-sas-urls.txt").split("\n");
    const real = new URL(lines.find((line) => line.startsWith("https://")) ?? "");
    const lifetime = ({ searchParams }: URL): number =>
      Date.parse(searchParams.get("se") ?? "") - Date.parse(searchParams.get("st") ?? "");
    const value = String(await client().value("GetAzureWriteUrl", { uniqueFileName: "a.zip" }));
    const given = new URL((JSON.parse(value) as { BlobUrl: string }).BlobUrl);
    for (const name of ["sr", "sp"]) expect(given.searchParams.get(name)).toBe(real.searchParams.get(name));
    for (const name of real.searchParams.keys()) expect(given.searchParams.has(name)).toBe(true);
    expect(lifetime(given)).toBe(lifetime(real));
    expect(given.pathname).toMatch(/^\/devstoreaccount1\/dmf[^/]*\/a\.zip$/);
  });
});

describe("package", () => {
  test("GetAzureWriteUrl", async () => {
    const answer = await json(client().action("GetAzureWriteUrl", { uniqueFileName: "b.zip" }));
    const wanted = sample("package/GetAzureWriteUrl.doc-template.response.json") as { value: string };
    expect(shapeDifferences(answer, wanted)).toEqual([]);
    const inner = JSON.parse((answer as { value: string }).value) as { BlobId: string };
    expect(shapeDifferences(inner, JSON.parse(wanted.value))).toEqual([]);
    expect(inner.BlobId).toMatch(/^\{[0-9A-F-]{36}\}$/);
  });

  test("ImportFromPackage takes the documented request and answers with the execution id", async () => {
    const packageUrl = await client().upload(await buildPackage(groups));
    const request = { ...(sample("package/ImportFromPackage.request.json") as object), packageUrl };
    const answer = await json(client().action("ImportFromPackage", request));
    expect(shapeDifferences(answer, sample("package/ImportFromPackage.response.template.json"))).toEqual([]);
    const { value } = answer as { value: string };
    const real = payload("package/execution-ids.real.txt")
      .split("\n")
      .filter((line) => /^[^#]/.test(line));
    const made = /^(.+)-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-[0-9A-F]{32}$/;
    for (const id of real) expect(id).toMatch(made);
    expect(value).toMatch(made);
    expect(await client().ended(value)).toBe("PartiallySucceeded");
  });

  test("GetExecutionSummaryStatus knows no other word", async () => {
    const words = payload("package/GetExecutionSummaryStatus.values.txt").trim().split(/\r?\n/);
    const seen = new Set<string>();
    for (const rows of [
      groups.rows.slice(0, 2),
      groups.rows,
      [groups.rows[0] ?? [], ["C3", "", "Nonsense"]],
    ]) {
      seen.add((await client().load(await buildPackage({ ...groups, rows }))).status);
    }
    expect([...seen]).toEqual(["Succeeded", "PartiallySucceeded", "Failed"]);
    for (const status of seen) expect(words).toContain(status);
  });

  test("every status can be had: from an execution, or from a planned fault", async () => {
    const words = payload("package/GetExecutionSummaryStatus.values.txt").trim().split(/\r?\n/);
    const faults = words.map((value, index) => ({ on: "GetExecutionSummaryStatus", nth: index + 1, value }));
    const own = await sandboxForTest({ faults });
    const { text } = await own.importPackage(await buildPackage(groups));
    const { value: executionId } = JSON.parse(text) as { value: string };
    const answers = [];
    for (const word of words)
      answers.push([word, await own.value("GetExecutionSummaryStatus", { executionId })]);
    expect(answers).toEqual(words.map((word) => [word, word]));
  });

  test("DataManagementExecutionJobDetails", async () => {
    const { id } = await client().load(await buildPackage(groups));
    const wanted = sample("package/DataManagementExecutionJobDetails.shape.json") as { value: [object] };
    const columns = Object.keys(wanted.value[0]).join(",");
    const filter = encodeURIComponent(`JobId eq '${id}'`);
    const answer = await json(
      client().get(`/data/DataManagementExecutionJobDetails?$filter=${filter}&$select=${columns}`),
    );
    expect(shapeDifferences(answer, wanted, ["@odata.etag"])).toEqual([]);
  });

  test("GetExecutionErrors without errors", async () => {
    const { id } = await client().load(await buildPackage({ ...groups, rows: groups.rows.slice(0, 2) }));
    const answer = await json(client().action("GetExecutionErrors", { executionId: id }));
    const wanted = sample("package/GetExecutionErrors.empty.real.response.json") as { value: string };
    expect(shapeDifferences(answer, wanted)).toEqual([]);
    expect((answer as { value: string }).value).toBe(wanted.value);
  });

  test("GetExecutionErrors with errors, escaped", async () => {
    const own = await sandboxForTest({ executionErrorsJson: "escaped" });
    const { id } = await own.load(await buildPackage(groups));
    const real = sample("package/GetExecutionErrors.hotwax.real.response.json") as { value: string };
    const answer = (await json(own.action("GetExecutionErrors", { executionId: id }))) as { value: string };
    expect(shapeDifferences(answer, real, ["@odata.context"])).toEqual([]);
    type Items = { Field: string; ErrorMessage: string }[];
    const [items, wanted] = [JSON.parse(answer.value) as Items, JSON.parse(real.value) as Items];
    expect(shapeDifferences(items, wanted)).toEqual([]);
    expect(items[0]?.Field).toBe(wanted[0]?.Field);
    const frame = /^\n .+\r\n Validations failed while writing entity record\r\n$/;
    expect(wanted[0]?.ErrorMessage).toMatch(frame);
    expect(items[0]?.ErrorMessage).toMatch(frame);
    const secondHand = payload("package/GetExecutionErrors.value.terms-of-payment.txt");
    expect(shapeDifferences(items, JSON.parse(secondHand))).toEqual([]);
  });

  test("GetExecutionErrors as most environments answer: JSON that no parser takes", async () => {
    const constructed = payload("package/GetExecutionErrors.malformed-inner.constructed.txt");
    const { id } = await client().load(await buildPackage(groups));
    const value = String(await client().value("GetExecutionErrors", { executionId: id }));
    for (const text of [constructed.trim(), value]) {
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
      // Its parts are found all the same, by the names in their fixed order.
      expect(text).toMatch(/^\[\{"RecordId":"[^"]*","Field":"[^"]*","ErrorMessage":"[\s\S]*"\}\]$/);
    }
  });

  test("messages have the words of a real import", async () => {
    const counted = payload("package/GetExecutionErrors.message-histogram.real.tsv")
      .split(/\r?\n/)
      .slice(1)
      .map((line) => line.split("\t")[1] ?? "");
    const empty = [groups.rows[0] ?? [], ["", "no key", "Nonsense"]];
    const { id } = await client().load(
      await buildPackage({ ...groups, rows: [...groups.rows, ...empty.slice(1)] }),
    );
    const value = String(await client().value("GetExecutionErrors", { executionId: id }));
    const lines = value.match(/(The value|Field) '.*/g) ?? [];
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(counted).toContain(line.replace(/'[^']*'/g, "'*'").trim());
  });

  test("the shape of a refusal", async () => {
    const project = `X-${randomUUID()}`;
    const content = await buildPackage(groups);
    await client().load(content, { definitionGroupId: project });
    const parameters = { definitionGroupId: project, overwrite: false };
    const answer = await client().importPackage(content, parameters);
    expect(answer.status).toBe(400);
    const wanted = sample("package/error-400.odata-action.shape.json") as { error: { message: string } };
    const given = JSON.parse(answer.text) as { error: { message: string; innererror: { message: string } } };
    expect(shapeDifferences(given, wanted)).toEqual([]);
    expect(given.error.message).toBe(wanted.error.message);
    expect(JSON.stringify(wanted)).toContain(given.error.innererror.message.replaceAll(project, "X"));
  });
});

describe("texts of refusals", () => {
  /** How a text comes about here; undefined where the sandbox has nothing that could say it. */
  const causes: Readonly<Record<string, (() => Promise<string>) | undefined>> = {
    "The data project 'X' exists and overwrite has not been specified.": async () => {
      const content = await buildPackage(groups);
      await client().load(content, { definitionGroupId: "X" });
      return refused(client().importPackage(content, { definitionGroupId: "X", overwrite: false }));
    },
    "\\PackageHeader.xml'": async () => {
      const files = packageFiles([groups]);
      files.delete("PackageHeader.xml");
      return refused(client().importPackage(await zip(files)));
    },
    "A data project must exist before importing a package consisting of a composite data entity.":
      async () => {
        const composite = { ...groups, label: "Sales orders composite V4" };
        return refused(client().importPackage(await buildPackage(composite), { overwrite: false }));
      },
    "Data project <X> does not exist.": () =>
      refused(client().action("ExportToPackage", { definitionGroupId: "<X>", legalEntityId: "USMF" })),
    "Entity <x> does not exist in the target environment": async () =>
      refused(
        client().importPackage(
          await buildPackage({ ...groups, elements: { EntityName: "<EntityName>&lt;x&gt;</EntityName>" } }),
        ),
      ),
    "Execution details were not found for execution id:": () =>
      refused(client().action("GetExecutionSummaryStatus", { executionId: randomUUID() })),
    "Cannot delete a record in Source (DMFDefinitionGroupEntityXMLFields). Deadlock, where one or more users have simultaneously locked the whole table or part of it.":
      async () => {
        const content = await buildPackage(groups);
        const own = await sandboxForTest({ importHoldMs: 200 });
        const urls = await Promise.all([own.upload(content), own.upload(content)]);
        const calls = urls.map((packageUrl) => own.importPackage(content, { packageUrl }));
        const answers = await Promise.all(calls);
        const second = answers.find(({ status }) => status === 400);
        return second === undefined ? "" : refusal(second);
      },
    "the mapping is incorrect for entity": async () => {
      const files = packageFiles([groups]);
      const lines = files.get(groups.file)?.toString("utf16le").replaceAll("\r\n", "\n") ?? "";
      files.set(groups.file, Buffer.from(lines, "utf16le"));
      return refused(client().importPackage(await zip(files)));
    },
    "Selected file is not Unicode": async () => {
      const files = packageFiles([groups]);
      files.set(groups.file, Buffer.from("CUSTOMERGROUPID\r\nC1\r\n", "utf8"));
      const { id } = await client().load(await zip(files));
      return client().sandbox.executionLog(id).join("\n");
    },
    "There are field(s), which are not mapped to Entity": async () => {
      const { id } = await client().load(await buildPackage({ ...groups, fields: ["TAXGROUPID"] }));
      return client().sandbox.executionLog(id).join("\n");
    },
  };

  /** What only other features of F&O say: interactive pages, set operations, several tasks for one entity. */
  const elsewhere = [
    "BOX API can't be used from non-interactive sessions",
    "Cannot edit a record in Entities for a processing group",
    "Set operations not supported for",
    "Custom sequence is defined for the entity",
    // Composite and XML files have tests of their own.
    "XML is not in correct format-Exception from HRESULT: 0xC0010009",
    "A DataTable named 'X' already belongs to this DataSet",
  ];

  const texts = payload("package/error-messages.real.txt")
    .split(/\r?\n/)
    .filter((line) => line !== "" && !line.startsWith("#"));

  test("every text of the list is said here, or by something the sandbox does not have", () => {
    const known = [...Object.keys(causes), ...elsewhere];
    expect(texts.filter((text) => !known.some((part) => text.includes(part)))).toEqual([]);
    expect(known.filter((part) => !texts.some((text) => text.includes(part)))).toEqual([]);
  });

  test.each(Object.entries(causes))("%s", async (text, cause) => {
    expect(await cause?.()).toContain(text);
  });

  async function refused(call: Promise<Answer>): Promise<string> {
    const answer = await call;
    expect(answer.status).toBe(400);
    return refusal(answer);
  }
});

describe("recurring", () => {
  test("jobstatus", async () => {
    const body = Buffer.from("PK\u0003\u0004 and nothing more", "latin1");
    const id = (await json(connector(`enqueue/${activityId}`, { method: "POST", body }))) as string;
    const status = (): Promise<unknown> => json(connector(`jobstatus/${activityId}?jobId=${id}`));
    const wanted = sample("recurring/jobstatus.real.response.json") as {
      DataJobStatus: { DataJobState: number };
    };
    await expect
      .poll(async () => ((await status()) as typeof wanted).DataJobStatus.DataJobState, { interval: 10 })
      .toBe(wanted.DataJobStatus.DataJobState);
    const given = (await status()) as typeof wanted & { ExecutionDetail: unknown };
    expect(shapeDifferences(given, wanted)).toEqual([]);
    expect(given.ExecutionDetail).toBeNull();
    expect(JSON.stringify(given.DataJobStatus)).toMatch(/"DataJobStartedDateTime":"[\d-]{10}T[\d:]{8}"/);
  });

  test("dequeue", async () => {
    await client().load(await buildPackage(groups), { definitionGroupId: "XX" });
    const answer = await json(connector(`dequeue/${outgoing}`));
    const wanted = sample("recurring/dequeue.real.response.json") as { DownloadLocation: string };
    // Microsoft's documentation names the time, the sample does not show it.
    expect(shapeDifferences(answer, wanted, ["LastDequeueDateTime"])).toEqual([]);
    const [given, real] = [answer as typeof wanted, wanted].map(
      ({ DownloadLocation }) => new URL(DownloadLocation),
    );
    expect([...(given?.searchParams.keys() ?? [])]).toEqual([...(real?.searchParams.keys() ?? [])]);
    const route = /^\/api\/connector\/download\/%7B[\da-f-]{36}%7D$/;
    for (const url of [given, real]) expect(url?.pathname).toMatch(route);
  });
});

describe("services", () => {
  test("discovery", async () => {
    const shapes = sample("services/discovery.shapes.json") as Record<string, unknown>;
    const names = { g: "UserSessionService", s: "AifUserSessionService" };
    for (const [request, shape] of Object.entries(shapes)) {
      const target = request.replace("GET ", "").replace("{g}", names.g).replace("{s}", names.s);
      expect(shapeDifferences(await json(client().get(target)), shape)).toEqual([]);
    }
  });

  test("the session of the user", async () => {
    const target = "/api/services/UserSessionService/AifUserSessionService/GetUserSessionInfo";
    expect((await client().post(target, {})).status).toBe(200);
    expect((await client().get(target)).status).toBe(404);
    expect((await client().get("/api/services/Nothing")).status).toBe(404);
  });
});

describe("odata", () => {
  test("metadata", async () => {
    const shapes = sample("odata/metadata.shapes.json") as Record<
      string,
      { value: [Record<string, unknown>] }
    >;
    for (const [request, shape] of Object.entries(shapes)) {
      const answer = (await json(client().get(request.replace("GET ", "")))) as { value: unknown[] };
      const differences = answer.value.flatMap((item) =>
        shapeDifferences(item, shape.value[0])
          // Lists may be empty and texts absent: the sample shows where something may stand.
          .filter((text) => !/ is (empty|null, not \w+)$/.test(text)),
      );
      expect([...new Set(differences.map((text) => text.replace(/\[\d+\]/g, "[]")))]).toEqual([]);
    }
  });

  test("every action the metadata promise is answered", async () => {
    const set = (await json(client().get("/metadata/PublicEntities('DataManagementDefinitionGroup')"))) as {
      Actions: { Name: string }[];
    };
    expect(set.Actions.length).toBeGreaterThan(10);
    for (const { Name: name } of set.Actions) {
      expect([name, (await client().action(name, {})).status]).not.toEqual([name, 404]);
    }
  });

  test("a batch of writes is taken as clients send it", async () => {
    const text = payload("odata/batch.request.shape.txt").replaceAll("\r\n", "\n");
    const cut = text.indexOf("\n\n");
    const body = text
      .slice(cut + 2)
      .replaceAll("<env>.operations.dynamics.com", "env")
      .replaceAll("\n", "\r\n");
    const base = client().sandbox.url;
    const answer = await send(`${base}/data/$batch`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await client().token()}`,
        "content-type": /Content-Type: (.+)/.exec(text.slice(0, cut))?.[1] ?? "",
        "odata-version": "4.0",
      },
      body: body.replaceAll("https://env", base),
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("HTTP/1.1 201");
    const written = await client().rows("/data/CustomerGroups?$filter=CustomerGroupId eq 'X1'");
    expect(written).toMatchObject([{ Description: "x" }]);
  });

  test("a write that fails", async () => {
    const real = payload("odata/write-failed.message.real.txt").split(/\r?\n/)[0] ?? "";
    const frame =
      /^(?:.*: )?Write failed for table row of type '\w+'\. Infolog: ((Info|Warning|Error): [^;]+(; )?)+$/s;
    expect(real).toMatch(frame);
    const answer = await client().post("/data/CustomerGroups", {
      dataAreaId: "usmf",
      CustomerGroupId: "Y1",
      PaymentTermId: "Nonsense",
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(refusal(answer)).toMatch(frame);
  });

  test("throttling", async () => {
    const current = payload("odata/throttling.messages.txt")
      .split(/\r?\n/)
      .find((line) => line.includes("CURRENT"));
    const text = current?.replace(/\s+\(.*$/, "") ?? "";
    const own = await sandboxForTest({ odataRequestsPerWindow: 1 });
    const answers = [await own.get("/data/Currencies?$top=1"), await own.get("/data/Currencies?$top=1")];
    expect(answers.map(({ status }) => status)).toEqual([200, 429]);
    expect(answers[1]?.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(refusal(answers[1] as Answer)).toBe(text);
  });
});

test("every payload has a test", () => {
  const files = globSync("*/*", { cwd: folder }).map((name) => name.replaceAll(path.sep, "/"));
  expect(files.filter((name) => !tested.has(name))).toEqual([]);
});
