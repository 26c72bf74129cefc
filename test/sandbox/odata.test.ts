import { expect, test } from "vitest";
import { ODataTestClient, withoutEtag } from "./odata-client.ts";
import { buildPackage } from "./package-builder.ts";
import { refusal, sandboxForTest, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox();
let shared: ODataTestClient | undefined;
const odata = (): ODataTestClient => (shared ??= new ODataTestClient(client()));

test("sets can be counted, ordered, cut and narrowed", async () => {
  const query =
    "$count=true&$orderby=CurrencyCode desc&$top=2&$skip=1&$select=CurrencyCode&$filter=CurrencyCode lt 'EUR'";
  const { value, ...rest } = await odata().json(`/data/Currencies?${query}`);
  expect(rest).toEqual({
    "@odata.context": `${client().sandbox.url}/data/$metadata#Currencies(CurrencyCode)`,
    "@odata.count": 7,
  });
  expect((value as Record<string, unknown>[]).map(withoutEtag)).toEqual([
    { CurrencyCode: "CZK" },
    { CurrencyCode: "CNY" },
  ]);
});

test("values have the types of their properties", async () => {
  await odata().create("/data/ExchangeRates", {
    RateTypeName: "Default",
    FromCurrency: "EUR",
    ToCurrency: "USD",
    StartDate: "2024-02-01T00:00:00Z",
    Rate: 108.25,
  });
  const [rate] = await odata().rows("/data/ExchangeRates?$filter=Rate gt 108 and Rate lt 109");
  expect(rate).toMatchObject({
    RateTypeName: "Default",
    StartDate: "2024-02-01T00:00:00Z",
    Rate: 108.25,
  });
  const [euro] = await odata().rows("/data/Currencies?$filter=CurrencyCode eq 'EUR'");
  expect(euro).toMatchObject({
    GeneralRoundingRule: 0,
    ReferenceCurrencyForTriangulation: "No",
    RoundingMethodPrices: "Ordinary",
    Symbol: "",
  });
});

test("an entity is addressed by all fields of its key, in any order", async () => {
  for (const key of [
    "dataAreaId='usmf',VendorGroupId='K1'",
    "VendorGroupId='k1 ',dataAreaId='USMF'",
    "VendorGroupId=%27K1%27,dataAreaId=%27usmf%27",
  ]) {
    if (!(await odata().rows("/data/VendorGroups?$filter=VendorGroupId eq 'K1'")).length) {
      await odata().create("/data/VendorGroups", { VendorGroupId: "K1", Description: "By key" });
    }
    expect(await odata().json(`/data/VendorGroups(${key})`)).toMatchObject({
      "@odata.context": `${client().sandbox.url}/data/$metadata#VendorGroups/$entity`,
      "@odata.etag": expect.stringMatching(/^W\/".+"$/) as string,
      dataAreaId: "usmf",
      Description: "By key",
    });
  }
  expect((await odata().json("/data/Currencies('EUR')"))["Name"]).toBe("Euro");
  expect(await odata().json("/data/Currencies('EUR')?$select=Name")).not.toHaveProperty("CurrencyCode");
});

test("keys of numbers and dates find their entity", async () => {
  await odata().create("/data/ExchangeRates", {
    RateTypeName: "Average",
    FromCurrency: "EUR",
    ToCurrency: "GBP",
    StartDate: "2024-03-01T00:00:00Z",
    Rate: 0.85,
  });
  const key = "RateTypeName='Average',FromCurrency='EUR',ToCurrency='GBP',StartDate=2024-03-01T00:00:00Z";
  expect((await odata().json(`/data/ExchangeRates(${key})`))["Rate"]).toBe(0.85);
});

test.each([
  ["/data/VendorGroups(VendorGroupId='K1')", 400, "number of keys"],
  ["/data/VendorGroups('K1')", 400, "number of keys"],
  ["/data/VendorGroups(dataAreaId='usmf',Colour='K1')", 400, "VendorGroupId"],
  ["/data/VendorGroups(dataAreaId='usmf',VendorGroupId='K1'", 404, "No HTTP resource"],
  ["/data/VendorGroups(dataAreaId='usmf',VendorGroupId=)", 400, "syntax"],
  ["/data/VendorGroups(dataAreaId='usmf',VendorGroupId=7)", 400, "type"],
  ["/data/VendorGroups(dataAreaId='usmf',VendorGroupId='no such')", 404, "not found"],
  ["/data/VendorGroups(dataAreaId='demf',VendorGroupId='K1')", 404, "not found"],
  ["/data/Currencies('EUR')/Name", 404, "No HTTP resource"],
  ["/data/Nothing", 404, "No HTTP resource"],
  ["/data/currencies", 404, "No HTTP resource"],
  ["/data/constructor", 404, "No HTTP resource"],
  ["/data/Currencies?$top=x", 400, "$top"],
  ["/data/Currencies?$top=-1", 400, "$top"],
  ["/data/Currencies?$count=yes", 400, "$count"],
  ["/data/Currencies?$select=Nothing", 400, "'Nothing' on type 'Microsoft.Dynamics.DataEntities.Currency'"],
  ["/data/Currencies?$orderby=Nothing", 400, "'Nothing'"],
  ["/data/Currencies?$orderby=Name down", 400, "Syntax error"],
  ["/data/Currencies?$filter=name eq 'x'", 400, "'name'"],
  ["/data/Currencies?$search=x", 400, "$search"],
  ["/data/Currencies?$top=1&$top=2", 400, "more than once"],
  ["/data/Currencies?$expand=Nothing", 400, "'Nothing'"],
])("%s is refused with %i", async (target, status, words) => {
  const answer = await odata().get(target);
  expect(answer.status).toBe(status);
  expect(refusal(answer)).toContain(words);
});

test("the number of rows is plain text behind a byte order mark", async () => {
  const answer = await fetch(`${client().sandbox.url}/data/Currencies/$count?$filter=CurrencyCode lt 'EUR'`, {
    headers: { authorization: `Bearer ${await client().token()}` },
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.toString("hex")).toBe(`efbbbf${Buffer.from("7").toString("hex")}`);
  expect(answer.headers.get("content-type")).toContain("text/plain");
});

test("a page has 10,000 rows and a link to the next one", async () => {
  const rows = Array.from({ length: 10_005 }, (_, index) => [`P${String(index).padStart(5, "0")}`]);
  await client().load(
    await buildPackage({ label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ...rows] }),
    { legalEntityId: "DEMF" },
  );
  const query = "cross-company=true&$filter=dataAreaId eq 'DEMF'&$select=VendorGroupId";
  const first = await odata().json(`/data/VendorGroups?${query}`);
  expect(first["value"]).toHaveLength(10_000);
  const next = String(first["@odata.nextLink"]).slice(client().sandbox.url.length);
  const second = await odata().json(next);
  expect(second["value"]).toHaveLength(5);
  expect(second).not.toHaveProperty("@odata.nextLink");
});

test("pages follow each other in the order that was asked for, every row once", async () => {
  const small = await sandboxForTest({ odataPageRows: 7 });
  const reader = new ODataTestClient(small);
  const seen: unknown[] = [];
  let target: string | undefined = "/data/Currencies?$orderby=Symbol&$select=CurrencyCode&$top=18";
  while (target !== undefined) {
    const page: Record<string, unknown> = await reader.json(target);
    seen.push(...(page["value"] as Record<string, unknown>[]).map((row) => row["CurrencyCode"]));
    target = (page["@odata.nextLink"] as string | undefined)?.slice(small.sandbox.url.length);
  }
  expect(seen).toHaveLength(18);
  expect(new Set(seen).size).toBe(18);
});

test("only the default company is seen unless the request crosses companies", async () => {
  await odata().create("/data/VendorGroups", { dataAreaId: "demf", VendorGroupId: "X1" });
  await odata().create("/data/VendorGroups", { VendorGroupId: "X1" });
  const filter = "$filter=VendorGroupId eq 'X1'&$select=dataAreaId";
  expect(await odata().rows(`/data/VendorGroups?${filter}`)).toEqual([{ dataAreaId: "usmf" }]);
  expect(await odata().rows(`/data/VendorGroups?cross-company=true&${filter}`)).toEqual([
    { dataAreaId: "demf" },
    { dataAreaId: "usmf" },
  ]);
  expect(
    (await odata().get("/data/VendorGroups(dataAreaId='demf',VendorGroupId='X1')?cross-company=true")).status,
  ).toBe(200);
});

test("expansions follow the references of the catalogue one level, both ways", async () => {
  await odata().create("/data/VendorGroups", { VendorGroupId: "E1", Description: "Expanded" });
  for (const account of ["E-1", "E-2"]) {
    await odata().create("/data/VendorsV2", {
      VendorAccountNumber: account,
      VendorOrganizationName: account,
      VendorGroupId: "E1",
      CurrencyCode: "EUR",
    });
  }
  await odata().create("/data/VendorGroups", { dataAreaId: "demf", VendorGroupId: "E1" });
  const up = await odata().rows(
    "/data/VendorsV2?$filter=VendorGroupId eq 'E1'&$select=VendorAccountNumber&$expand=VendorGroup($select=Description),Currency($select=Name)",
  );
  expect(up).toMatchObject([
    { VendorAccountNumber: "E-1", VendorGroup: { Description: "Expanded" }, Currency: { Name: "Euro" } },
    { VendorAccountNumber: "E-2", VendorGroup: { Description: "Expanded" }, Currency: { Name: "Euro" } },
  ]);
  const down = await odata().rows(
    "/data/VendorGroups?cross-company=true&$filter=VendorGroupId eq 'E1'&$select=dataAreaId&$expand=VendorsV2($select=VendorAccountNumber)",
  );
  expect(down).toMatchObject([
    { dataAreaId: "demf", VendorsV2: [] },
    {
      dataAreaId: "usmf",
      VendorsV2: [{ VendorAccountNumber: "E-1" }, { VendorAccountNumber: "E-2" }],
    },
  ]);
  const deeper = await odata().get("/data/VendorsV2?$expand=VendorGroup($expand=PaymentTerm)");
  expect(deeper.status).toBe(400);
});

test("SQL in keys, filters and orders is data", async () => {
  const evil = "x'); DROP TABLE target_row; --";
  await client().load(
    await buildPackage({ label: "Terms of payment", file: "t.csv", rows: [["NAME"], [evil]] }),
  );
  const quoted = encodeURIComponent(evil.replaceAll("'", "''"));
  expect(await odata().rows(`/data/PaymentTerms?$filter=Name eq '${quoted}'`)).toHaveLength(1);
  expect((await odata().json(`/data/PaymentTerms(dataAreaId='usmf',Name='${quoted}')`))["Name"]).toBe(evil);
  for (const query of [
    "$orderby=Name;DROP TABLE target_row",
    "$orderby=(SELECT 1)",
    "$select=1 UNION SELECT 2",
    "$filter=Name eq 'x' UNION SELECT 1",
    "$filter=1 eq 1) OR (1 eq 1",
    "$expand=VendorsV2(SELECT)",
    "$top=1;DROP TABLE target_row",
  ]) {
    expect((await odata().get(`/data/PaymentTerms?${encodeURI(query)}`)).status).toBe(400);
  }
  expect(await odata().rows("/data/Currencies?$top=1")).toHaveLength(1);
});

test("the service document lists the sets", async () => {
  const { value } = await odata().json("/data");
  expect(value).toContainEqual({ name: "VendorsV2", kind: "EntitySet", url: "VendorsV2" });
  expect((await odata().get("/data/")).status).toBe(200);
});

test("without a token nothing is told", async () => {
  for (const target of ["/data/Currencies", "/data/$metadata", "/metadata/DataEntities", "/data"]) {
    expect((await fetch(`${client().sandbox.url}${target}`)).status).toBe(401);
  }
});

test("unsupported methods are refused", async () => {
  expect((await odata().call("DELETE", "/data/Currencies")).status).toBe(405);
  expect((await odata().call("POST", "/data/DataManagementExecutionJobs", {})).status).toBe(405);
  expect((await odata().call("PATCH", "/data/DataManagementExecutionJobs('x')", {})).status).toBe(405);
});
