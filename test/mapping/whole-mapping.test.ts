import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileChecks } from "../../src/entity/value-check.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { compileMapping } from "../../src/mapping/compile-mapping.ts";
import { JoinTableBuilder } from "../../src/mapping/join-table.ts";
import { parseLookup } from "../../src/mapping/lookup.ts";
import { stepFunctionKey, type StepFunction } from "../../src/mapping/step-function.ts";
import { compile, definition, evaluate, lookups, mapOne, schema } from "./mapping-definition.ts";

function failure(attempt: () => unknown): DmfpipeError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof DmfpipeError) return error;
    throw error;
  }
  throw new DmfpipeError("DMFP-BUG", "Nothing was thrown.");
}

describe("a mapping with several mistakes", () => {
  const text = {
    legalEntity: "C | uper",
    where: "X = 1",
    fields: {
      A: 'concat(X | trimm, Y | map("a"), Z)',
      B: "X | lookup(none) | round(2)",
      NONE: "X",
      KIND: 'D | date("x")',
    },
  };

  it("says all of them at once, in the order of the file", () => {
    const { code, at, message } = failure(() => compile(text));
    expect(code).toBe("DMFP-MAPPING-EXPRESSION");
    expect(at).toEqual({ file: "mappings/test.yaml", line: 10, column: 9 });
    expect(message.split("\n").map((line) => /^ {2}mappings\/test\.yaml:(\d+:\d+) /.exec(line)?.[1])).toEqual(
      [undefined, "10:9", "11:7", "12:31", "12:46", "13:31", "14:3", "15:29"],
    );
    expect(message).toContain("7 mistakes in mappings/test.yaml:");
    expect(message).toContain("Did you mean trim?");
  });

  it("lists no more than twenty", () => {
    const fields = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`NONE${index}`, "X"]));
    const { message } = failure(() => compile({ fields: { A: "X", ...fields } }));
    expect(message.split("\n")).toHaveLength(22);
    expect(message).toContain("25 mistakes");
    expect(message).toContain("and 5 more.");
  });

  it("says those of the files it needs as well, and once only", () => {
    const at = { file: "mappings/test.yaml", line: 12, column: 31 };
    const missing = new DmfpipeError("DMFP-LOOKUP-MISSING", "There is no such file.", { at });
    const fields = { A: "X | lookup(none)", B: "X | upperr" };
    const { message } = failure(() =>
      compileMapping({ definition: definition({ fields }), schema, lookups, mistakes: [missing] }),
    );
    expect(message).toContain("2 mistakes");
    expect(message).toContain("There is no such file.");
    expect(message).not.toContain("There is no lookup none");
  });

  it("says all the columns the source does not have", () => {
    const mapping = compile({ where: 'W == "1"', fields: { A: "X", B: "concat(Y, Z)" } });
    const { code, message } = failure(() => mapping.bind(["X"]));
    expect(code).toBe("DMFP-MAPPING-COLUMN");
    expect(message).toContain("3 mistakes");
  });
});

describe("what an expression gives is checked against its field before any record is read:", () => {
  it.each([
    ["a value the enum does not have", "ONHOLD", 'X | map("a" -> Al)', "Did you mean All?"],
    [
      "a default the enum does not have",
      "ONHOLD",
      'X | map("a" -> All) | default("none")',
      'the value "none"',
    ],
    ["one of the values of a condition", "ONHOLD", 'if(X == "1", "All", "Nein")', '"Nein"'],
    ["yes and no for a number", "AMOUNT", "X | yesNo", "a number"],
    ["a constant that is too long", "SHORT", '"abcdef"', "5 fit"],
    ["a constant that is no number", "COUNT", "1.5", "a whole number"],
    ["a constant that is no date", "DAY", 'constant("2025-02-30")', "a date between"],
    ["a sequence for a date", "DAY", "sequence(1)", "gives a whole number"],
    ["a time for a number", "COUNT", 'X | date("yyyyMMddHHmm")', "a date with a time"],
  ])("%s", (_, field, expression, words) => {
    expect(failure(() => compile({ fields: { A: "K", [field]: expression } })).message).toContain(words);
  });

  it.each([
    ["DAY", 'coalesce(X | date("yyyyMMdd"), Y | date("yyMMdd"), "2154-12-31")'],
    ["DAY", 'if(X is empty, "", X | date("yyyyMMdd"))'],
    ["ONHOLD", 'when(X == "1" -> "All", * -> reject("no"))'],
    ["COUNT", 'X | decimal(".", 0) | multiply(2)'],
    ["SHORT", 'X | map("1" -> "abcdef") | left(5)'],
  ])("%s may be filled by %s", (field, expression) => {
    expect(compile({ fields: { A: "K", [field]: expression } }).targetFields).toContain(field);
  });
});

