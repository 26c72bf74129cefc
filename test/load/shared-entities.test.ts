import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { runLoad } from "../../src/load/run-load.ts";
import { companyProject } from "../e2e/company-project.ts";
import { loadScene } from "./load-scene.ts";

/** A currency that F&O does not know yet. It belongs to all legal entities, and is loaded through the last of them. */
const currencies = `entity: Currencies
source: { file: data/currencies.csv, delimiter: ";" }
legalEntity: USMF
fields: { CURRENCYCODE: CODE, NAME: NAME }
`;

/** Vendors of two companies, all with that currency. */
const project = (environments: Readonly<Record<string, unknown>>) => {
  const made = companyProject({ environments, vendors: 3, clean: true });
  made.write("mappings/currencies.yaml", currencies);
  made.write("data/currencies.csv", "CODE;NAME\nXTS;For tests\n");
  const mappings = path.join(made.root, "mappings");
  const edit = (name: string, change: (text: string) => string): void => {
    const file = path.join(mappings, name);
    writeFileSync(file, change(readFileSync(file, "utf8")));
  };
  edit("vendors.yaml", (text) => text.replace("fields:\n", 'fields:\n  CURRENCYCODE: constant("XTS")\n'));
  edit("project.yaml", (text) =>
    text
      .replace("entities:\n", "entities:\n  - currencies.yaml\n")
      .replace("packages:\n", "packages:\n  entities: all\n"),
  );
  return made;
};

test.each([
  ["one after the other", {}],
  ["side by side", { parallelImports: 4, enhancedParallelImport: true }],
])(
  "in packages of all entities, %s: nobody goes before a shared entity in another one's package",
  async (_name, parallel) => {
    const here = await loadScene({ enhancedParallelImport: true }, project, {
      writes: ["USMF", "DEMF"],
      ...parallel,
    });
    const { summary } = await runLoad(here.options());
    expect(summary).toMatchObject({ exitCode: 0, balanced: true });
    expect(summary.packages.map(({ key, entity }) => [key, entity])).toEqual([
      ["001-small-demf-001", "Vendor groups"],
      ["001-small-usmf-001", "Currencies, Vendor groups, Vendors V2"],
      // F&O would refuse them all before that.
      ["001-small-demf-002", "Vendors V2"],
    ]);
  },
);
