import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareDecimals,
  decimalReader,
  isPlainNumber,
  roundDecimal,
} from "../../src/mapping/decimal-text.ts";

const german = decimalReader({ decimal: ",", thousands: "." });

/** A canonical decimal made of digits, as a text. */
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.integer({ min: 0, max: 8 }))
  .map(([digits, scale]) => {
    const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
    const whole = text.slice(0, text.length - scale);
    const sign = digits < 0n ? "-" : "";
    return scale === 0 ? sign + whole : `${sign}${whole}.${text.slice(-scale)}`;
  });

describe("reading a decimal", () => {
  it.each([
    ["1.234,50", "1234.50"],
    ["1234,50", "1234.50"],
    ["1.234.567", "1234567"],
    ["-12,5", "-12.5"],
    ["12,5-", "-12.5"],
    ["12,5 -", "-12.5"],
    ["+12,5", "12.5"],
    [" 12 ", "12"],
    [",5", "0.5"],
    ["007", "7"],
    ["0,00-", "0.00"],
    ["12345678901234567890,123456789", "12345678901234567890.123456789"],
  ])("takes %s", (text, expected) => {
    expect(german(text)).toBe(expected);
  });

  it.each([
    "",
    "-",
    ",",
    "5,",
    "1.23",
    "1234.567",
    "1.234.56",
    ".123",
    "1,2,3",
    "-5-",
    "1e5",
    "0x1",
    "1 234",
    "½",
    "١",
    "NaN",
  ])("refuses %j", (text) => {
    expect(german(text)).toBeUndefined();
  });

  it("takes the blanks people group with", () => {
    const french = decimalReader({ decimal: ",", thousands: " " });
    expect([french("1 234,5"), french("1\u00a0234,5"), french("1\u202f234,5")]).toEqual([
      "1234.5",
      "1234.5",
      "1234.5",
    ]);
  });

  it("takes the apostrophes of Swiss numbers", () => {
    expect(decimalReader({ decimal: ".", thousands: "'" })("1'234.50")).toBe("1234.50");
  });

  it("gives back every number that was written in German", () => {
    fc.assert(
      fc.property(decimal, fc.boolean(), (value, trailing) => {
        const [whole = "", fraction] = value.replace("-", "").split(".");
        const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ".");
        const text = fraction === undefined ? grouped : `${grouped},${fraction}`;
        const sign = value.startsWith("-") ? "-" : "";
        expect(german(trailing ? text + sign : sign + text)).toBe(value);
      }),
    );
  });
});

describe("rounding", () => {
  it.each([
    ["2.345", 2, "2.35"],
    ["-2.345", 2, "-2.35"],
    ["2.344999", 2, "2.34"],
    ["9.995", 2, "10.00"],
    ["-0.004", 2, "0.00"],
    ["5", 2, "5.00"],
    ["1234.5", 0, "1235"],
    ["0.5", 0, "1"],
  ])("%s to %i digits", (value, scale, expected) => {
    expect(roundDecimal(value, scale)).toBe(expected);
  });

  it("is never off by more than half a unit of the last digit, and exact when there is nothing to round", () => {
    fc.assert(
      fc.property(decimal, fc.integer({ min: 0, max: 10 }), (value, scale) => {
        const rounded = roundDecimal(value, scale);
        expect(rounded.split(".")[1]?.length ?? 0).toBe(scale);
        const units = (text: string): bigint => {
          const [whole = "", fraction = ""] = text.replace("-", "").split(".");
          const digits = BigInt(whole + fraction.padEnd(12, "0"));
          return text.startsWith("-") ? -digits : digits;
        };
        const difference = units(rounded) - units(value);
        const size = difference < 0n ? -difference : difference;
        expect(size * 2n <= 10n ** BigInt(12 - scale)).toBe(true);
        if ((value.split(".")[1]?.length ?? 0) <= scale) expect(size).toBe(0n);
      }),
    );
  });
});

describe("comparing", () => {
  it("orders as numbers do", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer({ min: 0, max: 4 }), (a, b, zeros) => {
        const text = zeros === 0 ? a.toString() : `${a}.${"0".repeat(zeros)}`;
        expect(Math.sign(compareDecimals(text, b.toString()))).toBe(Math.sign(a - b));
      }),
    );
    expect(compareDecimals("+1.50", "1.5")).toBe(0);
    expect(compareDecimals("-0.1", "-0.01")).toBeLessThan(0);
  });

  it("knows a number when it sees one", () => {
    expect(["1", "-1.5", "+1"].every(isPlainNumber)).toBe(true);
    expect(["", "1.", ".5", "1,5", "1e3", " 1"].some(isPlainNumber)).toBe(false);
  });
});
