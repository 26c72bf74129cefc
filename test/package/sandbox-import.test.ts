import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entityFileFormat, type FormatOptions } from "../../src/package/choose-format.ts";
import { defaultConversion } from "../../src/package/field-conversion.ts";
import type { FieldMapping } from "../../src/package/field-map.ts";
import { PackageWriter, type PackageEntity } from "../../src/package/package-writer.ts";
import { sharedSandbox } from "../sandbox/sandbox-client.ts";
import { sampleOptions, schemaOf } from "./sample-package.ts";

// The sandbox reads packages with its own code, so what it finds in ours is no echo of our own idea of the format.
const client = sharedSandbox({
  sourceFormats: {
    "CSV-UTF8": { codePage: 65001, delimiter: "," },
    Bars: { codePage: 1200, delimiter: "|" },
  },
});

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-sandbox-import-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface EntityRows extends PackageEntity {
  readonly rows: readonly (readonly string[])[];
}

function entity(
  label: string,
  fields: readonly FieldMapping[],
  rows: readonly (readonly string[])[],
  format: FormatOptions,
  sequence = 1,
): EntityRows {
  const place = { executionUnit: 1, level: 1, sequence };
  return { schema: schemaOf(label), fields, ...place, format: entityFileFormat(format), rows };
}

async function load(entities: readonly EntityRows[], attachment?: string) {
  const [first, ...rest] = entities;
  if (first === undefined) throw new Error("a package has an entity");
  const { fileName, project, description } = sampleOptions(folder);
  const writer = await PackageWriter.open({ folder, fileName, project, description, ...first });
  for (const row of first.rows) await writer.write(row);
  for (const next of rest) {
    await writer.nextEntity(next);
    for (const row of next.rows) await writer.write(row);
  }
  if (attachment !== undefined) await writer.attach({ path: attachment });
  const { path: file } = await writer.close();
  const { id, status } = await client().load(readFileSync(file));
  return { id, status, log: client().sandbox.executionLog(id).join("\n") };
}

const formats: FormatOptions[] = [
  { name: "CSV-Unicode" },
  { name: "CSV-UTF8" },
  { name: "CSV-UTF8", byteOrderMark: true },
  { name: "Bars", encoding: "utf-16le", delimiter: "|" },
  { name: "XML-Element" },
  { name: "XML-Attribute" },
];

const descriptions = [
  "plain",
  'quotes " and , ; | : delimiters',
  "<markup> & ]]> &amp;",
  "two\r\nlines\tand a tab",
  "Größe 😀",
  "",
];

test.each(formats.map((format, index) => ({ index, ...format })))(
  "a package in $name is imported, value by value",
  async ({ index, ...format }) => {
    const rows = descriptions.map((text, row) => [`G${index}${row}`, text]);
    const { status, log, id } = await load([
      entity("Vendor groups", ["VENDORGROUPID", "DESCRIPTION"], rows, format),
    ]);
    expect(log).not.toContain("DMF");
    expect(status).toBe("Succeeded");
    expect(await client().errors(id)).toEqual([]);
    const found = await client().rows(
      `/data/VendorGroups?$filter=${encodeURIComponent(`VendorGroupId ge 'G${index}' and VendorGroupId le 'G${index}9'`)}&$orderby=VendorGroupId`,
    );
    expect(found.map((row) => row["Description"])).toEqual(descriptions);
  },
);

test.each(formats)(
  "numbers, dates, enums and empty values in $name arrive as what they are",
  async (format) => {
    const rows = [
      ["Default", "EUR", "USD", "2026-01-31", "1.0825"],
      ["Default", "EUR", "GBP", "2026-02-28T00:00:00", "0.8501"],
    ];
    const fields = ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"];
    const currencies = [
      ["EUR", "Euro", "Yes", ""],
      ["USD", "Dollar", "No", "0.01"],
      ["GBP", "Pound", "", "0.05"],
    ];
    const { status, log, id } = await load([
      entity(
        "Currencies",
        ["CURRENCYCODE", "NAME", "REFERENCECURRENCYFORTRIANGULATION", "ROUNDINGRULEFIXEDASSETDEPRECIATION"],
        currencies,
        format,
      ),
      entity("Exchange rates", fields, rows, format, 2),
    ]);
    expect(log).not.toContain("DMF");
    expect(await client().errors(id)).toEqual([]);
    expect(status).toBe("Succeeded");
    const details = await client().details(id);
    expect(details.map((detail) => [detail.EntityName, detail.StagingRecordsCreatedCount])).toEqual([
      ["Currencies", 3],
      ["Exchange rates", 2],
    ]);
    const found = await client().rows("/data/ExchangeRates?$orderby=ToCurrency");
    expect(found.map((row) => [row["ToCurrency"], row["StartDate"], row["Rate"]])).toEqual([
      ["GBP", "2026-02-28T00:00:00Z", 0.8501],
      ["USD", "2026-01-31T00:00:00Z", 1.0825],
    ]);
  },
);

test("two entities in formats of their own, an attachment, defaults, and a column of another name", async () => {
  const photo = path.join(folder, "photo.png");
  writeFileSync(photo, "not really a photo");
  const groups = schemaOf("Vendor groups");
  const fields: FieldMapping[] = [
    { field: "VENDORGROUPID", column: "KTOKK" },
    {
      field: "DESCRIPTION",
      autoDefault: true,
      conversions: [defaultConversion(groups, "DESCRIPTION", "From the old ERP")],
    },
  ];
  const { status, log, id } = await load(
    [
      entity("Currencies", ["CURRENCYCODE", "NAME"], [["CHF", "Franken"]], { name: "XML-Attribute" }),
      entity("Vendor groups", fields, [["D1"], ["D2"]], { name: "CSV-Unicode" }, 2),
    ],
    photo,
  );
  expect(log).not.toContain("DMF");
  expect(status).toBe("Succeeded");
  expect((await client().details(id)).map(({ EntityName }) => EntityName)).toEqual([
    "Currencies",
    "Vendor groups",
  ]);
  const found = await client().rows(
    "/data/VendorGroups?$filter=VendorGroupId eq 'D1' or VendorGroupId eq 'D2'",
  );
  expect(found.map((row) => row["Description"])).toEqual(["From the old ERP", "From the old ERP"]);
});

test("an environment without the format says so, which is why its name is a setting", async () => {
  const rows = [["N1", "x"]];
  const loading = load([
    entity("Vendor groups", ["VENDORGROUPID", "DESCRIPTION"], rows, { name: "Not set up" }),
  ]);
  await expect(loading).rejects.toThrow("source data format 'Not set up' does not exist");
});
