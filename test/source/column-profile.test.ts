import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileDatePattern } from "../../src/mapping/date-pattern.ts";
import { decimalReader } from "../../src/mapping/decimal-text.ts";
import { ColumnProfiler, type ColumnProfile } from "../../src/source/column-profile.ts";
import type { CsvDialect } from "../../src/source/csv-dialect.ts";
import { CsvScanner } from "../../src/source/csv-scanner.ts";
import { dateForms } from "../../src/source/profile/date-form.ts";

function profile(values: readonly string[]): ColumnProfile {
  const profiler = new ColumnProfiler(["COLUMN"]);
  for (const value of values) profiler.add([value]);
  const [found] = profiler.profiles();
  if (found === undefined) throw new Error("The profiler has no column.");
  return found;
}

describe("counts", () => {
  test("records, filled and different values; blanks alone fill nothing", () => {
    expect(profile(["a", "", "  ", "b", "a", " a"])).toMatchObject({
      name: "COLUMN",
      records: 6,
      filled: 4,
      distinct: { count: 3, exact: true },
    });
  });

  test("a record that is too short has empty values at its end", () => {
    const profiler = new ColumnProfiler(["A", "B"]);
    profiler.add(["1"]);
    profiler.add(["2", "x"]);
    const filled = profiler.profiles().map((column) => [column.name, column.records, column.filled]);
    expect(filled).toEqual([
      ["A", 2, 2],
      ["B", 2, 1],
    ]);
  });

  test("lengths are those of the values without the blanks around them", () => {
    expect(profile(["  abc  ", "defgh"])).toMatchObject({
      shortest: 3,
      longest: 5,
      oddities: { surroundingBlanks: 1 },
    });
  });

  test("a profile can be asked for while records still come", () => {
    const profiler = new ColumnProfiler(["A"]);
    profiler.add(["x"]);
    expect(profiler.profiles()[0]).toMatchObject({ records: 1, examples: [{ value: "x", count: 1 }] });
    profiler.add(["x"]);
    expect(profiler.profiles()[0]).toMatchObject({ records: 2, examples: [{ value: "x", count: 2 }] });
  });
});

describe("what a column holds", () => {
  test.each([
    ["empty", ["", " "]],
    ["integer", ["1", "-20", "007", "4711-"]],
    ["integer", ["1", "1", "1"]],
    ["yes or no", ["1", "0", "1"]],
    ["yes or no", ["X", "", "x"]],
    ["yes or no", ["J", "N", "ja"]],
    ["decimal point", ["1,234.50", "3"]],
    ["decimal comma", ["1.234,50", "500.000,00", "7"]],
    ["date", ["28.02.2011", "00.00.0000"]],
    ["date", ["2024-02-29", "2023-12-31"]],
    ["date", ["20240131", "99991231"]],
    ["date", ["2024-01-31", "31.01.2024"]],
    ["text", ["2023-02-29"]],
    ["text", ["12345678x"]],
    ["text", ["1.2.3"]],
    ["text", ["12,50", "unlimited"]],
    ["integer", ["47110815", "12345678"]],
  ])("%s: %j", (kind, values) => {
    expect(profile(values).kind).toBe(kind);
  });

  test("a few values that do not fit show up as the difference", () => {
    const { kind, filled, fits } = profile(["1,50", "2,50", "unlimited"]);
    expect({ kind, missing: filled - fits.decimalComma }).toEqual({ kind: "text", missing: 1 });
  });

  test("a date that fits several patterns is counted under each, the most frequent first", () => {
    const { fits } = profile(["01/02/2024", "13/02/2024", "1/2/2024"]);
    expect(fits.dates).toEqual([
      { pattern: "d/M/yyyy", count: 3 },
      { pattern: "dd/MM/yyyy", count: 2 },
      { pattern: "M/d/yyyy", count: 2 },
      { pattern: "MM/dd/yyyy", count: 1 },
    ]);
  });

  test("oddities are counted", () => {
    expect(profile(["007", " x", "a\tb", "Müller", "0"]).oddities).toEqual({
      leadingZeros: 1,
      surroundingBlanks: 1,
      controlCharacters: 1,
      nonAscii: 1,
    });
  });
});

