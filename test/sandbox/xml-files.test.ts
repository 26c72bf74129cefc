import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { packageFiles, utf16, zip, type TestEntity } from "./package-builder.ts";
import { sandboxForTest, sharedSandbox, type SandboxClient } from "./sandbox-client.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/sandbox/customer-definitions");
const manifestText = new TextDecoder("utf-16le").decode(await readFile(path.join(fixtures, "Manifest.xml")));
const mappedFields = [...manifestText.matchAll(/<EntityField>(\w+)</g)].map(([, name]) => name ?? "");

const client = sharedSandbox(
  {},
  {
    referenceData: { "Customer groups": { "*": [{ CUSTOMERGROUPID: "10" }] } },
    // The manifest comes from an environment with fields of its own.
    entityFields: { "Customer definitions": mappedFields.map((name) => ({ name, type: "unknown" })) },
  },
);

const fields = ["VENDORGROUPID", "DESCRIPTION"];

function groups(format: string, mapped: readonly string[] = fields): TestEntity {
  return { label: "Vendor groups", file: "groups.xml", rows: [mapped], format };
}

async function load(
  content: Buffer | string,
  options: { format?: string; mapped?: readonly string[]; own?: SandboxClient } = {},
): Promise<{ status: string; id: string; log: string; counts: number[] }> {
  const own = options.own ?? client();
  const files = packageFiles([groups(options.format ?? "XML-Element", options.mapped)]);
  files.set("groups.xml", Buffer.from(content));
  const { id, status } = await own.load(await zip(files));
  const [detail] = await own.details(id);
  const counts = [
    detail?.StagingRecordsToBeProcessedCount ?? -1,
    detail?.StagingRecordsCreatedCount ?? -1,
    detail?.TargetRecordsCreatedCount ?? -1,
  ];
  return { id, status, log: own.sandbox.executionLog(id).join("\n"), counts };
}

function element(id: string, description: string): string {
  return `<VENDVENDORGROUPENTITY><VENDORGROUPID>${id}</VENDORGROUPID><DESCRIPTION>${description}</DESCRIPTION></VENDVENDORGROUPENTITY>`;
}

async function descriptions(...ids: string[]): Promise<unknown[]> {
  const filter = ids.map((id) => `VendorGroupId eq '${id}'`).join(" or ");
  const rows = await client().rows(`/data/VendorGroups?$filter=${filter}&$orderby=VendorGroupId`);
  return rows.map((row) => row["Description"]);
}

test("fields as elements: escapes, CDATA, line breaks and empty fields arrive", async () => {
  const text =
    '<?xml version="1.0" encoding="utf-8"?>\n<!-- by a tool -->\n<Document>\n' +
    `${element("X1", "Größe &amp; &#x20AC; &lt;b&gt;")}\n${element("X2", "<![CDATA[a < b\nc]]>")}\n` +
    "<VENDVENDORGROUPENTITY>\n  <VENDORGROUPID>X3</VENDORGROUPID>\n</VENDVENDORGROUPENTITY></Document>";
  expect(await load(text)).toMatchObject({ status: "Succeeded", counts: [3, 3, 3] });
  expect(await descriptions("X1", "X2", "X3")).toEqual(["Größe & € <b>", "a < b\nc", ""]);
});

test("fields as attributes", async () => {
  const text =
    '<Document><VENDVENDORGROUPENTITY VENDORGROUPID="A1" DESCRIPTION="One &quot;1&quot;" />' +
    '<VENDVENDORGROUPENTITY VENDORGROUPID="A2"></VENDVENDORGROUPENTITY></Document>';
  expect(await load(text, { format: "XML-Attribute" })).toMatchObject({
    status: "Succeeded",
    counts: [2, 2, 2],
  });
  expect(await descriptions("A1", "A2")).toEqual(['One "1"', ""]);
});

