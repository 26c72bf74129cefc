import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { compileMapping } from "../../src/mapping/compile-mapping.ts";
import { JoinTableBuilder } from "../../src/mapping/join-table.ts";
import { parseLookup } from "../../src/mapping/lookup.ts";
import { readMapping } from "../../src/project/mapping-file.ts";

/**
 * Every file here has one mistake. It is named by the code it must give, and its first two lines say where the
 * mistake stands and words of the message.
 */
const folder = path.join(import.meta.dirname, "../fixtures/mapping-errors");
const files = globSync("*.yaml", { cwd: folder }).sort();

const catalogue = EntityCatalogue.builtIn();
const lookups = new Map(
  [
    parseLookup("groups", "from,to\nA,B\n", "groups.csv"),
    parseLookup("terms", "from company,from term,to code,to days\n1,Z,N30,30\n", "terms.csv"),
  ].map((lookup) => [lookup.name, lookup]),
);
const joins = new Map([["bank", new JoinTableBuilder({ name: "bank", columns: ["IBAN"] }).table()]]);

/** Loads a mapping as a run does, up to the point where its columns are found in a header. */
function load(file: string): unknown {
  try {
    const definition = readMapping({ path: path.join(folder, file), root: folder, recordBytes: 1000 });
    const schema = catalogue.find(definition.entity.value);
    if (schema === undefined) throw new DmfpipeError("DMFP-BUG", `There is no ${definition.entity.value}.`);
    compileMapping({ definition, schema, lookups, joins }).bind([
      "KTOKK",
      "NAME",
      "LIFNR",
      "STATUS",
      "A",
      "B",
    ]);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a mapping with the mistake", () => {
  it.each(files)("%s", (file) => {
    const [place = "", words = ""] = readFileSync(path.join(folder, file), "utf8").split("\n");
    const [, line, column] = /^# Mistake at (\d+):(\d+)$/.exec(place) ?? [];
    expect(load(file)).toMatchObject({
      code: file.split(".")[0],
      at: { file, line: Number(line), column: Number(column) },
      message: expect.stringContaining(words.slice(2)) as string,
    });
  });
});

it("has a file for every code that a mapping file alone can give", () => {
  const codes = new Set(files.map((file) => file.split(".")[0]));
  expect([...codes].sort()).toEqual([
    "DMFP-LOOKUP-MISSING",
    "DMFP-MAPPING-COLUMN",
    "DMFP-MAPPING-EXPRESSION",
    "DMFP-MAPPING-FIELD",
    "DMFP-MAPPING-INVALID",
    "DMFP-MODULE-INVALID",
  ]);
  expect(files.length).toBeGreaterThan(80);
});
