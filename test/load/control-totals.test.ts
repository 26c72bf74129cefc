import fc from "fast-check";
import { expect, test } from "vitest";
import { ControlTotals } from "../../src/load/reading/control-totals.ts";

function sumOf(values: readonly string[]): string {
  const totals = new ControlTotals(new Map([["sum", { value: "AMOUNT", line: 1, column: 1 }]]));
  for (const value of values) totals.add(["NO", "AMOUNT"], ["x", value]);
  return totals.texts()["sum"] ?? "";
}

test.each([
  [[], "0"],
  [["1"], "1"],
  [["1,5", "2,25"], "3.75"],
  [["0.1", "0.2"], "0.3"],
  [["1.234,50", "1,234.50"], "2469.00"],
  [["1.234.567"], "1234567"],
  [["1,234,567.8"], "1234567.8"],
  [["1'234.50", "1 234,50"], "2469.00"],
  [["-5", "5-", "+3"], "-7"],
  [["-0,05"], "-0.05"],
  [[" 7 ", "\t8"], "15"],
  [["", "abc", "12a", "1e5", "--1", "-", ","], "0"],
  [["99999999999999999999", "1"], "100000000000000000000"],
])("%j is %s", (values, expected) => {
  expect(sumOf(values)).toBe(expected);
});

test("property: the sum is exact, however the numbers are written", () => {
  const cents = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  const style = fc.constantFrom<[string, string]>(
    [".", ","],
    [",", "."],
    ["", ","],
    ["", "."],
    ["'", "."],
    [" ", ","],
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(cents, style, fc.boolean())), (numbers) => {
      const texts = numbers.map(([value, [group, point], signBehind]) => {
        const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
        const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, group);
        const sign = value < 0n ? "-" : "";
        const text = `${whole}${point}${digits.slice(-2)}`;
        return signBehind ? text + sign : sign + text;
      });
      const expected = numbers.reduce((sum, [value]) => sum + value, 0n);
      const actual = BigInt(sumOf(["0,00", ...texts]).replace(".", ""));
      expect(actual).toBe(expected);
    }),
  );
});

test("a column a record does not have counts as nothing", () => {
  const totals = new ControlTotals(new Map([["sum", { value: "GONE", line: 1, column: 1 }]]));
  totals.add(["NO"], ["5"]);
  expect(totals.texts()).toEqual({ sum: "0" });
});
