import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { changedParts, fingerprintParts } from "../../src/load/packing/fingerprint.ts";
import { planLoad, type PlannedLoad } from "../../src/load/load-plan.ts";
import { EntityReader, type Verdict } from "../../src/load/reading/read-entity.ts";
import { readProject, type Project } from "../../src/project/project.ts";

const folders: string[] = [];
const catalogue = EntityCatalogue.builtIn();

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Writes a project of the given files; `mappings/*.yaml` beside project.yaml are its mappings. */
function project(files: Readonly<Record<string, string>>): {
  readonly root: string;
  readonly read: () => Project;
} {
  const root = mkdtempSync(path.join(tmpdir(), "dmfpipe-mapping-"));
  folders.push(root);
  const mappings = Object.keys(files).flatMap((name) => /^mappings\/([\w-]+\.yaml)$/.exec(name)?.[1] ?? []);
  const settings = `project: p\nentities: [${mappings.join(", ")}]\nenvironments: { sandbox: { kind: sandbox } }\n`;
  for (const [name, text] of Object.entries({ ...files, "mappings/project.yaml": settings })) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return { root, read: () => readProject("mappings/project.yaml", root) };
}

async function verdicts(planned: PlannedLoad): Promise<Verdict[]> {
  const reader = new EntityReader(planned);
  const found: Verdict[] = [];
  for (const source of planned.sources) {
    for await (const items of source.source.batches()) {
      for (const item of items) found.push(reader.judge(source, item));
    }
  }
  return found;
}

const valuesOf = (found: readonly Verdict[]): unknown[] =>
  found.map((verdict) => (verdict.kind === "packaged" ? verdict.values : verdict.kind));

const groups = (fields: string, more = ""): string =>
  `entity: Vendor groups\nsource: { file: s/groups*.csv }\nlegalEntity: USMF\n${more}fields:\n${fields}`;

const module = `export function clean(value: string, record: Readonly<Record<string, string>>) {
  if (value === "bad") return { reject: \`Bad in \${record["NAME"]}.\` };
  return value.trim();
}
export const notAFunction = 1;
`;

describe("a module of the project", () => {
  const text = groups('  VENDORGROUPID: CODE | module("./steps/clean.ts", "clean")\n');

  it("makes values, and refuses records in its own words", async () => {
    const { read } = project({
      "mappings/groups.yaml": text,
      "mappings/steps/clean.ts": module,
      "s/groups.csv": "CODE,NAME\n A ,x\nbad,y\n",
    });
    const [planned] = await planLoad(read(), catalogue);
    const found = planned === undefined ? [] : await verdicts(planned);
    expect(found[0]).toMatchObject({ kind: "packaged", values: ["A"] });
    expect(found[1]).toMatchObject({
      rejection: { reasons: [{ code: "DMFP-MAP-RULE", message: "Bad in y.", field: "VENDORGROUPID" }] },
    });
  });

  it.each([
    ["does not exist", '"./steps/none.ts", "clean"', "There is no module mappings/steps/none.ts."],
    ["has no such function", '"./steps/clean.ts", "clen"', "Did you mean clean?"],
    ["exports something else", '"./steps/clean.ts", "notAFunction"', "exports no function notAFunction"],
    ["is no module", '"./steps/clean.json", "clean"', "has to end with .ts"],
    ["cannot be loaded", '"./steps/broken.ts", "clean"', "cannot be loaded"],
    ["lies outside the project", '"../../../etc/x.ts", "clean"', "leads outside the project"],
    ["is a link that leads outside", '"./steps/link.ts", "clean"', "leads outside the project"],
  ])("that %s is an error with its place", async (_, args, words) => {
    const outside = mkdtempSync(path.join(tmpdir(), "dmfpipe-outside-"));
    folders.push(outside);
    writeFileSync(path.join(outside, "link.ts"), module);
    const { root, read } = project({
      "mappings/groups.yaml": groups(`  VENDORGROUPID: CODE | module(${args})\n`),
      "mappings/steps/clean.ts": module,
      "mappings/steps/clean.json": "{}",
      "mappings/steps/broken.ts": "export function (",
      "s/groups.csv": "CODE\nA\n",
    });
    symlinkSync(path.join(outside, "link.ts"), path.join(root, "mappings/steps/link.ts"));
    await expect(planLoad(read(), catalogue)).rejects.toMatchObject({
      message: expect.stringContaining(words) as string,
      at: { file: "mappings/groups.yaml", line: 5, column: 32 },
    });
  });
});

