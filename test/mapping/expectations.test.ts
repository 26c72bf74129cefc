import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Reason } from "../../src/errors/reason.ts";
import { SeenValues } from "../../src/mapping/expectations/unique-values.ts";
import type { Located } from "../../src/project/located.ts";
import type { ExpectationKind, MappingDefinition } from "../../src/project/mapping-definition.ts";
import { compile } from "./mapping-definition.ts";

type Expectation = MappingDefinition["expectations"][number];

function at(value: string): Located<string> {
  return { value, line: 50, column: 5 };
}

function expectation(
  fields: string | readonly string[],
  expected: ExpectationKind,
  more: { readonly when?: string; readonly message?: string } = {},
): Expectation {
  const { when, message } = more;
  return {
    fields: [fields].flat().map(at),
    expected,
    ...(when === undefined ? {} : { when: at(when) }),
    ...(message === undefined ? {} : { message }),
  };
}

function between(field: string, least: string | undefined, greatest: string | undefined): Expectation {
  return expectation(field, {
    kind: "between",
    ...(least === undefined ? {} : { least: at(least) }),
    ...(greatest === undefined ? {} : { greatest: at(greatest) }),
  });
}

function isIn(field: string, ...values: string[]): Expectation {
  return expectation(field, { kind: "in", values: values.map(at) });
}

function compared(field: string, comparison: string): Expectation {
  return expectation(field, { kind: "compare", comparison: at(comparison) });
}

const unique = { kind: "unique" } as const;

/** Source columns and fields have the same names; A is the key. */
const columns = ["A", "B", "AMOUNT", "COUNT", "DAY", "ONHOLD", "SHORT"] as const;
const fields = Object.fromEntries(columns.map((column) => [column, column]));

type Column = (typeof columns)[number];
type Row = Readonly<Partial<Record<Column, string>>>;

/** Judges records one after the other; what has no problem is kept, as a load would. Lines are counted from 2. */
function judge(expectations: readonly Expectation[], ...rows: readonly Row[]): Reason[][] {
  const mapping = compile({ fields, expectations });
  const { expectations: check } = mapping.bind(columns);
  const seen = new SeenValues();
  return rows.map((row, index) => {
    const line = index + 2;
    const source = {
      kind: "record" as const,
      position: { file: "x.csv", line, record: index + 1, byteOffset: 0, byteLength: 1 },
      values: columns.map((column) => row[column] ?? ""),
    };
    const values = mapping.targetFields.map((field) => row[field as Column] ?? "");
    const record = { source, values, scope: "USMF" };
    const problems = check?.problems(record, seen, (first) => `on line ${first}`) ?? [];
    if (problems.length === 0) check?.keep(record, seen, line);
    return problems;
  });
}

function messages(expectations: readonly Expectation[], row: Row): string[] {
  return judge(expectations, row)
    .flat()
    .map(({ message }) => message);
}

