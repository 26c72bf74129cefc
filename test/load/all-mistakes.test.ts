import { describe, expect, it } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { mistakesOf } from "../../src/errors/mistakes.ts";
import { compileMappings, planLoad } from "../../src/load/load-plan.ts";
import { readProject } from "../../src/project/project.ts";
import { folderWith } from "../project/temporary-project.ts";

const catalogue = EntityCatalogue.builtIn();

const projectOf = (...mappings: string[]): string =>
  `project: p\nentities: [${mappings.join(", ")}]\nenvironments: { sandbox: { kind: sandbox } }\n`;

const groups = `entity: Vendor groups
source: { file: s/groups.csv }
legalEntity: USMF
fields:
  VENDORGROUPID: CODE
  DESCRIPTION: TEXT
`;

const vendors = `entity: Vendors V2
source: { file: s/vendors.csv }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORGROUPID: GROUP
`;

const files = {
  "mappings/project.yaml": projectOf("vendors.yaml", "vendor-groups.yaml"),
  "mappings/vendor-groups.yaml": groups,
  "mappings/vendors.yaml": vendors,
  "s/groups.csv": "CODE,TEXT\nA,Aa\n",
  "s/vendors.csv": "NO,GROUP\n1,A\n",
};

/** Code and place of everything that is wrong. */
async function mistakesIn(changed: Readonly<Record<string, string>>): Promise<string[]> {
  const root = folderWith({ ...files, ...changed });
  try {
    await planLoad(readProject("mappings/project.yaml", root), catalogue);
  } catch (thrown) {
    if (!(thrown instanceof DmfpipeError)) throw thrown;
    return mistakesOf(thrown).map(({ code, at }) => [code, at.file, at.line].join(" ").trim());
  }
  return [];
}

describe("what is wrong with a project comes out in one go", () => {
  it("nothing is, to begin with", async () => {
    expect(await mistakesIn({})).toEqual([]);
  });

  it("expressions of several mappings", async () => {
    expect(
      await mistakesIn({
        "mappings/vendor-groups.yaml": groups.replace("CODE", "CODE | trimm"),
        "mappings/vendors.yaml": vendors
          .replace("GROUP\n", "GROUP | lookup(none)\n")
          .replace("NO\n", "NO |\n"),
      }),
    ).toEqual([
      "DMFP-MAPPING-EXPRESSION mappings/vendor-groups.yaml 5",
      "DMFP-MAPPING-EXPRESSION mappings/vendors.yaml 5",
      "DMFP-LOOKUP-MISSING mappings/vendors.yaml 6",
    ]);
  });

  it("columns of one source, and another source that is not there", async () => {
    expect(
      await mistakesIn({
        "mappings/vendors.yaml": vendors.replace("s/vendors.csv", "s/none.csv"),
        "s/groups.csv": "CODES,TEXTS\nA,Aa\n",
      }),
    ).toEqual([
      "DMFP-MAPPING-COLUMN mappings/vendor-groups.yaml 5",
      "DMFP-MAPPING-COLUMN mappings/vendor-groups.yaml 6",
      "DMFP-SOURCE-MISSING s/none.csv",
    ]);
  });

  it("the source of a mapping that has mistakes itself, and an entity nobody knows", async () => {
    expect(
      await mistakesIn({
        "mappings/vendor-groups.yaml": groups.replace("Vendor groups", "Vendor gruops"),
        "mappings/vendors.yaml": vendors
          .replace("s/vendors.csv", "s/none-*.csv")
          .replace("NO\n", "NO | up\n"),
      }),
    ).toEqual([
      "DMFP-MAPPING-ENTITY mappings/vendor-groups.yaml 1",
      "DMFP-MAPPING-EXPRESSION mappings/vendors.yaml 5",
      "DMFP-SOURCE-MISSING mappings/vendors.yaml 2",
    ]);
  });

  it("two mappings of one entity, beside a mistake in one of them", async () => {
    expect(await mistakesIn({ "mappings/vendors.yaml": groups.replace("TEXT", "TEXT | upp") })).toEqual([
      "DMFP-MAPPING-INVALID mappings/vendor-groups.yaml 1",
      "DMFP-MAPPING-EXPRESSION mappings/vendors.yaml 6",
    ]);
  });

  it("the shape of several mappings, and one that is missing", async () => {
    expect(
      await mistakesIn({
        "mappings/project.yaml": projectOf("vendors.yaml", "vendor-groups.yaml", "none.yaml"),
        "mappings/vendor-groups.yaml": groups.replace("source:", "sorce:"),
        "mappings/vendors.yaml": vendors.replace("legalEntity: USMF", "legalEntity: [USMF]"),
      }),
    ).toEqual([
      "DMFP-MAPPING-MISSING mappings/project.yaml 2",
      "DMFP-MAPPING-INVALID mappings/vendor-groups.yaml 2",
      "DMFP-MAPPING-INVALID mappings/vendors.yaml 3",
    ]);
  });

  it("mappings that are right are compiled, whatever is wrong with others", async () => {
    const root = folderWith({ ...files, "mappings/vendors.yaml": vendors.replace("NO\n", "NO | up\n") });
    const { compiled, mistakes } = await compileMappings(
      readProject("mappings/project.yaml", root),
      catalogue,
    );
    expect(compiled.map(({ schema }) => schema.label)).toEqual(["Vendor groups"]);
    expect(mistakes.map(({ code }) => code)).toEqual(["DMFP-MAPPING-EXPRESSION"]);
  });
});