describe("a second source", () => {
  const files = (join: string, fields = "  DESCRIPTION: texts.TXT\n"): Record<string, string> => ({
    "mappings/groups.yaml": groups(
      `  VENDORGROUPID: CODE\n${fields}`,
      `join:\n  texts: { file: s/texts.csv, ${join} }\n`,
    ),
    "s/groups.csv": "CODE,LANG\nA,E\nB,D\n",
    "s/texts.csv": "KEY,SPRAS,TXT\nA,E,Goods\nA,D,Ware\nB,E,Services\n",
  });

  it("gives its values by a key of several columns", async () => {
    const { read } = project(files("key: [KEY, SPRAS], on: [CODE, LANG], missing: empty"));
    const [planned] = await planLoad(read(), catalogue);
    expect(valuesOf(planned === undefined ? [] : await verdicts(planned))).toEqual([
      ["A", "Goods"],
      ["B", ""],
    ]);
  });

  it("rejects a record without a partner", async () => {
    const { read } = project(files("key: [KEY, SPRAS], on: [CODE, LANG]"));
    const [planned] = await planLoad(read(), catalogue);
    const found = planned === undefined ? [] : await verdicts(planned);
    expect(found[1]).toMatchObject({
      rejection: { reasons: [{ code: "DMFP-MAP-JOIN", message: "The join texts has no record for B, D." }] },
    });
  });

  it.each([
    ["that has a key twice", files("key: KEY, on: CODE"), "DMFP-JOIN-INVALID", "s/texts.csv"],
    ["without the key's column", files("key: KEI, on: CODE"), "DMFP-MAPPING-COLUMN", "mappings/groups.yaml"],
    [
      "without the column that is read",
      files("key: [KEY, SPRAS], on: [CODE, LANG]", "  DESCRIPTION: texts.TXD\n"),
      "DMFP-MAPPING-COLUMN",
      "mappings/groups.yaml",
    ],
    [
      "that cannot be read",
      { ...files("key: KEY, on: CODE"), "s/texts.csv": "KEY,TXT\nA\n" },
      "DMFP-JOIN-INVALID",
      "s/texts.csv",
    ],
    [
      "outside the project",
      {
        ...files("key: KEY, on: CODE"),
        "mappings/groups.yaml": groups("  VENDORGROUPID: CODE\n", "join:\n  j: { file: ../x.csv, key: A }\n"),
      },
      "DMFP-PATH-OUTSIDE",
      "mappings/groups.yaml",
    ],
  ])("%s is an error", async (_, written, code, file) => {
    await expect(planLoad(project(written).read(), catalogue)).rejects.toMatchObject({ code, at: { file } });
  });
});

it("reports what is wrong with lookups, modules and joins together with the rest of the mapping", async () => {
  const { read } = project({
    "mappings/groups.yaml": groups(
      '  VENDORGROUPID: CODE | lookup(nme)\n  DESCRIPTION: CODE | module("./no.ts", "x") | trimm\n',
      "join:\n  j: { file: s/none.csv, key: A }\n",
    ),
    "mappings/lookups/name.csv": "from,to\n",
    "s/groups.csv": "CODE\n",
  });
  await expect(planLoad(read(), catalogue)).rejects.toMatchObject({
    message: expect.stringMatching(
      /4 mistakes[^]*Did you mean name\?[^]*no\.ts[^]*trim\?[^]*none\.csv/,
    ) as string,
  });
});

it("numbers records through all files of a mapping", async () => {
  const { read } = project({
    "mappings/groups.yaml": groups("  VENDORGROUPID: sequence(1, 1)\n", 'where: CODE != "-"\n'),
    "s/groups-1.csv": "CODE\nA\n-\nB\n",
    "s/groups-2.csv": "CODE\nC\n",
  });
  const [planned] = await planLoad(read(), catalogue);
  expect(valuesOf(planned === undefined ? [] : await verdicts(planned))).toEqual([
    ["1"],
    "filtered",
    ["3"],
    ["4"],
  ]);
});

it("loads several entities from one source", async () => {
  const source = "source: { file: s/all.csv }\nlegalEntity: USMF\n";
  const { read } = project({
    "mappings/groups.yaml": `entity: Vendor groups\n${source}where: KIND == "V"\nfields: { VENDORGROUPID: CODE }\n`,
    "mappings/customers.yaml": `entity: Customer groups\n${source}where: KIND == "C"\nfields: { CUSTOMERGROUPID: CODE }\n`,
    "s/all.csv": "KIND,CODE\nV,A\nC,B\n",
  });
  const planned = await planLoad(read(), catalogue);
  const found = new Map<string, unknown>();
  for (const entity of planned) found.set(entity.schema.label, valuesOf(await verdicts(entity)));
  expect(found).toEqual(
    new Map([
      ["Vendor groups", [["A"], "filtered"]],
      ["Customer groups", ["filtered", ["B"]]],
    ]),
  );
});

it("makes a record of every repeated element of an XML source", async () => {
  const { read } = project({
    "mappings/lines.yaml": [
      "entity: Vendor groups",
      "source: { file: s/x.xml, record: /R/Order, rows: Lines/Line }",
      'legalEntity: ../../@company | map("1" -> USMF)',
      'fields: { VENDORGROUPID: "concat(../../@id, @no)", DESCRIPTION: "join(Tag, \\"+\\")" }',
    ].join("\n"),
    "s/x.xml":
      '<R><Order id="A" company="1"><Lines><Line no="1"><Tag>x</Tag><Tag>y</Tag></Line><Line no="2"/></Lines></Order></R>',
  });
  const [planned] = await planLoad(read(), catalogue);
  expect(valuesOf(planned === undefined ? [] : await verdicts(planned))).toEqual([
    ["A1", "x+y"],
    ["A2", ""],
  ]);
});

it("takes lookups, modules and second sources into the run's fingerprint", async () => {
  const files = {
    "mappings/groups.yaml": groups(
      '  VENDORGROUPID: CODE | lookup(codes) | module("./steps/clean.ts", "clean")\n  DESCRIPTION: texts.TXT\n',
      "join:\n  texts: { file: s/texts.csv, key: CODE, missing: empty }\n",
    ),
    "mappings/lookups/codes.csv": "from,to\nA,B\n",
    "mappings/steps/clean.ts": module,
    "s/texts.csv": "CODE,TXT\nA,x\n",
    "s/groups.csv": "CODE\nA\n",
  };
  const { root, read } = project(files);
  const parts = async (): Promise<Readonly<Record<string, string>>> =>
    fingerprintParts(read(), await planLoad(read(), catalogue), "1");
  const before = await parts();
  for (const name of ["mappings/lookups/codes.csv", "mappings/steps/clean.ts", "s/texts.csv"] as const) {
    writeFileSync(path.join(root, name), `${files[name]}\n`);
    expect(changedParts(before, await parts())).toEqual([name]);
    writeFileSync(path.join(root, name), files[name]);
  }
});
