import { connect, type Socket } from "node:net";
import { once } from "node:events";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { buildPackage } from "./package-builder.ts";
import { sendOdd, sendRaw, type OddRequest, type RawAnswer } from "./raw-request.ts";
import { refusal, send, sharedSandbox } from "./sandbox-client.ts";

const shared = sharedSandbox();

const actions = "/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.";

/** The text inside a refusal in the shape of an OData error. */
function innerText(answer: RawAnswer): string {
  const { error } = JSON.parse(answer.body) as {
    error: { code: string; message: string; innererror: { message: string; type: string } };
  };
  expect(error.message).toBe("An error has occurred.");
  return error.innererror.message;
}

/** The proof that the server is up and its state sound. */
async function loadsAPackage(label: string): Promise<void> {
  const client = shared();
  const rows = [
    ["VENDORGROUPID", "DESCRIPTION"],
    [label.slice(0, 10), label],
  ];
  const { status } = await client.load(await buildPackage({ label: "Vendor groups", file: "g.csv", rows }));
  expect(status).toBe("Succeeded");
}

describe("requests that are too large", () => {
  test("a body above the limit is refused with 413", async () => {
    const answer = await shared().action("GetAzureWriteUrl", `{"uniqueFileName":"${"x".repeat(5_000_000)}"}`);
    expect([answer.status, refusal(answer)]).toEqual([413, "The request is too large."]);
  });

  test("a body that does not end is not read for ever", async () => {
    const { url } = shared().sandbox;
    const head = `POST /data/x HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000000\r\n\r\n`;
    const answer = await sendRaw(url, head, ...Array.from({ length: 80 }, () => Buffer.alloc(1024 * 1024)));
    expect(answer.status).toBe(0);
  });

  test("headers of 10 MB are refused with 431", async () => {
    const { url } = shared().sandbox;
    const answer = await sendRaw(
      url,
      "GET /data/Currencies HTTP/1.1\r\nhost: x\r\nx-large: ",
      "x".repeat(10_000_000),
    );
    expect([answer.status, innerText(answer)]).toEqual([431, "The request headers are too large."]);
  });

  test("a list of ten thousand headers is refused or read, not suffered", async () => {
    const { url } = shared().sandbox;
    const headers = Array.from({ length: 10_000 }, (_, index) => `x${index}: 1`);
    const answer = await sendOdd(url, { method: "GET", target: "/data/Currencies", headers });
    expect(answer.status).toBe(431);
  });
});

describe("bytes that are no request", () => {
  test.each([
    ["a TLS greeting", Buffer.from("16030100c8010000c40303", "hex")],
    ["text", Buffer.from("HELO sandbox\r\n\r\n")],
    [
      "two lengths",
      Buffer.from("POST /data/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx"),
    ],
    [
      "a length and chunks",
      Buffer.from(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      ),
    ],
    ["a zero byte in a header", Buffer.from("GET / HTTP/1.1\r\nhost: x\r\nx: \0\r\n\r\n")],
  ])("%s", async (_case, bytes) => {
    const answer = await sendRaw(shared().sandbox.url, bytes);
    expect([answer.status, innerText(answer)]).toEqual([400, "The request is not valid HTTP."]);
  });

  test("two hundred half requests do not keep the others waiting", async () => {
    const { hostname, port } = new URL(shared().sandbox.url);
    const sockets: Socket[] = [];
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let count = 0; count < 200; count += 1) {
      const socket = connect(Number(port), hostname).on("error", () => undefined);
      sockets.push(socket);
      socket.write("POST /data/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf");
    }
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    await loadsAPackage("slow");
  });
});

