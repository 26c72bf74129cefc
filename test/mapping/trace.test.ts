import { describe, expect, it } from "vitest";
import { JoinTableBuilder } from "../../src/mapping/join-table.ts";
import type { MapResult } from "../../src/mapping/map-result.ts";
import { TraceRecorder, type Trace } from "../../src/mapping/trace.ts";
import { compile, mapOne, type MappingText, type Resources } from "./mapping-definition.ts";

/** Maps one record with a recorder, and gives what was recorded of a field. */
function traced(
  text: MappingText,
  record: Readonly<Record<string, string>>,
  options: { readonly field?: string; readonly resources?: Resources } = {},
): { readonly trace: Trace | undefined; readonly result: MapResult; readonly fields: readonly string[] } {
  const recorder = new TraceRecorder();
  const result = mapOne(compile(text, { ...options.resources, recorder }), record);
  const parts = recorder.take();
  const { field = "A" } = options;
  return {
    trace: parts.find((part) => part.field === field)?.trace,
    result,
    fields: parts.map((part) => part.field),
  };
}

/** What was computed, one line each: text, result, and below it what it was made of. */
function outline(trace: Trace | undefined, depth = 0): string[] {
  if (trace === undefined) return [];
  const { kind, text, output, skipped, unreached = [], notes, parts } = trace;
  const shown = output === undefined ? "failed" : JSON.stringify(output);
  const line = `${"  ".repeat(depth)}${kind} ${text} = ${shown}${skipped === true ? " (skipped)" : ""}`;
  return [
    [line, ...notes].join("; "),
    ...parts.flatMap((part) => outline(part, depth + 1)),
    ...unreached.map((step) => `${"  ".repeat(depth + 1)}unreached ${step}`),
  ];
}

