import fc from "fast-check";
import { expect, test } from "vitest";
import { boundaryOf, joinParts, splitParts } from "../../src/sandbox/multipart.ts";
import { ODataTestClient } from "./odata-client.ts";
import { refusal, sandboxForTest, sharedSandbox, type Answer } from "./sandbox-client.ts";

const client = sharedSandbox();
let shared: ODataTestClient | undefined;
const odata = (): ODataTestClient => (shared ??= new ODataTestClient(client()));

interface InnerAnswer {
  readonly status: number;
  readonly contentId: string | undefined;
  readonly text: string;
  readonly body: string;
}

/** The answers inside a batch answer; those of a changeset as a list. */
function inner(answer: Answer): (InnerAnswer | InnerAnswer[])[] {
  const boundary = boundaryOf(answer.headers.get("content-type") ?? "");
  if (boundary === undefined) throw new Error(answer.text);
  return splitParts(answer.text, boundary).map((part) => {
    const changeset = boundaryOf(/^Content-Type: (multipart.*)$/m.exec(part)?.[1]?.trim());
    return changeset === undefined ? innerAnswer(part) : splitParts(part, changeset).map(innerAnswer);
  });
}

function innerAnswer(part: string): InnerAnswer {
  const [, http = "", body = ""] = part.split("\r\n\r\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(http)?.[1]),
    contentId: /^Content-ID: (.*)$/m.exec(part)?.[1]?.trim(),
    text: part,
    body,
  };
}

function operation(method: string, target: string, body?: unknown, contentId?: string): string {
  return [
    "Content-Type: application/http",
    "Content-Transfer-Encoding: binary",
    ...(contentId === undefined ? [] : [`Content-ID: ${contentId}`]),
    "",
    `${method} ${target} HTTP/1.1`,
    "OData-Version: 4.0",
    "OData-MaxVersion: 4.0",
    "Content-Type: application/json;odata.metadata=minimal;charset=UTF-8",
    "",
    body === undefined ? "" : JSON.stringify(body),
  ].join("\r\n");
}

function changeset(...operations: readonly string[]): string {
  return `Content-Type: multipart/mixed; boundary=changeset_1\r\n\r\n${joinParts("changeset_1", operations)}`;
}

const batch = (...parts: readonly string[]): string => joinParts("batch_1", parts);
const groups = (): string => `${client().sandbox.url}/data/VendorGroups`;
const insert = (id: string, contentId?: string): string =>
  operation("POST", `${groups()}?cross-company=true`, { dataAreaId: "usmf", VendorGroupId: id }, contentId);

async function exist(...ids: readonly string[]): Promise<string[]> {
  const filter = ids.map((id) => `VendorGroupId eq '${id}'`).join(" or ");
  const rows = await odata().rows(`/data/VendorGroups?$filter=${filter}&$select=VendorGroupId`);
  return rows.map((row) => String(row["VendorGroupId"]));
}

test("a changeset writes all its rows and answers each under its Content-ID", async () => {
  const answer = await odata().batch(batch(changeset(insert("B1", "1"), insert("B2", "2"))));
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^multipart\/mixed; boundary=batchresponse_/);
  const [answers] = inner(answer) as InnerAnswer[][];
  expect(answers?.map(({ status, contentId }) => [status, contentId])).toEqual([
    [201, "1"],
    [201, "2"],
  ]);
  expect(JSON.parse(answers?.[1]?.body ?? "")).toMatchObject({ dataAreaId: "usmf", VendorGroupId: "B2" });
  expect(answers?.[0]?.text).toContain(`\r\nLocation: ${groups()}(dataAreaId='usmf',VendorGroupId='B1')\r\n`);
  expect(await exist("B1", "B2")).toEqual(["B1", "B2"]);
});

test("one failing operation undoes the whole changeset and is its only answer", async () => {
  const bad = operation("POST", groups(), { VendorGroupId: "" }, "3");
  const answer = await odata().batch(
    batch(changeset(insert("C1", "1"), insert("C2", "2"), bad, insert("C4", "4")), insert("C5")),
  );
  const [failed, after] = inner(answer);
  expect(failed).toMatchObject([{ status: 500, contentId: "1" }]);
  expect((failed as InnerAnswer[])[0]?.body).toContain("Field 'Vendor group' must be filled in");
  expect(after).toMatchObject({ status: 201 });
  expect(await exist("C1", "C2", "C4", "C5")).toEqual(["C5"]);
});

test("the error of a changeset stands bare where a setting says so", async () => {
  const other = new ODataTestClient(await sandboxForTest({ failedChangeset: "bare" }));
  const answer = await other.batch(batch(changeset(operation("POST", "VendorGroups", {}, "1"))));
  expect(inner(answer)).toMatchObject([{ status: 500, contentId: "1" }]);
});

test("operations outside a changeset stand on their own", async () => {
  const body = batch(
    insert("D1"),
    operation("POST", groups(), { VendorGroupId: "" }),
    insert("D3"),
    operation("GET", "VendorGroups(dataAreaId='usmf',VendorGroupId='D1')?$select=VendorGroupId"),
    operation("GET", "/data/Nothing"),
    operation("PATCH", `${groups()}(dataAreaId='usmf',VendorGroupId='D1')`, { Description: "changed" }),
    operation("DELETE", `${groups()}(dataAreaId='usmf',VendorGroupId='D3')`),
  );
  const answers = inner(await odata().batch(body)) as InnerAnswer[];
  expect(answers.map(({ status }) => status)).toEqual([201, 400, 201, 200, 404, 204, 204]);
  expect(JSON.parse(answers[3]?.body ?? "")).toMatchObject({ VendorGroupId: "D1" });
  expect(await exist("D1", "D3")).toEqual(["D1"]);
});