describe("requests that make no sense", () => {
  test.each([
    ["GET", `${actions}GetAzureWriteUrl`],
    ["DELETE", `${actions}ImportFromPackage`],
    ["TRACE", "/data/Currencies"],
    ["PUT", "/data/Currencies"],
    ["POST", "/"],
    ["DELETE", "/workspace/faults"],
    ["GET", "/sandbox.onmicrosoft.com/oauth2/v2.0/token"],
  ])("%s %s is refused", async (method, target) => {
    const client = shared();
    const headers = [`authorization: Bearer ${await client.token()}`];
    const answer = await sendOdd(client.sandbox.url, { method, target, headers });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body).not.toBe("");
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a number", "1"],
    ["null", "null"],
    ["nothing", ""],
    ["a member of another type", '{"uniqueFileName":{}}'],
    ["a prototype", '{"__proto__":{"uniqueFileName":"x"}}'],
    ["a deep nest", "[".repeat(100_000)],
  ])("a body that is %s is refused with 400", async (_case, body) => {
    const answer = await shared().action("GetAzureWriteUrl", body);
    expect([answer.status, refusal(answer).length > 0]).toEqual([400, true]);
  });

  test("a body that is no UTF-8 does not become a name", async () => {
    const client = shared();
    const body = Buffer.concat([
      Buffer.from('{"uniqueFileName":"'),
      Buffer.from([0xff, 0xfe, 0xc3]),
      Buffer.from('"}'),
    ]);
    const headers = [`authorization: Bearer ${await client.token()}`];
    const target = `${actions}GetAzureWriteUrl`;
    const answer = await sendOdd(client.sandbox.url, { method: "POST", target, headers, body });
    expect(answer.status).toBeLessThan(500);
    expect(JSON.parse(answer.body)).toBeTypeOf("object");
  });

  test.each(["/data/%", "/data/%ff%fe", "/data/%00", "/data/Currencies('%E0%A4%A')"])(
    "the address %s is refused",
    async (target) => {
      const client = shared();
      const headers = [`authorization: Bearer ${await client.token()}`];
      const answer = await sendOdd(client.sandbox.url, { method: "GET", target, headers });
      expect([400, 404]).toContain(answer.status);
    },
  );
});

describe("names that lead elsewhere", () => {
  test.each(["../../etc/passwd", "a/../../b", "..", "a\\..\\b", "a\0b", "", "x".repeat(2000)])(
    "a blob %j is refused",
    async (uniqueFileName) => {
      const answer = await shared().action("GetAzureWriteUrl", { uniqueFileName });
      expect([answer.status, refusal(answer)]).toEqual([
        400,
        expect.stringContaining("The unique file name is not valid.") as string,
      ]);
    },
  );

  test.each([
    "/../../../../etc/passwd",
    "/workspace/../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
  ])("the address %s is none", async (target) => {
    const answer = await sendOdd(shared().sandbox.url, { method: "GET", target });
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain("root:");
  });

  test("a package address elsewhere is not fetched", async () => {
    const client = shared();
    const { authorityHost, blobHost } = client.sandbox;
    const addresses = [
      "http://169.254.169.254/latest/meta-data",
      "file:///etc/passwd",
      `${authorityHost}/data/Currencies`,
      `http://${blobHost}/devstoreaccount1/other/x.zip`,
      `http://${blobHost}/devstoreaccount1/dmf/../other/x.zip`,
      `http://user:password@${blobHost}/devstoreaccount1/dmf/x.zip`,
      "not an address",
    ];
    for (const packageUrl of addresses) {
      const answer = await client.importPackage(Buffer.alloc(0), { packageUrl });
      expect([packageUrl, answer.status, refusal(answer)]).toEqual([
        packageUrl,
        400,
        expect.stringMatching(/remote server returned an error: \(40[34]\)/) as string,
      ]);
    }
  });
});