describe("the trace of an expression", () => {
  it("has every step as it is written, with what reached it and what it gave", () => {
    const { trace } = traced({ fields: { A: 'NO | trim | padStart( 6,"0" )' } }, { NO: " 42 " });
    expect(outline(trace)).toEqual([
      'pipe NO | trim | padStart( 6,"0" ) = "000042"',
      '  column NO = " 42 "',
      '  step trim = "42"',
      '  step padStart( 6,"0" ) = "000042"',
    ]);
    expect(trace?.parts.map(({ input }) => input)).toEqual([undefined, " 42 ", "42"]);
  });

  it("says which steps an empty value passes by, and which take it", () => {
    const { trace } = traced({ fields: { A: 'NO | upper | default("x") | upper' } }, { NO: "" });
    expect(outline(trace).slice(1)).toEqual([
      '  column NO = ""',
      '  step upper = "" (skipped)',
      '  step default("x") = "x"',
      '  step upper = "X"',
    ]);
  });

  it("ends at the step that fails, with its reason there and nowhere else", () => {
    const { trace, result } = traced({ fields: { A: 'X | map("a" -> B) | lower | upper' } }, { X: "q" });
    expect(outline(trace)).toEqual([
      'pipe X | map("a" -> B) | lower | upper = failed',
      '  column X = "q"',
      '  step map("a" -> B) = failed',
      "  unreached lower",
      "  unreached upper",
    ]);
    expect(trace?.reasons).toEqual([]);
    expect(trace?.parts[1]?.reasons.map(({ code }) => code)).toEqual(["DMFP-MAP-VALUE"]);
    expect(result).toMatchObject({ kind: "rejected", reasons: trace?.parts[1]?.reasons });
  });

  it("goes into the arguments of functions and steps", () => {
    const { trace } = traced(
      { fields: { A: 'concat(X | trim, "-", coalesce(Y, Z | upper))' } },
      { X: " a", Y: "", Z: "z" },
    );
    expect(outline(trace)).toEqual([
      'function concat(X | trim, "-", coalesce(Y, Z | upper)) = "a-Z"',
      '  pipe X | trim = "a"',
      '    column X = " a"',
      '    step trim = "a"',
      '  constant "-" = "-"',
      '  function coalesce(Y, Z | upper) = "Z"',
      '    column Y = ""',
      '    pipe Z | upper = "Z"',
      '      column Z = "z"',
      '      step upper = "Z"',
    ]);
    const amount = traced(
      { fields: { A: '"k"', AMOUNT: 'N | decimal(".") | divide(U | decimal("."), 2)' } },
      { N: "10", U: "3" },
      { field: "AMOUNT" },
    );
    expect(outline(amount.trace).slice(-4)).toEqual([
      '  step divide(U | decimal("."), 2) = "3.33"',
      '    pipe U | decimal(".") = "3"',
      '      column U = "3"',
      '      step decimal(".") = "3"',
    ]);
  });

  it("shows the conditions that were tried, and the branch that was taken", () => {
    const { trace } = traced(
      {
        fields: {
          A: 'when(N > 9 -> "big", (N > 5 or X == "m") and not (X is empty) -> X | upper, * -> "small")',
        },
      },
      { N: "1", X: "m" },
    );
    expect(outline(trace).slice(1)).toEqual([
      "  condition N > 9 = false",
      '    column N = "1"',
      '    constant 9 = "9"',
      '  condition (N > 5 or X == "m") and not (X is empty) = true',
      '    condition N > 5 or X == "m" = true',
      "      condition N > 5 = false",
      '        column N = "1"',
      '        constant 5 = "5"',
      '      condition X == "m" = true',
      '        column X = "m"',
      '        constant "m" = "m"',
      "    condition not (X is empty) = true",
      "      condition X is empty = false",
      '        column X = "m"',
      '  pipe X | upper = "M"',
      '    column X = "m"',
      '    step upper = "M"',
    ]);
  });

  it("has where and legalEntity too, and of a record that is left out nothing else", () => {
    const text = { where: 'S not in ("D", "X")', legalEntity: "C | upper", fields: { A: "NO" } };
    const taken = traced(text, { S: "A", C: "usmf", NO: "1" }, { field: "where" });
    expect(taken.fields).toEqual(["where", "legalEntity", "A"]);
    expect(outline(taken.trace)[0]).toBe('condition S not in ("D", "X") = true');
    const left = traced(text, { S: "D", C: "usmf", NO: "1" }, { field: "where" });
    expect(left.fields).toEqual(["where", "legalEntity"]);
    expect(left.trace?.output).toBe(false);
  });

  it("groups in parentheses do not confuse the texts", () => {
    const { trace } = traced({ fields: { A: "(NO | trim) | upper" } }, { NO: " a" });
    expect(trace).toMatchObject({ kind: "pipe", text: "NO | trim | upper", output: "A" });
  });

  it("says where a lookup found its entry, or that it did not", () => {
    const note = (expression: string, value: string): readonly string[] | undefined =>
      traced({ fields: { A: expression } }, { K: value }).trace?.parts[1]?.notes;
    expect(note("K | lookup(vendor-groups)", "0001")).toEqual(["found in lookups/vendor-groups.csv:3"]);
    expect(note("K | lookup(vendor-groups, case: ignore)", "lief")).toEqual([
      "found in lookups/vendor-groups.csv:2",
    ]);
    expect(note('K | lookup(vendor-groups, default: "X")', "none")).toEqual([
      "vendor-groups has no entry for it",
    ]);
  });

  it("says which record of a second source was found, and how its key came about", () => {
    const builder = new JoinTableBuilder({ name: "bank", columns: ["IBAN"], keepPlaces: true });
    builder.add(["007"], ["NL91"], { file: "bank.csv", line: 4 });
    const text: MappingText = {
      fields: { A: "bank.IBAN" },
      joins: [{ name: "bank", key: ["NO"], on: ['NO | padStart(3, "0")'], missing: "empty" }],
    };
    const resources = { joins: new Map([["bank", builder.table()]]) };
    expect(outline(traced(text, { NO: "7" }, { resources }).trace)).toEqual([
      'column bank.IBAN = "NL91"; the record of bank for "007" stands in bank.csv:4',
      '  pipe NO | padStart(3, "0") = "007"',
      '    column NO = "7"',
      '    step padStart(3, "0") = "007"',
    ]);
    expect(traced(text, { NO: "8" }, { resources }).trace?.notes).toEqual(['bank has no record for "008"']);
  });

  it("records the next record from the beginning", () => {
    const recorder = new TraceRecorder();
    const mapping = compile({ fields: { A: "NO" } }, { recorder });
    mapOne(mapping, { NO: "1" });
    expect(recorder.take()).toHaveLength(1);
    expect(recorder.take()).toEqual([]);
  });
});
