import { expect, test } from "vitest";
import { buildPackage, packageFiles, zip, type TestEntity } from "./package-builder.ts";
import { refusal, sandboxForTest, sharedSandbox } from "./sandbox-client.ts";
import { sheet, workbook } from "./workbook-builder.ts";

const client = sharedSandbox(
  { executionErrorsJson: "escaped" },
  {
    legalEntities: ["FRRT"],
    referenceData: {
      "Vendor groups": { "*": [{ VENDORGROUPID: "TRADE" }], FRRT: [{ VENDORGROUPID: "ONLYFR" }] },
    },
    rules: [
      {
        entity: "Vendors V2",
        when: { ADDRESSCOUNTRYREGIONID: "DEU", ADDRESSZIPCODE: { matches: "^(?!\\d{5}$)" } },
        field: "ADDRESSZIPCODE",
        message: "ZIP/postal code '{ADDRESSZIPCODE}' is not valid in Germany.",
      },
    ],
  },
);

const header = ["VENDORACCOUNTNUMBER", "VENDORORGANIZATIONNAME", "VENDORGROUPID", "CURRENCYCODE"];

function vendors(rows: readonly (readonly string[])[], columns: readonly string[] = header): TestEntity {
  return { label: "Vendors V2", file: "vendors.csv", rows: [columns, ...rows] };
}

function lines(message: string): string[] {
  return message.trim().split("\r\n ");
}

test("missing and unknown values are named as F&O names them, all of a record in one message", async () => {
  const rows = [
    ["T1", "Good", "TRADE", "EUR"],
    ["T2", "No group", "", "EUR"],
    ["T3", "Two faults", "NOGROUP", "XXX"],
    ["", "No key", "TRADE", "EUR"],
  ];
  const { id, status } = await client().load(await buildPackage(vendors(rows)));
  expect(status).toBe("PartiallySucceeded");
  const errors = await client().errors(id);
  expect(errors.map(({ RecordId, ErrorMessage }) => [RecordId, lines(ErrorMessage)])).toEqual([
    ["T2", ["Field 'Vendor group' must be filled in", "Validations failed while writing entity record"]],
    [
      "T3",
      [
        "The value 'XXX' in field 'Currency code' is not found in the related table 'Currencies'",
        "The value 'NOGROUP' in field 'Vendor group' is not found in the related table 'Vendor groups'",
        "Validations failed while writing entity record",
      ],
    ],
    [
      "",
      ["Field 'Vendor account number' must be filled in", "Validations failed while writing entity record"],
    ],
  ]);
  expect(
    errors.every(({ ErrorMessage }) => ErrorMessage.startsWith("\n ") && ErrorMessage.endsWith("\r\n")),
  ).toBe(true);
  expect(await client().details(id)).toMatchObject([
    {
      StagingStatus: "Finished",
      TargetStatus: "Error",
      StagingRecordsCreatedCount: 4,
      TargetRecordsCreatedCount: 1,
    },
  ]);
});

test("a second import updates by key, blanks and case aside, and leaves other fields alone", async () => {
  await client().load(await buildPackage(vendors([["U1", "First", "TRADE", "EUR"]])));
  const change = vendors([[" u1 ", "Second"]], ["VENDORACCOUNTNUMBER", "VENDORORGANIZATIONNAME"]);
  const { id, status } = await client().load(await buildPackage(change));
  expect(status).toBe("Succeeded");
  expect(await client().details(id)).toMatchObject([
    { TargetRecordsCreatedCount: 0, TargetRecordsUpdatedCount: 1 },
  ]);
  expect(await client().rows("/data/VendorsV2?$filter=VendorAccountNumber eq 'U1'")).toMatchObject([
    { VendorOrganizationName: "Second", VendorGroupId: "TRADE", dataAreaId: "usmf" },
  ]);
});

test("the same key in another legal entity is another record, and references stay inside it", async () => {
  const content = await buildPackage(vendors([["C1", "In France", "ONLYFR", "EUR"]]));
  expect((await client().load(content, { legalEntityId: "FRRT" })).status).toBe("Succeeded");
  expect((await client().load(content, { legalEntityId: "USMF" })).status).toBe("Failed");
  expect(await client().rows("/data/VendorsV2?$filter=VendorAccountNumber eq 'C1'")).toEqual([]);
  expect(
    await client().rows("/data/VendorsV2?cross-company=true&$filter=VendorAccountNumber eq 'C1'"),
  ).toHaveLength(1);
});

test("a rule of the team's set-up refuses what only business logic knows", async () => {
  const columns = [...header, "ADDRESSCOUNTRYREGIONID", "ADDRESSZIPCODE"];
  const rows = [
    ["B1", "Good", "TRADE", "EUR", "DEU", "10115"],
    ["B2", "Bad", "TRADE", "EUR", "DEU", "ABC"],
    ["B3", "Elsewhere", "TRADE", "EUR", "GBR", "ABC"],
  ];
  const { id } = await client().load(await buildPackage(vendors(rows, columns)));
  const errors = await client().errors(id);
  expect(errors.map(({ RecordId, ErrorMessage }) => [RecordId, lines(ErrorMessage)[0]])).toEqual([
    ["B2", "ZIP/postal code 'ABC' is not valid in Germany."],
  ]);
});

