import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { dataFileName } from "../../src/package/file-name.ts";
import { PackageWriter } from "../../src/package/package-writer.ts";
import { countMatches, refusedRows, type RefusedRow } from "../../src/rejection/attribution.ts";
import { RejectedIds } from "../../src/rejection/record-ids.ts";

/** A package of these rows, written by our own writer. */
async function packageOf(
  label: string,
  fields: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<{ refused: (ids: RejectedIds) => Promise<RefusedRow[]> }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-attribution-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const schema = EntityCatalogue.builtIn().find(label);
  if (schema === undefined) throw new Error(label);
  const writer = await PackageWriter.open({
    folder,
    fileName: "p.zip",
    project: "p",
    description: "p",
    schema,
    fields,
    executionUnit: 1,
    level: 1,
    sequence: 1,
  });
  for (const row of rows) await writer.write(row);
  await writer.close();
  const packageFile = path.join(folder, "p.zip");
  const dataFile = dataFileName(label, ".csv");
  return {
    refused: async (ids) => {
      const options = { schema, packageFile, dataFile, ids };
      await countMatches(options);
      return await Array.fromAsync(refusedRows(options));
    },
  };
}

const vendorFields = ["VENDORACCOUNTNUMBER", "VENDORORGANIZATIONNAME"];
const vendors = Array.from({ length: 2500 }, (_, index) => [`V${index + 1}`, `Vendor ${index + 1}`]);

describe("an entity with one key field", () => {
  test("its refused rows come in the order of the package, each with all that was said", async () => {
    const { refused } = await packageOf("Vendors V2", vendorFields, vendors);
    const ids = new RejectedIds();
    ids.entry(["V2400"]).messages.push("Field 'Group' must be filled in.");
    ids.entry(["v7 "]).inTargetFile = true;
    ids
      .entry(["V7"])
      .messages.push(
        "The value 'NET99' in field 'Terms' is not found in the related table 'Terms of payment'.",
        "Something of its own.",
      );
    ids.entry(["V1200"]).inStagingFile = true;
    ids.entry(["V1201"]).inTargetFile = true;
    const rows = await refused(ids);
    expect(rows.map(({ row, key, stage, ambiguous }) => [row, key, stage, ambiguous])).toEqual([
      [7, ["V7"], "target", false],
      [1200, ["V1200"], "staging", false],
      [1201, ["V1201"], "target", false],
      [2400, ["V2400"], "target", false],
    ]);
    expect(rows.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual([
      ["DMFP-FNO-REFERENCE", "DMFP-FNO-RULE"],
      ["DMFP-FNO-STAGING"],
      ["DMFP-FNO-NO-REASON"],
      ["DMFP-FNO-MANDATORY"],
    ]);
    expect(rows[0]).toMatchObject({ fields: vendorFields, values: ["V7", "Vendor 7"] });
  });

  test("an id no row has stays without a match, and is not dropped", async () => {
    const { refused } = await packageOf("Vendors V2", vendorFields, vendors.slice(0, 3));
    const ids = new RejectedIds();
    ids.entry(["V2"]).inTargetFile = true;
    ids.entry(["V99"]).messages.push("Who?");
    expect(await refused(ids)).toHaveLength(1);
    expect([...ids.all()].map(({ recordId, matches }) => [recordId, matches])).toEqual([
      ["V2", 1],
      ["V99", 0],
    ]);
  });

  test("nothing was refused: the package is not even read", async () => {
    const { refused } = await packageOf("Vendors V2", vendorFields, []);
    expect(await refused(new RejectedIds())).toEqual([]);
  });
});

describe("an entity with several key fields", () => {
  const fields = ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"];
  const rate = (from: string, to: string, date = "2026-01-01 00:00:00"): string[] => [
    "Default",
    from,
    to,
    date,
    "1",
  ];

  test.each([",", "", "|", "; ", "-"])("its ids are found however F&O joins them (%j)", async (separator) => {
    const rows = [
      rate("EUR", "USD"),
      rate("USD", "EUR"),
      rate("EUR", "GBP"),
      rate("EUR", "USD", "2026-02-01 00:00:00"),
    ];
    const { refused } = await packageOf("Exchange rates", fields, rows);
    const ids = new RejectedIds();
    for (const row of [rows[1], rows[3]]) {
      ids.entry([(row ?? []).slice(0, 4).join(separator)]).messages.push("No.");
    }
    expect((await refused(ids)).map(({ row, ambiguous }) => [row, ambiguous])).toEqual([
      [2, false],
      [4, false],
    ]);
  });

  test("fields from a file and one text from the messages are the same record, said once", async () => {
    const { refused } = await packageOf("Exchange rates", fields, [rate("EUR", "USD"), rate("USD", "EUR")]);
    const ids = new RejectedIds();
    ids.entry(["Default", "EUR", "USD", "2026-01-01 00:00:00"]).inStagingFile = true;
    ids.entry(["Default,EUR,USD,2026-01-01 00:00:00"]).messages.push("Too long.");
    const rows = await refused(ids);
    expect(rows).toMatchObject([
      { row: 1, stage: "staging", reasons: [{ code: "DMFP-FNO-RULE", message: "Too long." }] },
    ]);
  });

  test("a text that fits two rows is shown at both, and said to be ambiguous", async () => {
    const { refused } = await packageOf("Exchange rates", fields, [
      ["A", "B", "C", "D", "1"],
      ["AB", "", "C", "D", "1"],
      ["A", "B", "C", "E", "1"],
    ]);
    const ids = new RejectedIds();
    ids.entry(["ABCD"]).messages.push("Which one?");
    ids.entry(["ABCE"]).messages.push("This one.");
    expect((await refused(ids)).map(({ row, ambiguous }) => [row, ambiguous])).toEqual([
      [1, true],
      [2, true],
      [3, false],
    ]);
  });

  test("one id that fits by chance in another way does not make the others lost", async () => {
    const rows = [
      // Joined with nothing it reads like the second row joined with a hyphen.
      ["Default", "EUR-", "USD", "2026", "1"],
      ["Default", "EUR", "USD", "2026", "1"],
      ["Default", "GBP", "USD", "2026", "1"],
      ["Default", "CHF", "USD", "2026", "1"],
    ];
    const { refused } = await packageOf("Exchange rates", fields, rows);
    const ids = new RejectedIds();
    ids.entry(["DefaultEUR-USD2026"]).messages.push("By chance.");
    ids.entry(["Default-GBP-USD-2026"]).messages.push("No.");
    ids.entry(["Default-CHF-USD-2026"]).messages.push("No.");
    expect((await refused(ids)).map(({ row }) => row)).toEqual(expect.arrayContaining([3, 4]));
  });
});
