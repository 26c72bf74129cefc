import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileMapping } from "../../src/mapping/compile-mapping.ts";
import { mappingNeeds } from "../../src/mapping/mapping-needs.ts";
import { compile, definition, evaluate, lookups, mapOne, schema } from "./mapping-definition.ts";

describe("a mapped record", () => {
  it("has its values in the order of the target fields, the key first", () => {
    const mapping = compile({ fields: { B: "Y", A: "X", AMOUNT: 'Z | decimal(",")' } });
    expect(mapping.targetFields).toEqual(["A", "B", "AMOUNT"]);
    expect(mapOne(mapping, { X: "k", Y: "v", Z: "1,5" })).toEqual({
      kind: "mapped",
      legalEntity: "USMF",
      values: ["k", "v", "1.5"],
    });
  });

  it("does not depend on the order of the source's columns", () => {
    const mapping = compile({ fields: { A: "X", B: "Y" } });
    expect(mapOne(mapping, { other: "?", Y: "v", X: "k" })).toMatchObject({ values: ["k", "v"] });
  });

  it("reads columns in back quotes and columns with letters of any alphabet", () => {
    expect(
      evaluate("concat(`Net amount (EUR)`, Größe, /BIC/ZFIELD, @id, Phone[2]/@kind)", {
        "Net amount (EUR)": "1",
        Größe: "2",
        "/BIC/ZFIELD": "3",
        "@id": "4",
        "Phone[2]/@kind": "5",
      }),
    ).toEqual({ value: "12345" });
  });
});

describe("the columns a mapping reads", () => {
  it("are those of every expression, in order of appearance, with the control totals", () => {
    const mapping = compile({
      legalEntity: "COMPANY | upper",
      where: 'STATUS != "D" and AMOUNT > 0',
      fields: { B: 'concat(Y | trim, X, "Z")', A: "X" },
      controlTotals: { total: "NET" },
    });
    expect(mapping.sourceColumns).toEqual(["COMPANY", "STATUS", "AMOUNT", "Y", "X", "NET"]);
  });
});

describe("the lookups a mapping uses", () => {
  it("are found everywhere, each once, with their place", () => {
    const found = mappingNeeds(
      definition({
        legalEntity: "C | lookup(companies)",
        where: 'S | lookup(states) == "x" or T in ("1") and (not U | lookup("u") is empty)',
        fields: { A: "coalesce(X | lookup(states), Y | lookup(deep, default: 'q'))", B: "lookups" },
      }),
    );
    expect(found.lookups.map((name) => [name.value, name.line, name.column])).toEqual([
      ["companies", 10, 16],
      ["states", 11, 16],
      ["u", 11, 65],
      ["deep", 12, 60],
    ]);
  });
});

describe("a record with problems", () => {
  it("lists every one of them, with field, value and what could be mapped", () => {
    const mapping = compile({
      legalEntity: 'C | map("1" -> USMF)',
      fields: {
        A: "X",
        B: "Y | lookup(vendor-groups)",
        DAY: 'D | date("dd.MM.yyyy")',
        AMOUNT: 'N | decimal(",", 2)',
      },
    });
    const result = mapOne(mapping, { C: "9", X: "k", Y: "?", D: "1.1.2020", N: "x" });
    expect(result).toMatchObject({ kind: "rejected", values: ["k", "", "", ""] });
    expect(result).not.toHaveProperty("legalEntity");
    expect(
      result.kind === "rejected"
        ? result.reasons.map((reason) => [reason.code, reason.field, reason.value])
        : [],
    ).toEqual([
      ["DMFP-MAP-VALUE", "legalEntity", "9"],
      ["DMFP-MAP-LOOKUP", "B", "?"],
      ["DMFP-MAP-DATE", "DAY", "1.1.2020"],
      ["DMFP-MAP-NUMBER", "AMOUNT", "x"],
    ]);
  });

  it("still has its legal entity where that is not the problem", () => {
    const result = mapOne(compile({ fields: { A: 'X | date("yyyyMMdd")' } }), { X: "x" });
    expect(result).toMatchObject({ kind: "rejected", legalEntity: "USMF" });
  });

  it("says what a value became where steps changed it before", () => {
    expect(evaluate('X | upper | map("A" -> "1")', { X: "b" })).toEqual({
      messages: ['X gives "B", which the mapping does not know. It knows "A".'],
    });
  });

  it("is rejected, not filtered, when the filter itself cannot be computed", () => {
    const mapping = compile({ where: "Y | lookup(vendor-groups) != 'DOM-GOODS'" });
    expect(mapOne(mapping, { X: "k", Y: "LIEF" }).kind).toBe("filtered");
    expect(mapOne(mapping, { X: "k", Y: "none" })).toMatchObject({
      kind: "rejected",
      reasons: [{ code: "DMFP-MAP-LOOKUP", field: "where" }],
    });
  });
});

