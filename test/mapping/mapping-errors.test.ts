import { describe, expect, it } from "vitest";
import { compileMapping } from "../../src/mapping/compile-mapping.ts";
import { compile, definition, lookups, schema, type MappingText } from "./mapping-definition.ts";

/** What is wrong, the expression of field A, the column of the mistake in it (0-based), words of the message. */
const expressions: readonly (readonly [string, string, number, string])[] = [
  ["an unknown step", "X | trimm", 4, "Did you mean trim?"],
  ["an unknown function", "concatt(X)", 0, "Did you mean concat?"],
  ["a step without a value before it", "trim(X)", 0, "Write COLUMN | trim(…)"],
  ["a function behind a bar", "X | concat(Y)", 4, "at the beginning"],
  ["nothing behind a bar", "X |", 3, "the name of a step"],
  ["nothing at all", "", 0, "a column"],
  ["two values without a bar", "X Y", 2, 'a "|" or the end'],
  ["a text that is not closed", 'X | default("a', 12, "never closed"],
  ["a back quote that is not closed", "`X", 0, "never closed"],
  ["a parenthesis that is not closed", 'X | default("a"', 15, '"," or a ")"'],
  ["a character without meaning", "X ; Y", 2, "no meaning"],
  ["an unknown escape", String.raw`X | default("\q")`, 13, "no meaning in a text"],
  ["too few arguments", "X | replace('a')", 4, "replace is written"],
  ["too many arguments", "X | trim(1)", 4, "trim is written trim"],
  ["a text where a number belongs", 'X | padStart("a", "0")', 13, "whole number from 1"],
  ["a number out of range", "X | substring(0, 1)", 14, "whole number from 1"],
  ["a fill of two characters", 'X | padStart(10, "00")', 17, "exactly one character"],
  ["an empty text to replace", 'X | replace("", "b")', 12, "empty"],
  ["an argument of an unknown name", "X | lookup(vendor-groups, other: 1)", 26, "no argument other"],
  ["an unknown lookup", "X | lookup(vendor-group)", 11, "Did you mean vendor-groups?"],
  ["an entry without an arrow", 'X | map("a")', 8, '"a" -> B'],
  ["an arrow where none belongs", 'X | default("a" -> B)', 12, 'takes no "->"'],
  ["a key twice in a map", 'X | map("a" -> B, "a" -> C)', 18, '"a" twice'],
  [
    "else for everything else",
    'X | map("a" -> B, else -> C)',
    18,
    "Everything else is written * -> …, not else",
  ],
  ["default for everything else", "X | map(a -> B, default -> C)", 16, 'in quotes: "default"'],
  ["an underscore for everything else", "X | map(a -> B, _ -> C)", 16, "is written * ->"],
  ["else in when", 'when(X == "a" -> "B", else -> "C")', 22, "Everything else is written * -> …, not else"],
  ["a map without entries", "X | map()", 4, "map is written"],
  ["an unknown decimal separator", 'X | decimal("x")', 12, "no separator here"],
  ["the same separator twice", 'X | decimal(",", 2, ",")', 20, "same separator"],
  ["an unknown letter in a date", 'X | date("dd.MM.jjjj")', 9, "letter j"],
  ["a date without a year", 'X | date("dd.MM")', 9, "no year"],
  ["a date with minutes for months", 'X | date("dd.mm.yyyy")', 9, "no month"],
  ["a time on its own", 'X | date("dd.MM.yyyy", "HH:mm")', 23, "in one pattern"],
  ["a number read twice", 'X | decimal(",") | decimal(",")', 19, "works on a text"],
  ["a date of a number", 'X | decimal(",") | date("yyyyMMdd")', 19, "gives a number"],
  ["a default that is no date", 'X | date("dd.MM.yyyy") | default("never")', 33, "not a date"],
  ["a default that is no number", 'X | decimal(",") | default("1,5")', 27, "not a number"],
  ["parentheses without end", `${"(".repeat(60)}X${")".repeat(60)}`, 51, "nested more than 50 deep"],
];

const conditions: readonly (readonly [string, string, number, string])[] = [
  ["one equals sign", 'X = "a"', 2, "compared with =="],
  ["no comparison", "X", 1, "a comparison"],
  ["half of is empty", "X is full", 5, '"empty"'],
  ["no list behind in", 'X in "a"', 5, 'a "("'],
  ["nothing behind and", 'X == "a" and', 12, "a column"],
  ["something behind the end", 'X == "a" X', 9, '"and", "or" or the end'],
];

