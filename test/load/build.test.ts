import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readPackageRows } from "../../src/package/read-package.ts";
import { build as buildAny, type Built } from "./building.ts";

const vendors = `entity: Vendors V2
source: { file: "data/vendors*.csv" }
legalEntity: COMPANY
where: STATUS != "D"
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORORGANIZATIONNAME: NAME
  VENDORGROUPID: GROUP
controlTotals: { amount: AMOUNT }
`;
const header = "COMPANY,NO,NAME,GROUP,STATUS,AMOUNT\n";

async function build(
  files: Readonly<Record<string, string>>,
  options: Partial<Parameters<typeof buildAny>[1]> = {},
): Promise<Built> {
  return await buildAny(files, { mapping: vendors, ...options });
}

async function accountsIn(built: Built, key: string): Promise<string[]> {
  const accounts: string[] = [];
  for await (const { rows } of readPackageRows(built.result.folder.packageFile(key), "Vendors V2.csv")) {
    accounts.push(...rows.map(([account = ""]) => account));
  }
  return accounts;
}

function lines(company: string, from: number, to: number): string {
  let text = "";
  for (let number = from; number <= to; number++) text += `${company},V${number},Name ${number},G,,1.5\n`;
  return text;
}

describe("packages", () => {
  test("hold one company each, and no more records than allowed, in the order of the source", async () => {
    const rows = `${lines("USMF", 1, 3)}${lines("DEMF", 1, 2)}${lines("USMF", 4, 5)}`;
    const built = await build(
      { "data/vendors.csv": header + rows },
      { settings: "packages: { records: 2 }\n" },
    );
    const { packages, entities } = built.result.summary;
    expect(packages.map(({ key, legalEntity, records }) => [key, legalEntity, records])).toEqual([
      ["001-vendors-v2-demf-001", "DEMF", 2],
      ["001-vendors-v2-usmf-001", "USMF", 2],
      ["001-vendors-v2-usmf-002", "USMF", 2],
      ["001-vendors-v2-usmf-003", "USMF", 1],
    ]);
    expect(await accountsIn(built, "001-vendors-v2-usmf-002")).toEqual(["V3", "V4"]);
    expect(entities).toMatchObject([
      { legalEntity: "DEMF", read: 2, packaged: 2, unprocessed: 2, controlTotals: { amount: "10.5" } },
      { legalEntity: "USMF", read: 5, packaged: 5, unprocessed: 5, controlTotals: {} },
    ]);
    expect(new Set(packages.map(({ executionId }) => executionId)).size).toBe(4);
  });

  test("are the same again for the same source, whatever the run", async () => {
    const files = { "data/vendors.csv": header + lines("USMF", 1, 50) };
    const [one, two] = [await build(files), await build(files)];
    const hash = ({ result }: Built): unknown => result.summary.packages.map(({ sha256 }) => sha256);
    expect(hash(one)).toEqual(hash(two));
    expect(one.result.summary.run).not.toBe(two.result.summary.run);
  });

  test("are not written by a check, which counts the same", async () => {
    const files = { "data/vendors.csv": header + lines("USMF", 1, 3) };
    const [check, full] = [await build(files, { command: "check" }), await build(files)];
    expect(check.result.summary.packages).toEqual([]);
    expect(check.result.summary.entities).toEqual(full.result.summary.entities);
    expect(globSync("**/*.zip", { cwd: check.root })).toEqual([]);
  });
});

