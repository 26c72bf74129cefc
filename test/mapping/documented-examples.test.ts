import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { headFunctions } from "../../src/mapping/head-functions.ts";
import { allSteps } from "../../src/mapping/steps/all-steps.ts";
import { compile, evaluate, mapOne } from "./mapping-definition.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../docs/mapping.md"), "utf8");

interface Example {
  readonly expression: string;
  readonly cases: readonly string[];
}

function examples(kind: string): Example[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((block) => {
    const [expression = "", ...cases] = (block[1] ?? "").trimEnd().split("\n");
    return { expression, cases };
  });
}

/** `COLUMN "value", COLUMN "value"`, or one value alone for the only column of the expression. */
function recordOf(text: string, expression: string): Record<string, string> {
  const named = [...text.matchAll(/(\w+) ("(?:[^"\\]|\\.)*")/g)];
  if (named.length > 0) {
    return Object.fromEntries(
      named.map(([, name = "", value = '""']) => [name, JSON.parse(value) as string]),
    );
  }
  const column = /^\w+/.exec(expression)?.[0] ?? "";
  return { [column]: JSON.parse(text) as string };
}

describe("the examples of docs/mapping.md", () => {
  it.each(
    examples("example").flatMap(({ expression, cases }) => cases.map((line) => [expression, line] as const)),
  )("%s: %s", (expression, line) => {
    const arrow = / ([→✗]) /.exec(line);
    const input = line.slice(0, arrow?.index);
    const output = line.slice((arrow?.index ?? 0) + 3);
    const expected = arrow?.[1] === "→" ? { value: JSON.parse(output) as string } : { messages: [output] };
    expect(evaluate(expression, recordOf(input, expression))).toEqual(expected);
  });

  it.each(
    examples("where").flatMap(({ expression, cases }) => cases.map((line) => [expression, line] as const)),
  )("where %s: %s", (where, line) => {
    const [input = "", output] = line.split(" → ");
    const record = { X: "1", ...recordOf(input, where) };
    const { kind } = mapOne(compile({ where }), record);
    expect(kind).toBe(output === "taken" ? "mapped" : "filtered");
  });

  it("show every step and every function", () => {
    const shown = examples("example")
      .map(({ expression }) => expression)
      .join("\n");
    const missing = [...allSteps.keys(), ...headFunctions.keys()].filter(
      (name) => !new RegExp(`\\b${name}\\b`).test(shown),
    );
    expect(missing).toEqual([]);
  });

  it("are found at all", () => {
    expect(examples("example").length).toBeGreaterThan(15);
    expect(examples("where")).toHaveLength(3);
  });
});
