import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { headFunctions } from "../../src/mapping/heads/all-heads.ts";
import { JoinTableBuilder, type JoinTable } from "../../src/mapping/join-table.ts";
import { parseLookup } from "../../src/mapping/lookup.ts";
import { stepFunctionKey, type StepFunction } from "../../src/mapping/step-function.ts";
import { allSteps } from "../../src/mapping/steps/all-steps.ts";
import { compile, evaluate, mapOne, type JoinText } from "./mapping-definition.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../docs/mapping.md"), "utf8");

interface Example {
  /** The target field, where the block names one. */
  readonly field: string;
  readonly expression: string;
  readonly cases: readonly string[];
}

function examples(kind: string): Example[] {
  return blocks(kind).map(({ name, text }) => {
    const [expression = "", ...cases] = text.trimEnd().split("\n");
    return { field: name === "" ? "A" : name, expression, cases };
  });
}

/** The fenced blocks of a kind, with the word that follows the kind. */
function blocks(kind: string): { readonly name: string; readonly text: string }[] {
  const pattern = new RegExp(`^\`\`\`${kind}(?: (\\S+))?\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...page.matchAll(pattern)].map(([, name = "", text = ""]) => ({ name, text }));
}

const lookups = new Map(
  blocks("lookup").map(({ name, text }) => [name, parseLookup(name, text, `${name}.csv`)] as const),
);

/** The join of the page: its settings stand in a yaml block, its records in a block of their own. */
const joinText: JoinText = {
  name: "bank",
  key: ["LIFNR"],
  on: ['ACCOUNT | padStart(10, "0")'],
  missing: "empty",
};

function joinTables(): ReadonlyMap<string, JoinTable> {
  return new Map(
    blocks("join").map(({ name, text }) => {
      const [columns = [], ...rows] = text
        .trimEnd()
        .split("\n")
        .map((line) => line.split(","));
      const builder = new JoinTableBuilder({ name, columns });
      for (const row of rows) builder.add([row[0] ?? ""], row, {});
      return [name, builder.table()] as const;
    }),
  );
}

/** The module of the page, loaded as it would be from a project. */
async function stepFunctions(): Promise<ReadonlyMap<string, StepFunction>> {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "dmfpipe-docs-")), "iban.ts");
  writeFileSync(file, blocks("ts")[0]?.text ?? "");
  const loaded = (await import(pathToFileURL(file).href)) as { readonly checkIban: StepFunction };
  return new Map([[stepFunctionKey("./steps/iban.ts", "checkIban"), loaded.checkIban]]);
}

const modules = await stepFunctions();

/** `COLUMN "value", COLUMN "value"`, or one value alone for the only column of the expression. */
function recordOf(text: string, expression: string): Record<string, string> {
  const named = [...text.matchAll(/([\w[\]*]+) ("(?:[^"\\]|\\.)*")/g)];
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
    examples("example").flatMap(({ expression, cases, field }) =>
      cases.map((line) => [expression, line, field] as const),
    ),
  )("%s: %s", (expression, line, field) => {
    const arrow = / ([→✗]) /.exec(line);
    const input = line.slice(0, arrow?.index);
    const output = line.slice((arrow?.index ?? 0) + 3);
    const expected = arrow?.[1] === "→" ? { value: JSON.parse(output) as string } : { messages: [output] };
    const resources = { lookups, modules, joins: joinTables() };
    const joins = expression.includes("bank.") ? [joinText] : [];
    expect(evaluate(expression, recordOf(input, expression), { field, joins, resources })).toEqual(expected);
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
    expect(examples("example").length).toBeGreaterThan(60);
    expect(examples("where")).toHaveLength(3);
  });
});