describe("between", () => {
  test.each<[string | undefined, string | undefined, string, string | undefined]>([
    ["0", "1000", "1000.00", undefined],
    ["0", "1000", "1000.01", 'AMOUNT holds "1000.01", which is more than 1000.'],
    [
      "0.5",
      undefined,
      "0.4999999999999999999999",
      'AMOUNT holds "0.4999999999999999999999", which is less than 0.5.',
    ],
    [undefined, "-1", "-1.0", undefined],
    [undefined, "-1", "0", 'AMOUNT holds "0", which is more than -1.'],
    ["0", "1", "", undefined],
    // It is refused as no number already.
    ["0", "1", "many", undefined],
  ])("%s and %s: %s", (least, greatest, value, message) => {
    expect(messages([between("AMOUNT", least, greatest)], { AMOUNT: value })).toEqual(
      message === undefined ? [] : [message],
    );
  });

  test.each<[string, string | undefined]>([
    ["2024-12-31", undefined],
    ["2024-12-31T23:59:59", undefined],
    ["2025-01-01", 'DAY holds "2025-01-01", which is after 2024-12-31.'],
    ["2019-12-31T23:59:59", 'DAY holds "2019-12-31T23:59:59", which is before 2020-01-01.'],
    // F&O's empty date, and no date at all.
    ["1900-01-01", undefined],
    ["1900-01-01T00:00:00", undefined],
    ["2024-13-01", undefined],
  ])("days: %s", (value, message) => {
    const expected = message === undefined ? [] : [message];
    expect(messages([between("DAY", "2020-01-01", "2024-12-31")], { DAY: value })).toEqual(expected);
  });

  test("a limit with a time counts the time", () => {
    const noon = between("DAY", undefined, "2024-12-31T12:00:00");
    expect(messages([noon], { DAY: "2024-12-31T12:00:00" })).toEqual([]);
    expect(messages([noon], { DAY: "2024-12-31T12:00:01" })).toHaveLength(1);
    expect(messages([noon], { DAY: "2024-12-31" })).toEqual([]);
  });

  const decimal = fc
    .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 30n), fc.nat(6))
    .map(([minus, units, places]) => ({ units: minus ? -units : units, places }));
  const text = ({ units, places }: { units: bigint; places: number }): string => {
    const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
    const whole = digits.slice(0, digits.length - places);
    return `${units < 0n ? "-" : ""}${whole}${places === 0 ? "" : `.${digits.slice(-places)}`}`;
  };
  const sixPlaces = ({ units, places }: { units: bigint; places: number }): bigint =>
    units * 10n ** BigInt(6 - places);

  test("property: agrees with whole numbers of the sixth decimal place", () => {
    fc.assert(
      fc.property(decimal, decimal, decimal, (a, b, value) => {
        const [least, greatest] = sixPlaces(a) <= sixPlaces(b) ? [a, b] : [b, a];
        const inside = sixPlaces(least) <= sixPlaces(value) && sixPlaces(value) <= sixPlaces(greatest);
        const found = messages([between("AMOUNT", text(least), text(greatest))], { AMOUNT: text(value) });
        expect(found.length === 0).toBe(inside);
      }),
    );
  });

  test("property: comparing two fields agrees with it too", () => {
    const operators = {
      "=": (order: bigint) => order === 0n,
      "!=": (order: bigint) => order !== 0n,
      "<": (order: bigint) => order < 0n,
      "<=": (order: bigint) => order <= 0n,
      ">": (order: bigint) => order > 0n,
      ">=": (order: bigint) => order >= 0n,
    };
    const operator = fc.constantFrom(...(Object.keys(operators) as (keyof typeof operators)[]));
    const whole = fc.bigInt(-(2n ** 31n), 2n ** 31n - 1n);
    const near = fc.oneof(
      decimal,
      whole.map((units) => ({ units, places: 0 })),
    );
    fc.assert(
      fc.property(operator, near, whole, (comparison, value, count) => {
        const holds = operators[comparison](sixPlaces(value) - count * 10n ** 6n);
        const row = { AMOUNT: text(value), COUNT: String(count) };
        expect(messages([compared("AMOUNT", `${comparison} COUNT`)], row).length === 0).toBe(holds);
      }),
    );
  });
});

describe("matches", () => {
  const digits = expectation("A", { kind: "matches", pattern: at("[0-9]{10}") });

  test.each<[string, string | undefined]>([
    ["0000004711", undefined],
    ["", undefined],
    ["00000047110", 'A holds "00000047110", which does not look like [0-9]{10}.'],
    ["x0000004711", 'A holds "x0000004711", which does not look like [0-9]{10}.'],
    [
      "1".repeat(1001),
      `A holds "${"1".repeat(57)}…", which is longer than the 1000 characters a pattern is tried on.`,
    ],
  ])("%.20s", (value, message) => {
    expect(messages([digits], { A: value })).toEqual(message === undefined ? [] : [message]);
  });
});

