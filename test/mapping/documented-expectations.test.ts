import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { compileMapping, type CompiledMapping } from "../../src/mapping/compile-mapping.ts";
import { SeenValues } from "../../src/mapping/expectations/unique-values.ts";
import { readMapping } from "../../src/project/mapping-file.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../docs/mapping.md"), "utf8");

/** The blocks: entries under `expect`, then records with what becomes of them. */
const blocks = [...page.matchAll(/^```expect\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => {
  const lines = text.trimEnd().split("\n");
  return {
    yaml: lines.filter((line) => /^[- ] /.test(line)).join("\n"),
    cases: lines.filter((line) => !/^[- ] /.test(line)),
  };
});

const schema = EntityCatalogue.builtIn().find("Vendors V2");

/** Columns of the source are called as the fields; BUKRS is one that goes nowhere. */
function compiled(yaml: string, columns: readonly string[]): CompiledMapping {
  if (schema === undefined) throw new Error("The catalogue has no vendors.");
  const root = mkdtempSync(path.join(tmpdir(), "dmfpipe-docs-"));
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const fields = columns.filter((column) => column !== "BUKRS").map((column) => `  ${column}: ${column}\n`);
  const file = path.join(root, "vendors.yaml");
  writeFileSync(
    file,
    `entity: Vendors V2\nsource: { file: x.csv }\nlegalEntity: USMF\nfields:\n${fields.join("")}expect:\n${yaml}\n`,
  );
  const definition = readMapping({ path: file, root, recordBytes: 1000 });
  return compileMapping({ definition, schema, lookups: new Map() });
}

const entries = z.array(
  z.object({
    field: z.string().optional(),
    fields: z.array(z.string()).default([]),
    compare: z.string().default(""),
  }),
);

/** The fields that the entries name, and those that the entity wants filled. */
function columnsOf(yaml: string): string[] {
  const named = entries
    .parse(parse(yaml))
    .flatMap(({ field, fields, compare }) => [
      ...(field === undefined ? fields : [field]),
      ...(compare.match(/\w+$/) ?? []),
    ]);
  const wanted = [...(schema?.fields.values() ?? [])].filter(({ key, mandatory }) => key || mandatory);
  return [...new Set(["BUKRS", ...wanted.map(({ name }) => name), ...named])];
}

describe("the expectations of docs/mapping.md", () => {
  it.each(blocks)("$yaml", ({ yaml, cases }) => {
    const columns = columnsOf(yaml);
    const mapping = compiled(yaml, columns);
    const check = mapping.bind(columns).expectations;
    const seen = new SeenValues();
    const found = cases.map((line, index) => {
      const record = Object.fromEntries(
        [...line.replace(/ [→✗] .*/, "").matchAll(/(\w+) "([^"]*)"/g)].map(([, name = "", value = ""]) => [
          name,
          value,
        ]),
      );
      const values = columns.map((column) => record[column] ?? "");
      const position = { file: "x.csv", line: index + 2, record: index + 1, byteOffset: 0, byteLength: 1 };
      const expected = {
        source: { kind: "record", position, values },
        values: mapping.targetFields.map((field) => record[field] ?? ""),
        scope: "USMF",
      } as const;
      const problems = check?.problems(expected, seen, (first) => `on line ${first}`) ?? [];
      if (problems.length === 0) check?.keep(expected, seen, position.line);
      return problems.map(({ message }) => message);
    });
    const wanted = cases.map((line) => (line.endsWith(" → met") ? [] : [line.replace(/^.*? ✗ /, "")]));
    expect(found).toEqual(wanted);
    expect(wanted.flat().length).toBeGreaterThan(0);
  });

  it("show every kind", () => {
    const shown = blocks.map(({ yaml }) => yaml).join("\n");
    for (const kind of ["between", "matches", "in", "unique", "compare", "filled", "when", "message"]) {
      expect(shown).toContain(` ${kind}: `);
    }
  });
});
