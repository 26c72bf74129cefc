import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../src/errors/reason.ts";
import { guardFormula } from "../../src/rejection/formula-guard.ts";
import { RejectionCsvWriter, rejectColumns, type CsvLayout } from "../../src/rejection/rejection-csv.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import { lookupReason, temporaryFolder, vendorRejection } from "./report-fixture.ts";

const vendorColumns = ["LIFNR", "NAME1", "KTOKK", "KLIMK"];

async function written(
  rejections: readonly Rejection[],
  layout: CsvLayout = { columns: vendorColumns, delimiter: ";" },
): Promise<{ folder: string; writer: RejectionCsvWriter }> {
  const folder = path.join(temporaryFolder(), "rejections");
  const writer = new RejectionCsvWriter({ folder, layoutOf: () => layout });
  for (const rejection of rejections) await writer.write(rejection);
  await writer.close();
  return { folder, writer };
}

function rowsOf(file: string, delimiter = ";"): string[][] {
  return parse(readFileSync(file), { bom: true, delimiter });
}

describe("the CSV file of rejected rows", () => {
  test("has the source columns untouched, then why, in a form Excel opens", async () => {
    const { folder } = await written([vendorRejection(7)]);
    const file = path.join(folder, "vendors-v2.rejected.csv");
    expect(readFileSync(file, "utf8")).toBe(
      "\uFEFFLIFNR;NAME1;KTOKK;KLIMK;_reject_stage;_reject_code;_reject_field;_reject_message;_reject_fix;_source_file;_source_line;_source_text\r\n" +
        '0000000007;Müller & Söhne;ZX;-12,50;mapping;DMFP-MAP-LOOKUP;VENDORGROUPID;"The lookup vendor-groups has no entry for ""ZX"".";"Add ""ZX"" to the lookup file.";samples/vendors.csv;8;\r\n',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("several reasons stand in the same order in every column", async () => {
    const missing = reason("DMFP-VALUE-MISSING", { message: "Name is empty.", fix: "Fill it in." });
    const { folder } = await written([vendorRejection(1, { reasons: [lookupReason("A"), missing] })]);
    const row = rowsOf(path.join(folder, "vendors-v2.rejected.csv"))[1];
    expect(row?.slice(5, 9)).toEqual([
      "DMFP-MAP-LOOKUP | DMFP-VALUE-MISSING",
      "VENDORGROUPID | ",
      'The lookup vendor-groups has no entry for "A". | Name is empty.',
      'Add "A" to the lookup file. | Fill it in.',
    ]);
  });

  test("an unreadable record keeps its text in the last column", async () => {
    const raw = '"0001;Müller;\r\nrest of it';
    const { folder } = await written([
      vendorRejection(1, {
        stage: "source",
        columns: [],
        values: [],
        raw,
        reasons: [reason("DMFP-ROW-QUOTE")],
      }),
      vendorRejection(2),
    ]);
    const [header, unreadable, readable] = rowsOf(path.join(folder, "vendors-v2.rejected.csv"));
    expect(header).toEqual([...vendorColumns, ...rejectColumns]);
    expect(unreadable?.slice(0, 4)).toEqual(["", "", "", ""]);
    expect(unreadable?.at(-1)).toBe(raw);
    expect(readable?.at(-1)).toBe("");
  });

  test("guards our columns against formulas, and leaves the source's alone", async () => {
    const hostile = '=HYPERLINK("http://x")';
    const { folder } = await written([
      vendorRejection(1, {
        values: ["1", hostile, "@x", "+49 211"],
        reasons: [reason("DMFP-FNO-RULE", { message: hostile, fix: "-1+cmd" })],
      }),
    ]);
    const row = rowsOf(path.join(folder, "vendors-v2.rejected.csv"))[1];
    expect(row?.slice(0, 4)).toEqual(["1", hostile, "@x", "+49 211"]);
    expect(row?.slice(7, 9)).toEqual([`'${hostile}`, "'-1+cmd"]);
  });

  test("takes the signature out of an upload address that F&O quotes", async () => {
    const message = "Cannot read https://x.blob.core.windows.net/a?sv=2021&sig=abcdef%3D today";
    const { folder } = await written([
      vendorRejection(1, { reasons: [reason("DMFP-FNO-STAGING", { message })] }),
    ]);
    expect(readFileSync(path.join(folder, "vendors-v2.rejected.csv"), "utf8")).not.toContain("abcdef");
  });

  test("leaves out the verdicts of an earlier run when its file is the source", async () => {
    const columns = ["LIFNR", "_reject_stage", "_reject_message", "_source_line"];
    const { folder } = await written([
      vendorRejection(1, { columns, values: ["7", "target", "old words", "12"], stage: "mapping" }),
    ]);
    const [header, row] = rowsOf(path.join(folder, "vendors-v2.rejected.csv"));
    expect(header).toEqual(["LIFNR", ...rejectColumns]);
    expect(row?.slice(0, 2)).toEqual(["7", "mapping"]);
  });

  test("gives every entity and every set of columns a file of its own", async () => {
    const { folder, writer } = await written([
      vendorRejection(1),
      vendorRejection(2, { entity: "Kunden/../Größe" }),
      vendorRejection(3, { columns: ["LIFNR"], values: ["3"] }),
      vendorRejection(4),
    ]);
    expect(readdirSync(folder).sort()).toEqual([
      "kunden-gro-e.rejected.csv",
      "vendors-v2-2.rejected.csv",
      "vendors-v2.rejected.csv",
    ]);
    expect(writer.files()).toEqual([
      { entity: "Vendors V2", name: "vendors-v2.rejected.csv", records: 2 },
      { entity: "Kunden/../Größe", name: "kunden-gro-e.rejected.csv", records: 1 },
      { entity: "Vendors V2", name: "vendors-v2-2.rejected.csv", records: 1 },
    ]);
  });

  test("abort leaves nothing behind, also in the middle of a write", async () => {
    const folder = temporaryFolder();
    const writer = new RejectionCsvWriter({
      folder,
      layoutOf: () => ({ columns: vendorColumns, delimiter: ";" }),
    });
    const writes = Array.from({ length: 2000 }, (_, number) => writer.write(vendorRejection(number)));
    await writer.abort();
    await Promise.allSettled(writes);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a file is only there under its name once it is whole", async () => {
    const folder = temporaryFolder();
    const writer = new RejectionCsvWriter({
      folder,
      layoutOf: () => ({ columns: vendorColumns, delimiter: ";" }),
    });
    await writer.write(vendorRejection(1));
    expect(readdirSync(folder)).toEqual(["vendors-v2.rejected.csv.partial"]);
    await writer.close();
    expect(readdirSync(folder)).toEqual(["vendors-v2.rejected.csv"]);
  });

  test("whatever the values are, they come back as they were", async () => {
    const value = fc.string({
      unit: fc.constantFrom("a", "ü", '"', ";", ",", "\r", "\n", "\t", " ", "'", "=", "€"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(";", ",", "\t", "|", ";;", "=;="),
        async (records, delimiter) => {
          const folder = temporaryFolder();
          const columns = ["a", "b", "c"];
          const writer = new RejectionCsvWriter({ folder, layoutOf: () => ({ columns, delimiter }) });
          for (const values of records) await writer.write(vendorRejection(1, { columns, values }));
          await writer.close();
          const file = path.join(folder, "vendors-v2.rejected.csv");
          const read = rowsOf(file, delimiter);
          expect(read.slice(1).map((row) => row.slice(0, 3))).toEqual(records);
          const options = { bom: true, delimiter, record_delimiter: "\r\n", quoted_match: /[\r\n]/ };
          expect(readFileSync(file, "utf8")).toBe(stringify(read, options));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("the formula guard", () => {
  test.each(["=1", "+SUM(A1)", "-1+2", "@x", "\tx", "\rx", "  =1", "＝1", "＋1", "－1", "＠x", "\u200B=1"])(
    "guards %j",
    (text) => {
      expect(guardFormula(text)).toBe(`'${text}`);
    },
  );

  test.each(["", "abc", "-12,50", "-12.50", "+49", "1.234,56", "a=b", "'=1", "2026-03-02"])(
    "leaves %j",
    (text) => {
      expect(guardFormula(text)).toBe(text);
    },
  );
});