describe("least and greatest", () => {
  test.each([
    ["number", ["9", "10", "-3"], "-3", "10"],
    ["number", ["9007199254740993", "9007199254740992", "1"], "1", "9007199254740993"],
    ["number", ["1.000,10", "1.000,1", "999,99"], "999,99", "1.000,10"],
    ["number", ["5,00-", "2,00"], "5,00-", "2,00"],
    ["date", ["31.12.2023", "01.01.2024"], "31.12.2023", "01.01.2024"],
    [
      "date",
      ["2024-01-01T00:30:00+02:00", "2023-12-31T23:00:00Z"],
      "2024-01-01T00:30:00+02:00",
      "2023-12-31T23:00:00Z",
    ],
    ["text", ["10", "9", "x"], "10", "x"],
  ])("by %s: %j", (order, values, least, greatest) => {
    expect(profile(values)).toMatchObject({ order, least, greatest });
  });

  test("long texts are cut where they are shown", () => {
    const { least, examples, longest } = profile(["x".repeat(500)]);
    expect(least).toBe(`${"x".repeat(79)}…`);
    expect(examples).toEqual([{ value: `${"x".repeat(79)}…`, count: 1 }]);
    expect(longest).toBe(500);
  });

  test("long texts that begin alike are different values", () => {
    const beginning = "x".repeat(300);
    expect(profile([`${beginning}a`, `${beginning}b`, `${beginning}a`]).distinct.count).toBe(2);
  });
});

describe("shapes", () => {
  test.each([
    ["DE-00471", "AA-9{5}"],
    ["0000004711", "9{10}"],
    ["Müller & Co", "Aa{5} & Aa"],
    ["a\r\nb", "a␍␊a"],
    ["東京", "aa"],
    ["٣٤", "99"],
    ["1 000", "9 999"],
    ["-----", "-{5}"],
  ])("%j has the shape %s", (value, pattern) => {
    expect(profile([value]).patterns).toEqual([{ pattern, count: 1 }]);
  });

  test("the shape of a long text is cut", () => {
    const [first] = profile(["Ab ".repeat(100)]).patterns;
    expect(first?.pattern).toMatch(/^(Aa ){13}A…$/);
  });
});

const someValue = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "X",
    "N",
    "0",
    "1",
    "EUR",
    "28.02.2011",
    "2024-02-29",
    "00000000",
    "1.234,56",
    "1,234.5",
  ),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number.toFixed(2)),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ minLength: 120, maxLength: 140 }),
);

test("never throws, and agrees with plain counting on any values", () => {
  fc.assert(
    fc.property(fc.array(someValue, { maxLength: 300 }), (values) => {
      const found = profile(values);
      const filled = values.filter((value) => value.trim() !== "");
      const lengths = filled.map((value) => value.trim().length);
      const asComma = decimalReader({ decimal: ",", thousands: "." });
      const asPoint = decimalReader({ decimal: ".", thousands: "," });
      expect(found).toMatchObject({
        records: values.length,
        filled: filled.length,
        distinct: { count: new Set(filled).size, exact: true },
        shortest: Math.min(...lengths, ...(lengths.length === 0 ? [0] : [])),
        longest: Math.max(0, ...lengths),
        fits: {
          decimalComma: filled.filter((value) => asComma(value) !== undefined).length,
          decimalPoint: filled.filter((value) => asPoint(value) !== undefined).length,
        },
        oddities: { surroundingBlanks: filled.filter((value) => value.trim() !== value).length },
        patternsShortBy: 0,
        examplesShortBy: 0,
      });
      for (const { value, count } of found.examples.filter((example) => !example.value.endsWith("…"))) {
        expect(count).toBe(filled.filter((other) => other === value).length);
      }
      if (found.order === "text" && filled.length > 0) {
        const [least = ""] = filled.toSorted();
        expect(found.least?.slice(0, 79)).toBe(least.slice(0, 79));
      }
    }),
    { numRuns: 300 },
  );
});