test("UTF-16, a byte order mark and another declared encoding are read", async () => {
  const text = (encoding: string, id: string): string =>
    `<?xml version="1.0" encoding="${encoding}"?><Document>${element(id, "Zürich")}</Document>`;
  await load(utf16(text("utf-16", "E1")));
  await load(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text("utf-8", "E2"))]));
  await load(Buffer.from(text("windows-1252", "E3"), "latin1"));
  expect(await descriptions("E1", "E2", "E3")).toEqual(["Zürich", "Zürich", "Zürich"]);
});

const good = element("N1", "x");

test.each([
  ["an empty file", "", "DMF1830"],
  ["no XML", "VENDORGROUPID,DESCRIPTION\r\nN1,x\r\n", "DMF1830"],
  ["a file that was cut", `<Document>${good}`, "DMF1830"],
  ["no records", "<Document></Document>", "DMF2053"],
  ["another root", `<Documents>${good}</Documents>`, "DMF1830 .*root element is Documents"],
  ["another entity", "<Document><VENDVENDORV2ENTITY/></Document>", "DMF1830 .*no entity VENDVENDORV2ENTITY"],
  [
    "an entity in Pascal case",
    "<Document><VendVendorGroupEntity/></Document>",
    "DMF1830 .*no entity VendVendorGroupEntity",
  ],
  [
    "a record in a record",
    `<Document><VENDVENDORGROUPENTITY>${good}</VENDVENDORGROUPENTITY></Document>`,
    "DMF1830",
  ],
  [
    "an element in a field",
    `<Document>${element("N1", "<B>x</B>")}</Document>`,
    "DMF1830 .*has an element inside",
  ],
  [
    "text between the fields",
    `<Document>${good.replace("><DESC", ">text<DESC")}</Document>`,
    "DMF1830 .*text inside",
  ],
  [
    "a field twice",
    `<Document>${good.replace("</VENDV", "<DESCRIPTION>y</DESCRIPTION></VENDV")}</Document>`,
    "DMF1830 .*comes twice",
  ],
  ["a control character", `<Document>${element("N1", "a\u0008b")}</Document>`, "DMF2055"],
  ["a control character as a reference", `<Document>${element("N1", "a&#8;b")}</Document>`, "DMF2055"],
  [
    "bytes of another encoding",
    Buffer.from(`<Document>${element("N1", "Zürich")}</Document>`, "latin1"),
    "DMF1830",
  ],
  ["an unknown encoding", `<?xml version="1.0" encoding="x-own"?><Document>${good}</Document>`, "DMF1830"],
  ["a document type", `<!DOCTYPE Document [<!ENTITY a "x">]><Document>${good}</Document>`, "DMF1830 .*DTD"],
  [
    "attributes in the format of elements",
    '<Document><VENDVENDORGROUPENTITY VENDORGROUPID="N1" DESCRIPTION="x"/></Document>',
    "0xC0010009",
  ],
  [
    "a mapped column that no record has",
    "<Document><VENDVENDORGROUPENTITY><VENDORGROUPID>N1</VENDORGROUPID></VENDVENDORGROUPENTITY></Document>",
    "XML is not in correct format-Exception from HRESULT: 0xC0010009",
  ],
  [
    "a field that is not mapped",
    `<Document>${good.replace("</VENDV", "<NEW>y</NEW></VENDV")}</Document>`,
    "DMF2022 .*field NEW",
  ],
  ["the same key twice", `<Document>${good}${element(" n1", "x")}</Document>`, "DMF1959"],
])("%s refuses the whole file", async (_what, content, log) => {
  const result = await load(content);
  expect(result).toMatchObject({ status: "Failed", log: expect.stringMatching(log) as string });
  expect(result.counts.slice(1)).toEqual([0, 0]);
  expect(await client().value("GetExecutionErrors", { executionId: result.id })).toBe("[]");
});

test("elements in the format of attributes refuse the whole file", async () => {
  const result = await load(`<Document>${good}</Document>`, { format: "XML-Attribute" });
  expect(result).toMatchObject({ status: "Failed", log: expect.stringContaining("DMF1830") as string });
});

