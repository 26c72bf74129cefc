import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { errorRegistry } from "../../src/errors/registry.ts";
import type { BuildCounts, LedgerPackage, LedgerPart } from "../../src/load/ledger/ledger-rows.ts";
import { packageStates, type PackageState } from "../../src/load/ledger/package-state.ts";
import {
  endByError,
  endOfRun,
  entitySummaries,
  isBalanced,
  packageSummary,
} from "../../src/load/summarize.ts";

function counts(changes: Partial<BuildCounts> = {}): BuildCounts {
  return {
    position: 1,
    entity: "Vendors V2",
    legalEntity: "USMF",
    read: 12,
    filtered: 1,
    rejectedHere: 1,
    packaged: 10,
    controlTotals: { amount: "1.5" },
    ...changes,
  };
}

/** A package of one entity; what is of the entity rather than of the package goes to its only part. */
function pack(changes: Partial<Omit<LedgerPackage, "parts"> & LedgerPart> = {}): LedgerPackage {
  const part: LedgerPart = {
    entity: "Vendors V2",
    dataFile: "Vendors V2.csv",
    records: 10,
    staged: 10,
    created: 10,
    updated: 0,
    rejectedStaging: 0,
    rejectedTarget: 0,
    unprocessed: 0,
  };
  const whole: Omit<LedgerPackage, "parts"> = {
    key: "001-vendors-v2-usmf-001",
    position: 1,
    legalEntity: "USMF",
    dataProject: "p",
    file: "packages/x.zip",
    sha256: "00",
    sizeBytes: 1,
    executionId: "id",
    state: "done",
    environmentStatus: "Succeeded",
    message: null,
    unattributed: 0,
  };
  const changed = <T extends object>(base: T): T => {
    const own = Object.entries(changes).filter(([name]) => name in base);
    return { ...base, ...Object.fromEntries(own) };
  };
  return { ...changed(whole), parts: [changed(part)] };
}

function end(rows: readonly BuildCounts[], packages: readonly LedgerPackage[], sent = true) {
  return endOfRun(entitySummaries(rows, packages), packages, sent);
}

describe("the counts of an entity", () => {
  test("are those of its own packages, in its own company", () => {
    const others = [pack({ legalEntity: "DEMF" }), pack({ entity: "Vendor groups" })];
    const own = [
      pack({ records: 4, created: 3, rejectedTarget: 1 }),
      pack({ records: 6, created: 2, updated: 4 }),
    ];
    expect(entitySummaries([counts()], [...others, ...own])).toEqual([
      {
        entity: "Vendors V2",
        legalEntity: "USMF",
        read: 12,
        filtered: 1,
        rejectedHere: 1,
        packaged: 10,
        staged: 20,
        rejectedStaging: 0,
        created: 5,
        updated: 4,
        rejectedTarget: 1,
        unprocessed: 0,
        balanced: true,
        controlTotals: { amount: "1.5" },
      },
    ]);
  });

  test.each(packageStates.filter((state) => state !== "done" && state !== "failed"))(
    "a package that is %s is unprocessed as a whole, whatever was counted before",
    (state) => {
      const [summary] = entitySummaries([counts()], [pack({ state, created: 0 })]);
      expect(summary).toMatchObject({ unprocessed: 10, balanced: true });
    },
  );

  test("records that were checked and never packed are unprocessed", () => {
    expect(entitySummaries([counts()], [])).toMatchObject([
      { packaged: 10, unprocessed: 10, balanced: true },
    ]);
  });

  test("a gap in F&O's own numbers stays a gap", () => {
    expect(entitySummaries([counts()], [pack({ created: 9 })])).toMatchObject([{ balanced: false }]);
    expect(entitySummaries([counts()], [pack({ created: 10, updated: 1 })])).toMatchObject([
      { balanced: false },
    ]);
  });

  test("property: a row is balanced exactly when every record is in one bucket", () => {
    const bucket = fc.nat(50);
    const buckets = fc.record({
      filtered: bucket,
      rejectedHere: bucket,
      rejectedStaging: bucket,
      created: bucket,
      updated: bucket,
      rejectedTarget: bucket,
      unprocessed: bucket,
    });
    const off = fc.integer({ min: -3, max: 3 });
    fc.assert(
      fc.property(buckets, off, off, (parts, readOff, packagedOff) => {
        const { rejectedStaging, created, updated, rejectedTarget, unprocessed } = parts;
        const packaged = rejectedStaging + created + updated + rejectedTarget + unprocessed + packagedOff;
        const read = parts.filtered + parts.rejectedHere + packaged + readOff;
        const row = { entity: "E", legalEntity: "", staged: 0, controlTotals: {}, ...parts, packaged, read };
        expect(isBalanced(row)).toBe(readOff === 0 && packagedOff === 0);
      }),
    );
  });
});

