import { expect, test } from "vitest";
import { RequestThrottle } from "../../src/sandbox/request-throttle.ts";
import { ODataTestClient } from "./odata-client.ts";
import { refusal, sandboxForTest } from "./sandbox-client.ts";

test("requests beyond the limit are told when to come back", async () => {
  let now = Date.UTC(2026, 0, 1);
  const client = await sandboxForTest(
    { odataRequestsPerWindow: 2, odataWindowSeconds: 10, tokenLifetimeSeconds: 3599 },
    { clock: { now: () => now } },
  );
  const odata = new ODataTestClient(client);
  const status = async (): Promise<number> => (await odata.get("/data/Currencies?$top=1")).status;
  expect(await status()).toBe(200);
  now += 4000;
  expect(await status()).toBe(200);
  const refused = await odata.get("/data/Currencies?$top=1");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("6");
  expect(refusal(refused)).toBe(
    "This request could not be processed at this time due to system experiencing high resource utilization.",
  );
  now += 6001;
  expect(await status()).toBe(200);
  expect(await status()).toBe(429);
});

test("each operation of a batch counts", async () => {
  const odata = new ODataTestClient(await sandboxForTest({ odataRequestsPerWindow: 2 }));
  const get = "Content-Type: application/http\r\n\r\nGET Currencies('EUR') HTTP/1.1\r\n\r\n";
  const answer = await odata.batch(`${`--batch_1\r\n${get}\r\n`.repeat(3)}--batch_1--\r\n`);
  expect(answer.status).toBe(200);
  expect([...answer.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual([
    "200",
    "200",
    "429",
  ]);
  expect(answer.text).toMatch(/^Retry-After: \d+\r$/m);
});

test("the package API is exempt", async () => {
  const client = await sandboxForTest({ odataRequestsPerWindow: 1 });
  for (let call = 0; call < 3; call++) {
    expect((await client.action("GetAzureWriteUrl", { uniqueFileName: "x.zip" })).status).toBe(200);
  }
});

test("without a limit everything passes", () => {
  const throttle = new RequestThrottle({ clock: { now: () => 0 }, maxRequests: 0, windowSeconds: 1 });
  for (let call = 0; call < 100; call++) expect(throttle.take()).toBeUndefined();
});