test("an entity bomb and an endless value are refused before they grow", async () => {
  const levels = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
  );
  const bomb = `<!DOCTYPE Document [<!ENTITY l0 "x">${levels.join("")}]><Document>${element("B", "&l9;")}</Document>`;
  expect((await load(bomb)).log).toContain("DTD is not supported");
  const endless = `<Document>${element("B", "x".repeat(9_000_000))}</Document>`;
  expect((await load(endless)).log).toContain("a value is too large");
  const manyFields = Array.from(
    { length: 300_000 },
    (_, index) => `<F${index}>${"y".repeat(60)}</F${index}>`,
  );
  const wide = `<Document><VENDVENDORGROUPENTITY>${manyFields.join("")}</VENDVENDORGROUPENTITY></Document>`;
  expect((await load(wide)).log).toContain("a value is too large");
});

test("rows that do not fit go to an error file of the same format", async () => {
  const long = 'long & "quoted" <tag>'.repeat(10);
  const escaped = long.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const rows = [element("R1", "fits"), element("R2-IS-MUCH-TOO-LONG", escaped), element("R3", "fits")];
  const { status, counts, id, log } = await load(`<Document>${rows.join("")}</Document>`);
  expect([status, counts]).toEqual(["PartiallySucceeded", [3, 2, 2]]);
  expect(log).toContain("DMF2018 1 of 3 rows; first row 2, field VENDORGROUPID");
  const parameters = { executionId: id, entityName: "Vendor groups" };
  const url = String(await client().value("GetImportStagingErrorFileUrl", parameters));
  const file = await (await fetch(url)).text();
  expect(file.match(/<VENDVENDORGROUPENTITY>/g)).toHaveLength(1);
  // The file can be sent again: it fails on the same row for the same reason, and on nothing else.
  const again = await load(file);
  expect(again.counts).toEqual([1, 0, 0]);
  expect(again.log).toContain("field VENDORGROUPID");
});

test("Pascal case and unmapped fields are settings", async () => {
  const own = await sandboxForTest({ xmlEntityNames: "pascal", unmappedFileColumns: "ignore" });
  const record = good.replaceAll("VENDVENDORGROUPENTITY", "VendVendorGroupEntity");
  const text = `<Document>${record.replace("</VendV", "<NEW>y</NEW></VendV")}</Document>`;
  expect(await load(text, { own })).toMatchObject({ status: "Succeeded", counts: [1, 1, 1] });
});

test("the real package definition of customer definitions imports a file made for it", async () => {
  expect(mappedFields.length).toBeGreaterThan(90);
  const customer = (account: string, values: Readonly<Record<string, string>> = {}): string => {
    const all: Record<string, string> = {
      CUSTOMERACCOUNT: account,
      CUSTOMERGROUPID: "10",
      NAME: `Customer ${account}`,
      SALESCURRENCYCODE: "EUR",
      ...values,
    };
    const attributes = mappedFields.map((name) => `${name}="${all[name] ?? ""}"`);
    return `<CUSTCUSTOMERBASEENTITY ${attributes.join(" ")} />`;
  };
  const records = [customer("C1"), customer("C2"), customer("C3", { CUSTOMERGROUPID: "none" })];
  const files: [string, Buffer][] = [];
  for (const name of ["Manifest.xml", "PackageHeader.xml"]) {
    files.push([name, await readFile(path.join(fixtures, name))]);
  }
  files.push(["CUSTCUSTOMERBASEENTITY.xml", Buffer.from(`<Document>${records.join("\n")}</Document>`)]);
  const { id, status } = await client().load(await zip(files));
  expect(status).toBe("PartiallySucceeded");
  expect(await client().details(id)).toMatchObject([
    { EntityName: "Customer definitions", StagingRecordsCreatedCount: 3, TargetRecordsCreatedCount: 2 },
  ]);
  expect(await client().value("GetExecutionErrors", { executionId: id })).toContain('"RecordId":"C3"');
});
