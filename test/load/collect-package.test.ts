import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ErrorFileList, type ChannelSinks } from "../../src/load/collecting/channel-sinks.ts";
import { Refusals } from "../../src/load/collecting/refusals.ts";
import type { PartOutcome } from "../../src/load/composite/collect-composite.ts";
import { RejectedIds } from "../../src/rejection/record-ids.ts";
import { Statements, type Statement } from "../../src/rejection/statements.ts";
import { readUnattributed, UnattributedWriter } from "../../src/rejection/unattributed-file.ts";
import { builtPackage, collectFrom, vendorsMapping, type BuiltPackage } from "./collected-package.ts";
import type { Answers } from "./error-answers.ts";

const ratesMapping = `entity: Exchange rates
source: { file: data/rates.csv }
legalEntity: USMF
fields:
  RATETYPENAME: TYPE
  FROMCURRENCY: FROM
  TOCURRENCY: TO
  STARTDATE: DAY
  RATE: RATE
`;
const vendorRows = (count: number): string =>
  `NO,NAME\n${Array.from({ length: count }, (_, index) => `V${index + 1},Vendor ${index + 1}\n`).join("")}`;

const builtVendors = async (count: number): Promise<BuiltPackage> =>
  await builtPackage(vendorsMapping, "data/vendors.csv", vendorRows(count));

