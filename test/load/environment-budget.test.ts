import { describe, expect, test } from "vitest";
import { environmentObjection } from "../../src/load/sending/environment-budget.ts";
import { ledgerPackage } from "./ledger-package.ts";

const over = (rejectedTarget: number, created: number, records = rejectedTarget + created) =>
  ledgerPackage("a", { state: "done", part: { records, rejectedTarget, created } });
const left = ledgerPackage("b", { part: { records: 900 } });

describe("the budget of an entity", () => {
  test("is held against the entity's records of the whole load, so a bad beginning alone does not stop it", () => {
    expect(environmentObjection([over(20, 80), left], { entity: "2%" })).toBeUndefined();
    const stopped = environmentObjection([over(21, 79), left], { entity: "2%" });
    expect(stopped).toMatchObject({ code: "DMFP-ENVIRONMENT-BUDGET", entry: { exitCode: 12 } });
    expect(stopped?.message).toBe(
      "Vendors V2: F&O rejected 21 of 1000 records; limits.rejectionsInEnvironment allows 2%. In F&O by this run: 79 records of Vendors V2. Not sent: 1 package with 900 records.",
    );
  });

  test("counts each entity for itself, and second passes not at all", () => {
    const groups = ledgerPackage("g", {
      state: "done",
      part: { entity: "Vendor groups", rejectedTarget: 6 },
    });
    const again = ledgerPackage("c", { state: "done", pass: 2, part: { rejectedTarget: 50 } });
    expect(environmentObjection([over(6, 94), groups, again], { entity: 6 })).toBeUndefined();
    expect(environmentObjection([over(6, 94), groups, again], { entity: 5 })?.message).toMatch(
      /^Vendors V2: /,
    );
  });
});

describe("a canary", () => {
  const canary = (rejectedTarget: number, created: number) =>
    ledgerPackage("a", {
      state: "done",
      canary: true,
      part: { records: rejectedTarget + created, rejectedTarget, created },
    });

  test.each([
    [0, 1, true],
    [0, 0, false],
    [5, 5, false],
    ["10%", 5, false],
    ["10%", 6, true],
  ] as const)("that may lose %s of 50 and loses %d: stopped %s", (rejections, rejected, stops) => {
    const objection = environmentObjection([canary(rejected, 50 - rejected), left], {
      canary: { records: 50, rejections },
    });
    expect(objection !== undefined).toBe(stops);
  });

  test("of which nothing was loaded stops whatever its budget is, and says what the load has done", () => {
    const objection = environmentObjection([canary(50, 0), left], {
      canary: { records: 50, rejections: 100 },
    });
    expect(objection).toMatchObject({ code: "DMFP-CANARY", entry: { exitCode: 12 } });
    expect(objection?.message).toBe(
      "The first 50 records of Vendors V2 in USMF went ahead of the rest: F&O rejected 50 of them; canary allows 100. In F&O by this run: nothing. Not sent: 1 package with 900 records.",
    );
  });

  test("that F&O refused as a whole stops with F&O's words", () => {
    const refused = ledgerPackage("a", { state: "failed", canary: true, message: "no such entity" });
    const objection = environmentObjection([refused, left], { canary: { records: 50, rejections: 0 } });
    expect(objection?.message).toMatch(
      /^The first 100 records .*: F&O refused the package as a whole \(no such entity\)\./,
    );
  });

  test("that is not over yet, and the packages behind it, say nothing", () => {
    const rest = ledgerPackage("c", { state: "done", part: { rejectedTarget: 3, created: 97 } });
    const executing = ledgerPackage("a", { state: "executing", canary: true });
    expect(
      environmentObjection([executing, rest], { canary: { records: 50, rejections: 0 } }),
    ).toBeUndefined();
  });
});