describe("in", () => {
  test.each<[Expectation, Row, boolean]>([
    [isIn("A", "EUR", "usd"), { A: "eur " }, true],
    [isIn("A", "EUR", "usd"), { A: "USD" }, true],
    [isIn("A", "EUR", "usd"), { A: "GBP" }, false],
    [isIn("A", "EUR"), {}, true],
    [isIn("ONHOLD", "All", "No"), { ONHOLD: "Payment" }, false],
    [isIn("AMOUNT", "0", "1.5"), { AMOUNT: "1.50" }, true],
    [isIn("AMOUNT", "0", "1.5"), { AMOUNT: "-0.0" }, true],
    [isIn("AMOUNT", "0", "1.5"), { AMOUNT: "15" }, false],
    [isIn("AMOUNT", "0"), { AMOUNT: "none" }, true],
    [isIn("DAY", "2024-01-31"), { DAY: "2024-01-31T10:00:00" }, true],
    [isIn("DAY", "2024-01-31T10:00:00"), { DAY: "2024-01-31" }, true],
    [isIn("DAY", "2024-01-31T10:00:00"), { DAY: "2024-01-31T10:00:01" }, false],
  ])("%j %j", (expected, row, met) => {
    expect(messages([expected], row).length === 0).toBe(met);
  });

  test("says which values there are", () => {
    const [[problem] = []] = judge([isIn("A", "EUR", "USD")], { A: "GBP" });
    expect(problem).toMatchObject({
      code: "DMFP-EXPECTATION",
      field: "A",
      value: "GBP",
      message: 'A holds "GBP", which is none of EUR, USD.',
      fix: "Use one of: EUR, USD.",
    });
  });
});

describe("filled", () => {
  const filled = { kind: "filled" } as const;

  test("each of the fields by itself", () => {
    const row = { A: "x", B: " ", DAY: "1900-01-01" };
    const found = judge([expectation(["A", "B", "DAY", "COUNT"], filled)], row).flat();
    expect(found.map(({ field }) => field)).toEqual(["B", "DAY", "COUNT"]);
    expect(found[0]?.message).toBe("B is empty, and is expected to be filled in.");
  });
});

describe("compare", () => {
  test.each<[string, string, Row, string | undefined]>([
    ["B", "= A", { A: "Müller ", B: "müller" }, undefined],
    ["B", "!= A", { A: "X", B: "x" }, 'B holds "x"; it has to be another than A, which holds "X".'],
    ["B", "== A", { A: "X", B: "Y" }, 'B holds "Y"; it has to be the same as A, which holds "X".'],
    ["B", "= A", { A: "", B: "Y" }, undefined],
    ["COUNT", "< AMOUNT", { COUNT: "2", AMOUNT: "10.0" }, undefined],
    [
      "COUNT",
      "<AMOUNT",
      { COUNT: "10", AMOUNT: "10.0" },
      'COUNT holds "10"; it has to be less than AMOUNT, which holds "10.0".',
    ],
    ["COUNT", "<= AMOUNT", { COUNT: "x", AMOUNT: "10.0" }, undefined],
  ])("%s %s %j", (field, comparison, row, message) => {
    expect(messages([compared(field, comparison)], row)).toEqual(message === undefined ? [] : [message]);
  });
});

describe("unique", () => {
  const values = (...all: string[]): Row[] => all.map((B) => ({ B }));

  test("in any case, trimmed; empty values do not count; says where the first one is", () => {
    const found = judge([expectation("B", unique)], ...values("DE1", "", "de1 ", "DE2", ""));
    expect(found.map((problems) => problems.length)).toEqual([0, 0, 1, 0, 0]);
    expect(found[2]?.[0]).toMatchObject({
      code: "DMFP-EXPECTATION",
      field: "B",
      value: "de1 ",
      message: 'B holds "de1 ", and so does the record on line 2.',
    });
  });

  test("several fields together, of which none is empty", () => {
    const rows = [
      { A: "1", B: "x" },
      { A: "2", B: "x" },
      { A: "1", B: "" },
      { A: "1", B: "" },
      { A: "1", B: "X" },
    ];
    const found = judge([expectation(["A", "B"], unique, { message: "Twice." })], ...rows);
    expect(found.flat()).toMatchObject([
      { field: "A, B", value: "1, X", message: "Twice. The first one is on line 2." },
    ]);
    expect(found[4]).toHaveLength(1);
  });

  test("a record with another problem does not take its value", () => {
    const both = [expectation("B", unique), isIn("A", "good")];
    const rows = [
      { A: "bad", B: "x" },
      { A: "good", B: "x" },
      { A: "bad", B: "x" },
    ];
    expect(judge(both, ...rows).map((problems) => problems.length)).toEqual([1, 0, 2]);
  });

  test("property: as many are refused as a plain list refuses", () => {
    const value = fc.constantFrom("", "a", "A", "b", " b", "c");
    fc.assert(
      fc.property(fc.array(value), (all) => {
        const before = new Set<string>();
        const expected = all.map((one) => {
          const key = one.trim().toLowerCase();
          if (key === "") return 0;
          if (before.has(key)) return 1;
          before.add(key);
          return 0;
        });
        const found = judge([expectation("B", unique)], ...values(...all));
        expect(found.map((problems) => problems.length)).toEqual(expected);
      }),
    );
  });
});

