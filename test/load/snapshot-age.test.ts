import { describe, expect, test } from "vitest";
import {
  ageInWords,
  snapshotLine,
  snapshotSummaries,
  staleWarning,
} from "../../src/load/reading/snapshot-age.ts";

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse("2026-03-10T12:00:00Z");

function summaries(agesMs: Readonly<Record<string, number>>, limitDays = 7) {
  const snapshots = new Map(
    Object.entries(agesMs).map(([entity, ageMs]) => [
      entity,
      { entity, records: 12, takenAt: new Date(now - ageMs).toISOString() },
    ]),
  );
  return snapshotSummaries({ snapshots, referredTo: ["Currencies", "Vendor groups"], now, limitDays });
}

test.each([
  [0, "just taken"],
  [60_000, "1 minute old"],
  [90 * 60_000, "90 minutes old"],
  [2 * hour, "2 hours old"],
  [47.9 * hour, "47 hours old"],
  [4.9 * day, "4 days old"],
  [400 * day, "400 days old"],
])("%d ms: %s", (ageMs, words) => {
  expect(ageInWords(ageMs)).toBe(words);
});

describe("summaries", () => {
  test("only what the mappings refer to, in their order, with the age", () => {
    expect(summaries({ "Vendor groups": 2 * day, Currencies: hour, Customers: day })).toEqual([
      {
        entity: "Currencies",
        records: 12,
        takenAt: "2026-03-10T11:00:00.000Z",
        age: "60 minutes old",
        stale: false,
      },
      {
        entity: "Vendor groups",
        records: 12,
        takenAt: "2026-03-08T12:00:00.000Z",
        age: "2 days old",
        stale: false,
      },
    ]);
  });

  test("stale is what is older than the limit, and not what is exactly as old", () => {
    const stale = (ageMs: number): boolean | undefined => summaries({ Currencies: ageMs })[0]?.stale;
    expect([stale(7 * day), stale(7 * day + 1)]).toEqual([false, true]);
  });

  test("a snapshot of the future is just taken: somebody set the clock back", () => {
    expect(summaries({ Currencies: -day })[0]).toMatchObject({ age: "just taken", stale: false });
  });
});

describe("words", () => {
  test("nothing is said where there is no snapshot, and no warning where none is stale", () => {
    expect(snapshotLine([])).toBeUndefined();
    expect(staleWarning(summaries({ Currencies: day }), 7)).toBeUndefined();
  });

  test("one snapshot", () => {
    const one = summaries({ Currencies: 9 * day });
    expect(snapshotLine(one)).toBe("a snapshot of Currencies, 9 days old. Fetch it again: dmfpipe snapshot");
    expect(staleWarning(one, 7)).toBe(
      "the snapshot of Currencies is 9 days old (limits.snapshotDays is 7); what was set up in the environment since then is taken for missing. Next: dmfpipe snapshot",
    );
  });

  test("several: the oldest is named", () => {
    const both = summaries({ Currencies: 9 * day, "Vendor groups": 12 * day });
    expect(snapshotLine(both)).toMatch(
      /^snapshots of 2 entities, the oldest 12 days old \(Vendor groups\)\. Fetch them/,
    );
    expect(staleWarning(both, 7)).toMatch(
      /^2 snapshots are too old .*, that of Vendor groups is 12 days old;/,
    );
    const fresh = summaries({ Currencies: day, "Vendor groups": 2 * day });
    expect(snapshotLine(fresh)).toBe("snapshots of 2 entities, the oldest 2 days old (Vendor groups)");
  });
});