describe("SQL where a value should stand", () => {
  const attack = "X'); DROP TABLE target_row; --";

  test("in a key it is a value like any other", async () => {
    const client = shared();
    const rows = [
      ["CURRENCYCODE", "NAME"],
      ["SQ1", attack],
    ];
    await client.load(await buildPackage({ label: "Currencies", file: "c.csv", rows }));
    const found = await client.rows("/data/Currencies?cross-company=true");
    expect(found.filter((row) => Object.values(row).includes(attack))).toHaveLength(1);
  });

  test.each([
    `CurrencyCode eq '${attack.replaceAll("'", "''")}'`,
    "CurrencyCode eq 'X' OR 1=1",
    "1=1; DROP TABLE target_row",
    "CurrencyCode eq 'X' union select value from environment",
    `${"(".repeat(20_000)}CurrencyCode eq 'X'`,
  ])("in $filter it finds nothing and breaks nothing", async (filter) => {
    const client = shared();
    const answer = await client.get(`/data/Currencies?$filter=${encodeURIComponent(filter)}`);
    expect([200, 400, 431]).toContain(answer.status);
    if (answer.status === 200) expect((JSON.parse(answer.text) as { value: unknown[] }).value).toEqual([]);
    expect((await client.rows("/data/Currencies")).length).toBeGreaterThan(0);
  });

  test("in an execution id or a project it is a name like any other", async () => {
    const client = shared();
    const content = await buildPackage({
      label: "Vendor groups",
      file: "g.csv",
      rows: [["VENDORGROUPID"], ["SQL"]],
    });
    const { id } = await client.load(content, { executionId: attack, definitionGroupId: attack });
    expect(id).toBe(attack);
    const page = await send(`${client.sandbox.url}/workspace/execution?id=${encodeURIComponent(attack)}`);
    expect(page.text).toContain("X&#39;); DROP TABLE target_row; --");
  });
});

test("five hundred odd requests leave a sandbox that loads a package", async () => {
  const client = shared();
  const token = await client.token();
  const words = [
    ...[
      "data",
      "Currencies",
      "Vendors",
      "$batch",
      "$metadata",
      "$count",
      "metadata",
      "DataEntities",
      "api",
      "connector",
    ],
    ...[
      "enqueue",
      "workspace",
      "__sandbox",
      "faults",
      "oauth2",
      "token",
      "..",
      "%2e%2e",
      "%00",
      "('x')",
      "(1)",
      "''",
    ],
    ...[
      "DataManagementDefinitionGroups",
      "Microsoft.Dynamics.DataEntities.ImportFromPackage",
      "%F0%9F%98%80",
      "a b",
    ],
  ];
  const queries = [
    "",
    "?",
    "?$filter=",
    "?$top=-1",
    "?$skip=9e99",
    "?$orderby=;",
    "?$select=*",
    "?id=%00&run=x",
    "?&&==&a",
  ];
  const odd: fc.Arbitrary<OddRequest> = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "LOCK"),
    target: fc
      .tuple(fc.array(fc.constantFrom(...words), { maxLength: 4 }), fc.constantFrom(...queries))
      .map(([segments, query]) => encodeURI(`/${segments.join("/")}`).replaceAll("%25", "%") + query),
    headers: fc.subarray([
      `authorization: Bearer ${token}`,
      "content-type: multipart/mixed; boundary=",
      "content-type: application/json",
      "if-match: \"'",
      "prefer: odata.maxpagesize=-5",
      "x-ms-dyn-externalidentifier: \xff",
      "accept-encoding: br;q=nan",
    ]),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((json) => Buffer.from(json)),
      fc.constantFrom(
        Buffer.from("--x\r\ncontent-type: application/http\r\n\r\nGET / HTTP/1.1\r\n\r\n--x--"),
        Buffer.from("grant_type=client_credentials&client_id=%00&scope=%ff"),
        Buffer.from('{"executionId":"","definitionGroupId":"x","packageUrl":"http://["}'),
      ),
    ),
  });
  const requests = fc.sample(odd, { numRuns: 500, seed: 8_11_2026 });
  const failed: unknown[] = [];
  for (const request of requests) {
    const answer = await sendOdd(client.sandbox.url, request);
    // A defect would show as 500, a crash as no answer.
    if (answer.status === 0 || answer.status >= 500) {
      failed.push({ ...request, body: request.body?.toString("latin1"), answer });
    }
  }
  // The odd requests may have planned faults: none is meant.
  await send(`${client.sandbox.url}/__sandbox/faults`, { method: "DELETE" });
  expect(failed).toEqual([]);
  await loadsAPackage("after");
});
