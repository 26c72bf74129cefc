import path from "node:path";
import { describe, expect, it } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { diffMapping, type MappingDiff } from "../../src/load/schema/diff-mapping.ts";
import { readMapping } from "../../src/project/mapping-file.ts";
import { readProject } from "../../src/project/project.ts";
import { folderWith } from "../project/temporary-project.ts";

const catalogue = EntityCatalogue.builtIn();

const settings = "project: p\nentities: [old.yaml]\nenvironments: { sandbox: { kind: sandbox } }\n";

const old = `entity: Vendors V2
source: { file: s/vendors.csv }
legalEntity: CO | map("1" -> USMF, "2" -> DEMF)
where: STATE != "D"
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORGROUPID: GROUP
  VENDORORGANIZATIONNAME: NAME
`;

const source = `CO,NO,STATE,GROUP,NAME
1,A,,G,Anna
1,B,,G,
2,C,D,G,Carl
2,D,,G,Dora
`;

async function diff(
  now: string,
  options: { readonly files?: Readonly<Record<string, string>>; readonly limit?: number } = {},
): Promise<MappingDiff> {
  const root = folderWith({
    "mappings/project.yaml": settings,
    "mappings/old.yaml": old,
    "mappings/new.yaml": now,
    "s/vendors.csv": source,
    ...options.files,
  });
  const project = readProject("mappings/project.yaml", root);
  const read = (name: string): ReturnType<typeof readMapping> =>
    readMapping({ path: path.join(root, "mappings", name), root, recordBytes: project.limits.recordBytes });
  return await diffMapping({
    old: { project, definition: read("old.yaml") },
    new: { project, definition: read("new.yaml") },
    catalogue,
    limit: options.limit ?? 5,
  });
}

describe("what a change of a mapping does", () => {
  it("is nothing where it only says the same in other words", async () => {
    const changes = await diff(old.replace("NAME\n", "NAME | trim\n"));
    expect(changes).toMatchObject({
      matchedBy: "position",
      compared: 4,
      different: 0,
      fields: [],
      moves: [],
      codes: [],
    });
  });

  it("changes, fills and empties fields, with examples", async () => {
    const changes = await diff(
      old.replace("NAME\n", 'NAME | default("none") | map("Anna" -> "", * -> "x")\n'),
    );
    expect(changes.fields).toEqual([
      {
        field: "VENDORORGANIZATIONNAME",
        changed: 1,
        newlyFilled: 1,
        newlyEmpty: 1,
        examples: [
          { file: "s/vendors.csv", line: 2, from: "Anna", to: "" },
          { file: "s/vendors.csv", line: 3, from: "", to: "x" },
          { file: "s/vendors.csv", line: 5, from: "Dora", to: "x" },
        ].map((example) => expect.objectContaining(example) as unknown),
      },
    ]);
    expect(changes).toMatchObject({ compared: 4, different: 3 });
  });

  it("adds and removes fields", async () => {
    const { fields, different } = await diff(old.replace("VENDORORGANIZATIONNAME", "VENDORSEARCHNAME"));
    expect(fields).toMatchObject([
      { field: "VENDORSEARCHNAME", only: "new", newlyFilled: 2, newlyEmpty: 0 },
      { field: "VENDORORGANIZATIONNAME", only: "old", newlyFilled: 0, newlyEmpty: 2 },
    ]);
    expect(different).toBe(2);
  });

  it("moves records between packages, refusal and being left out", async () => {
    const changes = await diff(
      old
        .replace('STATE != "D"', 'CO != "1" or NO == "B"')
        .replace("GROUP\n", 'if(NO == "C", reject("No C."), GROUP)\n'),
    );
    expect(changes.moves.map(({ from, to, count }) => [from, to, count])).toEqual([
      ["packaged", "left out", 1],
      ["left out", "rejected", 1],
    ]);
    expect(changes.codes).toMatchObject([{ code: "DMFP-MAP-RULE", only: "new", count: 1 }]);
    expect(changes.codes[0]?.examples).toMatchObject([{ line: 4, from: "left out", to: "rejected: No C." }]);
    expect(changes.different).toBe(2);
  });

  it("refuses a record for another reason than before", async () => {
    const changes = await diff(old.replace("GROUP\n", 'reject("New.")\n'), {
      files: { "mappings/old.yaml": old.replace("GROUP\n", 'GROUP | map("H" -> "I")\n') },
    });
    expect(changes.moves).toEqual([]);
    expect(changes.codes.map(({ code, only, count }) => [code, only, count])).toEqual([
      ["DMFP-MAP-VALUE", "old", 3],
      ["DMFP-MAP-RULE", "new", 3],
    ]);
    expect(changes.different).toBe(3);
  });

  it("sends records to another company", async () => {
    const { companies } = await diff(old.replace('"2" -> DEMF', '"2" -> GBSI'));
    expect(companies).toMatchObject([{ from: "DEMF", to: "GBSI", count: 1, examples: [{ line: 5 }] }]);
  });

  it("counts everything and shows no more than it is told to", async () => {
    const many = `CO,NO,STATE,GROUP,NAME\n${Array.from({ length: 600 }, (_, index) => `1,V${index},,G,n`).join("\n")}\n`;
    const { fields } = await diff(old.replace("NAME\n", "NAME | upper\n"), {
      files: { "s/vendors.csv": many },
      limit: 2,
    });
    expect(fields).toMatchObject([{ changed: 600, examples: [{ line: 2 }, { line: 3 }] }]);
  });

  it("counts keys that only come twice with the new one", async () => {
    const { codes } = await diff(old.replace("NO\n", "GROUP\n"));
    expect(codes).toMatchObject([{ code: "DMFP-KEY-DUPLICATE", only: "new", count: 1 }]);
  });
});

