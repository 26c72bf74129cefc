import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDatePattern } from "../../src/mapping/date-pattern.ts";

function read(pattern: string, text: string): string | undefined {
  const compiled = compileDatePattern(pattern);
  if ("problem" in compiled) throw new TypeError(compiled.problem);
  const found = compiled.read(text);
  return found?.kind === "empty" ? "" : found?.value;
}

describe("a date pattern", () => {
  it.each([
    ["dd.MM.yyyy", "31.12.2024", "2024-12-31"],
    ["dd.MM.yyyy", " 31.12.2024 ", "2024-12-31"],
    ["d.M.yyyy", "1.2.2024", "2024-02-01"],
    ["d.M.yyyy", "01.02.2024", "2024-02-01"],
    ["yyyyMMdd", "20240229", "2024-02-29"],
    ["MM/dd/yy", "01/02/49", "2049-01-02"],
    ["MM/dd/yy", "01/02/50", "1950-01-02"],
    ["MM/dd/yy", "01/02/00", "2000-01-02"],
    ["dd.MM.yyyy HH:mm", "01.02.2024 07:05", "2024-02-01T07:05:00"],
    ["yyyy-MM-dd'T'HH:mm:ss'Z'", "2024-02-01T07:05:09Z", "2024-02-01T07:05:09"],
    ["yyyyMMddHHmmss", "20240201235959", "2024-02-01T23:59:59"],
    ["dd 'de' MM 'de' yyyy", "01 de 02 de 2024", "2024-02-01"],
    ["dd.MM.yyyy", "00.00.0000", ""],
    ["yyyyMMdd", "00000000", ""],
    ["ddMMyy", "000000", ""],
  ])("%s reads %s", (pattern, text, expected) => {
    expect(read(pattern, text)).toBe(expected);
  });

  it.each([
    ["dd.MM.yyyy", "31.02.1990"],
    ["dd.MM.yyyy", "29.02.2023"],
    ["dd.MM.yyyy", "29.02.1900"],
    ["dd.MM.yyyy", "1.2.1990"],
    ["dd.MM.yyyy", "01.13.1990"],
    ["dd.MM.yyyy", "00.01.1990"],
    ["dd.MM.yyyy", "01.01.0000"],
    ["dd.MM.yyyy", "01.01.1990x"],
    ["dd.MM.yyyy", "01-01-1990"],
    ["dd.MM.yyyy HH:mm", "01.01.1990 24:00"],
    ["dd.MM.yyyy HH:mm", "01.01.1990 10:60"],
    ["dd.MM.yyyy", "٠١.٠١.١٩٩٠"],
  ])("%s refuses %s", (pattern, text) => {
    expect(read(pattern, text)).toBeUndefined();
  });

  it("reads exactly the days the calendar has", () => {
    const part = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 9999 }), part, part, (year, month, day) => {
        const text = `${year}-${month.toString().padStart(2, "0")}-${day.toString().padStart(2, "0")}`;
        const real = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(real.getTime()) && real.toISOString().startsWith(text);
        expect(read("yyyy-MM-dd", text)).toBe(exists ? text : undefined);
      }),
      { numRuns: 500 },
    );
  });
});