describe("conditions inside expressions", () => {
  it.each([
    ['if(X == "a" and not (Y is empty), concat(X, Y), "z")', { X: "a", Y: "b" }, "ab"],
    ['if(X > 5, if(X > 9, "c", "b"), "a")', { X: "7" }, "b"],
    ['if(X in ("a", "b"), "in") | default("out")', { X: "c" }, "out"],
    ['(if(X == "1", Y, Z)) | upper', { X: "1", Y: "y", Z: "z" }, "Y"],
    ["when(X is empty -> Y, (X | lower) == 'q' -> Z, * -> X)", { X: "Q", Y: "y", Z: "z" }, "z"],
  ])("%s", (expression, record, value) => {
    expect(evaluate(expression, record)).toEqual({ value });
  });

  it("only compute the branch that is taken", () => {
    const expression = 'if(X == "a", Y, Z | date("yyyyMMdd"))';
    expect(evaluate(expression, { X: "a", Y: "y", Z: "no date" })).toEqual({ value: "y" });
  });

  it("reject a record none of them holds for", () => {
    expect(evaluate('when(X == "a" -> "1")', { X: "b" })).toEqual({
      messages: ["None of the conditions of when(…) holds for the record."],
    });
  });
});

describe("a module's function", () => {
  const call = (step: StepFunction, value = "v"): unknown =>
    evaluate(
      'X | module("m.ts", "f")',
      { X: value, Y: "other" },
      {
        resources: { modules: new Map([[stepFunctionKey("m.ts", "f"), step]]) },
      },
    );

  it("gets the value and the record, and may fill an empty value", () => {
    expect(call((value, record) => `${value}-${record["Y"] ?? ""}`)).toEqual({ value: "v-other" });
    expect(call(() => "filled", "")).toEqual({ value: "filled" });
  });

  it("can refuse the record in its own words", () => {
    expect(call(() => ({ reject: "Not this one." }))).toEqual({ messages: ["Not this one."] });
  });

  it.each([
    ["throws", () => JSON.parse("{") as string, "at which f of m.ts failed:"],
    ["throws what is no error", () => Promise.reject.call(null) as unknown, "at which f of m.ts failed:"],
    ["gives a number", () => 5, "made number instead of a text"],
    ["gives nothing", () => undefined, "made undefined instead"],
    ["gives null", () => null, "made null instead"],
    ["is asynchronous", () => Promise.resolve("x"), "made a promise instead"],
    ["refuses without words", () => ({ reject: 1 }), "made object instead"],
  ])("rejects the record when it %s", (_, step, words) => {
    expect(call(step)).toEqual({ messages: [expect.stringContaining(words)] });
  });
});

describe("numbers and ids", () => {
  const position = { file: "x.csv", line: 2, record: 3, byteOffset: 0, byteLength: 1 };

  it("number records through all files, whatever becomes of them", () => {
    const mapper = compile({ fields: { A: "sequence(100, 10)" }, where: 'X != "no"' }).bind(["X"]);
    expect(mapper.map({ kind: "record", position, values: ["yes"] })).toMatchObject({ values: ["120"] });
    expect(mapper.map({ kind: "record", position, values: ["yes"] }, 1000)).toMatchObject({
      values: ["10120"],
    });
  });

  it("make different ids of different values, and the same of the same", () => {
    const id = (x: string, y: string): unknown => evaluate("hashId(X, Y)", { X: x, Y: y });
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (x, y) => {
        fc.pre(x !== "" || y !== "");
        expect(id(x, y)).toEqual({ value: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{16}$/) as string });
        expect(id(x, y)).toEqual(id(x, y));
        if (x !== "") expect(id(x, y)).not.toEqual(id(x.slice(1), x.slice(0, 1) + y));
      }),
    );
  });
});

