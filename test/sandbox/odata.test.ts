import fc from "fast-check";
import { expect, test } from "vitest";
import { ActionRefused } from "../../src/sandbox/action-refused.ts";
import { compileFilter } from "../../src/sandbox/odata-filter.ts";
import { buildPackage } from "./package-builder.ts";
import { refusal, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox();
const columns = new Set(["Name", "Count", "Open"]);
const row = { Name: "Müller's", Count: 7, Open: true };

test.each([
  ["Name eq 'Müller''s'", true],
  ["Name eq 'MÜLLER''S '", true],
  ["Name ne 'x'", true],
  ["Count gt 6 and Count le 7", true],
  ["Count lt 7 or Open eq true", true],
  ["not (Count eq 7)", false],
  ["Count eq 1 or Count eq 2 and Open eq true", false],
  ["(Count eq 7 or Count eq 2) and Open eq false", false],
  ["Name eq Microsoft.Dynamics.DataEntities.NoYes'Müller''s'", true],
  ["Name eq 7", false],
  ["Name eq null", false],
])("$filter %s", (filter, expected) => {
  expect(compileFilter(filter, columns)(row)).toBe(expected);
});

test.each([
  "",
  "Name",
  "Name eq",
  "Name is 'x'",
  "Colour eq 'x'",
  "Name eq 'x",
  "(Name eq 'x'",
  "Name eq 'x' Name",
  "constructor eq 'x'",
  "Name constructor 'x'",
])("a filter that makes no sense is refused: %s", (filter) => {
  expect(() => compileFilter(filter, columns)).toThrow(ActionRefused);
});

test("any text as a filter either compiles or is refused", () => {
  fc.assert(
    fc.property(fc.string(), (filter) => {
      try {
        expect(typeof compileFilter(filter, columns)(row)).toBe("boolean");
      } catch (error) {
        expect(error).toBeInstanceOf(ActionRefused);
      }
    }),
  );
});

test("a quoted literal finds exactly its value, whatever it holds", () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const filter = `Name eq '${name.replaceAll("'", "''")}'`;
      expect(compileFilter(filter, columns)({ Name: name })).toBe(true);
      expect(compileFilter(filter, columns)({ Name: `${name}x` })).toBe(false);
    }),
  );
});

test("job details have the documented columns", async () => {
  const { id } = await client().load(
    await buildPackage({ label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ["10"]] }),
  );
  const [detail] = await client().rows(`/data/DataManagementExecutionJobDetails?$filter=JobId eq '${id}'`);
  expect(detail).toMatchObject({
    ExecutionUnit: 1,
    LevelInExecutionUnit: 1,
    SequenceInLevel: 1,
    RunBusinessLogic: "Yes",
    RunBusinessValidation: "Yes",
    ExecuteTargetStep: "Yes",
    FirstRowIsHeader: "Yes",
    SourceFormat: "CSV-Unicode",
    FilePath: "g.csv",
    TargetEndDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
  });
  const project = String(detail?.["DefinitionGroupId"]);
  const query = `$filter=DefinitionGroupId eq '${project}'&$select=JobId`;
  expect(await client().rows(`/data/DataManagementExecutionJobDetails?${query}`)).toEqual([{ JobId: id }]);
});

test("sets can be counted, ordered, cut and narrowed", async () => {
  const query =
    "$count=true&$orderby=CurrencyCode desc&$top=2&$skip=1&$select=CurrencyCode&$filter=CurrencyCode lt 'EUR'";
  const answer = await client().get(`/data/Currencies?${query}`);
  expect(JSON.parse(answer.text)).toEqual({
    "@odata.context": `${client().sandbox.url}/data/$metadata#Currencies`,
    "@odata.count": 7,
    value: [{ CurrencyCode: "CZK" }, { CurrencyCode: "CNY" }],
  });
});

test("a page has 10,000 rows and a link to the next one", async () => {
  const rows = Array.from({ length: 10_005 }, (_, index) => [`P${String(index).padStart(5, "0")}`]);
  await client().load(
    await buildPackage({ label: "Vendor groups", file: "g.csv", rows: [["VENDORGROUPID"], ...rows] }),
    { legalEntityId: "DEMF" },
  );
  const query = "cross-company=true&$filter=dataAreaId eq 'DEMF'&$select=VendorGroupId";
  const first = JSON.parse((await client().get(`/data/VendorGroups?${query}`)).text) as Record<
    string,
    unknown
  >;
  expect(first["value"]).toHaveLength(10_000);
  const next = String(first["@odata.nextLink"]).slice(client().sandbox.url.length);
  const second = JSON.parse((await client().get(next)).text) as Record<string, unknown>;
  expect(second["value"]).toHaveLength(5);
  expect(second).not.toHaveProperty("@odata.nextLink");
});

test.each(["$top=x", "$select=Nothing", "$orderby=Nothing", "$filter=Nothing eq 1"])(
  "%s is refused",
  async (query) => {
    const answer = await client().get(`/data/Currencies?${query}`);
    expect(answer.status).toBe(400);
    expect(refusal(answer)).not.toBe("");
  },
);

test("SQL in keys and filters is data", async () => {
  const evil = "x'); DROP TABLE target_row; --";
  await client().load(
    await buildPackage({ label: "Terms of payment", file: "t.csv", rows: [["NAME"], [evil]] }),
  );
  const filter = encodeURIComponent(`Name eq '${evil.replaceAll("'", "''")}'`);
  expect(await client().rows(`/data/PaymentTerms?$filter=${filter}`)).toHaveLength(1);
});

test("an unknown set is 404", async () => {
  expect((await client().get("/data/Nothing")).status).toBe(404);
  expect((await client().get("/data/constructor")).status).toBe(404);
});