describe("what the error channels say, joined with the records of a package", () => {
  test("messages of one record stay together, what fits none is listed, and again gives the same", async () => {
    const vendors = await builtVendors(20);
    const answers: Answers = {
      details: { "Vendors V2": [17, 0] },
      rawErrors:
        '[{"RecordId":"v4 ","Field":"","ErrorMessage":"The "name" is odd"},{"RecordId":"V9","Field":"","ErrorMessage":"First"},' +
        '{"RecordId":"NOBODY","Field":"","ErrorMessage":"Who?"},{"RecordId":"V9","Field":"","ErrorMessage":"Second"},' +
        '{"RecordId":"V9","Field":"","ErrorMessage":"First"},{"RecordId":"","Field":"","ErrorMessage":"The batch ended"}]',
      stagingFile: Buffer.from("\uFEFFVENDORACCOUNTNUMBER\tX\r\nV12\tü\r\n", "utf16le"),
    };
    const first = await collectFrom(vendors, answers);
    expect(
      first.rejections.map(({ position, stage, reasons }) => [
        position.line,
        stage,
        reasons.map(({ message }) => message),
      ]),
    ).toMatchObject([
      [5, "target", ['The "name" is odd']],
      [10, "target", ["First", "Second"]],
      [13, "staging", [expect.any(String)]],
    ]);
    expect(first.collected).toMatchObject({ unattributed: 2, remarks: 0, failed: false });
    expect(first.collected.counts).toMatchObject([{ created: 17, rejectedStaging: 1, rejectedTarget: 2 }]);
    expect(first.unattributed.map(({ recordId, message }) => [recordId, message])).toEqual([
      ["", "The batch ended"],
      ["NOBODY", "Who?"],
    ]);
    const { folder, pack } = vendors;
    expect(JSON.parse(readFileSync(folder.errorFileList(pack.key), "utf8"))).toEqual([
      {
        channel: "staging error file",
        entity: "Vendors V2",
        file: `rejections/from-environment/${pack.key}.staging-errors`,
        layout: "UTF-16, separated by tabs, with a header",
      },
      {
        channel: "execution errors",
        file: `rejections/from-environment/${pack.key}.execution-errors.json`,
        layout: "6 messages",
      },
    ]);
    expect(readFileSync(path.join(folder.errorChannels, `${pack.key}.execution-errors.json`), "utf8")).toBe(
      answers.rawErrors,
    );
    // As after a crash before the ledger heard of it, in the middle of the work.
    mkdirSync(folder.scratch(pack.key), { recursive: true });
    expect(await collectFrom(vendors, answers)).toEqual(first);
    expect(existsSync(folder.scratch(pack.key))).toBe(false);
    expect(readdirSync(folder.rejectionParts).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  test("where the files name all that is missing, who is only spoken of was loaded", async () => {
    const { collected, rejections, unattributed } = await collectFrom(await builtVendors(5), {
      details: { "Vendors V2": [4, 0] },
      errors: [
        ["V1", "A warning"],
        ["V2", "An error"],
        ["V8", "Nobody's"],
      ],
      keysFile: "V2\r\n",
    });
    expect(rejections.map(({ position, reasons }) => [position.line, reasons[0]?.message])).toEqual([
      [3, "An error"],
    ]);
    expect(collected).toMatchObject({ remarks: 1, unattributed: 1 });
    expect(unattributed).toMatchObject([{ recordId: "V8", message: "Nobody's" }]);
  });

  test("a file that is broken further down counts as far as it goes, and is kept", async () => {
    const { collected, rejections, unattributed } = await collectFrom(await builtVendors(5), {
      details: { "Vendors V2": [3, 0] },
      stagingFile: `VENDORACCOUNTNUMBER,X\nV1,a\n${"V2,b\n".repeat(20_000)}V3,"never closed\n`,
    });
    expect(rejections.map(({ position }) => position.line)).toEqual([2, 3]);
    expect(unattributed).toMatchObject([
      {
        channel: "staging error file",
        message: expect.stringMatching(/could not be read to its end: .+/) as string,
      },
    ]);
    expect(collected.unattributed).toBe(1);
  });

  test("a message that fits several records is shown at each, marked, and the counts do not close", async () => {
    const rates = "TYPE,FROM,TO,DAY,RATE\nA,BC,D,2026-01-01,1\nAB,C,D,2026-01-01,1\nA,B,C,2026-02-01,1\n";
    const { collected, rejections } = await collectFrom(
      await builtPackage(ratesMapping, "data/rates.csv", rates),
      {
        details: { "Exchange rates": [2, 0] },
        errors: [["ABCD2026-01-01 00:00:00", "Which one?"]],
      },
    );
    expect(rejections.map(({ position, ambiguous }) => [position.line, ambiguous])).toEqual([
      [2, true],
      [3, true],
    ]);
    const [counts] = collected.counts;
    const { created = 0, updated = 0, rejectedTarget = 0, unprocessed = 0 } = counts ?? {};
    expect(created + updated + rejectedTarget + unprocessed).not.toBe(3);
  });
});

describe("more than memory is to hold", () => {
  async function joined(vendors: BuiltPackage, said: readonly Statement[], perPortion: number) {
    const { pack, folder, planned } = vendors;
    const scratch = folder.scratch(pack.key);
    mkdirSync(scratch, { recursive: true });
    const file = path.join(scratch, "unattributed");
    const sinks: ChannelSinks = {
      statements: new Statements(scratch, { statements: perPortion, chars: 1e9 }),
      unattributed: await UnattributedWriter.open(file),
      files: new ErrorFileList(folder, pack),
    };
    for (const statement of said) await sinks.statements.add(statement);
    const [part] = pack.parts;
    const [load] = planned;
    if (part === undefined || load === undefined) throw new Error("no part");
    const detail = undefined;
    const incomplete: PartOutcome[] = [
      { part, planned: load, detail, complete: false, ids: new RejectedIds() },
    ];
    const refusals = await Refusals.find({ pack, folder, incomplete, nesting: undefined, sinks, scratch });
    const rows = await Array.fromAsync(refusals.rows(0));
    await refusals.settle();
    await sinks.unattributed.publish();
    const unattributed = await Array.fromAsync(readUnattributed(file));
    return {
      rows,
      remarks: refusals.remarks,
      unattributed: unattributed.map(({ recordId }) => recordId).sort(),
    };
  }

  test("is joined in portions, with the same outcome in the same order", async () => {
    const vendors = await builtVendors(9000);
    const said = Array.from({ length: 4000 }, (_, index): Statement => {
      const number = ((index * 7919) % 9100) + 1;
      if (index % 3 === 0) return { channel: "target", part: 0, id: [`v${number}`] };
      return { channel: "message", id: [`V${number} `], message: `Message ${index % 50}` };
    });
    const whole = await joined(vendors, said, 1_000_000);
    const parts = await joined(vendors, said, 300);
    expect(whole.rows.length).toBeGreaterThan(3500);
    expect(whole.rows.map(({ row }) => row)).toEqual(
      whole.rows.map(({ row }) => row).toSorted((a, b) => a - b),
    );
    expect(whole.unattributed.length).toBeGreaterThan(20);
    expect(parts).toEqual(whole);
  });

  test("messages of one id without end are not all shown with its record, and none is lost", async () => {
    const said = Array.from({ length: 1500 }, (_, index): Statement => ({
      channel: "message",
      id: ["V2"],
      message: `Message ${index}`,
    }));
    const { rows, unattributed } = await joined(await builtVendors(3), said, 1_000_000);
    expect(rows.map(({ row, reasons }) => [row, reasons.length])).toEqual([[2, 1000]]);
    expect(unattributed).toEqual(Array.from({ length: 500 }, () => "V2"));
  });
});
