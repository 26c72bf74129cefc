import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { runLoad } from "../../src/load/run-load.ts";
import { companyProject } from "../e2e/company-project.ts";
import { loadScene } from "./load-scene.ts";

const customerGroups = `entity: Customer groups
source: { file: data/customer-groups.csv, delimiter: ";" }
legalEntity: COMPANY
fields:
  CUSTOMERGROUPID: CODE
  DESCRIPTION: TEXT
`;

/** Vendor groups and vendors in two companies, and customer groups, which have to do with neither. */
const project = (environments: Readonly<Record<string, unknown>>) => {
  const made = companyProject({ environments, vendors: 6, clean: true });
  made.write("mappings/customer-groups.yaml", customerGroups);
  made.write("data/customer-groups.csv", "COMPANY;CODE;TEXT\nDEMF;91;One\nUSMF;91;One\n");
  const file = path.join(made.root, "mappings", "project.yaml");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("- vendor-groups.yaml", "- vendor-groups.yaml\n  - customer-groups.yaml"));
  return made;
};

test.each([
  ["one after the other", {}],
  ["side by side", { parallelImports: 4, enhancedParallelImport: true }],
])("%s: what depends on an entity that failed is not sent, everything else is", async (_name, parallel) => {
  const words = "Something is wrong with these vendor groups.";
  const body = JSON.stringify({ error: { message: "", innererror: { message: words } } });
  // The vendor groups of DEMF come first of all that is sent.
  const here = await loadScene(
    { faults: [{ on: "ImportFromPackage", nth: 1, status: 400, body }], enhancedParallelImport: true },
    project,
    { writes: ["USMF", "DEMF"], ...parallel },
  );
  const { summary, error, resumable } = await runLoad(here.options());
  const states = Object.fromEntries(
    summary.packages.map(({ entity, legalEntity, status }) => [`${entity} ${legalEntity}`, status]),
  );
  expect(states).toEqual({
    "Vendor groups DEMF": "failed",
    "Vendors V2 DEMF": "unprocessed",
    "Customer groups DEMF": "done",
    "Vendor groups USMF": "done",
    "Vendors V2 USMF": "done",
    "Customer groups USMF": "done",
  });
  expect(summary.packages.find(({ status }) => status === "failed")?.message).toBe(words);
  expect(summary.entities).toContainEqual(
    expect.objectContaining({ entity: "Vendors V2", legalEntity: "DEMF", created: 0, unprocessed: 6 }),
  );
  expect(summary).toMatchObject({ exitCode: 6, status: "failed", balanced: true });
  expect(error).toMatchObject({ code: "DMFP-PACKAGE-REFUSED" });
  expect(resumable).toBe(false);
});