test("every date pattern it names is one of the mapping language, and reads the same values", () => {
  const digits = fc.integer({ min: 0, max: 9 });
  const pieces: Readonly<Record<string, fc.Arbitrary<string>>> = {
    yyyy: fc.integer({ min: 1898, max: 2201 }).map(String),
    yy: fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, "0")),
    M: fc.integer({ min: 0, max: 13 }).map(String),
    d: fc.integer({ min: 0, max: 32 }).map(String),
    SSS: fc.array(digits, { minLength: 1, maxLength: 4 }).map((all) => all.join("")),
    XXX: fc.constantFrom("Z", "+02:00", "-0530"),
  };
  const two = fc.integer({ min: 0, max: 61 }).map((number) => String(number).padStart(2, "0"));
  for (const { pattern, digitsOnly } of dateForms) {
    const reader = compileDatePattern(pattern);
    if ("problem" in reader) throw new Error(`${pattern} ${reader.problem}`);
    const parts = pattern.match(/yyyy|yy|MM|M|dd|d|HH|mm|ss|SSS|XXX|[^a-zA-Z]|T/g) ?? [];
    const texts = parts.map((part) => pieces[part] ?? (/^[a-zA-Z]{2}$/.test(part) ? two : fc.constant(part)));
    fc.assert(
      fc.property(fc.tuple(...texts), (all) => {
        const text = all.join("");
        const counted = profile([text]).fits.dates.find((form) => form.pattern === pattern)?.count ?? 0;
        const year = Number(/\d{4}/.exec(text)?.[0]);
        // In a row of digits only years that people use are taken for years.
        if (digitsOnly && pattern.startsWith("yyyy") && (year < 1900 || year > 2199)) return;
        if (digitsOnly && Number(text.slice(4)) > 2199) return;
        if (digitsOnly && pattern.startsWith("dd") && Number(text.slice(4)) < 1900) return;
        expect([text, counted === 1]).toEqual([text, reader.read(text)?.kind === "date"]);
      }),
      { numRuns: 30 },
    );
  }
});

describe("columns too large to keep", () => {
  test("different values are estimated within 2 %", () => {
    for (const count of [8_192, 8_193, 20_000, 60_000, 200_000]) {
      const profiler = new ColumnProfiler(["ID"]);
      for (let number = 0; number < count; number++) profiler.add([`K-${number}`]);
      const [found] = profiler.profiles();
      expect(found?.distinct.exact).toBe(count <= 8_192);
      expect(Math.abs((found?.distinct.count ?? 0) / count - 1)).toBeLessThan(count <= 8_192 ? 1e-9 : 0.02);
    }
  });

  test("a value that comes often enough is found, and its count is short by no more than is said", () => {
    const profiler = new ColumnProfiler(["ID"]);
    let often = 0;
    for (let number = 0; number < 100_000; number++) {
      if (number % 50 === 7) often++;
      profiler.add([number % 50 === 7 ? "often" : `once ${number}`]);
    }
    const [found] = profiler.profiles();
    const first = found?.examples[0];
    expect(first?.value).toBe("often");
    expect(found?.examplesShortBy).toBeGreaterThan(0);
    expect(found?.examplesShortBy).toBeLessThanOrEqual(100_000 / 513);
    expect(first?.count).toBeLessThanOrEqual(often);
    expect((first?.count ?? 0) + (found?.examplesShortBy ?? 0)).toBeGreaterThanOrEqual(often);
  });

  test("values that never come twice are shown by the first ones", () => {
    const profiler = new ColumnProfiler(["ID"]);
    for (let number = 0; number < 20_000; number++) profiler.add([`K-${number}`]);
    const values = profiler.profiles()[0]?.examples.map(({ value }) => value);
    expect(values?.length).toBeGreaterThanOrEqual(5);
  });
});

test("a profile of records that are not decoded is the profile of their texts", () => {
  const value = fc.oneof(
    fc.constantFrom(
      "",
      "EUR",
      " EUR",
      "007",
      "12,50",
      "31.01.2024",
      "ja",
      'the "best"',
      "Größe",
      "😀",
      "\u0007",
    ),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.nat({ max: 20 }).map((count) => "long ".repeat(count * 4)),
  );
  const dialect: CsvDialect = {
    encoding: "utf-8",
    delimiter: ";",
    quote: '"',
    lineEnd: "\n",
    startByte: 0,
    startLine: 1,
    maxRecordBytes: 1_000_000,
  };
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { maxLength: 60 }), fc.boolean(), (rows, quotes) => {
      const written = rows.map((row) =>
        row.map((text) => (quotes || /[";\r\n]/.test(text) ? quoted(text) : text)),
      );
      const bytes = Buffer.from(written.map((row) => `x;${row.join(";")}\n`).join(""));
      const scanner = new CsvScanner({
        file: "f",
        dialect,
        columns: ["X", "A", "B"],
        fromByte: 0,
        fromLine: 1,
      });
      const fromBytes = new ColumnProfiler(["X", "A", "B"]);
      for (const item of [...scanner.feed(bytes), ...scanner.end()]) {
        if (item.kind === "record") fromBytes.addRecord(item);
      }
      const fromTexts = new ColumnProfiler(["X", "A", "B"]);
      for (const row of rows) fromTexts.add(["x", ...row]);
      expect(fromBytes.profiles()).toEqual(fromTexts.profiles());
    }),
    { numRuns: 200 },
  );
});
