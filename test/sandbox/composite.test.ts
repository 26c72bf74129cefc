import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { buildPackage, entityMap, packageFiles, zip, type TestEntity } from "./package-builder.ts";
import { refusal, sandboxForTest, sharedSandbox, type Answer, type SandboxClient } from "./sandbox-client.ts";

const label = "Sales orders composite V4";
const headers = "Sales order headers V2";
const lines = "Sales order lines V2";

const setup = {
  referenceData: {
    "Customer groups": { "*": [{ CUSTOMERGROUPID: "10" }] },
    "Customers V3": { "*": [{ CUSTOMERACCOUNT: "C1" }] },
  },
};
const client = sharedSandbox({}, setup);

const headerFields = [
  "SALESORDERNUMBER",
  "ORDERINGCUSTOMERACCOUNTNUMBER",
  "INVOICECUSTOMERACCOUNTNUMBER",
  "REQUESTEDSHIPPINGDATE",
];
const lineFields = ["SALESORDERNUMBER", "ITEMNUMBER", "REQUESTEDSHIPPINGDATE", "ORDEREDSALESQUANTITY"];

function elements(name: string, values: Readonly<Record<string, string>>, inside = ""): string {
  const fields = Object.entries(values).map(([field, value]) => `<${field}>${value}</${field}>`);
  return `<${name}>${fields.join("")}${inside}</${name}>`;
}

function line(quantity: string, more: Readonly<Record<string, string>> = {}): string {
  return elements("SALESORDERLINEV2ENTITY", {
    ITEMNUMBER: "1000",
    REQUESTEDSHIPPINGDATE: "2024-05-01",
    ORDEREDSALESQUANTITY: quantity,
    ...more,
  });
}

function order(number: string, orderLines: readonly string[], customer = "C1"): string {
  const values = {
    SALESORDERNUMBER: number,
    ORDERINGCUSTOMERACCOUNTNUMBER: customer,
    INVOICECUSTOMERACCOUNTNUMBER: customer,
    REQUESTEDSHIPPINGDATE: "2024-05-01",
  };
  return elements("SALESORDERHEADERV2ENTITY", values, orderLines.join(""));
}

/** A manifest with one entry for the composite entity. */
const oneEntry: TestEntity = {
  label,
  file: "orders.xml",
  rows: [[]],
  format: "XML-Element",
  elements: { EntityMapList: "" },
};

function memberEntry(member: string, fields: readonly string[]): TestEntity {
  const maps = fields.map((field) => entityMap(field)).join("");
  const own = { EntityMapList: `<EntityMapList>${maps}</EntityMapList>` };
  return { label: member, file: "orders.xml", rows: [[]], format: "XML-Element", elements: own };
}

const entryPerEntity = [oneEntry, memberEntry(headers, headerFields), memberEntry(lines, lineFields)];

async function projectOf(own: SandboxClient): Promise<string> {
  const definitionGroupId = randomUUID();
  const rows = [["CURRENCYCODE"], ["EUR"]];
  await own.load(await buildPackage({ label: "Currencies", file: "c.csv", rows }), { definitionGroupId });
  return definitionGroupId;
}

async function importOrders(
  document: string,
  entries: readonly TestEntity[] = [oneEntry],
  own = client(),
): Promise<Answer> {
  const files = packageFiles(entries);
  files.set("orders.xml", Buffer.from(document));
  return own.importPackage(await zip(files), {
    definitionGroupId: await projectOf(own),
    executionId: randomUUID(),
    overwrite: false,
  });
}

async function load(
  document: string,
  entries?: readonly TestEntity[],
  own = client(),
): Promise<{ id: string; status: string; log: string; counts: (readonly [string, number, number])[] }> {
  const answer = await importOrders(document, entries, own);
  if (answer.status !== 200) throw new Error(refusal(answer));
  const { value: id } = JSON.parse(answer.text) as { value: string };
  const status = await own.ended(id);
  const details = await own.details(id);
  return {
    id,
    status,
    log: own.sandbox.executionLog(id).join("\n"),
    counts: details.map(
      (row) => [row.EntityName, row.StagingRecordsCreatedCount, row.TargetRecordsCreatedCount] as const,
    ),
  };
}

