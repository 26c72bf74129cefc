import { expect, test } from "vitest";
import { buildPackage, csv, packageFiles, utf16, zip, type TestEntity } from "./package-builder.ts";
import { sandboxForTest, send, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox(
  { sourceFormats: { "CSV-UTF8": { codePage: 65001, delimiter: ";" } } },
  { fieldSizes: { "Vendor groups": { DESCRIPTION: 12 } } },
);

function currencies(...rows: readonly (readonly string[])[]): TestEntity {
  return { label: "Currencies", file: "currencies.csv", rows };
}

async function fileProblem(entity: TestEntity, content?: Buffer): Promise<string> {
  const files = packageFiles([entity]);
  if (content !== undefined) files.set(entity.file, content);
  const { id, status } = await client().load(await zip(files));
  expect(status).toBe("Failed");
  expect(await client().value("GetExecutionErrors", { executionId: id })).toBe("[]");
  const parameters = { executionId: id, entityName: entity.label };
  expect(await client().value("GetImportStagingErrorFileUrl", parameters)).toBe("");
  expect(await client().value("GenerateImportTargetErrorKeysFile", parameters)).toBe(false);
  expect(await client().details(id)).toMatchObject([
    {
      StagingStatus: "Error",
      TargetStatus: "NotRun",
      StagingRecordsCreatedCount: 0,
      TargetRecordsCreatedCount: 0,
    },
  ]);
  return client().sandbox.executionLog(id).join("\n");
}

const good = [
  ["CURRENCYCODE", "NAME"],
  ["AAA", "One"],
  ["AAB", "Two"],
];

test("a UTF-8 file in CSV-Unicode", async () => {
  expect(await fileProblem(currencies(...good), Buffer.from(csv(good)))).toContain(
    "Selected file is not Unicode",
  );
  const half = utf16(csv(good)).subarray(0, -1);
  expect(await fileProblem(currencies(...good), half)).toContain("Selected file is not Unicode");
});

test("an empty file and one without rows", async () => {
  expect(await fileProblem(currencies(...good), Buffer.alloc(0))).toContain("DMF2053");
  expect(await fileProblem(currencies(["CURRENCYCODE", "NAME"]))).toContain("DMF2053");
});

test("a mapped field that is not in the file", async () => {
  expect(await fileProblem({ ...currencies(...good), fields: ["CURRENCYCODE", "NAME", "SYMBOL"] })).toContain(
    "DMF2060",
  );
  const lower = good.map((row, index) => (index === 0 ? ["CurrencyCode", "Name"] : row));
  expect(await fileProblem({ ...currencies(...lower), fields: ["CURRENCYCODE", "NAME"] })).toContain(
    "DMF1966 There are field(s), which are not mapped to Entity Currencies",
  );
});

test("a file without its header row", async () => {
  const fields = ["CURRENCYCODE", "NAME"];
  expect(await fileProblem({ ...currencies(...good.slice(1)), fields })).toContain("FF004");
  const blank = utf16(`\r\n${csv(good)}`);
  expect(await fileProblem(currencies(...good), blank)).toContain("FF004");
  const twice = currencies(["CURRENCYCODE", "NAME", "NAME"], ["AAE", "x", "y"]);
  expect(await fileProblem({ ...twice, fields })).toContain("FF004");
});

test("another delimiter than that of the format", async () => {
  const semicolons = utf16(csv(good).replaceAll(",", ";"));
  expect(await fileProblem(currencies(...good), semicolons)).toContain("DMF1999");
});

test("a file of another type", async () => {
  const entity = { ...currencies(...good), format: "CSV-UTF8" };
  expect(await fileProblem(entity, Buffer.from("<Document></Document>\r\n"))).toContain("DMF1855");
  expect(await fileProblem(entity, await zip([["a.txt", Buffer.from("x")]]))).toContain("DMF1855");
});

test("a setting makes one bad row refuse the file, with the code of its fault", async () => {
  const own = await sandboxForTest({ invalidRows: "refuse-file" });
  const log = async (entity: TestEntity): Promise<string> => {
    const { id, status } = await own.load(await buildPackage(entity));
    expect(status).toBe("Failed");
    expect(
      await own.value("GetImportStagingErrorFileUrl", { executionId: id, entityName: entity.label }),
    ).toBe("");
    return own.sandbox.executionLog(id).join();
  };
  expect(await log(currencies(["CURRENCYCODE"], ["AAF"], ["TOOLONG"]))).toContain("DMF2018");
  expect(await log(currencies(["CURRENCYCODE", "NAME"], ["AAF"]))).toContain("DMF2050");
  const rates = ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"];
  const rows = [rates, ["Default", "EUR", "USD", "31.12.2024", "1"]];
  expect(await log({ label: "Exchange rates", file: "r.csv", rows })).toContain(
    "DMF2016 The value is not a valid date and time. (row 1, field STARTDATE)",
  );
});

test("a data file that is missing fails its entity alone when the check is off", async () => {
  const own = await sandboxForTest({ inputFileCheck: false });
  const groups: TestEntity = {
    label: "Vendor groups",
    file: "groups.csv",
    rows: [["VENDORGROUPID"], ["M1"]],
  };
  const files = packageFiles([currencies(...good), groups]);
  files.delete("currencies.csv");
  const { id, status } = await own.load(await zip(files));
  expect(status).toBe("PartiallySucceeded");
  expect(own.sandbox.executionLog(id)).toEqual([
    "Currencies: DMF1966 The file 'currencies.csv' is not in the package.",
  ]);
});

test("a column that is not mapped is refused, or ignored by a setting", async () => {
  const entity = { ...currencies(...good), fields: ["CURRENCYCODE"] };
  expect(await fileProblem(entity)).toContain("DMF2022");
  const own = await sandboxForTest({ unmappedFileColumns: "ignore" });
  expect((await own.load(await buildPackage(entity))).status).toBe("Succeeded");
});

test("a duplicate key fails the whole entity: blanks and case do not matter", async () => {
  const rows = [["VENDORGROUPID"], ["Dup"], ["Other"], [" dUP "]];
  const entity: TestEntity = { label: "Vendor groups", file: "groups.csv", rows };
  expect(await fileProblem(entity)).toContain("DMF1959");
});

test("a key of several fields is a duplicate only as a whole", async () => {
  const header = ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"];
  const rows = [
    header,
    ["Default", "EUR", "USD", "2024-01-01 00:00:00", "110.5"],
    ["Default", "EUR", "USD", "2024-02-01 00:00:00", "110.5"],
    ["Default", "USD", "EUR", "2024-01-01 00:00:00", "90.5"],
  ];
  const entity: TestEntity = { label: "Exchange rates", file: "rates.csv", rows };
  expect((await client().load(await buildPackage(entity))).status).toBe("Succeeded");
  // The same day in another notation is the same key once it is a date.
  const again = { ...entity, rows: [...rows, ["Default", "EUR", "USD", "1/1/2024", "1"]] };
  expect(await fileProblem(again)).toContain("DMF1959");
});

test("a quote that is never closed", async () => {
  const text = 'CURRENCYCODE,NAME\r\nAAC,"open\r\nAAD,x\r\n';
  expect(await fileProblem(currencies(...good), utf16(text))).toContain("DMF2018");
});

test("rows that do not fit go to the staging error file, in the format of the input", async () => {
  const rows = [
    ["VENDORGROUPID", "DESCRIPTION"],
    ["S1", "fits"],
    ["S2-IS-MUCH-TOO-LONG", "key too long"],
    ["S3", 'longer than here, with "quotes"'],
    ["S4", "fits too"],
  ];
  const { id, status } = await client().load(
    await buildPackage({ label: "Vendor groups", file: "groups.csv", rows }),
  );
  expect(status).toBe("PartiallySucceeded");
  expect(await client().details(id)).toMatchObject([
    {
      StagingStatus: "Error",
      TargetStatus: "Finished",
      StagingRecordsToBeProcessedCount: 4,
      StagingRecordsCreatedCount: 2,
      TargetRecordsCreatedCount: 2,
    },
  ]);
  expect(await client().errors(id)).toEqual([]);
  const parameters = { executionId: id, entityName: "Vendor groups" };
  const url = String(await client().value("GetImportStagingErrorFileUrl", parameters));
  expect(new URL(url).searchParams.get("sp")).toBe("r");
  const file = Buffer.from(await (await fetch(url)).arrayBuffer());
  expect(file.equals(utf16(csv([rows[0] ?? [], rows[2] ?? [], rows[3] ?? []])))).toBe(true);
  expect(
    (await send(url, { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "x" })).status,
  ).toBe(403);
});

test("a row with more or fewer columns than the header is a bad row", async () => {
  const text = "CURRENCYCODE,NAME\r\nABA,One\r\nABB\r\nABC,Three,3\r\n\r\nABD,Four\r\n";
  const files = packageFiles([currencies(...good)]);
  files.set("currencies.csv", utf16(text));
  const { id } = await client().load(await zip(files));
  expect(await client().details(id)).toMatchObject([
    { StagingRecordsToBeProcessedCount: 5, StagingRecordsCreatedCount: 2, TargetRecordsCreatedCount: 2 },
  ]);
  const url = String(
    await client().value("GetImportStagingErrorFileUrl", { executionId: id, entityName: "Currencies" }),
  );
  const file = new TextDecoder("utf-16le").decode(await (await fetch(url)).arrayBuffer());
  expect(file).toBe("CURRENCYCODE,NAME\r\nABB\r\nABC,Three,3\r\n\r\n");
});

test("only bad rows: nothing is written", async () => {
  const rows = [["CURRENCYCODE"], ["TOOLONG"], ["LONGER"]];
  const { id, status } = await client().load(await buildPackage(currencies(...rows)));
  expect(status).toBe("Failed");
  const url = await client().value("GetImportStagingErrorFileUrl", {
    executionId: id,
    entityName: "Currencies",
  });
  expect(url).not.toBe("");
});

test("a format that the environment has set up is read: UTF-8, semicolon", async () => {
  const files = packageFiles([{ ...currencies(...good), format: "CSV-UTF8" }]);
  files.set("currencies.csv", Buffer.from("CURRENCYCODE;NAME\r\nACA;Zürich\r\n"));
  const { id } = await client().load(await zip(files));
  expect(await client().details(id)).toMatchObject([{ TargetRecordsCreatedCount: 1 }]);
  expect(await client().rows("/data/Currencies?$filter=CurrencyCode eq 'ACA'")).toMatchObject([
    { Name: "Zürich" },
  ]);
});

test("values with delimiters, quotes and line breaks arrive as they are", async () => {
  const text = 'Semi;colon, comma "quoted"\r\nsecond line\t€ 漢字 😀';
  await client().load(await buildPackage(currencies(["CURRENCYCODE", "NAME"], ["ADA", text])));
  expect(await client().rows("/data/Currencies?$filter=CurrencyCode eq 'ADA'")).toMatchObject([
    { Name: text },
  ]);
});

test("a map can convert, default and generate values", async () => {
  const conversion = (source: string, staging: string, isDefault = false): string =>
    `<EntityFieldConversion><FieldType>String</FieldType><IsDefault>${isDefault}</IsDefault>` +
    `<Source><StrValue>${source}</StrValue></Source><Staging><StrValue>${staging}</StrValue></Staging></EntityFieldConversion>`;
  const map = (field: string, inside: string, xmlField = field): string =>
    `<EntityMap><EntityField>${field}</EntityField>${inside}<XMLField>${xmlField}</XMLField></EntityMap>`;
  const generated = map("VENDORGROUPID", "<IsAutoGenerated>true</IsAutoGenerated>", "");
  const conversions = `${conversion("A", "Alpha")}${conversion("", "None", true)}`;
  const converted = map(
    "DESCRIPTION",
    `<EntityFieldConversionList>${conversions}</EntityFieldConversionList>`,
  );
  const elements = { EntityMapList: `<EntityMapList>${generated}${converted}</EntityMapList>` };
  const rows = [["DESCRIPTION"], ["A"], ["B"], [""], ["A"]];
  const content = await buildPackage({ label: "Vendor groups", file: "g.csv", rows, elements });
  expect((await client().load(content, { legalEntityId: "DAT" })).status).toBe("Succeeded");
  const records = await client().rows("/data/VendorGroups?cross-company=true&$filter=dataAreaId eq 'dat'");
  expect(records.map((row) => [row["VendorGroupId"], row["Description"]])).toEqual([
    ["000001", "Alpha"],
    ["000002", "B"],
    ["000003", "None"],
    ["000004", "Alpha"],
  ]);
});
