import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDatePattern } from "../../src/mapping/date-pattern.ts";
import { decimalReader, roundDecimal } from "../../src/mapping/decimal-text.ts";
import { dateUnits } from "../../src/mapping/unit-dates.ts";
import { ByteKernel, cellStop } from "../../src/source/byte-kernel.ts";
import type { UnitStep } from "../../src/source/unit-step.ts";

const kernel = new ByteKernel();
const classes = new Uint8Array(0x10000);

/** What a step makes of a value that stands behind others; undefined where it leaves it to the step on texts. */
function onUnits(step: UnitStep, value: string): string | undefined {
  const before = "before,";
  const units = Uint16Array.from(before, (character) => character.charCodeAt(0));
  const all = { longest: 100_000, mandatory: false, check: undefined, suffix: "" };
  const use = { wanted: false, isKey: false, isText: false };
  expect(
    kernel.load(
      [
        { kind: "constant", units, classes: 0, use },
        { kind: "copied", column: 1, steps: [step], ...all, use: { ...use, wanted: true } },
      ],
      classes,
      "utf-8",
    ),
  ).toBe(true);
  const window = Buffer.from(`x,"${value}",y\n`);
  expect(kernel.find(window, { delimiter: 0x2c, quote: 0x22, lineEnd: 0x0a }).records).toBe(1);
  const stop = kernel.copyRows(0, 1, 0, 2, 0, 0x3b);
  const [length = 0, from = 0] = kernel.told;
  const row = Buffer.from(kernel.rowUnits.slice(0, length).buffer).toString("utf16le");
  expect(row.slice(0, before.length + 1)).toBe(`${before};`);
  if (stop === 4 + cellStop.toBeWritten) return undefined;
  expect(stop).toBe(4 + cellStop.toBeAttended);
  return row.slice(from);
}

const values = fc.array(
  fc.constantFrom("a", "Z", " ", "\t", "\n", "\u00a0", "\ufeff", "é", "ß", "İ", "😀", "0", "x".repeat(5000)),
  { maxLength: 8 },
);

describe("a step on units does what the step on texts does, or leaves the value to that", () => {
  const steps: readonly (readonly [string, UnitStep, (value: string) => string])[] = [
    ["trim", { kind: "trim", start: true, end: true }, (value) => value.trim()],
    ["trimStart", { kind: "trim", start: true, end: false }, (value) => value.trimStart()],
    ["trimEnd", { kind: "trim", start: false, end: true }, (value) => value.trimEnd()],
    ["upper", { kind: "upper" }, (value) => value.toUpperCase()],
    ["lower", { kind: "lower" }, (value) => value.toLowerCase()],
    [
      "padStart",
      { kind: "padStart", length: 7, unit: 0x30 },
      (value) => (value === "" ? "" : value.padStart(7, "0")),
    ],
    [
      "padStart far",
      { kind: "padStart", length: 9000, unit: 0x20ac },
      (value) => (value === "" ? "" : value.padStart(9000, "€")),
    ],
    ["default", { kind: "default", value: "none" }, (value) => (value === "" ? "none" : value)],
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
    const step = (scale: number | undefined): UnitStep => ({
      kind: "decimal",
      decimal: form.decimal.charCodeAt(0),
      thousands: form.thousands === "" ? -1 : form.thousands.charCodeAt(0),
      scale: scale ?? -1,
    });
    const written = fc
      .array(fc.constantFrom("0", "1", "12", "123", "000", ".", ",", " ", "'", "-", "+", "e"), {
        maxLength: 7,
      })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(written, fc.constantFrom(undefined, 0, 2, 5), (value, scale) => {
        const found = onUnits(step(scale), value);
        if (found === undefined || value === "") return;
        const number = read(value);
        expect(found).toBe(
          number === undefined || scale === undefined ? number : roundDecimal(number, scale),
        );
      }),
      { numRuns: 600 },
    );
    expect(onUnits(step(2), `-1${form.thousands}234${form.decimal}5`)).toBe("-1234.50");
    expect(onUnits(step(2), `1${form.thousands}234${form.decimal}5-`)).toBe("-1234.50");
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