test.each([
  ["one entry for the composite entity", "A", [oneEntry]],
  ["one more entry for each entity in it", "B", entryPerEntity],
])("orders with their lines, by %s", async (_what, prefix, entries) => {
  // A composite file whose lines name no order: with a map the field would have to be in the file.
  const number = (index: number): string => `${prefix}${index}`;
  const own = (index: number): Record<string, string> =>
    prefix === "B" ? { SALESORDERNUMBER: number(index) } : {};
  const orders = [
    order(number(1), [line("1", own(1)), line("2", own(1))]),
    order(number(2), ["<SALESORDERLINEV2ENTITY/>"]),
    order(number(3), [line("3", own(3))]),
  ];
  const { status, counts } = await load(`<Document>${orders.join("\n")}</Document>`, entries);
  expect(status).toBe("Succeeded");
  expect(counts).toEqual([
    [headers, 3, 3],
    [lines, 3, 3],
  ]);
  const filter = `$filter=SalesOrderNumber eq '${number(1)}' or SalesOrderNumber eq '${number(3)}'`;
  const written = await client().rows(`/data/SalesOrderLines?${filter}&$orderby=InventoryLotId`);
  expect(written.map((row) => [row["SalesOrderNumber"], row["OrderedSalesQuantity"]])).toEqual([
    [number(1), 1],
    [number(1), 2],
    [number(3), 3],
  ]);
});

test("fields as attributes", async () => {
  const document =
    '<Document><SALESORDERHEADERV2ENTITY SALESORDERNUMBER="D1" ORDERINGCUSTOMERACCOUNTNUMBER="C1" ' +
    'INVOICECUSTOMERACCOUNTNUMBER="C1" REQUESTEDSHIPPINGDATE="2024-05-01">' +
    '<SALESORDERLINEV2ENTITY ITEMNUMBER="1000" REQUESTEDSHIPPINGDATE="2024-05-01" /></SALESORDERHEADERV2ENTITY></Document>';
  const { status, counts } = await load(document, [{ ...oneEntry, format: "XML-Attribute" }]);
  expect(status).toBe("Succeeded");
  expect(counts).toEqual([
    [headers, 1, 1],
    [lines, 1, 1],
  ]);
});

test("a failed header fails its lines, and only those", async () => {
  const orders = [
    order("F1", [line("1"), line("2")]),
    order("F2", [line("1"), line("2")], "NOBODY"),
    order("F3", [line("1")]),
    // Too long for its field: this one does not even reach staging.
    order("F4-IS-A-NUMBER-MUCH-TOO-LONG", [line("1")]),
  ];
  const { id, status, counts } = await load(`<Document>${orders.join("")}</Document>`);
  expect(status).toBe("PartiallySucceeded");
  expect(counts).toEqual([
    [headers, 3, 2],
    [lines, 6, 3],
  ]);
  const errors = await client().value("GetExecutionErrors", { executionId: id });
  expect(String(errors).match(/was not written because the record it belongs to/g)).toHaveLength(3);
  expect(await client().rows("/data/SalesOrderLines?$filter=SalesOrderNumber eq 'F2'")).toEqual([]);
});

test("a failed line leaves its header and the other lines", async () => {
  const orders = [order("G1", [line("1"), line("many"), line("1", { ITEMNUMBER: "NOTHING" })])];
  const { id, status, counts, log } = await load(`<Document>${orders.join("")}</Document>`);
  expect(status).toBe("PartiallySucceeded");
  expect(counts).toEqual([
    [headers, 1, 1],
    [lines, 2, 1],
  ]);
  const channel = async (entityName: string): Promise<string> =>
    String(await client().value("GetImportStagingErrorFileUrl", { executionId: id, entityName }));
  expect(await channel(headers)).toBe("");
  const file = await (await fetch(await channel(lines))).text();
  expect(file).toContain("<ORDEREDSALESQUANTITY>many</ORDEREDSALESQUANTITY>");
  expect(file.match(/<SALESORDERLINEV2ENTITY>/g)).toHaveLength(1);
  expect(log).toContain(`${lines}: DMF2018 1 of 3 rows; first row 2, field ORDEREDSALESQUANTITY`);
});

