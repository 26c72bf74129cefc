import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { systemClock } from "../../src/errors/clock.ts";
import { explainJoin } from "../../src/load/explain/explain-join.ts";
import { explainRecord, type ExplainedEntity } from "../../src/load/explain/explain-record.ts";
import type { WantedRecord } from "../../src/load/explain/find-record.ts";
import { recordHistory } from "../../src/load/explain/record-history.ts";
import { runOffline } from "../../src/load/run-load.ts";
import { sourceUse } from "../../src/load/reading/source-use.ts";
import { findEnvironment, readProject, type Project } from "../../src/project/project.ts";
import { folderWith } from "../project/temporary-project.ts";

const catalogue = EntityCatalogue.builtIn();

const settings = (...mappings: string[]): string =>
  `project: p\nentities: [${mappings.join(", ")}]\nenvironments: { sandbox: { kind: sandbox } }\n`;

const vendors = `entity: Vendors V2
source: { file: s/vendors-*.csv, delimiter: ";" }
legalEntity: BUKRS | map("100" -> USMF)
where: LOEVM is empty
fields:
  VENDORACCOUNTNUMBER: concat("V", sequence(1) | padStart(3, "0"))
  VENDORGROUPID: GROUP | trim | lookup(groups)
  VENDORORGANIZATIONNAME: NAME
`;

const files = {
  "mappings/project.yaml": settings("vendors.yaml"),
  "mappings/vendors.yaml": vendors,
  "mappings/lookups/groups.csv": "from,to\nA,LOCAL\n",
  "s/vendors-1.csv": 'BUKRS;LOEVM;GROUP;NAME\n100;;A;One\n100;;A ;"Two\nlines"\n\n100;X;A;Gone\n',
  "s/vendors-2.csv": "BUKRS;LOEVM;GROUP;NAME\n300;;B;Bad\n100;;A\n",
};

function projectOf(changed: Readonly<Record<string, string>> = {}): Project {
  return readProject("mappings/project.yaml", folderWith({ ...files, ...changed }));
}

async function explained(
  project: Project,
  file: string,
  wanted: WantedRecord,
  entity?: string,
): Promise<readonly ExplainedEntity[]> {
  const use = sourceUse(project, file, project.root);
  return await explainRecord({
    project,
    catalogue,
    use,
    wanted,
    ...(entity === undefined ? {} : { entity }),
  });
}

async function only(project: Project, file: string, wanted: WantedRecord): Promise<ExplainedEntity> {
  const [first, ...others] = await explained(project, file, wanted);
  expect(others).toEqual([]);
  if (first === undefined) throw new Error("nothing was explained");
  return first;
}

describe("the record that covers a line", () => {
  const project = (): Project => projectOf();

  it.each([
    [2, "100;;A;One", 2],
    [3, '100;;A ;"Two\nlines"', 4],
    [4, '100;;A ;"Two\nlines"', 4],
    [6, "100;X;A;Gone", 6],
  ])("line %i", async (line, raw, lastLine) => {
    expect(await only(project(), "s/vendors-1.csv", { line })).toMatchObject({ raw, lastLine });
  });

  it("or has a number", async () => {
    expect(await only(project(), "s/vendors-1.csv", { record: 3 })).toMatchObject({ raw: "100;X;A;Gone" });
  });

  it.each([
    [{ line: 1 }, /Line 1 of s\/vendors-1.csv is the header.*begins on line 2/, "s/vendors-1.csv:2"],
    [{ line: 5 }, /belongs to no record: one begins on line 3, the next on line 6/, "s/vendors-1.csv:6"],
    [{ line: 99 }, /no record on line 99: the last one, number 3, begins on line 6/, "s/vendors-1.csv:6"],
    [{ record: 4 }, /no record number 4; it has 3/, "s/vendors-1.csv:6"],
  ])("%o has none, and the nearest is named", async (wanted, message, next) => {
    await expect(explained(project(), "s/vendors-1.csv", wanted)).rejects.toMatchObject({
      code: "DMFP-NO-RECORD",
      message: expect.stringMatching(message) as string,
      next: expect.stringContaining(next) as string,
    });
  });

  it("in XML: elements over several lines, and several on one", async () => {
    const xml = projectOf({
      "mappings/vendors.yaml": `entity: Vendor groups
source: { file: s/groups.xml, record: /G/R }
legalEntity: USMF
fields: { VENDORGROUPID: "@id", DESCRIPTION: T }
`,
      "s/groups.xml": '<G>\n<R id="a">\n <T>x</T>\n</R>\n<R id="b"/><R id="c"/><R id="d">\n</R>\n</G>\n',
    });
    const key = async (wanted: WantedRecord): Promise<unknown> => {
      const { fields, others, lastLine } = await only(xml, "s/groups.xml", wanted);
      return [fields[0]?.value, others, lastLine];
    };
    expect(await key({ line: 3 })).toEqual(["a", 0, 4]);
    expect(await key({ line: 5 })).toEqual(["b", 2, 5]);
    expect(await key({ line: 6 })).toEqual(["d", 0, 6]);
    expect(await key({ record: 3 })).toEqual(["c", 0, 5]);
    await expect(only(xml, "s/groups.xml", { line: 1 })).rejects.toThrow(/stands before the first record/);
  });
});

