import { expect, test } from "vitest";
import { buildPackage } from "./package-builder.ts";
import { refusal, sandboxForTest } from "./sandbox-client.ts";

const group = { label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ["10"]] };

test("a fault hits the calls it was planned for, and every hit is listed", async () => {
  const fault = { on: "GetAzureWriteUrl", nth: 2, times: 2, status: 429, retryAfter: "7" };
  const client = await sandboxForTest({ faults: [fault] });
  const answers = [];
  for (let call = 0; call < 4; call += 1)
    answers.push(await client.action("GetAzureWriteUrl", { uniqueFileName: "x" }));
  expect(answers.map(({ status }) => status)).toEqual([200, 429, 429, 200]);
  const [, throttled] = answers;
  expect(throttled?.headers.get("retry-after")).toBe("7");
  expect(throttled === undefined ? "" : refusal(throttled)).toContain("high resource utilization");
  expect(client.sandbox.firedFaults()).toEqual([
    { operation: "GetAzureWriteUrl", call: 2, fault },
    { operation: "GetAzureWriteUrl", call: 3, fault },
  ]);
});

test("a fault before the effect leaves nothing, one after it only loses the answer", async () => {
  const faults = [
    { on: "ImportFromPackage", nth: 1, drop: true },
    { on: "ImportFromPackage", nth: 2, when: "after", drop: true } as const,
  ];
  const client = await sandboxForTest({ faults });
  const content = await buildPackage(group);
  await expect(client.importPackage(content, { executionId: "lost-before" })).rejects.toThrow();
  expect(await client.details("lost-before")).toEqual([]);
  await expect(client.importPackage(content, { executionId: "lost-after" })).rejects.toThrow();
  expect(await client.ended("lost-after")).toBe("Succeeded");
});

test("tokens, OData and bodies can be faulty too", async () => {
  const client = await sandboxForTest({
    faults: [
      { on: "token", status: 500 },
      { on: "odata", status: 401 },
      { on: "odata", nth: 2, status: 200, body: "<html>", contentType: "text/html" },
      { on: "odata", nth: 3, delayMs: 1 },
    ],
  });
  const form = { grant_type: "client_credentials" };
  expect((await client.tokenAnswer(form)).status).toBe(500);
  expect((await client.get("/data/Currencies")).status).toBe(401);
  const page = await client.get("/data/Currencies");
  expect([page.status, page.text, page.headers.get("content-type")]).toEqual([200, "<html>", "text/html"]);
  expect(JSON.parse((await client.get("/data/Currencies")).text)).toHaveProperty("value");
  expect(client.sandbox.firedFaults()).toHaveLength(4);
});