test("a file without any element of an embedded entity is refused as a whole, or taken by a setting", async () => {
  const document = `<Document>${order("H1", [])}</Document>`;
  const refused = await load(document);
  expect(refused.status).toBe("Failed");
  expect(refused.log).toContain("MAP011 Xml node not found");
  expect(refused.counts).toEqual([
    [headers, 0, 0],
    [lines, 0, 0],
  ]);
  const own = await sandboxForTest({ compositeWithoutChild: "accept" });
  const taken = await load(document, [oneEntry], own);
  expect(taken.counts.map(([, staged]) => staged)).toEqual([1, 0]);
});

test("what is wrong with the file is wrong for all its entities", async () => {
  for (const [document, log] of [
    [`<Document>${order("I1", [line("1")])}`, "DMF1830"],
    ["", "DMF1830"],
    [`<Document>${order("I2", [line("1")])}${order("i2 ", [line("1")])}</Document>`, "DMF1959"],
    [`<Document>${order("I3", [line("a\u0001b")])}</Document>`, "DMF2055"],
  ] as const) {
    const result = await load(document);
    expect(result).toMatchObject({ status: "Failed", log: expect.stringContaining(log) as string });
    expect(result.counts.map(([, staged, created]) => [staged, created])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  }
});

test.each([
  [
    "lines beside the orders",
    `<Document>${order("J1", [line("1")])}${line("2")}</Document>`,
    "SALESORDERLINEV2ENTITY",
  ],
  [
    "an order in an order",
    `<Document>${order("J2", [order("J3", [])])}</Document>`,
    "SALESORDERHEADERV2ENTITY",
  ],
])("%s: refused at once", async (_what, document, element) => {
  const answer = await importOrders(document);
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(`A DataTable named '${element}' already belongs to this DataSet`);
});

const groups: TestEntity = { label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ["K"]] };

test.each([
  ["another entity beside it", [oneEntry, groups], "only one composite data entity"],
  ["some of its entities", [oneEntry, memberEntry(headers, headerFields)], "DMF1961"],
  ["a text format", [{ ...oneEntry, format: "CSV-Unicode" }], "DMF1963"],
  [
    "a field the entity does not have",
    [oneEntry, memberEntry(headers, ["NOFIELD"]), memberEntry(lines, lineFields)],
    "the mapping is incorrect for entity Sales order headers V2 and field NOFIELD",
  ],
])("%s: refused", async (_what, entries, text) => {
  const answer = await importOrders(`<Document>${order("K1", [line("1")])}</Document>`, entries);
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(text);
});

test("a setting narrows the shapes of the manifest to one", async () => {
  const document = `<Document>${order("L1", [line("1", { SALESORDERNUMBER: "L1" })])}</Document>`;
  const one = await sandboxForTest({ compositeManifest: "one-entry" });
  expect(refusal(await importOrders(document, entryPerEntity, one))).toContain("DMF1961");
  expect((await importOrders(document, [oneEntry], one)).status).toBe(200);
  const per = await sandboxForTest({ compositeManifest: "entry-per-entity" });
  expect(refusal(await importOrders(document, [oneEntry], per))).toContain("DMF1961");
  expect((await importOrders(document, entryPerEntity, per)).status).toBe(200);
});

test("without the target step the nested records stay in staging", async () => {
  const files = packageFiles([oneEntry]);
  files.set("orders.xml", Buffer.from(`<Document>${order("M1", [line("1")])}</Document>`));
  const definitionGroupId = await projectOf(client());
  const { id, status } = await client().load(await zip(files), {
    definitionGroupId,
    overwrite: false,
    execute: false,
  });
  expect(status).toBe("Succeeded");
  expect(await client().details(id)).toMatchObject([
    { StagingRecordsCreatedCount: 1, TargetStatus: "NotRun" },
    { StagingRecordsCreatedCount: 1, TargetStatus: "NotRun" },
  ]);
});
