import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareCell, type CorrectedCell } from "../../../src/rejection/corrected/cell-comparison.ts";
import { guardFormula } from "../../../src/rejection/formula-guard.ts";

function verdict(original: string, cell: string | CorrectedCell, wasRejected = false): string {
  const result = compareCell(original, typeof cell === "string" ? { text: cell } : cell, wasRejected);
  switch (result.kind) {
    case "same":
      return "same";
    case "repaired":
      return `repaired: ${result.harm}`;
    case "corrected":
      return `corrected: ${result.value}`;
    case "doubtful":
      return `doubtful: ${result.why}`;
  }
}

describe("what a spreadsheet does to a value is put back", () => {
  test.each([
    ["000123", "123", "leading zeros"],
    ["0", "000", "leading zeros"],
    ["+49301234", "49301234", "number notation"],
    ["12,50", "12,5", "number notation"],
    ["1.500,00", "1500", "number notation"],
    ["1.500", "1500", "number notation"],
    ["12.50-", "-12.5", "number notation"],
    ["1'234'567.10", "1234567.1", "number notation"],
    ["12E3", "1.20E+04", "number notation"],
    ["5%", "0.05", "number notation"],
    ["123456789012", "1.23457E+11", "digits lost"],
    ["123456789012", "1,23457E+11", "digits lost"],
    ["4006381333931", "4.00638E+12", "digits lost"],
    ["12345678901234567890", "12345678901234500000", "digits lost"],
    ["12345678901234567890", "12345678901234600000", "digits lost"],
    ["3.14159265358979", "3.141592654", "digits lost"],
    ["31.12.2024", "12/31/2024", "date notation"],
    ["31.12.2024", "2024-12-31", "date notation"],
    ["2024-12-31", "31.12.24", "date notation"],
    ["20241231", "31.12.2024", "date notation"],
    ["2024-12-31", "45657", "date notation"],
    ["2024-12-31T00:00:00", "31.12.2024", "date notation"],
    ["31.12.2024 13:45", "12/31/2024 1:45 PM", "date notation"],
    ["1-2", "01. Feb", "turned into a date"],
    ["MAR1", "1-Mar", "turned into a date"],
    ["3/4", "03. Apr", "turned into a date"],
    ["true", "WAHR", "truth value"],
    ["false", "FALSE", "truth value"],
    ["=A1", "#NAME?", "run as a formula"],
    ["-abc", "#WERT!", "run as a formula"],
    ["123456789", "########", "cut off"],
    ["two\nlines", "two\r\nlines", "line breaks"],
    ["Łódź", "?ód?", "characters lost"],
    ["Müller", "MÃ¼ller", "characters lost"],
    ["Zo\u00EB", "Zoe\u0308", "characters lost"],
    ["a\u0001\r\nb", "a_x0001_\nb", "characters lost"],
    ["=SUM(A1)", "'=SUM(A1)", "formula guard"],
  ])("%j, found as %j: %s", (original, found, harm) => {
    expect(verdict(original, found)).toBe(`repaired: ${harm}`);
  });

  test.each<[string, CorrectedCell, string]>([
    ["000123", { text: "123", typed: "number" }, "leading zeros"],
    ["31.12.2024", { text: "2024-12-31", typed: "date" }, "date notation"],
    ["1-2", { text: "2024-02-01", typed: "date" }, "turned into a date"],
    ["true", { text: "TRUE", typed: "boolean" }, "truth value"],
  ])("%j in a workbook as %j: %s", (original, cell, harm) => {
    expect(verdict(original, cell)).toBe(`repaired: ${harm}`);
  });

  test("a text that is longer than a cell may be", () => {
    const long = "x".repeat(40_000);
    expect(verdict(long, long.slice(0, 32_767))).toBe("repaired: cut off");
    expect(verdict(long, `${long.slice(0, 32_754)}… (shortened)`)).toBe("repaired: cut off");
  });
});

