import fc from "fast-check";
import { expect, test } from "vitest";
import { readEntity } from "../../src/sandbox/odata-body.ts";
import { jobDetails } from "../../src/sandbox/job-details.ts";
import { ODataTestClient } from "./odata-client.ts";
import { buildPackage } from "./package-builder.ts";
import { refusal, sandboxForTest, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox(
  {},
  {
    fieldSizes: { "Vendor groups": { DESCRIPTION: 20 } },
    rules: [
      {
        entity: "Vendor groups",
        when: { DESCRIPTION: "forbidden" },
        field: "DESCRIPTION",
        message: "The description '{DESCRIPTION}' is forbidden.",
      },
    ],
  },
);
let shared: ODataTestClient | undefined;
const odata = (): ODataTestClient => (shared ??= new ODataTestClient(client()));
const groups = "/data/VendorGroups";
const group = (id: string): string => `${groups}(dataAreaId='usmf',VendorGroupId='${id}')`;

test("POST answers with the whole entity and where it stands", async () => {
  const answer = await odata().call("POST", groups, {
    "@odata.type": "#Microsoft.Dynamics.DataEntities.VendorGroup",
    dataAreaId: "usmf",
    VendorGroupId: "W 1/ä",
    Description: "Written",
    DefaultPaymentTermName: null,
  });
  expect(answer.status).toBe(201);
  const entity = JSON.parse(answer.text) as Record<string, unknown>;
  expect(entity).toMatchObject({
    "@odata.context": `${client().sandbox.url}/data/$metadata#VendorGroups/$entity`,
    "@odata.etag": answer.headers.get("etag"),
    dataAreaId: "usmf",
    VendorGroupId: "W 1/ä",
    Description: "Written",
    DefaultPaymentTermName: "",
  });
  const location = answer.headers.get("location") ?? "";
  expect(location.startsWith(`${client().sandbox.url}/data/VendorGroups(`)).toBe(true);
  const read = await odata().json(location.slice(client().sandbox.url.length));
  expect(read).toEqual(entity);
});

test("PATCH and PUT change what they name, DELETE removes", async () => {
  await odata().create(groups, { VendorGroupId: "P1", Description: "before" });
  expect((await odata().call("PATCH", group("P1"), { Description: "after" })).status).toBe(204);
  expect(await odata().json(group("P1"))).toMatchObject({ Description: "after" });
  expect((await odata().call("PUT", group("p1"), { DefaultPaymentTermName: "Net30" })).status).toBe(204);
  expect(await odata().json(group("P1"))).toMatchObject({
    Description: "after",
    DefaultPaymentTermName: "Net30",
  });
  const gone = await odata().call("DELETE", group("P1"));
  expect([gone.status, gone.text]).toEqual([204, ""]);
  expect((await odata().get(group("P1"))).status).toBe(404);
});

test("a row that is not there, or in another company, cannot be changed", async () => {
  await odata().create(groups, { dataAreaId: "demf", VendorGroupId: "OTHER" });
  const other = `${groups}(dataAreaId='demf',VendorGroupId='OTHER')`;
  for (const [method, target] of [
    ["PATCH", group("no such")],
    ["DELETE", group("no such")],
    ["PATCH", other],
  ] as const) {
    const answer = await odata().call(method, target, method === "PATCH" ? { Description: "x" } : undefined);
    expect([answer.status, refusal(answer)]).toEqual([
      400,
      "No resources were found when selecting for update.",
    ]);
  }
  const crossing = await odata().call("PATCH", `${other}?cross-company=true`, { Description: "x" });
  expect(crossing.status).toBe(204);
});

test("an etag that has changed refuses the write", async () => {
  const created = await odata().create(groups, { VendorGroupId: "ETAG", Description: "1" });
  const etag = String(created["@odata.etag"]);
  const patch = (match: string, text: string) =>
    odata().call("PATCH", group("ETAG"), { Description: text }, { "if-match": match });
  expect((await patch(etag, "2")).status).toBe(204);
  expect((await patch(etag, "3")).status).toBe(412);
  expect((await patch("*", "4")).status).toBe(204);
  expect(await odata().json(group("ETAG"))).toMatchObject({ Description: "4" });
});

test("a row that is there already is refused in the observed words", async () => {
  await odata().create(groups, { VendorGroupId: "TWICE" });
  const answer = await odata().call("POST", groups, { VendorGroupId: "twice " });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({
    error: {
      message: "An error has occurred.",
      innererror: {
        message:
          "Write failed for table row of type 'VendVendorGroupEntity'. Infolog: Info: Cannot create a record in Vendor groups (VendVendorGroupEntity). Vendor group: twice .\nThe record already exists..",
        type: "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException",
      },
    },
  });
});

test("the business refuses what it refuses from an import, all problems at once", async () => {
  const vendor = {
    VendorAccountNumber: "BAD1",
    VendorOrganizationName: "Bad",
    CurrencyCode: "XXX",
    VendorGroupId: "",
  };
  const answer = await odata().call("POST", "/data/VendorsV2", vendor);
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toBe(
    "Write failed for table row of type 'VendVendorV2Entity'. Infolog: Warning: Field 'Vendor group' must be filled in.; " +
      "Warning: The value 'XXX' in field 'Currency code' is not found in the related table 'Currencies'.; " +
      "Warning: validateWrite failed on data source 'VendVendorV2Entity (VendVendorV2Entity)'.",
  );
  const { id } = await client().load(
    await buildPackage({
      label: "Vendors V2",
      file: "v.csv",
      rows: [
        ["VENDORACCOUNTNUMBER", "VENDORORGANIZATIONNAME", "CURRENCYCODE", "VENDORGROUPID"],
        ["BAD1", "Bad", "XXX", ""],
      ],
    }),
  );
  // The inner JSON of GetExecutionErrors is malformed by default: it is compared as text.
  const imported = String(await client().value("GetExecutionErrors", { executionId: id }));
  for (const problem of [
    "Field 'Vendor group' must be filled in",
    "'XXX' in field 'Currency code' is not found",
  ]) {
    expect(imported).toContain(problem);
  }
});

test.each([
  [{ VendorGroupId: "R1", Description: "forbidden" }, "The description 'forbidden' is forbidden."],
  [{ VendorGroupId: "R2", Description: "x".repeat(21) }, "longer than the 20 characters"],
  [{ Description: "no key" }, "Field 'Vendor group' must be filled in"],
  [{ VendorGroupId: "R3", dataAreaId: "nope" }, "'nope' in field 'Company' is not found"],
  [{ VendorGroupId: "R4", DefaultPaymentTermName: "Never" }, "'Never'"],
  [
    { VendorGroupId: "R5", Colour: "red" },
    "The property 'Colour' does not exist on type 'Microsoft.Dynamics",
  ],
  [{ VendorGroupId: "R6", description: "x" }, "The property 'description' does not exist"],
  [{ VendorGroupId: 7 }, "expected type 'Edm.String'"],
  [[], "not a JSON object"],
  ["{", "not valid JSON"],
  ["7", "not a JSON object"],
  ["", "not valid JSON"],
])("POST %j is refused: %s", async (body, words) => {
  const answer = await odata().call("POST", groups, body);
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(words);
});

test("a refused change leaves the row as it was", async () => {
  await odata().create(groups, { VendorGroupId: "KEEP", Description: "kept" });
  for (const body of [
    { Description: "forbidden" },
    { VendorGroupId: "MOVED" },
    { dataAreaId: "demf" },
    { VendorGroupId: "" },
    { Nothing: 1 },
  ]) {
    expect((await odata().call("PATCH", group("KEEP"), body)).status).toBe(400);
  }
  expect(await odata().json(group("KEEP"))).toMatchObject({ Description: "kept", VendorGroupId: "KEEP" });
});

test.each([
  [{ Rate: "1.5" }, "Edm.Decimal"],
  [{ StartDate: "31.12.2024" }, "Edm.DateTimeOffset"],
  [{ StartDate: "1899-12-31T00:00:00Z" }, "Edm.DateTimeOffset"],
  [{ Rate: 12345678901234567 }, "too large"],
  [{ Rate: 1e300 }, "Rate"],
])("a value of the wrong type is refused: %j", async (value, words) => {
  const rate = {
    RateTypeName: "Default",
    FromCurrency: "EUR",
    ToCurrency: "CHF",
    StartDate: "2024-01-01T00:00:00Z",
    Rate: 1,
  };
  const answer = await odata().call("POST", "/data/ExchangeRates", { ...rate, ...value });
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toContain(words);
});

test("an unknown member of an enum is refused", async () => {
  const answer = await odata().call("PATCH", "/data/Currencies('EUR')", { RoundingMethodPrices: "Sideways" });
  expect(answer.status).toBe(400);
  expect(refusal(answer)).toBe("Requested value 'Sideways' was not found.");
});

test("numbers keep all their digits on the way in and out", async () => {
  const body =
    '{"RateTypeName":"Budget","FromCurrency":"EUR","ToCurrency":"JPY","StartDate":"2024-01-01T00:00:00Z","Rate":1234567890123456.12345678901234567}';
  const answer = await odata().call("POST", "/data/ExchangeRates", body);
  expect(answer.text).toContain('"Rate":1234567890123456.12345678901234567');
  const read = await odata().get("/data/ExchangeRates?$filter=RateTypeName eq 'Budget'");
  expect(read.text).toContain('"Rate":1234567890123456.12345678901234567');
});

test("numbers with an exponent are the same numbers without it", () => {
  const property = jobDetails.properties.get("ExecutionUnit");
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }), (number) => {
      fc.pre(Math.abs(number) > 1e-20 || number === 0);
      const text = number.toExponential();
      const values = readEntity(jobDetails, Buffer.from(`{"ExecutionUnit":${text}}`));
      const written = property === undefined ? undefined : values.get(property);
      expect(Number(written) - number).toBe(0);
      expect(written).toMatch(/^-?\d+(\.\d+)?$/);
    }),
  );
});

