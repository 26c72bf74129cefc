import { mkdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { FirstPassOutcome } from "../../src/load/collecting/first-pass-outcome.ts";
import type { BuildCounts, LedgerPackage, PartCounts } from "../../src/load/ledger/ledger-rows.ts";
import type { PlannedLoad } from "../../src/load/load-plan.ts";
import type { PackageState } from "../../src/load/ledger/package-state.ts";
import { RunFolder } from "../../src/load/run-folder.ts";
import { endOfRun, entitySummaries } from "../../src/load/summarize.ts";
import { RejectionNdjsonWriter } from "../../src/rejection/rejection-ndjson.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const nothing: PartCounts = {
  staged: 0,
  created: 0,
  updated: 0,
  rejectedStaging: 0,
  rejectedTarget: 0,
  unprocessed: 0,
};

function pack(
  key: string,
  records: number,
  more: Partial<PartCounts> & { state?: PackageState; pass?: 2; legalEntity?: string } = {},
): LedgerPackage {
  const { state = "done", pass, legalEntity = "USMF", ...counts } = more;
  return {
    key,
    ...(pass === undefined ? {} : { pass }),
    position: 1,
    legalEntity,
    dataProject: "p",
    file: `packages/${key}.zip`,
    sha256: "00",
    sizeBytes: 1,
    executionId: key,
    state,
    environmentStatus: null,
    message: null,
    unattributed: 0,
    parts: [{ entity: "Teams", dataFile: "Teams.csv", records, ...nothing, ...counts }],
  };
}

async function outcome(
  packages: readonly LedgerPackage[],
  refused: Readonly<Record<string, readonly number[]>> = {},
  sent = true,
): Promise<FirstPassOutcome> {
  const folder = new RunFolder(temporaryFolder(), "run");
  await mkdir(folder.rejectionParts, { recursive: true });
  for (const [key, records] of Object.entries(refused)) {
    const writer = new RejectionNdjsonWriter(folder.packageRejections(key, 3));
    for (const record of records) {
      const position = { file: "t.csv", line: record + 1, record, byteOffset: 0, byteLength: 1 };
      const rest = { stage: "target" as const, reasons: [], columns: [], values: [], raw: "" };
      await writer.write({ entity: "Teams", legalEntity: "USMF", position, ...rest });
    }
    await writer.close();
  }
  // Nothing else of the plan matters here.
  const planned = { position: 3, schema: { label: "Teams" } } as unknown as PlannedLoad;
  return new FirstPassOutcome({ planned, packages, folder, sent });
}

async function taken(first: FirstPassOutcome, records: number, legalEntity = "USMF"): Promise<number[]> {
  const found: number[] = [];
  for (let record = 1; record <= records; record++) {
    if (await first.took(legalEntity, { file: "t.csv", record })) found.push(record);
  }
  return found;
}

describe("which records F&O took in the first pass", () => {
  test("all but those it refused, across packages and legal entities", async () => {
    const first = await outcome(
      [
        pack("a", 3, { created: 2, rejectedTarget: 1 }),
        pack("d", 2, { created: 2, legalEntity: "DEMF" }),
        pack("b", 2, { updated: 1, rejectedStaging: 1 }),
        pack("c", 9, { pass: 2 }),
      ],
      { a: [2], b: [5] },
    );
    expect(await taken(first, 5)).toEqual([1, 3, 4]);
    expect(await taken(first, 2, "DEMF")).toEqual([1, 2]);
  });

  test("none of a package that failed, was not sent, or has records nobody knows of", async () => {
    const first = await outcome([
      pack("a", 1, { state: "failed", unprocessed: 1 }),
      pack("b", 1, { state: "unprocessed" }),
      pack("c", 2, { created: 1 }),
      pack("d", 1, { created: 1 }),
    ]);
    expect(await taken(first, 5)).toEqual([5]);
  });

  test("every one where nothing is sent", async () => {
    expect(await taken(await outcome([pack("a", 2, { state: "built" })], {}, false), 2)).toEqual([1, 2]);
  });

  test("records that fit no package, or rejections that fit no record, are a defect and not passed over", async () => {
    await expect(taken(await outcome([pack("a", 1, { created: 1 })]), 2)).rejects.toMatchObject({
      code: "DMFP-BUG",
    });
    const first = await outcome([pack("a", 2, { created: 1, rejectedTarget: 1 })], { a: [7] });
    await expect(taken(first, 2)).rejects.toMatchObject({ code: "DMFP-BUG" });
  });
});

describe("the counts of two passes", () => {
  const row: BuildCounts = {
    position: 1,
    entity: "Teams",
    legalEntity: "USMF",
    read: 5,
    filtered: 0,
    rejectedHere: 0,
    packaged: 5,
    controlTotals: {},
    secondPass: 3,
  };
  const first = pack("a", 5, { created: 5 });

  test("stand apart: a record is created once", () => {
    const second = pack("b", 2, { pass: 2, updated: 1, rejectedTarget: 1 });
    const [summary] = entitySummaries([row], [first, second]);
    expect(summary).toMatchObject({ created: 5, updated: 0, rejectedTarget: 0, balanced: true });
    expect(summary?.secondPass).toEqual({
      ...nothing,
      records: 3,
      updated: 1,
      rejectedTarget: 1,
      unprocessed: 1,
    });
  });

  test("a record of the second pass that nobody accounts for is a gap", () => {
    const second = pack("b", 3, { pass: 2, updated: 2 });
    const summaries = entitySummaries([row], [first, second]);
    expect(summaries[0]?.balanced).toBe(false);
    const end = endOfRun(summaries, [first, second], true);
    expect(end.status).toBe("unbalanced");
    expect(end.error?.message).toContain("second pass: 3 records = 0 created + 2 updated");
  });

  test("what is refused in the second pass alone is a rejection of the run", () => {
    const refused = [first, pack("b", 3, { pass: 2, updated: 2, rejectedTarget: 1 })];
    expect(endOfRun(entitySummaries([row], refused), refused, true).status).toBe("finished with rejections");
    const filled = [first, pack("b", 3, { pass: 2, updated: 3 })];
    expect(endOfRun(entitySummaries([row], filled), filled, true).status).toBe("succeeded");
  });
});