test("a customer that is an organization needs its name", async () => {
  await client().load(
    await buildPackage({ label: "Customer groups", file: "g.csv", rows: [["CUSTOMERGROUPID"], ["CG"]] }),
  );
  const columns = [
    "CUSTOMERACCOUNT",
    "CUSTOMERGROUPID",
    "SALESCURRENCYCODE",
    "PARTYTYPE",
    "ORGANIZATIONNAME",
  ];
  const rows = [
    columns,
    ["K1", "CG", "EUR", "Organization", ""],
    ["K2", "CG", "EUR", "", ""],
    ["K3", "CG", "EUR", "Person", ""],
    ["K4", "CG", "EUR", "Organization", "Named"],
  ];
  const { id } = await client().load(await buildPackage({ label: "Customers V3", file: "c.csv", rows }));
  const errors = await client().errors(id);
  expect(errors.map(({ RecordId, ErrorMessage }) => [RecordId, lines(ErrorMessage)[0]])).toEqual([
    ["K1", "Field 'Organization name' must be filled in"],
    ["K2", "Field 'Organization name' must be filled in"],
  ]);
});

test("a record id of several fields is joined by the separator", async () => {
  const rows = [
    ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"],
    ["Default", "EUR", "QQQ", "2024-01-01 00:00:00", "1.5"],
    ["Nothing", "EUR", "USD", "2024-01-01 00:00:00", "1.5"],
  ];
  const content = await buildPackage({ label: "Exchange rates", file: "r.csv", rows });
  const { id } = await client().load(content);
  expect((await client().errors(id)).map(({ RecordId }) => RecordId)).toEqual([
    "Default,EUR,QQQ,2024-01-01 00:00:00",
    "Nothing,EUR,USD,2024-01-01 00:00:00",
  ]);
  const own = await sandboxForTest({ keySeparator: "+", executionErrorsJson: "escaped" });
  const other = await own.load(content);
  expect((await own.errors(other.id))[0]?.RecordId).toBe("Default+EUR+QQQ+2024-01-01 00:00:00");
});

test("shared records belong to all legal entities", async () => {
  const content = await buildPackage({
    label: "Currencies",
    file: "c.csv",
    rows: [["CURRENCYCODE"], ["TTT"]],
  });
  await client().load(content, { legalEntityId: "DEMF" });
  expect((await client().load(await buildPackage(vendors([["D1", "x", "TRADE", "TTT"]])))).status).toBe(
    "Succeeded",
  );
});

const groupsThenVendors = (
  group: { unit: number; level: number; sequence: number },
  elements = {},
): TestEntity[] => [
  { ...vendors([["O1", "x", "ORDER1", "EUR"]]), unit: 1, level: 2, sequence: 2 },
  {
    label: "Vendor groups",
    file: "g.csv",
    rows: [
      ["VENDORGROUPID", "DEFAULTPAYMENTTERMNAME"],
      ["ORDER1", "Net30"],
    ],
    ...group,
    elements,
  },
];

test("entities go by unit, level and sequence, not by their place in the package", async () => {
  const rowsOf = async (group: { unit: number; level: number; sequence: number }): Promise<string> => {
    const own = await sandboxForTest();
    return (await own.load(await buildPackage(...groupsThenVendors(group)))).status;
  };
  expect(await rowsOf({ unit: 1, level: 1, sequence: 9 })).toBe("Succeeded");
  expect(await rowsOf({ unit: 1, level: 2, sequence: 1 })).toBe("Succeeded");
  expect(await rowsOf({ unit: 1, level: 2, sequence: 3 })).toBe("PartiallySucceeded");
});

test("an entity that fails stops the rest of its unit when it says so", async () => {
  const rows = [
    ["VENDORGROUPID", "DEFAULTPAYMENTTERMNAME"],
    ["FAIL1", "No such term"],
  ];
  const failing = (elements: Record<string, string>): TestEntity[] => [
    { label: "Vendor groups", file: "g.csv", rows, level: 1, elements },
    { ...vendors([["F1", "x", "TRADE", "EUR"]]), level: 2 },
  ];
  const flag = "<FailExecutionUnitOnError>true</FailExecutionUnitOnError>";
  const stopped = await client().load(await buildPackage(...failing({ FailExecutionUnitOnError: flag })));
  expect((await client().details(stopped.id)).map(({ TargetStatus }) => TargetStatus)).toEqual([
    "Error",
    "NotRun",
  ]);
  expect(stopped.status).toBe("Failed");
  const going = await client().load(await buildPackage(...failing({})));
  expect((await client().details(going.id)).map(({ TargetStatus }) => TargetStatus)).toEqual([
    "Error",
    "Finished",
  ]);
  expect(going.status).toBe("PartiallySucceeded");
});