describe("the legal entity", () => {
  it.each([
    ["USMF", {}, "USMF"],
    ["usmf", {}, "USMF"],
    ["100", {}, "100"],
    ["COMPANY", { COMPANY: " demf " }, "DEMF"],
    ["MAND | trim", { MAND: "demf" }, "DEMF"],
    ['constant("dat")', {}, "DAT"],
  ])("%s", (legalEntity, columns, expected) => {
    expect(mapOne(compile({ legalEntity }), { X: "k", ...columns })).toMatchObject({
      kind: "mapped",
      legalEntity: expected,
    });
  });

  it.each(["", "  ", "TOOLONG", "A-B"])("cannot be %j", (company) => {
    expect(mapOne(compile({ legalEntity: "COMPANY" }), { X: "k", COMPANY: company })).toMatchObject({
      kind: "rejected",
      reasons: [{ code: "DMFP-MAP-COMPANY", field: "legalEntity", value: company }],
    });
  });

  it("is the project's default where the mapping names none", () => {
    const mapping = compileMapping({
      definition: definition({ legalEntity: undefined }),
      schema,
      lookups,
      defaultLegalEntity: "DAT",
    });
    expect(mapOne(mapping, { X: "k" })).toMatchObject({ legalEntity: "DAT" });
  });
});

describe("a filter", () => {
  it.each([
    ['X == "1"', "01", false],
    ["X == 1", "01", true],
    ["X == 1", "1.0", true],
    ["X != 1", "abc", true],
    ["X > 9", "10", true],
    ['X > "9"', "10", false],
    ["X > 9", "abc", false],
    ["X < 5", "", false],
    ["X >= -1.5", "-1.50", true],
    ['X not in ("a", "b")', "c", true],
    ["X in (1, 2)", "02", true],
    ["X is not empty", "", false],
    ['not X == "a" and X == "b"', "b", true],
    ['X == "a" or X == "b" and X == "c"', "a", true],
    ['(X == "a" or X == "b") and X == "c"', "a", false],
    ['(X | upper) == "A"', "a", true],
    ["((X)) == 'a'", "a", true],
    ["X == Y", "2.0", true],
    ["X | trim is empty", "  ", true],
    ["99999999999999999999.1 < X", "99999999999999999999.2", true],
  ])("%s for %j is %s", (where, value, taken) => {
    expect(mapOne(compile({ where }), { X: value, Y: "2" }).kind).toBe(taken ? "mapped" : "filtered");
  });
});

describe("mapping", () => {
  const mapping = compile({
    legalEntity: "C | trim",
    where: 'concat(X, Y) != "q" and (Y > 3 or Z < Y or X is not empty or C in (1, "2", Z))',
    fields: {
      A: 'X | trim | upper | lower | padStart(5, "0") | padEnd(7) | substring(2, 3) | replace("a", "$&")',
      B: 'concat(Y | substring(3), coalesce(Z, X | lookup(vendor-groups, "n")), C | map("1" -> A, * -> B))',
      AMOUNT: 'Y | decimal(",", 2) | default("0")',
      DAY: 'Z | date("dd.MM.yyyy", "yyMMdd", "yyyy-MM-ddTHH:mm:ss")',
      KIND: 'X | lookup(vendor-groups) | default("None")',
    },
  }).bind(["X", "Y", "Z", "C"]);
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      "1.234,56-",
      "00.00.0000",
      "31.12.2024",
      "240229",
      "+1",
      "\ud800",
      "__proto__",
      "LIEF",
      "",
      "1",
    ),
  );

  it("never throws, keeps its shape and rejects only with reasons, whatever a record holds", () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 6 }), (values) => {
        const position = { file: "x", line: 2, record: 1, byteOffset: 0, byteLength: 1 };
        const result = mapping.map({ kind: "record", position, values });
        if (result.kind === "filtered") return;
        expect(result.values).toHaveLength(5);
        if (result.kind === "rejected") expect(result.reasons.length).toBeGreaterThan(0);
        else {
          expect(result.legalEntity).toMatch(/^[A-Z0-9]{1,4}$/);
          expect(result.values[2]).toMatch(/^-?\d+(\.\d\d)?$/);
          expect(result.values[3]).toMatch(/^$|^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("compiles any text or refuses it with a coded error at a place inside it", () => {
    const piece = fc.constantFrom(
      "X",
      "|",
      "trim",
      "(",
      ")",
      ",",
      '"a"',
      "->",
      "*",
      "map",
      "concat",
      "1",
      "`",
      ":",
      "in",
      "==",
      "'",
      "\\",
      "-",
      " ",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }), (pieces) => {
        const text = pieces.join(" ");
        for (const attempt of [{ fields: { A: text } }, { where: text }, { legalEntity: text }]) {
          try {
            compile(attempt);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^DMFP-(MAPPING|LOOKUP)-/) as string });
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
