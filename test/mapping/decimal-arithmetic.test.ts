import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, divide, multiply, negate, subtract } from "../../src/mapping/decimal-arithmetic.ts";
import { compareDecimals, roundDecimal, roundingModes } from "../../src/mapping/decimal-text.ts";

/** Canonical decimals of up to 30 digits with up to 12 behind the point. */
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => {
    const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
    const whole = digits.slice(0, digits.length - scale);
    const sign = units < 0n ? "-" : "";
    return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-scale)}`;
  });
const present = (value: string | undefined): string => value ?? "none";

describe("arithmetic with decimals", () => {
  it("adds what it subtracts, whatever the size", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(compareDecimals(present(subtract(present(add(a, b)), b)), a)).toBe(0);
      }),
    );
  });

  it("distributes multiplication over addition", () => {
    fc.assert(
      fc.property(decimal, decimal, decimal, (a, b, c) => {
        const left = present(multiply(a, present(add(b, c))));
        const right = present(add(present(multiply(a, b)), present(multiply(a, c))));
        expect(compareDecimals(left, right)).toBe(0);
      }),
    );
  });

  it("divides so that the quotient is off by half a unit of its last digit at most", () => {
    fc.assert(
      fc.property(decimal, decimal, fc.integer({ min: 0, max: 16 }), (a, b, scale) => {
        const quotient = divide(a, b, scale);
        if (!/[1-9]/.test(b)) {
          expect(quotient).toBeUndefined();
          return;
        }
        const rest = present(subtract(a, present(multiply(present(quotient), b))));
        const size = (value: string): string => value.replace("-", "");
        const half = present(multiply(size(b), `0.${"0".repeat(scale)}5`));
        expect(compareDecimals(size(rest), half)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it.each([
    ["0.1", "0.2", "0.3"],
    ["-0.5", "0.5", "0.0"],
    ["99999999999999999999", "1", "100000000000000000000"],
  ])("adds %s and %s", (a, b, sum) => {
    expect(add(a, b)).toBe(sum);
  });

  it.each([
    ["10", "3", 2, "3.33"],
    ["-10", "3", 0, "-3"],
    ["5", "2", 0, "3"],
    ["-5", "2", 0, "-3"],
    ["1", "-8", 2, "-0.13"],
    ["0", "7", 1, "0.0"],
  ])("divides %s by %s to %i digits", (a, b, scale, quotient) => {
    expect(divide(a, b, scale)).toBe(quotient);
  });

  it("turns the sign, but not that of zero", () => {
    expect(["1.5", "-1.5", "0.00"].map(negate)).toEqual(["-1.5", "1.5", "0.00"]);
  });

  it("gives up on numbers without end rather than taking for ever", () => {
    expect(multiply("9".repeat(201), "2")).toBeUndefined();
  });
});

describe("rounding", () => {
  const values = ["2.5", "-2.5", "3.5", "2.51", "2.49", "-2.1", "2.0"];

  it.each([
    ["half", ["3", "-3", "4", "3", "2", "-2", "2"]],
    ["half-even", ["2", "-2", "4", "3", "2", "-2", "2"]],
    ["up", ["3", "-3", "4", "3", "3", "-3", "2"]],
    ["down", ["2", "-2", "3", "2", "2", "-2", "2"]],
    ["ceiling", ["3", "-2", "4", "3", "3", "-2", "2"]],
    ["floor", ["2", "-3", "3", "2", "2", "-3", "2"]],
  ] as const)("%s", (mode, expected) => {
    expect(values.map((value) => roundDecimal(value, 0, mode))).toEqual(expected);
  });

  it("never moves a number by a unit or more, and leaves a rounded one alone", () => {
    fc.assert(
      fc.property(
        decimal,
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom(...roundingModes),
        (value, scale, mode) => {
          const rounded = roundDecimal(value, scale, mode);
          const distance = present(subtract(rounded, value)).replace("-", "");
          const unit = scale === 0 ? "1" : `0.${"0".repeat(scale - 1)}1`;
          expect(compareDecimals(distance, unit)).toBeLessThan(0);
          expect(roundDecimal(rounded, scale, mode)).toBe(rounded);
        },
      ),
    );
  });
});
