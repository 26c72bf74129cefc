import { afterEach, beforeEach, expect, test } from "vitest";
import { clockTime } from "../../src/cli/clock-time.ts";
import { parseUntil } from "../../src/cli/until.ts";

let zone: string | undefined;
beforeEach(() => {
  zone = process.env["TZ"];
  process.env["TZ"] = "Europe/Berlin";
});
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

const at = (text: string): number => Date.parse(text);

test.each([
  ["05:30", "2026-11-23T02:00:00Z", "2026-11-23T04:30:00Z"],
  ["5:30", "2026-11-23T04:31:00Z", "2026-11-24T04:30:00Z"],
  ["05:30", "2026-11-23T04:30:00Z", "2026-11-24T04:30:00Z"],
  // The night in which the clocks are set forward has 23 hours.
  ["05:30", "2026-03-28T20:00:00Z", "2026-03-29T03:30:00Z"],
  ["2026-11-25T05:30", "2026-11-23T02:00:00Z", "2026-11-25T04:30:00Z"],
  ["2026-11-25 05:30", "2026-11-23T02:00:00Z", "2026-11-25T04:30:00Z"],
  ["2026-11-25T05:30Z", "2026-11-23T02:00:00Z", "2026-11-25T05:30:00Z"],
  ["2026-11-25T05:30:10+05:00", "2026-11-23T02:00:00Z", "2026-11-25T00:30:10Z"],
])("--until %s, said at %s, is %s", (text, now, expected) => {
  expect(new Date(parseUntil(text, at(now)).at).toISOString()).toBe(new Date(expected).toISOString());
});

test.each(["", "soon", "25:00", "05:60", "2026-11-25", "2026-13-25T05:30", "5", "05.30"])(
  "--until %s is no time, and it is said what one looks like",
  (text) => {
    expect(() => parseUntil(text, at("2026-11-23T02:00:00Z"))).toThrow(
      expect.objectContaining({
        code: "DMFP-USAGE",
        next: expect.stringContaining("05:30") as unknown,
      }) as Error,
    );
  },
);

test("a moment that has passed is no deadline", () => {
  expect(() => parseUntil("2026-11-22T05:30", at("2026-11-23T02:00:00Z"))).toThrow(/has passed/);
});

test("what is shown says the day where it is not today", () => {
  const now = at("2026-11-23T02:00:00Z");
  expect(clockTime(at("2026-11-23T04:30:00Z"), now)).toBe("05:30");
  expect(clockTime(at("2026-11-24T04:30:00Z"), now)).toBe("Tue 05:30");
  expect(clockTime(at("2026-12-24T04:30:00Z"), now)).toBe("24 Dec 05:30");
  expect(parseUntil("05:30", at("2026-11-23T05:00:00Z")).given).toBe("--until 05:30, that is Tue 05:30");
});