describe("when", () => {
  test("looks at the source's columns; other records are not looked at", () => {
    const euro = expectation("B", { kind: "in", values: [at("EUR")] }, { when: 'A == "100"' });
    expect(messages([euro], { A: "200", B: "GBP" })).toEqual([]);
    expect(messages([euro], { A: "100", B: "GBP" })).toHaveLength(1);
  });

  test("of unique values: those of other records do not count", () => {
    const once = expectation("B", unique, { when: 'A != "free"' });
    const rows = [
      { A: "free", B: "x" },
      { A: "1", B: "x" },
      { A: "free", B: "x" },
      { A: "2", B: "x" },
    ];
    expect(judge([once], ...rows).map((problems) => problems.length)).toEqual([0, 0, 0, 1]);
  });

  test("that cannot be computed rejects the record with its own reason", () => {
    const recent = expectation("B", { kind: "filled" }, { when: 'A | decimal(".") > 5' });
    const [problems] = judge([recent], { A: "many" });
    expect(problems?.map(({ code }) => code)).toEqual(["DMFP-MAP-NUMBER"]);
  });

  test("reads its columns from the source", () => {
    const mapping = compile({
      fields: { A: "A" },
      expectations: [expectation("A", { kind: "filled" }, { when: "LAND is empty" })],
    });
    expect(mapping.sourceColumns).toEqual(["A", "LAND"]);
    expect(() => mapping.bind(["A", "LAN"])).toThrow("The source has no column LAND. Did you mean LAN?");
  });
});

test("the steward's own words take the place of ours", () => {
  const expected = expectation(
    "AMOUNT",
    { kind: "between", greatest: at("10") },
    { message: "Ask treasury first." },
  );
  expect(judge([expected], { AMOUNT: "11" }).flat()).toMatchObject([
    { field: "AMOUNT", value: "11", message: "Ask treasury first." },
  ]);
});

test("a field of unknown type is compared as what the mapping makes of it", () => {
  const limited = (expression: string): unknown =>
    compile({ fields: { A: "A", B: expression }, expectations: [between("B", "1", "5")] });
  expect(() => limited('B | decimal(".")')).not.toThrow();
  expect(() => limited("B")).toThrow("B holds texts; between wants a field with numbers or dates.");
});

test("property: nothing a record holds makes an expectation throw", () => {
  const all = [
    between("AMOUNT", "0", "5"),
    between("DAY", "2020-01-01", undefined),
    expectation("A", { kind: "matches", pattern: at("[a-z]*x?[0-9]*") }),
    isIn("B", "x", "y"),
    isIn("AMOUNT", "1", "2.50"),
    isIn("DAY", "2020-01-01"),
    compared("COUNT", ">= AMOUNT"),
    compared("A", "!= B"),
    expectation(["A", "B", "DAY"], unique),
    expectation(["SHORT", "DAY"], { kind: "filled" }, { when: 'B | decimal(",") > 1 or A is empty' }),
  ];
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("1.5", "-0", "1e9", "2020-02-30", "2020-02-29", "2020-01-01T00:00:00", "\ud800", "-"),
  );
  const row = fc.record(
    Object.fromEntries(columns.map((column) => [column, value])) as Record<Column, typeof value>,
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      for (const reason of judge(all, ...rows).flat()) {
        expect(reason.message).not.toBe("");
        expect(reason.code).toMatch(/^DMFP-(EXPECTATION|MAP-)/);
      }
    }),
  );
});
