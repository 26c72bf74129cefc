import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDatePattern } from "../../src/mapping/date-pattern.ts";
import { decimalReader, roundDecimal } from "../../src/mapping/decimal-text.ts";
import { dateUnits } from "../../src/mapping/unit-dates.ts";
import { decimalUnits } from "../../src/mapping/unit-numbers.ts";
import {
  defaultUnits,
  lowerUnits,
  padStartUnits,
  trimEndUnits,
  trimStartUnits,
  trimUnits,
  upperUnits,
  type UnitStep,
} from "../../src/mapping/unit-step.ts";
import { TextUnits } from "../../src/source/text-units.ts";

const before = "before,";

/** What a step makes of a value that stands behind others; undefined where it leaves it to the step on texts. */
function onUnits(step: UnitStep, value: string): string | undefined {
  const text = new TextUnits(new Uint8Array(0x10000));
  text.text(before);
  const from = text.length;
  text.text(value);
  if (!step(text, from)) return undefined;
  expect(text.textFrom(0).slice(0, from)).toBe(before);
  return text.textFrom(from);
}

const values = fc.array(
  fc.constantFrom("a", "Z", " ", "\t", "\n", "\u00a0", "\ufeff", "é", "ß", "İ", "😀", "0", "x".repeat(5000)),
  { maxLength: 8 },
);

describe("a step on units does what the step on texts does, or leaves the value to that", () => {
  const steps: readonly (readonly [string, UnitStep, (value: string) => string])[] = [
    ["trim", trimUnits, (value) => value.trim()],
    ["trimStart", trimStartUnits, (value) => value.trimStart()],
    ["trimEnd", trimEndUnits, (value) => value.trimEnd()],
    ["upper", upperUnits, (value) => value.toUpperCase()],
    ["lower", lowerUnits, (value) => value.toLowerCase()],
    ["padStart", padStartUnits(7, "0"), (value) => (value === "" ? "" : value.padStart(7, "0"))],
    ["padStart far", padStartUnits(9000, "€"), (value) => (value === "" ? "" : value.padStart(9000, "€"))],
    ["default", defaultUnits("none"), (value) => (value === "" ? "none" : value)],
  ];
  it.each(steps)("%s", (_, step, onText) => {
    fc.assert(
      fc.property(values, (parts) => {
        const value = parts.join("");
        expect(onUnits(step, value) ?? onText(value)).toBe(onText(value));
        // Of ASCII nothing is left.
        if (/^[\0-\x7f]*$/.test(value)) expect(onUnits(step, value)).toBe(onText(value));
      }),
    );
  });

  it.each([
    { decimal: ",", thousands: "." },
    { decimal: ".", thousands: "," },
    { decimal: ".", thousands: "" },
    { decimal: ",", thousands: " " },
    { decimal: ".", thousands: "'" },
  ])("decimal, $decimal and $thousands", (form) => {
    const read = decimalReader(form);
    const written = fc
      .array(fc.constantFrom("0", "1", "12", "123", "000", ".", ",", " ", "'", "-", "+", "e"), {
        maxLength: 7,
      })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(written, fc.constantFrom(undefined, 0, 2, 5), (value, scale) => {
        const found = onUnits(decimalUnits(form, scale), value);
        if (found === undefined || value === "") return;
        const number = read(value);
        expect(found).toBe(
          number === undefined || scale === undefined ? number : roundDecimal(number, scale),
        );
      }),
      { numRuns: 600 },
    );
    expect(onUnits(decimalUnits(form, 2), `-1${form.thousands}234${form.decimal}5`)).toBe("-1234.50");
    expect(onUnits(decimalUnits(form, 2), `1${form.thousands}234${form.decimal}5-`)).toBe("-1234.50");
  });

  it.each(["dd.MM.yyyy", "yyyyMMdd", "yyyy-MM-dd", "MM/dd/yyyy", "ddMMyyyy"])("date, %s", (pattern) => {
    const step = dateUnits(pattern);
    const compiled = compileDatePattern(pattern);
    if (step === undefined || "problem" in compiled) throw new Error(pattern);
    const number = (digits: number, max: number) =>
      fc.nat({ max }).map((value) => String(value).padStart(digits, "0"));
    const date = fc.record({
      yyyy: number(4, 9999),
      MM: number(2, 13),
      dd: number(2, 32),
      mark: fc.constantFrom("", "x"),
    });
    fc.assert(
      fc.property(date, ({ yyyy, MM, dd, mark }) => {
        const value = pattern.replace("yyyy", yyyy).replace("MM", MM).replace("dd", dd) + mark;
        const found = compiled.read(value);
        // The empty date, and what is none, are for the step on texts.
        expect(onUnits(step, value)).toBe(found?.kind === "date" ? found.value : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it.each(["d.M.yyyy", "dd.MM.yy", "yyyy-MM-dd HH:mm:ss", "dd MMM yyyy", "yyyy'T'MMdd", "yyyyMMyyyy"])(
    "date, not %s: its digits have no fixed places",
    (pattern) => {
      expect(dateUnits(pattern)).toBeUndefined();
    },
  );
});
