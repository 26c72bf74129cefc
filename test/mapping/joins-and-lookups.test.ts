import { describe, expect, it } from "vitest";
import { JoinTableBuilder } from "../../src/mapping/join-table.ts";
import { parseLookup } from "../../src/mapping/lookup.ts";
import { compile, evaluate, mapOne } from "./mapping-definition.ts";

const lookup = (text: string): ReturnType<typeof parseLookup> => parseLookup("l", text, "l.csv");
const withLookup = (text: string): { lookups: Map<string, ReturnType<typeof parseLookup>> } => ({
  lookups: new Map([["l", lookup(text)]]),
});

describe("a lookup", () => {
  const terms = withLookup("from company;to code;from term;comment;to days\n100;N30;Z1;;30\n200;X;Z1;x;31\n");

  it("takes keys in the order of its columns, and the result that is asked for", () => {
    const record = { B: "100", T: "Z1" };
    expect(evaluate('B | lookup(l, T, result: "days")', record, { resources: terms })).toEqual({
      value: "30",
    });
    expect(evaluate('B | lookup(l, T | lower, "none", result: code)', record, { resources: terms })).toEqual({
      value: "none",
    });
  });

  it("keeps the parts of a key apart", () => {
    const resources = withLookup("from a,from b,to\nx,yz,1\n");
    expect(evaluate("A | lookup(l, B)", { A: "x", B: "yz" }, { resources })).toEqual({ value: "1" });
    expect(evaluate("A | lookup(l, B, default: '-')", { A: "xy", B: "z" }, { resources })).toEqual({
      value: "-",
    });
  });

  it("has no entry for a key that could not be computed, and says only why", () => {
    const resources = withLookup("from a,from b,to\nx,y,1\n");
    const result = evaluate('A | lookup(l, B | date("yyyy-MM-dd"))', { A: "x", B: "?" }, { resources });
    expect(result).toEqual({ messages: ['B holds "?", which is not a date of the form yyyy-MM-dd.'] });
  });

  it("folds case only where that is clear", () => {
    expect(lookup("from,to\nÄb,1\n").finder({ result: 0, ignoreCase: true })("äB")).toBe("1");
    expect(lookup("from,to\na,1\nA,1\n").finder({ result: 0, ignoreCase: true })("a")).toBe("1");
    expect(() => lookup("from,to\na,1\nA,2\n").finder({ result: 0, ignoreCase: true })).toThrow(
      /different entries on lines 2 and 3 for "A"/,
    );
  });

  it.each(["from,too\n", "key,to\n", "from a\n", "from,from,to\n", "from,to,to\n"])(
    "refuses the header %j",
    (text) => {
      expect(() => lookup(text)).toThrow(expect.objectContaining({ code: "DMFP-LOOKUP-INVALID" }) as Error);
    },
  );
});

describe("a join", () => {
  const builder = new JoinTableBuilder({ name: "bank", columns: ["IBAN", "Name of bank"] });
  builder.add(["1", "a"], ["NL91", "Bank One"], {});
  builder.add(["", ""], ["lost", "lost"], {});
  const joins = new Map([["bank", builder.table()]]);
  const join = { name: "bank", key: ["K1", "K2"], on: ["X", "Y | lower"] };
  const map = (
    expression: string,
    record: Record<string, string>,
    missing: "reject" | "empty" = "reject",
  ): unknown => evaluate(expression, record, { joins: [{ ...join, missing }], resources: { joins } });

  it("gives the columns of the record with the key", () => {
    expect(map("bank.IBAN", { X: "1", Y: "A" })).toEqual({ value: "NL91" });
    expect(map("`bank.Name of bank` | upper", { X: "1", Y: "a" })).toEqual({ value: "BANK ONE" });
  });

  it("rejects a record without a partner, or leaves its values empty", () => {
    expect(map("bank.IBAN", { X: "1", Y: "b" })).toEqual({
      messages: ["The join bank has no record for 1, b."],
    });
    expect(map("bank.IBAN", { X: "1", Y: "b" }, "empty")).toEqual({ value: "" });
  });

  it("has no partner for a record without a key, which is no mistake", () => {
    expect(map("bank.IBAN", { X: "", Y: "" })).toEqual({ value: "" });
  });

  it("reads the columns its key is made of", () => {
    const mapping = compile({ fields: { A: "Z", B: "bank.IBAN" }, joins: [join] }, { joins });
    expect(mapping.sourceColumns).toEqual(["X", "Y", "Z"]);
    expect(() => mapping.bind(["X", "Z"])).toThrow(
      expect.objectContaining({
        code: "DMFP-MAPPING-COLUMN",
        at: expect.objectContaining({ line: 40 }) as object,
      }) as Error,
    );
    expect(mapOne(mapping, { X: "1", Y: "a", Z: "k" })).toMatchObject({ values: ["k", "NL91"] });
  });

  it("takes no second record with a key, and no more records than it may", () => {
    const at = { file: "y.csv", line: 7 };
    expect(() => {
      builder.add(["1", "a"], [], at);
    }).toThrow(expect.objectContaining({ code: "DMFP-JOIN-INVALID", at }) as Error);
    const small = new JoinTableBuilder({ name: "j", columns: [], maxRecords: 1 });
    small.add(["1"], [], at);
    expect(() => {
      small.add(["2"], [], at);
    }).toThrow("more than 1 records");
  });
});
