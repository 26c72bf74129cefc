import { describe, expect, test } from "vitest";
import type { Cutover } from "../../../src/project/cutover.ts";
import { judgeReadiness, type ReadinessFacts } from "../../../src/load/trend/judge-readiness.ts";
import { trendOutlook } from "../../../src/load/trend/trend-outlook.ts";
import type { Criterion, OpenClass, ReadinessRun } from "../../../src/rejection/trend/readiness.ts";

const now = Date.parse("2026-12-10T12:00:00Z");
const run: ReadinessRun = {
  run: "r1",
  finishedAt: "2026-12-09T10:00:00.000Z",
  status: "finished with rejections",
  exitCode: 4,
  open: 3,
  new: 0,
  backAgain: 0,
  settled: 0,
  openByEntity: { "Vendors V2": 3 },
  entities: [{ entity: "Vendors V2", read: 1000, loaded: 997, rejected: 3, unprocessed: 0, balanced: true }],
};
const open: OpenClass = {
  entity: "Vendors V2",
  code: "DMFP-FNO-POSTING",
  title: "F&O cannot post it",
  owner: "Finance",
  reasons: 3,
  records: 3,
  since: "2026-12-01",
};
const facts: ReadinessFacts = {
  runs: [run],
  entities: [{ entity: "Vendors V2", read: 1000, open: 3, since: "2026-12-01" }],
  classes: [open],
};
const nothingWanted: Cutover = { rejectedAtMost: [], noneOf: [] };

function missed(changed: Partial<ReadinessFacts>, cutover: Partial<Cutover> = {}): readonly Criterion[] {
  return judgeReadiness({ ...facts, ...changed }, { ...nothingWanted, ...cutover }, now).filter(
    ({ verdict }) => verdict === "not met",
  );
}

describe("what always has to hold", () => {
  test("holds after a run that read everything and rejected some", () => {
    expect(missed({})).toEqual([]);
  });

  test.each([
    ["there is no run", { runs: [] }, ["no run", "not Vendors V2"]],
    ["it was interrupted", { runs: [{ ...run, status: "interrupted" }] }, ["r1: interrupted"]],
    [
      "counts do not balance",
      { runs: [{ ...run, entities: run.entities.map((row) => ({ ...row, balanced: false })) }] },
      ["r1: Vendors V2 do not balance"],
    ],
    [
      "records were left unprocessed",
      { runs: [{ ...run, entities: run.entities.map((row) => ({ ...row, unprocessed: 7 })) }] },
      ["r1: Vendors V2 7"],
    ],
    [
      "an entity was not read",
      { entities: [...facts.entities, { entity: "Customers V3", read: 0, open: 0 }] },
      ["r1: not Customers V3"],
    ],
  ])("not where %s", (_name, changed, found) => {
    expect(missed(changed as Partial<ReadinessFacts>).map((criterion) => criterion.found)).toEqual(found);
  });

  test("a resubmission after it says nothing of records it did not load", () => {
    const again = { ...run, run: "r2", resubmissionOf: "r1", entities: [] };
    expect(missed({ runs: [run, again] })).toEqual([]);
  });
});

describe("what project.yaml wants", () => {
  const limit = (value: number | string): Partial<Cutover> => ({
    rejectedAtMost: [
      { pattern: "Customers*", fits: (label) => label.startsWith("Customers"), limit: 0 },
      { pattern: "*", fits: () => true, limit: value },
    ],
  });

  test("at most so many rejections, or such a share, of the first limit that fits", () => {
    expect(missed({}, limit(3))).toEqual([]);
    expect(missed({}, limit("0.3%"))).toEqual([]);
    expect(missed({}, limit(2))).toMatchObject([{ wanted: "Vendors V2: at most 2 open", found: "3" }]);
    expect(missed({}, limit("0.29%"))).toMatchObject([{ found: "3 of 1,000, 0.300%" }]);
    expect(judgeReadiness(facts, { ...nothingWanted, rejectedAtMost: [] }, now)).toHaveLength(3);
  });

  test("nothing too old, counted in whole days", () => {
    expect(missed({}, { noneOlderThanDays: 9 })).toEqual([]);
    expect(missed({}, { noneOlderThanDays: 8 })).toMatchObject([
      { found: "the oldest since 2026-12-01, 9 days" },
    ]);
    expect(missed({ classes: [] }, { noneOlderThanDays: 1 })).toEqual([]);
  });

  test("none of some kinds at all", () => {
    const noneOf = [
      { pattern: "DMFP-FNO-POST*", fits: (code: string) => code.startsWith("DMFP-FNO-POST") },
      { pattern: "DMFP-MAP-*", fits: (code: string) => code.startsWith("DMFP-MAP-") },
    ];
    expect(missed({}, { noneOf })).toMatchObject([
      { wanted: "No reason DMFP-FNO-POST* is open", found: "DMFP-FNO-POSTING 3" },
    ]);
  });

  test("a fresh run, and the day not over", () => {
    expect(missed({}, { lastRunWithinDays: 2, by: "2026-12-10" })).toEqual([]);
    expect(missed({}, { lastRunWithinDays: 1, by: "2026-12-09" }).map(({ found }) => found)).toEqual([
      "2026-12-09, 1 day",
      "1 day past it",
    ]);
  });
});

describe("the outlook", () => {
  const after = (...opens: number[]): string => trendOutlook(opens.map((count) => ({ open: count })));

  test("says how many more runs it may take only where it went down three times running", () => {
    expect(after(200, 120, 65, 22)).toContain(
      "200 → 120 → 65 → 22. At that pace, 59 fewer a run, it takes 1 more run;",
    );
    expect(after(900, 200, 120, 110, 95)).toContain("it takes 3 more runs");
    expect(after(200, 120, 130, 22)).toContain("less than 3 runs ago. They did not go down in each");
    expect(after(20, 20, 20, 20)).toContain("as many as 3 runs ago");
    expect(after(20, 20, 20, 21)).toContain("more than 3 runs ago");
  });

  test("says what it takes to say something", () => {
    expect(after()).toBe("There is no run yet.");
    expect(after(3, 0)).toBe("Nothing is open.");
    expect(after(9, 7, 6)).toContain("It takes 4 runs to see where it goes; there are 3.");
  });
});