function failure(text: MappingText): unknown {
  try {
    compile(text);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("an expression with", () => {
  it.each(expressions)("%s: %s", (_, expression, offset, words) => {
    const code = expression.includes("vendor-group)") ? "DMFP-LOOKUP-MISSING" : "DMFP-MAPPING-EXPRESSION";
    expect(failure({ fields: { A: expression } })).toMatchObject({
      code,
      at: { file: "mappings/test.yaml", line: 12, column: 20 + offset },
      message: expect.stringContaining(words) as string,
    });
  });
});

describe("a condition with", () => {
  it.each(conditions)("%s: %s", (_, where, offset, words) => {
    expect(failure({ where })).toMatchObject({
      code: "DMFP-MAPPING-EXPRESSION",
      at: { line: 11, column: 5 + offset },
      message: expect.stringContaining(words) as string,
    });
  });
});

describe("a mapping that", () => {
  it("fills a field the entity does not have", () => {
    expect(failure({ fields: { A: "X", AMOUMT: "Y" } })).toMatchObject({
      code: "DMFP-MAPPING-FIELD",
      at: { line: 13, column: 3 },
      message: "The entity Test things has no field AMOUMT. Did you mean AMOUNT?",
    });
  });

  it("may fill any field where the fields of the entity are not known", () => {
    const mapping = compileMapping({
      definition: definition({ fields: { WHATEVER: "X", A: "Y" } }),
      schema: { ...schema, fieldsKnown: false, fields: new Map() },
      lookups,
    });
    expect(mapping.targetFields).toEqual(["A", "WHATEVER"]);
  });

  it("does not fill the key", () => {
    expect(failure({ fields: { B: "X" } })).toMatchObject({
      code: "DMFP-MAPPING-FIELD",
      message: expect.stringContaining("wants A (part of the key)") as string,
    });
  });

  it("fills the company's own field", () => {
    expect(failure({ fields: { A: "X", DATAAREAID: "Y" } })).toMatchObject({
      code: "DMFP-MAPPING-FIELD",
      next: expect.stringContaining("legalEntity") as string,
    });
  });

  it.each([
    ["a date into a number", { A: "X", AMOUNT: 'Y | date("yyyyMMdd")' }],
    ["a number into a date", { A: "X", DAY: 'Y | decimal(",")' }],
    ["a date into an enum", { A: "X", KIND: 'Y | date("yyyyMMdd")' }],
  ])("puts %s", (_, fields) => {
    expect(failure({ fields })).toMatchObject({
      code: "DMFP-MAPPING-EXPRESSION",
      at: { line: 13, column: 20 },
    });
  });

  it("says nothing about the legal entity, and neither does the project", () => {
    expect(failure({ legalEntity: undefined })).toMatchObject({ code: "DMFP-MAPPING-INVALID" });
  });

  it("names a legal entity that cannot be one", () => {
    expect(failure({ legalEntity: '"TOOLONG"' })).toMatchObject({
      code: "DMFP-MAPPING-EXPRESSION",
      at: { line: 10, column: 5 },
    });
  });

  it("reads a column the source does not have", () => {
    const mapping = compile({ fields: { A: "X", B: "concat(NAME1, NAM2)" } });
    expect(() => mapping.bind(["X", "NAME1", "NAME2"])).toThrow(
      expect.objectContaining({
        code: "DMFP-MAPPING-COLUMN",
        at: { file: "mappings/test.yaml", line: 13, column: 34 },
        message: "The source has no column NAM2. Did you mean NAME2? It has X, NAME1, NAME2.",
      }) as Error,
    );
  });

  it("adds up a column the source does not have", () => {
    const mapping = compile({ controlTotals: { sum: "AMT" } });
    expect(() => mapping.bind(["X"])).toThrow(
      expect.objectContaining({
        code: "DMFP-MAPPING-COLUMN",
        at: expect.objectContaining({ line: 30 }) as object,
      }) as Error,
    );
  });
});

describe("the place of a mistake", () => {
  it("is right in an expression of several lines", () => {
    const fields = { A: "concat(\n  X,\n  Y | upperr\n)" };
    expect(failure({ fields })).toMatchObject({ at: { line: 14, column: 7 } });
  });
});
