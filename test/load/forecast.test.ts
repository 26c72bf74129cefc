import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forecast, type LaneAhead } from "../../src/load/sending/forecast.ts";
import { comparable, expectedMs, type ImportTime } from "../../src/load/ledger/import-times.ts";

const lane = (waitsFor: readonly number[], ...ms: readonly number[]): LaneAhead => ({
  waitsFor,
  packages: ms.map((expected) => ({ expectedMs: expected, records: 10 })),
});

describe("forecast", () => {
  test("one after the other takes the sum, side by side the longest way through", () => {
    const lanes = [lane([], 100, 50), lane([], 70), lane([1], 30)];
    expect(forecast({ lanes, sideBySide: 1, now: 1000 }).endsAt).toBe(1250);
    expect(forecast({ lanes, sideBySide: 3, now: 1000 }).endsAt).toBe(1150);
    expect(forecast({ lanes: [lane([], 100), lane([0], 100)], sideBySide: 4, now: 0 }).endsAt).toBe(200);
  });

  test("what has begun takes what is left of it; what takes longer than expected ends at any moment", () => {
    const running = (begunAt: number): LaneAhead => ({
      waitsFor: [],
      packages: [{ expectedMs: 100, records: 10, begunAt }],
    });
    expect(forecast({ lanes: [running(-60)], sideBySide: 1, now: 0 }).endsAt).toBe(40);
    expect(forecast({ lanes: [running(-600), lane([], 20)], sideBySide: 1, now: 0 }).endsAt).toBe(20);
  });

  test("packages that end after the deadline are counted", () => {
    const late = forecast({ lanes: [lane([], 100, 100, 100)], sideBySide: 1, now: 0, deadlineAt: 200 });
    expect(late).toEqual({ endsAt: 300, latePackages: 1, lateRecords: 10 });
  });

  test("property: never earlier than the longest lane, nor than all work shared evenly; never later than the sum", () => {
    const lanes = fc
      .array(fc.tuple(fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 }), fc.array(fc.nat(8))), {
        minLength: 1,
        maxLength: 8,
      })
      .map((drafts) =>
        drafts.map(([ms, waits], index) =>
          lane(
            [...new Set(waits)].filter((other) => other < index),
            ...ms,
          ),
        ),
      );
    fc.assert(
      fc.property(lanes, fc.integer({ min: 1, max: 5 }), (given, sideBySide) => {
        const sums = given.map(({ packages }) => packages.reduce((sum, pack) => sum + pack.expectedMs, 0));
        const all = sums.reduce((sum, ms) => sum + ms, 0);
        const { endsAt } = forecast({ lanes: given, sideBySide, now: 0 });
        expect(endsAt).toBeGreaterThanOrEqual(Math.max(...sums, all / sideBySide) - 1e-6);
        expect(endsAt).toBeLessThanOrEqual(all + 1e-6);
      }),
    );
  });
});

describe("the expected time of an import", () => {
  const time = (records: number, ms: number, entities = ["Vendors V2"]): ImportTime => ({
    run: "r",
    entities,
    records,
    ms,
  });

  test("is that of comparable packages, in proportion to their records", () => {
    const history = [
      time(1000, 10_000),
      time(1000, 12_000),
      time(1000, 50_000),
      time(900, 9, ["Vendor groups"]),
    ];
    expect(expectedMs({ entities: ["Vendors V2"], records: 500 }, history)).toBe(6000);
    expect(expectedMs({ entities: ["Vendor groups"], records: 9000 }, history)).toBeCloseTo(90);
  });

  test("is not known from nothing, and not from packages that are too small to tell", () => {
    expect(expectedMs({ entities: ["Vendors V2"], records: 500 }, [])).toBeUndefined();
    expect(expectedMs({ entities: ["Vendors V2"], records: 10_000 }, [time(50, 4000)])).toBeUndefined();
    expect(comparable({ entities: ["Vendors V2"], pass: 2, records: 10 }, [time(10, 4000)])).toEqual([]);
  });
});