test("the environment numbers what it numbers", async () => {
  await odata().create("/data/CustomerGroups", { CustomerGroupId: "NUM" });
  await odata().create("/data/CustomersV3", {
    CustomerAccount: "NUM",
    CustomerGroupId: "NUM",
    SalesCurrencyCode: "EUR",
    OrganizationName: "Numbered",
  });
  await odata().create("/data/SalesOrderHeadersV2", {
    SalesOrderNumber: "SO-NUM",
    OrderingCustomerAccountNumber: "NUM",
    InvoiceCustomerAccountNumber: "NUM",
    RequestedShippingDate: "2024-05-01T00:00:00Z",
  });
  await odata().create("/data/ProductsV2", {
    ProductNumber: "NUM",
    ProductType: "Item",
    ProductSubType: "Product",
  });
  await odata().create("/data/ReleasedProductsV2", { ItemNumber: "NUM", ProductNumber: "NUM" });
  const line = await odata().create("/data/SalesOrderLines", {
    SalesOrderNumber: "SO-NUM",
    ItemNumber: "NUM",
    RequestedShippingDate: "2024-05-01T00:00:00Z",
  });
  expect(line["InventoryLotId"]).toMatch(/^LOT-\d{8}$/);
  const [header] = await odata().rows(
    "/data/SalesOrderHeadersV2?$filter=SalesOrderNumber eq 'SO-NUM'&$expand=SalesOrderLines($select=ItemNumber)&$select=SalesOrderNumber",
  );
  expect(header).toMatchObject({ SalesOrderNumber: "SO-NUM", SalesOrderLines: [{ ItemNumber: "NUM" }] });
});

test("the status of a refused write is a setting", async () => {
  const other = new ODataTestClient(await sandboxForTest({ writeFailedStatus: 500 }));
  expect((await other.call("POST", groups, { Description: "no key" })).status).toBe(500);
  expect((await other.call("POST", groups, { Nothing: 1 })).status).toBe(400);
});

test("an import updates what was written through OData", async () => {
  await odata().create(groups, { VendorGroupId: "SHARED", Description: "by OData" });
  await client().load(
    await buildPackage({
      label: "Vendor groups",
      file: "g.csv",
      rows: [
        ["VENDORGROUPID", "DESCRIPTION"],
        ["SHARED", "by import"],
      ],
    }),
  );
  expect(await odata().json(group("SHARED"))).toMatchObject({ Description: "by import" });
});