test("a client may prefer to stop at the first failure", async () => {
  const answer = await odata().batch(batch(insert("S1"), operation("POST", groups(), {}), insert("S3")), {
    "content-type": "multipart/mixed; boundary=batch_1",
    prefer: "odata.continue-on-error=false",
  });
  expect((inner(answer) as InnerAnswer[]).map(({ status }) => status)).toEqual([201, 400]);
  expect(await exist("S1", "S3")).toEqual(["S1"]);
});

test("an operation can name what another one of its changeset created", async () => {
  const answer = await odata().batch(
    batch(changeset(insert("REF 'x'", "10"), operation("PATCH", "$10", { Description: "named" }, "11"))),
  );
  expect(inner(answer)).toMatchObject([[{ status: 201 }, { status: 204, contentId: "11" }]]);
  const [row] = await odata().rows("/data/VendorGroups?$filter=VendorGroupId eq 'REF ''x'''");
  expect(row).toMatchObject({ Description: "named" });
});

test("a Content-ID among the inner headers and a missing last delimiter are forgiven", async () => {
  const part = insert("F1").replace("OData-Version: 4.0", "Content-ID: 7\r\nOData-Version: 4.0");
  const body = `--batch_1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n${part}\r\n--c--\r\n`;
  expect(inner(await odata().batch(body))).toMatchObject([[{ status: 201, contentId: "7" }]]);
});

test.each([
  ["lines that end with LF alone", (body: string) => body.replaceAll("\r\n", "\n"), "Unexpected end of MIME"],
  ["another boundary", (body: string) => body.replaceAll("batch_1", "batch_2"), "Unexpected end of MIME"],
  ["an empty body", () => "", "Unexpected end of MIME"],
  ["a broken request line", (body: string) => body.replace(" HTTP/1.1", ""), "request line"],
  ["a broken header", (body: string) => body.replace("Content-ID: 1", "Content-ID"), "header"],
  [
    "another type of part",
    (body: string) => body.replaceAll("application/http", "text/plain"),
    "application/http",
  ],
])("%s is refused and nothing is done", async (_name, change, words) => {
  const answer = await odata().batch(change(batch(changeset(insert("NOT", "1")), insert("NOT2", "1"))));
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(words);
  expect(await exist("NOT", "NOT2")).toEqual([]);
});

test("a content type without a boundary is refused", async () => {
  for (const type of ["application/json", "multipart/mixed", "multipart/mixed; boundary="]) {
    expect((await odata().batch(batch(insert("NOT")), { "content-type": type })).status).toBe(400);
  }
});

test("reads in a changeset, unreadable addresses and actions fail alone", async () => {
  const answers = inner(
    await odata().batch(
      batch(
        changeset(operation("GET", "VendorGroups", undefined, "1")),
        operation("GET", "http://[", undefined),
        operation(
          "POST",
          "DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.GetAzureWriteUrl",
          {},
        ),
        operation("POST", "$batch", {}),
        insert("ALONE"),
      ),
    ),
  );
  expect(answers).toMatchObject([
    [{ status: 400 }],
    { status: 400 },
    { status: 404 },
    { status: 404 },
    { status: 201 },
  ]);
});

test("lines may end with LF where a setting allows it", async () => {
  const other = new ODataTestClient(await sandboxForTest({ batchLineEnds: "any" }));
  const body = batch(operation("GET", "Currencies('EUR')")).replaceAll("\r\n", "\n");
  expect(inner(await other.batch(body))).toMatchObject([{ status: 200 }]);
});

test("a batch holds 5000 operations and not one more", async () => {
  const many = Array.from({ length: 5000 }, (_, index) => insert(`M${index}`, String(index + 1)));
  const answer = await odata().batch(batch(changeset(...many)));
  const [answers] = inner(answer) as InnerAnswer[][];
  expect(answers?.filter(({ status }) => status === 201)).toHaveLength(5000);
  const refused = await odata().batch(batch(...many, insert("ONE MORE")));
  expect(refused.status).toBe(400);
  expect(refusal(refused)).toBe("A batch holds at most 5000 operations.");
  expect(await exist("ONE MORE")).toEqual([]);
});

test("a planned fault hits a single operation, before or after its effect", async () => {
  const faulty = await sandboxForTest({
    faults: [
      { on: "batchOperation", nth: 2, status: 429, retryAfter: "3" },
      { on: "batchOperation", nth: 3, status: 503, when: "after" },
    ],
  });
  const other = new ODataTestClient(faulty);
  const post = (id: string): string => operation("POST", "VendorGroups", { VendorGroupId: id });
  const answers = inner(await other.batch(batch(post("1"), post("2"), post("3")))) as InnerAnswer[];
  expect(answers.map(({ status }) => status)).toEqual([201, 429, 503]);
  expect(answers[1]?.text).toContain("\r\nRetry-After: 3\r\n");
  expect(answers[1]?.body).toContain("system experiencing high resource utilization");
  const rows = await other.rows("/data/VendorGroups?$select=VendorGroupId");
  expect(rows).toEqual([{ VendorGroupId: "1" }, { VendorGroupId: "3" }]);
  expect(faulty.sandbox.firedFaults()).toHaveLength(2);
});

test("parts that were joined come apart again", () => {
  const part = fc
    .string({ unit: "grapheme" })
    .map((text) => text.replace(/[\r\n]/g, " "))
    .filter((text) => !text.startsWith("--b") && text.trim() !== "");
  fc.assert(
    fc.property(fc.array(part, { minLength: 1 }), (parts) => {
      expect(splitParts(joinParts("b", parts), "b")).toEqual(parts);
    }),
  );
});