describe("what a person did is a correction", () => {
  test.each([
    ["1O0", "100", "100"],
    ["NET99", "Net30", "Net30"],
    ["", "Müller", "Müller"],
    ["Müller", "", ""],
    ["31.02.2024", "29.02.2024", "29.02.2024"],
    ["03.04.2024", "04.03.2024", "04.03.2024"],
    ["12,50", "13,50", "13,50"],
    ["123", "0123", "repaired"],
    ["abc", "'=danger", "=danger"],
  ])("%j to %j", (original, found, value) => {
    const wanted = value === "repaired" ? "repaired: number notation" : `corrected: ${value}`;
    expect(verdict(original, found)).toBe(wanted);
  });

  test.each<[string, CorrectedCell, string]>([
    ["31.02.2024", { text: "2024-02-29", typed: "date" }, "29.02.2024"],
    ["20240231", { text: "2024-02-29", typed: "date" }, "20240229"],
    ["2024-02-31", { text: "2024-02-29", typed: "date" }, "2024-02-29"],
    ["1O0,50", { text: "100.5", typed: "number" }, "100,5"],
    ["1O0.50", { text: "100.5", typed: "number" }, "100.5"],
    ["1O0", { text: "100", typed: "number" }, "100"],
  ])("%j, typed into a workbook as %j", (original, cell, value) => {
    expect(verdict(original, cell)).toBe(`corrected: ${value}`);
  });
});

describe("what nobody can know is doubtful", () => {
  test.each<[string, string | CorrectedCell]>([
    ["000123", "124"],
    ["4711", "1.23457E+11"],
    ["4711", "12345678901234500000"],
    ["31.02.2024", "2/29/2024"],
    ["abc", "#N/A"],
    ["abc", "a\uFFFDc"],
    ["1O0", { text: "100.5", typed: "number" }],
    ["03/14/2024x", { text: "2024-03-14", typed: "date" }],
    ["abc", { text: "", typed: "error" }],
    ["", { text: "", typed: "error" }],
  ])("%j found as %j", (original, cell) => {
    expect(verdict(original, cell)).toMatch(/^doubtful: /);
  });

  test.each([
    ["0012", "12"],
    ["12,50", "12.50"],
    ["31.12.2024", "2024-12-31"],
    ["1.500", "1500"],
  ])("%j as %j, where the record was rejected for this very value", (original, found) => {
    expect(verdict(original, found, true)).toMatch(/^doubtful: only its notation changed/);
    expect(verdict(original, found, false)).toMatch(/^repaired: /);
  });
});

describe("properties", () => {
  const value = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.stringMatching(/^0{0,4}\d{1,20}$/),
    fc.stringMatching(/^-?\d{1,6}[.,]\d{1,4}$/),
    fc.constantFrom("=1+1", "-x", "@a", "'quoted", "true", "31.12.2024", "1-2"),
  );

  test("a value that nobody touched is the same, rejected or not", () => {
    fc.assert(
      fc.property(value, fc.boolean(), (text, wasRejected) => {
        expect(compareCell(text, { text }, wasRejected)).toEqual({ kind: "same" });
      }),
    );
  });

  test("the guard of a report never becomes part of a value", () => {
    fc.assert(
      fc.property(value, (text) => {
        fc.pre(!text.startsWith("'"));
        const guarded = guardFormula(text);
        const { kind } = compareCell(text, { text: guarded }, false);
        expect(kind).toBe(guarded === text ? "same" : "repaired");
      }),
    );
  });

  test("a repaired value is never reported as a correction to what it was", () => {
    fc.assert(
      fc.property(value, value, (original, found) => {
        const result = compareCell(original, { text: found }, false);
        if (result.kind === "corrected") expect(result.value).not.toBe(original);
      }),
    );
  });

  test("numbers of up to 15 digits survive being shown as numbers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.nat(5), (number, zeros) => {
        const original = "0".repeat(zeros) + String(number);
        expect(["same", "repaired"]).toContain(
          compareCell(original, { text: String(number), typed: "number" }, false).kind,
        );
      }),
    );
  });
});