describe("mappings that read different things", () => {
  it("are matched by key, and what has no partner is counted", async () => {
    const changes = await diff(
      old.replace("s/vendors.csv", "s/others.csv").replace("NAME\n", "NAME | upper\n"),
      {
        files: { "s/others.csv": "CO,NO,STATE,GROUP,NAME\n2,d,,H,Dora\n1,A,,G,ANNA\n1,E,,G,Emil\n" },
      },
    );
    // C is left out by the old mapping, so nobody knows its key; B has no partner. Keys differ in case only: D and d.
    expect(changes).toMatchObject({
      matchedBy: "key",
      files: ["s/others.csv"],
      compared: 2,
      different: 2,
      unmatched: { old: 2, new: 1 },
    });
    expect(changes.fields.map(({ field, changed }) => [field, changed])).toEqual([
      ["VENDORACCOUNTNUMBER", 1],
      ["VENDORGROUPID", 1],
      ["VENDORORGANIZATIONNAME", 2],
    ]);
  });

  it("are so when they read the same file in another way", async () => {
    const changes = await diff(old.replace("vendors.csv", "vendors.csv, encoding: windows-1252"));
    expect(changes).toMatchObject({
      matchedBy: "key",
      compared: 3,
      different: 0,
      unmatched: { old: 1, new: 1 },
    });
  });

  it("read XML once, with the paths of both", async () => {
    const xml = `entity: Vendor groups
source: { file: s/groups.xml, record: /G/R }
legalEntity: USMF
fields: { VENDORGROUPID: "@id", DESCRIPTION: T }
`;
    const changes = await diff(xml.replace(": T", ": U"), {
      files: { "mappings/old.yaml": xml, "s/groups.xml": '<G><R id="a"><T>x</T><U>y</U></R></G>' },
    });
    expect(changes).toMatchObject({ matchedBy: "position", fields: [{ field: "DESCRIPTION", changed: 1 }] });
  });
});

describe("mappings that cannot be compared", () => {
  it("are those of different entities", async () => {
    await expect(diff(old.replace("Vendors V2", "Customers V3"))).rejects.toMatchObject({
      code: "DMFP-USAGE",
    });
  });

  it("are those with mistakes; the mistakes of both are said", async () => {
    const failing = diff(old.replace("NAME\n", "NAME | upp\n"), {
      files: { "mappings/old.yaml": old.replace("NAME\n", "NAME | low\n") },
    });
    await expect(failing).rejects.toThrow(/2 mistakes in 2 files[^]*new.yaml:8[^]*old.yaml:8/);
  });
});