describe("how a run ended", () => {
  test("all loaded", () => {
    expect(end([counts({ rejectedHere: 0, filtered: 2 })], [pack()])).toEqual({
      status: "succeeded",
      exitCode: 0,
    });
  });

  test.each<[string, BuildCounts, LedgerPackage]>([
    ["rejected here", counts(), pack()],
    [
      "rejected in staging",
      counts({ rejectedHere: 0, filtered: 2 }),
      pack({ created: 9, rejectedStaging: 1 }),
    ],
    [
      "rejected in the target",
      counts({ rejectedHere: 0, filtered: 2 }),
      pack({ created: 9, rejectedTarget: 1 }),
    ],
    ["not sent", counts({ rejectedHere: 0, filtered: 2 }), pack({ state: "unprocessed", created: 0 })],
  ])("a record was %s", (_name, row, only) => {
    expect(end([row], [only])).toEqual({ status: "finished with rejections", exitCode: 4 });
  });

  test("a dry run sends nothing, and that is no failure", () => {
    const row = counts({ rejectedHere: 0, filtered: 2 });
    expect(end([row], [], false)).toEqual({ status: "succeeded", exitCode: 0 });
    expect(end([row], [pack({ state: "built", created: 0 })], false).exitCode).toBe(0);
  });

  test("nothing to do, when nothing was read or all was left out", () => {
    expect(end([], [])).toEqual({ status: "nothing to do", exitCode: 9 });
    const leftOut = counts({ read: 5, filtered: 5, rejectedHere: 0, packaged: 0 });
    expect(end([leftOut], [])).toEqual({ status: "nothing to do", exitCode: 9 });
  });

  test("F&O refused a package as a whole", () => {
    const failed = pack({ state: "failed", created: 0, unprocessed: 10, message: "BOX API" });
    expect(end([counts()], [failed])).toMatchObject({
      status: "failed",
      exitCode: 6,
      error: {
        code: "DMFP-PACKAGE-REFUSED",
        message: "F&O refused package 001-vendors-v2-usmf-001: BOX API",
      },
    });
    const unknown = { ...failed, message: "Entity X does not exist in the target environment" };
    expect(end([counts()], [unknown]).error?.code).toBe("DMFP-ENTITY-UNKNOWN");
    expect(end([counts()], [{ ...failed, message: null }]).error?.message).toContain("it gave no reason");
  });

  test("counts that do not balance are worse than everything else, and the equations are shown", () => {
    const packages = [
      pack({ created: 7, rejectedTarget: 1 }),
      pack({ records: 0, created: 0, state: "failed" }),
    ];
    const { status, exitCode, error } = end([counts()], packages);
    expect([status, exitCode, error?.code]).toEqual(["unbalanced", 11, "DMFP-UNBALANCED"]);
    expect(error?.message).toContain("12 read = 1 left out + 1 rejected here + 10 packaged");
    expect(error?.message).toContain(
      "10 packaged = 7 created + 0 updated + 1 rejected by F&O + 0 unprocessed",
    );
  });

  test("by an error: the status is what a person would call it, the exit code the registry's", () => {
    const words = Object.keys(errorRegistry).map((code) => {
      const error = new DmfpipeError(code as keyof typeof errorRegistry, "x");
      const { status, exitCode } = endByError(error);
      expect(exitCode).toBe(error.entry.exitCode);
      return [exitCode, status];
    });
    expect(Object.fromEntries(words)).toEqual({
      1: "failed",
      2: "failed",
      3: "failed",
      5: "interrupted",
      6: "failed",
      7: "in doubt",
      8: "interrupted",
      9: "nothing to do",
      10: "failed",
      11: "unbalanced",
      12: "stopped by the error budget",
    });
  });
});

test("a package in summary.json has no word where F&O gave none", () => {
  const states: PackageState[] = ["built", "done"];
  for (const state of states) {
    expect(packageSummary(pack({ state, environmentStatus: null, message: null }))).toEqual({
      key: "001-vendors-v2-usmf-001",
      file: "packages/x.zip",
      entity: "Vendors V2",
      legalEntity: "USMF",
      sha256: "00",
      sizeBytes: 1,
      records: 10,
      executionId: "id",
      status: state,
    });
  }
  expect(packageSummary(pack({ message: "no" }))).toMatchObject({
    environmentStatus: "Succeeded",
    message: "no",
  });
});