describe("what is said of a record", () => {
  it("values, steps, company, key and verdict", async () => {
    const story = await only(projectOf(), "s/vendors-1.csv", { line: 4 });
    expect(story).toMatchObject({
      entity: "Vendors V2",
      mapping: "mappings/vendors.yaml",
      verdict: "packaged",
      reasons: [],
      position: { line: 3, record: 2 },
      where: { condition: "LOEVM is empty", trace: { output: true } },
      legalEntity: { value: "USMF", trace: { output: "USMF" } },
    });
    expect(story.values).toContainEqual({ column: "GROUP", value: "A " });
    expect(story.fields.map(({ field, value, key }) => [field, value, key])).toEqual([
      ["VENDORACCOUNTNUMBER", "V002", true],
      ["VENDORGROUPID", "LOCAL", false],
      ["VENDORORGANIZATIONNAME", "Two\nlines", false],
    ]);
    expect(story.fields[1]?.trace?.parts.map(({ output }) => output)).toEqual(["A ", "A", "LOCAL"]);
    expect(story.fields[1]?.trace?.parts[2]?.notes).toEqual(["found in mappings/lookups/groups.csv:2"]);
  });

  it("a record that is left out is said to be, with its company", async () => {
    const story = await only(projectOf(), "s/vendors-1.csv", { line: 6 });
    expect(story).toMatchObject({ verdict: "filtered", legalEntity: { value: "USMF" }, reasons: [] });
  });

  it("every problem of a record, as a load would find them; numbers go on from the file before", async () => {
    const story = await only(projectOf(), "s/vendors-2.csv", { line: 2 });
    expect(story).toMatchObject({ verdict: "rejected", stage: "mapping" });
    expect(story.reasons.map(({ code, field }) => [code, field])).toEqual([
      ["DMFP-MAP-VALUE", "legalEntity"],
      ["DMFP-MAP-LOOKUP", "VENDORGROUPID"],
    ]);
    expect(story.fields[0]?.value).toBe("V004");
  });

  it("a record that cannot be read has its text and its reason", async () => {
    const story = await only(projectOf(), "s/vendors-2.csv", { line: 3 });
    expect(story).toMatchObject({ verdict: "rejected", stage: "source", raw: "100;;A", values: [] });
    expect(story.reasons.map(({ code }) => code)).toEqual(["DMFP-ROW-COLUMNS"]);
  });

  it("a file that feeds several entities has a story for each, or for the one that is asked for", async () => {
    const project = projectOf({
      "mappings/project.yaml": settings("vendors.yaml", "groups.yaml"),
      "mappings/groups.yaml": `entity: Vendor groups
source: { file: s/vendors-1.csv, delimiter: ";" }
legalEntity: DEMF
fields: { VENDORGROUPID: GROUP, DESCRIPTION: NAME }
`,
    });
    const labels = async (entity?: string): Promise<unknown> =>
      (await explained(project, "s/vendors-1.csv", { line: 2 }, entity)).map((story) => story.entity);
    expect(await labels()).toEqual(["Vendors V2", "Vendor groups"]);
    expect(await labels("vendor groups")).toEqual(["Vendor groups"]);
    await expect(labels("Vendor group")).rejects.toThrow(/Did you mean Vendor groups\?/);
  });
});