describe("every record gets into one bucket", () => {
  test("with its reasons, and the equations hold", async () => {
    const rows = [
      "USMF,V1,Good,G,,1",
      "USMF,V2,Left out,G,D,2",
      "USMF,,No number,G,,3",
      "USMF,V1,Twice,G,,4",
      "USMF,V9,too,few",
      ",V3,No company,G,,5",
      "DEMF,V1,The same number elsewhere,G,,6",
    ];
    const built = await build({ "data/vendors.csv": header + rows.join("\n") });
    const { entities, rejections } = built.result.summary;
    expect(entities.every(({ balanced }) => balanced)).toBe(true);
    const total = (pick: "read" | "filtered" | "rejectedHere" | "packaged"): number =>
      entities.reduce((sum, entity) => sum + entity[pick], 0);
    expect([total("read"), total("filtered"), total("rejectedHere"), total("packaged")]).toEqual([
      7, 1, 4, 2,
    ]);
    expect(rejections.total).toBe(4);
    expect(
      built.rejections.map(({ position, stage, reasons }) => [position.line, stage, reasons[0]?.code]),
    ).toEqual([
      [4, "validation", "DMFP-VALUE-MISSING"],
      [5, "validation", "DMFP-KEY-DUPLICATE"],
      [6, "source", "DMFP-ROW-COLUMNS"],
      [7, "mapping", expect.stringMatching(/^DMFP-/)],
    ]);
    expect(built.rejections[1]).toMatchObject({
      key: ["V1"],
      raw: "USMF,V1,Twice,G,,4",
      values: rows[3]?.split(","),
    });
  });

  test("a record that was refused does not take its key", async () => {
    const rows = `USMF,V1,${"x".repeat(400)},G,,1\nUSMF,V1,Short,G,,1\n`;
    const built = await build({ "data/vendors.csv": header + rows });
    expect(built.rejections.map(({ position }) => position.line)).toEqual([2]);
    expect(await accountsIn(built, "001-vendors-v2-usmf-001")).toEqual(["V1"]);
  });

  test("a key is the same in capitals and with blanks, and the message says where it was first", async () => {
    const built = await build({
      "data/vendors-1.csv": header + lines("USMF", 1, 3),
      "data/vendors-2.csv": `${header}USMF, v2 ,Again,G,,1\nUSMF,V7,New,G,,1\nUSMF,V7,Again,G,,1\n`,
    });
    expect(
      built.rejections.map(({ position, reasons }) => [position.file, position.line, reasons[0]?.message]),
    ).toEqual([
      ["data/vendors-2.csv", 2, expect.stringContaining("on line 3 of data/vendors-1.csv")],
      ["data/vendors-2.csv", 4, "The record on line 3 has the same key, V7."],
    ]);
  });

  test("records of a shared entity are one set, whichever company they are loaded through", async () => {
    const mapping = `entity: Currencies
source: { file: data/c.csv }
legalEntity: COMPANY
fields: { CURRENCYCODE: CODE, NAME: NAME }
`;
    const rows = "COMPANY,CODE,NAME\nUSMF,EUR,Euro\nDEMF,EUR,Euro\nDEMF,USD,Dollar\n";
    const built = await build({ "data/c.csv": rows }, { mapping });
    expect(built.rejections.map(({ position, reasons }) => [position.line, reasons[0]?.code])).toEqual([
      [3, "DMFP-KEY-DUPLICATE"],
    ]);
  });
});

describe("a build that cannot be finished leaves no package", () => {
  function leftOvers(root: string): string[] {
    return globSync("**/*.{zip,rows,partial}", { cwd: path.join(root, ".dmfpipe") });
  }

  test("when a company may not be written to", async () => {
    const rows = header + lines("USMF", 1, 3) + lines("DEMF", 1, 1);
    const built = await build({ "data/vendors.csv": rows }, { writes: ", writes: [USMF]" });
    expect(built.result.error).toMatchObject({ code: "DMFP-COMPANY-NOT-WRITABLE" });
    expect(built.result.error?.message).toContain("makes records for DEMF; only USMF may be written here");
    expect(leftOvers(built.root)).toEqual([]);
    expect(built.result.summary).toMatchObject({ status: "failed", exitCode: 2, packages: [], entities: [] });
  });

  test("when it is interrupted half-way", async () => {
    const interruption = new AbortController();
    interruption.abort();
    const built = await build(
      { "data/vendors.csv": header + lines("USMF", 1, 9) },
      { signal: interruption.signal },
    );
    expect(built.result.error?.code).toBe("DMFP-INTERRUPTED");
    expect(leftOvers(built.root)).toEqual([]);
    expect(existsSync(built.result.folder.packages)).toBe(false);
  });
});

test("the log of a run has what changed, one JSON object a line, and the listener heard the same", async () => {
  const built = await build({ "data/vendors.csv": header + lines("USMF", 1, 3) });
  const log = readFileSync(built.result.folder.logFile, "utf8").trimEnd().split("\n");
  const written = log.map((line) => JSON.parse(line) as Record<string, unknown>);
  const heard = built.events.filter((event) => event.kind !== "reading" || event.finished);
  expect(written).toEqual(
    heard.map((event) => ({ time: "2026-11-23T04:15:30.000Z", run: built.result.summary.run, ...event })),
  );
});
