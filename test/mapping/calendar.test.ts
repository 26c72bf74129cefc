import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalDay,
  canonicalSecond,
  dayNumber,
  readCanonical,
  secondsOf,
} from "../../src/mapping/calendar.ts";
import { excelReader } from "../../src/mapping/excel-serial.ts";
import { timeZone } from "../../src/mapping/time-zone.ts";

const day = fc.integer({ min: -719_162, max: 2_932_896 });

describe("the calendar", () => {
  it("finds every day of the years 1 to 9999 again", () => {
    fc.assert(
      fc.property(day, (number) => {
        const text = canonicalDay(number) ?? "";
        expect(text).toMatch(/^\d{4}-\d\d-\d\d$/);
        expect(readCanonical(text)).toEqual({ day: number, second: 0 });
      }),
    );
    expect([canonicalDay(-719_163), canonicalDay(2_932_897), canonicalDay(Number.NaN)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("counts from 1970", () => {
    expect(dayNumber({ year: 1970, month: 1, day: 1 })).toBe(0);
    expect(canonicalSecond(951_782_400 - 1)).toBe("2000-02-28T23:59:59");
    expect(secondsOf("1969-12-31T23:59:59")).toBe(-1);
  });
});

describe("a time zone", () => {
  it.each([
    ["Europe/Berlin", "2025-01-31T12:00:00", "2025-01-31T11:00:00"],
    ["Europe/Berlin", "2025-07-31T12:00:00", "2025-07-31T10:00:00"],
    ["Europe/Berlin", "2025-03-30T02:30:00", undefined],
    ["Europe/Berlin", "2025-03-30T03:00:00", "2025-03-30T01:00:00"],
    ["Europe/Berlin", "2025-10-26T02:30:00", "2025-10-26T00:30:00"],
    ["Europe/Berlin", "2025-10-26T03:00:00", "2025-10-26T02:00:00"],
    ["America/New_York", "2025-11-02T01:30:00", "2025-11-02T05:30:00"],
    ["Asia/Kathmandu", "2025-01-01T00:00:00", "2024-12-31T18:15:00"],
    ["Australia/Lord_Howe", "2025-04-06T01:45:00", "2025-04-05T14:45:00"],
    ["Etc/UTC", "1900-01-01T00:00:00", "1900-01-01T00:00:00"],
  ])("%s: %s is %s in UTC", (name, local, utc) => {
    expect(timeZone(name)?.toUtc(local)).toBe(utc);
  });

  it("does not exist under any name", () => {
    expect(timeZone("Europe/Bonn")).toBeUndefined();
  });

  it("comes back to every time that its clocks show", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"].map(
      (name) => timeZone(name),
    );
    const seconds = fc.integer({
      min: secondsOf("1990-01-01T00:00:00"),
      max: secondsOf("2037-12-31T00:00:00"),
    });
    fc.assert(
      fc.property(fc.constantFrom(...zones), seconds, (zone, second) => {
        const utc = canonicalSecond(second) ?? "";
        const local = zone?.fromUtc(utc) ?? "";
        const again = zone?.toUtc(local) ?? "";
        // Twice a year an hour comes again; the first one is then taken.
        expect(zone?.fromUtc(again)).toBe(local);
        expect(secondsOf(utc) - secondsOf(again)).toBeLessThanOrEqual(3600);
        expect(secondsOf(utc) - secondsOf(again)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a number of Excel", () => {
  it.each([
    ["1", "1900-01-01"],
    ["59", "1900-02-28"],
    ["60", undefined],
    ["61", "1900-03-01"],
    ["36526", "2000-01-01"],
    ["45688.0", "2025-01-31"],
    ["45688.25", undefined],
    ["0", ""],
    ["2958465", "9999-12-31"],
    ["2958466", undefined],
    ["-1", undefined],
    ["1e4", undefined],
    ["", undefined],
  ])("%s is the day %s", (serial, date) => {
    expect(excelReader(1900, false)(serial)).toBe(date);
  });

  it.each([
    [1904, "0", "1904-01-01T00:00:00"],
    [1904, "44226.75", "2025-01-31T18:00:00"],
    [1900, "45688.9999999", "2025-02-01T00:00:00"],
    [1900, "45688.0000115740741", "2025-01-31T00:00:01"],
    [1900, "0.5", undefined],
  ] as const)("of %i, %s is the time %s", (epoch, serial, time) => {
    expect(excelReader(epoch, true)(serial)).toBe(time);
  });
});