describe("the file", () => {
  it("is one that a mapping reads, named from where one is or from the root", () => {
    const project = projectOf();
    expect(sourceUse(project, "vendors-1.csv", path.join(project.root, "s")).name).toBe("s/vendors-1.csv");
    expect(sourceUse(project, "s/vendors-2.csv", "/").read).toHaveLength(1);
    expect(() => sourceUse(project, "s/vendors-3.csv", project.root)).toThrow(/Did you mean s\/vendors-/);
  });

  it("may be a second source: its record is shown with those that look it up", async () => {
    const project = projectOf({
      "mappings/vendors.yaml": `${vendors}  VENDORSEARCHNAME: bank.IBAN\njoin:
  bank: { file: s/bank.csv, key: GROUP, on: GROUP | trim, missing: empty }
`,
      "s/bank.csv": "GROUP,IBAN,OTHER\nA,NL1,x\nZ,NL2,y\n",
    });
    const use = sourceUse(project, "s/bank.csv", project.root);
    expect(use.read).toEqual([]);
    const [joined] = use.joined;
    if (joined === undefined) throw new Error("no join");
    const story = await explainJoin(project, joined, { wanted: { line: 2 }, catalogue });
    expect(story).toMatchObject({
      join: "bank",
      key: [{ column: "GROUP", value: "A" }],
      values: [{ column: "IBAN", value: "NL1" }],
      partnersInAll: 3,
      partners: [
        { file: "s/vendors-1.csv", line: 2 },
        { file: "s/vendors-1.csv", line: 3 },
        { file: "s/vendors-1.csv", line: 6 },
      ],
    });
    expect(await explainJoin(project, joined, { wanted: { line: 3 }, catalogue })).toMatchObject({
      partnersInAll: 0,
      partners: [],
    });
    const found = (await explained(project, "s/vendors-1.csv", { line: 2 }))[0]?.fields.at(-1);
    expect(found).toMatchObject({
      value: "NL1",
      trace: { notes: [expect.stringContaining("s/bank.csv:2")] },
    });
  });
});

describe("the history of a record", () => {
  async function build(project: Project): Promise<void> {
    await runOffline(
      {
        project,
        environmentName: "sandbox",
        definition: findEnvironment(project, "sandbox"),
        catalogue,
        clock: systemClock,
        version: "0",
        listener: () => undefined,
      },
      "build",
    );
  }

  const historyOf = async (project: Project, file: string, line: number): Promise<unknown> => {
    const story = await only(project, file, { line });
    const { runs } = await recordHistory(project, story, systemClock);
    return runs.map(({ command, changed, package: pack, rejection }) => ({
      command,
      changed,
      row: pack?.row,
      codes: rejection?.reasons.map(({ code }) => code),
    }));
  };

  it("is empty where nothing was run", async () => {
    const project = projectOf();
    expect(await historyOf(project, "s/vendors-1.csv", 2)).toEqual([]);
  });

  it("has the row of its package, or why it was refused, and nothing of others", async () => {
    const project = projectOf({ "s/vendors-2.csv": "BUKRS;LOEVM;GROUP;NAME\n100;;A;Last\n300;;B;Bad\n" });
    await build(project);
    expect(await historyOf(project, "s/vendors-1.csv", 2)).toEqual([
      { command: "build", changed: false, row: 1, codes: undefined },
    ]);
    expect(await historyOf(project, "s/vendors-2.csv", 2)).toEqual([
      { command: "build", changed: false, row: 3, codes: undefined },
    ]);
    expect(await historyOf(project, "s/vendors-1.csv", 6)).toEqual([]);
    expect(await historyOf(project, "s/vendors-2.csv", 3)).toEqual([
      { command: "build", changed: false, row: undefined, codes: ["DMFP-MAP-VALUE", "DMFP-MAP-LOOKUP"] },
    ]);
  });

  it("says when the line was another one then", async () => {
    const project = projectOf({ "s/vendors-2.csv": "BUKRS;LOEVM;GROUP;NAME\n300;;B;Bad\n100;;A;Good\n" });
    await build(project);
    mkdirSync(path.join(project.root, "s"), { recursive: true });
    writeFileSync(
      path.join(project.root, "s/vendors-2.csv"),
      "BUKRS;LOEVM;GROUP;NAME\n100;;A;Now good\n100;;A;Good\n",
    );
    expect(await historyOf(project, "s/vendors-2.csv", 2)).toMatchObject([{ changed: true }]);
    expect(await historyOf(project, "s/vendors-2.csv", 3)).toMatchObject([{ changed: true, row: 3 }]);
  });
});