describe("every step and function together", () => {
  const table = new JoinTableBuilder({ name: "j", columns: ["V"] });
  table.add(["LIEF"], ["20240229"], {});
  const two = parseLookup("two", "from a,from b,to x,to y\nLIEF,1,p,q\n", "two.csv");
  const resources = {
    lookups: new Map([...lookups, ["two", two]]),
    joins: new Map([["j", table.table()]]),
    modules: new Map<string, StepFunction>([
      [
        stepFunctionKey("m.ts", "f"),
        (value) => (value.length > 5 ? { reject: "long" } : value.toUpperCase()),
      ],
    ]),
  };
  const text = {
    legalEntity: 'if(C is empty, "USMF", C | left(4))',
    where: 'if(X == "q", "1", Y) != "1" or Z | split(",", 2) is not empty',
    joins: [{ name: "j", key: ["K"], on: ["X | trim"], missing: "empty" as const }],
    fields: {
      A: 'concat(hashId(X, Y), X | title | withoutAccents | normalize | collapse | trimStart | trimEnd | right(3), separator: "-")',
      B: 'dimensions("-", X | extract(r"(\\d+)"), Y | replacePattern(r"[aeiou]", "$&$&"), Z | split("-", -1), j.V)',
      AMOUNT:
        'Y | decimal(",") | add(Z | decimal(".")) | subtract(1) | multiply(0.5) | divide(X | decimal(","), 4) | round(2, "half-even") | negativeIf(C, "1") | abs | negate',
      DAY: 'coalesce(Z | date("dd.MM.yyyy", "d MMM yyyy") | addDays(-2) | openEnd, X | excelDate | emptyDate)',
      KIND: 'Z | date("yyyy-MM-ddTHH:mm:ssXXX") | fromUtc("Asia/Tokyo") | toUtc("Europe/Berlin") | formatDate("yyMMdd") | module("m.ts", "f")',
      ONHOLD:
        'when(X == "LIEF" -> X | lookup(two, Y, result: y, default: "All", case: ignore) | enumByName, * -> Y | enumByNumber)',
      ISACTIVE: 'X | matches(r"[^x]*") | yesNo("LIEF")',
      COUNT: "sequence(5, 3)",
      SHORT: 'join(M, "; ") | left(6)',
    },
  };
  const mapping = compile(text, resources);
  const columns = ["X", "Y", "Z", "C", "M[*]"];
  const mapper = mapping.bind(columns);
  const check = compileChecks(schema, mapping.targetFields);
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ maxLength: 20 }),
    fc.constantFrom(
      "LIEF",
      "1.234,56-",
      "00.00.0000",
      "31.12.2024",
      "1 Mär 2024",
      "1.5",
      "1",
      "2",
      "0",
      "",
      "45688",
    ),
    fc.constantFrom(
      "2025-03-30T01:30:00Z",
      "0001-01-01T00:00:00+14:00",
      "9999-12-31T23:59:59-14:00",
      "a,b",
      "\ud800",
    ),
    fc.constantFrom("9".repeat(300), "x".repeat(2000), "1,5\n2", "__proto__", "constructor", "2958465"),
  );

  it("never throw, and lose no record: it is filtered, mapped, or rejected with reasons", () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 6 }), fc.nat(), (values, record) => {
        const position = { file: "x", line: 2, record: record + 1, byteOffset: 0, byteLength: 1 };
        const result = mapper.map({ kind: "record", position, values });
        if (result.kind === "filtered") return;
        expect(result.values).toHaveLength(mapping.targetFields.length);
        if (result.kind === "rejected") expect(result.reasons.length).toBeGreaterThan(0);
      }),
      { numRuns: 3000 },
    );
  });

  it("take some records, of which every typed value satisfies the schema", () => {
    let taken = 0;
    const good = fc.record({
      X: fc.constantFrom("LIEF", "7", "12"),
      Y: fc.constantFrom("1", "2", "3,5"),
      Z: fc.constantFrom("31.12.2024", "1 Mär 2024", "", "2025-06-30T01:30:00Z"),
      C: fc.constantFrom("", "1", "usmf"),
    });
    fc.assert(
      fc.property(good, ({ X, Y, Z, C }) => {
        const simple = compile(
          {
            ...text,
            fields: {
              ...text.fields,
              AMOUNT: 'Y | decimal(",") | round(1)',
              KIND: "X",
              DAY: 'Z | date("dd.MM.yyyy", "d MMM yyyy") | openEnd',
            },
          },
          resources,
        );
        const result = mapOne(simple, { X, Y, Z, C, "M[*]": "a" });
        if (result.kind !== "mapped") return;
        taken++;
        expect(check(result.values)).toEqual([]);
      }),
    );
    expect(taken).toBeGreaterThan(10);
  });
});

it("takes a named argument without a blank behind its colon, as YAML wants it outside of quotes", () => {
  expect(evaluate('X | lookup(vendor-groups, default:"O")', { X: "?" })).toEqual({ value: "O" });
});