test("an entity that fails stops the rest of its level alone when it says so, also when its file is at fault", async () => {
  const flag = { FailLevelOnError: "<FailLevelOnError>true</FailLevelOnError>" };
  const failing: TestEntity = {
    label: "Vendor groups",
    file: "g.csv",
    rows: [["VENDORGROUPID"], ["FL1"], ["FL1"]],
    sequence: 1,
    elements: flag,
  };
  const currency = (code: string, more: Partial<TestEntity>): TestEntity => ({
    label: "Currencies",
    file: "c.csv",
    rows: [["CURRENCYCODE"], [code]],
    ...more,
  });
  const targets = async (...entities: readonly TestEntity[]): Promise<string[]> => {
    const { id } = await client().load(await buildPackage(...entities));
    return (await client().details(id)).map(({ TargetStatus }) => TargetStatus);
  };
  expect(await targets(failing, currency("FLA", { sequence: 2 }))).toEqual(["NotRun", "NotRun"]);
  expect(await targets(failing, currency("FLB", { level: 2 }))).toEqual(["NotRun", "Finished"]);
  expect(await targets(currency("FLC", { sequence: 0 }), failing)).toEqual(["Finished", "NotRun"]);
  expect(await targets(failing, currency("FLD", { unit: 2 }))).toEqual(["NotRun", "Finished"]);
});

test("one package holds entities in different formats", async () => {
  const files = packageFiles([
    { label: "Currencies", file: "c.csv", rows: [["CURRENCYCODE"], ["MIX"]] },
    {
      label: "Vendor groups",
      file: "g.xml",
      rows: [["VENDORGROUPID"]],
      format: "XML-Attribute",
      level: 2,
    },
    { ...vendors([]), file: "v.xlsx", format: "EXCEL", level: 3 },
  ]);
  files.set("g.xml", Buffer.from('<Document><VENDVENDORGROUPENTITY VENDORGROUPID="MIX" /></Document>'));
  files.set("v.xlsx", await workbook({ sheets: { Sheet1: sheet([header, ["MIX1", "x", "MIX", "MIX"]]) } }));
  const { id, status } = await client().load(await zip(files));
  expect(status).toBe("Succeeded");
  expect((await client().details(id)).map((row) => row.TargetRecordsCreatedCount)).toEqual([1, 1, 1]);
});

test("a switched-off entity takes no part", async () => {
  const elements = { Disable: "<Disable>true</Disable>" };
  const { id } = await client().load(
    await buildPackage({ ...vendors([["X1", "x", "TRADE", "EUR"]]), elements }),
  );
  expect(await client().details(id)).toEqual([]);
});

test("sales lines without a lot id are numbered by the environment", async () => {
  const customers = ["CUSTOMERACCOUNT", "CUSTOMERGROUPID", "SALESCURRENCYCODE", "ORGANIZATIONNAME"];
  const orders = [
    "SALESORDERNUMBER",
    "ORDERINGCUSTOMERACCOUNTNUMBER",
    "INVOICECUSTOMERACCOUNTNUMBER",
    "REQUESTEDSHIPPINGDATE",
  ];
  const columns = ["SALESORDERNUMBER", "ITEMNUMBER", "REQUESTEDSHIPPINGDATE", "ORDEREDSALESQUANTITY"];
  const { status, id } = await client().load(
    await buildPackage(
      { label: "Customer groups", file: "g.csv", rows: [["CUSTOMERGROUPID"], ["SO"]], level: 1 },
      { label: "Customers V3", file: "c.csv", rows: [customers, ["SOC", "SO", "EUR", "Name"]], level: 2 },
      {
        label: "Sales order headers V2",
        file: "h.csv",
        rows: [orders, ["SO1", "SOC", "SOC", "2024-05-01"]],
        level: 3,
      },
      {
        label: "Sales order lines V2",
        file: "l.csv",
        rows: [
          columns,
          ["SO1", "1000", "2024-05-01", "2"],
          ["SO1", "1000", "2024-05-01", "2"],
          ["SO2", "1000", "2024-05-01", "1"],
        ],
        level: 4,
      },
    ),
  );
  expect(status).toBe("PartiallySucceeded");
  expect((await client().details(id)).map((row) => row.TargetRecordsCreatedCount)).toEqual([1, 1, 1, 2]);
  const written = await client().rows("/data/SalesOrderLines?$filter=SalesOrderNumber eq 'SO1'");
  expect(written.map((row) => row["InventoryLotId"])).toEqual(["LOT-00000001", "LOT-00000002"]);
  const [error] = await client().errors(id);
  expect(error?.RecordId).toBe("");
  expect(error?.ErrorMessage).toContain(
    "The value 'SO2' in field 'Sales order number' is not found in the related table",
  );
});

test("the target step of a long import lets other requests in", async () => {
  const rows = Array.from({ length: 5000 }, (_, index) => [`L${index}`, "x", "TRADE", "EUR"]);
  const answer = await client().importPackage(await buildPackage(vendors(rows)), { executionId: "long" });
  expect(answer.status).toBe(200);
  const early = await client().action("GetExecutionSummaryStatus", { executionId: "long" });
  expect(refusal(early)).toContain("Execution details were not found");
  expect(await client().ended("long")).toBe("Succeeded");
  expect(await client().details("long")).toMatchObject([{ TargetRecordsCreatedCount: 5000 }]);
});
