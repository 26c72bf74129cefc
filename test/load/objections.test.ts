import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { fingerprintParts } from "../../src/load/packing/fingerprint.ts";
import type { RunResult } from "../../src/load/load-options.ts";
import { planLoad } from "../../src/load/load-plan.ts";
import { runOffline } from "../../src/load/run-load.ts";
import { readProject } from "../../src/project/project.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import { folderWith } from "../project/temporary-project.ts";

const vendors = `entity: Vendors V2
source: { file: "data/vendors*.csv" }
legalEntity: COMPANY
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORORGANIZATIONNAME: NAME
  VENDORGROUPID: GROUP
  CREDITLIMIT: AMOUNT | decimal(".", 2)
  TAXEXEMPTNUMBER: TAX
controlTotals: { amount: AMOUNT }
`;
const groups = `entity: Vendor groups
source: { file: data/groups.csv }
legalEntity: USMF
fields: { VENDORGROUPID: CODE }
`;
const header = "COMPANY,NO,NAME,GROUP,AMOUNT,TAX\n";
const twoVendors = `${header}USMF,V1,One,G,10.50,T1\nDEMF,V2,Two,G,20.25,T1\n`;

type Files = Readonly<Record<string, string>>;

function projectWith(files: Files, limits = ""): string {
  return folderWith({
    "mappings/project.yaml": `project: small\nentities: [vendors.yaml, groups.yaml]\nenvironments:\n  sandbox: { kind: sandbox }\n${limits}`,
    "mappings/vendors.yaml": vendors,
    "mappings/groups.yaml": groups,
    "data/groups.csv": "CODE\nG\n",
    "data/vendors.csv": twoVendors,
    ...files,
  });
}

async function run(
  root: string,
  command: "check" | "build" = "build",
): Promise<{ result: RunResult; rejections: readonly Rejection[] }> {
  const project = readProject("mappings/project.yaml", root);
  const definition = project.environments["sandbox"];
  if (definition === undefined) throw new Error("no environment");
  const result = await runOffline(
    {
      project,
      environmentName: "sandbox",
      definition,
      catalogue: EntityCatalogue.builtIn(),
      clock: { now: () => Date.parse("2026-11-23T04:15:30Z") },
      version: "0.1.0",
    },
    command,
  );
  return { result, rejections: await Array.fromAsync(readRejections(result.folder.rejectionsFile)) };
}

function messagesOf({ result }: { result: RunResult }): string[] {
  return (result.summary.objections ?? []).map(({ message }) => message);
}

describe("numbers that the sender declares", () => {
  const declared = (text: string): Files => ({ "mappings/vendors.yaml": `${vendors}declared: ${text}\n` });

  test.each(["check", "build"] as const)("are compared by %s, and stand in the summary", async (command) => {
    const root = projectWith({
      ...declared('{ records: 2, totals: { amount: "30.7500" } }'),
      "mappings/groups.yaml": `${groups}declared: { records: 1 }\n`,
    });
    const { result } = await run(root, command);
    expect(result.error).toBeUndefined();
    expect(result.summary).toMatchObject({ exitCode: 0, status: "succeeded" });
    expect(result.summary).not.toHaveProperty("objections");
    expect(
      result.summary.entities.map(({ entity, legalEntity, declared: own }) => [entity, legalEntity, own]),
    ).toEqual([
      ["Vendor groups", "USMF", { records: "1" }],
      ["Vendors V2", "DEMF", { records: "2", amount: "30.7500" }],
      ["Vendors V2", "USMF", undefined],
    ]);
  });

  test.each(["check", "build"] as const)(
    "%s reads everything, names every difference, and writes its report",
    async (command) => {
      const root = projectWith({
        ...declared('{ file: data/vendors.txt, records: 3, totals: { amount: "-30.75" } }'),
        "mappings/groups.yaml": `${groups}declared: { file: data/groups.json }\n`,
        "data/vendors.txt": 'records;1\namount;"1.030,75"\namuont;5\n',
      });
      const { result } = await run(root, command);
      expect(messagesOf({ result })).toEqual([
        "There is no file data/groups.json with the declared numbers.",
        "amuont is declared (data/vendors.txt:3), but mappings/vendors.yaml has no control total of that name. Did you mean amount?",
        "3 records were declared (mappings/vendors.yaml:11), 2 were read: 1 too few.",
        "amount was declared as -30.75 (mappings/vendors.yaml:11), the records that could be read add up to 30.75: 61.50 too much.",
        "1 records were declared (data/vendors.txt:1), 2 were read: 1 too many.",
        "amount was declared as 1030.75 (data/vendors.txt:2), the records that could be read add up to 30.75: 1000.00 too little.",
      ]);
      expect(result.summary).toMatchObject({ exitCode: 3, status: "failed", balanced: true });
      expect(result.summary.entities).toHaveLength(3);
      expect(result.error).toMatchObject({ code: "DMFP-SOURCE-DECLARED" });
      expect(result.error?.message).toContain(
        "Nothing was sent, for 6 reasons:\n  Vendor groups: There is no file",
      );
      expect(result.resumable).toBe(false);
    },
  );

  test("records that are rejected or cannot be read were read all the same", async () => {
    const root = projectWith({
      ...declared('{ records: "4", totals: { amount: "36.75" } }'),
      "data/vendors.csv": `${twoVendors}USMF,V1,Again,G,5,\nUSMF,V3,A line too short,G\nUSMF,V4,,,1,\n`,
    });
    const { result, rejections } = await run(root);
    expect(rejections.map(({ stage }) => stage)).toEqual(["validation", "source", "validation"]);
    expect(messagesOf({ result })).toEqual([
      "4 records were declared (mappings/vendors.yaml:11), 5 were read: 1 too many.",
    ]);
  });

  test("of several files are added up; {name} is the name of each source file", async () => {
    const files = {
      "mappings/vendors.yaml": `${vendors}declared: { file: "data/{name}.declared.csv" }\n`.replace(
        "*",
        "{,-2}",
      ),
      "data/vendors.csv": `${header}USMF,V1,One,G,10.50,\n`,
      "data/vendors-2.csv": `${header}USMF,V2,Two,G,20.25,\nUSMF,V3,Three,G,0,\n`,
      "data/vendors.declared.csv": "records,1\namount,10.5\n",
      "data/vendors-2.declared.csv": 'records,2\namount,"20,25"\n',
    };
    const root = projectWith(files);
    const { result } = await run(root);
    expect(messagesOf({ result })).toEqual([]);
    expect(result.summary.entities.find(({ entity }) => entity === "Vendors V2")?.declared).toEqual({
      records: "3",
      amount: "30.75",
    });
    writeFileSync(path.join(root, "data/vendors-2.declared.csv"), "records,3\nrecords,4\n");
    expect(messagesOf(await run(root))).toEqual([
      "records is declared twice (data/vendors-2.declared.csv:2).",
      "8 records were declared (2 files such as data/vendors-2.declared.csv), 3 were read: 5 too few.",
      "amount was declared as 10.5 (data/vendors.declared.csv:2), the records that could be read add up to 30.75: 20.25 too much.",
    ]);
  });

  test.each([
    ["records,many", 'records is declared as "many" (data/d.csv:1), which is no whole number.'],
    ["records,2.5", 'records is declared as "2.5" (data/d.csv:1), which is no whole number.'],
    ["amount,lots", 'amount is declared as "lots" (data/d.csv:1), which is no number.'],
    ["amount", "A line of data/d.csv is not a name and a number, such as records,20605. (data/d.csv:1)"],
  ])("that are none are said so: %s", async (line, message) => {
    const { result } = await run(
      projectWith({ ...declared("{ file: data/d.csv }"), "data/d.csv": `${line}\n` }),
    );
    expect(messagesOf({ result })).toEqual([message]);
  });

  test("stand in a file inside the project, which is part of what a run is made of", async () => {
    const root = projectWith({ ...declared("{ file: data/d.csv }"), "data/d.csv": "records,2\n" });
    const parts = async (): Promise<string | undefined> => {
      const project = readProject("mappings/project.yaml", root);
      const planned = await planLoad(project, EntityCatalogue.builtIn());
      return (await fingerprintParts(project, planned, "1"))["data/d.csv"];
    };
    const before = await parts();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    writeFileSync(path.join(root, "data/d.csv"), "records,3\n");
    expect(await parts()).not.toBe(before);
    writeFileSync(path.join(root, "mappings/vendors.yaml"), `${vendors}declared: { file: ../d.csv }\n`);
    await expect(parts()).rejects.toMatchObject({ code: "DMFP-PATH-OUTSIDE", at: { line: 11, column: 19 } });
  });
});

describe("error budgets", () => {
  const badVendors = `${header}USMF,V1,One,G,x,\nUSMF,V2,Two,G,1,\nUSMF,V3,Three,G,x,\n`;
  const files = {
    "mappings/vendors.yaml": `${vendors}rejections: 1\n`,
    "mappings/groups.yaml": `${groups}rejections: "49.9%"\n`,
    "data/vendors.csv": badVendors,
    "data/groups.csv": "CODE\nG\nG\n",
  };

  test("all that do not suffice are named, and nothing is sent", async () => {
    const { result } = await run(projectWith(files, "limits: { rejections: 50% }\n"));
    expect(result.summary).toMatchObject({ exitCode: 12, status: "stopped by the error budget" });
    expect(result.error?.message).toBe(
      [
        "Nothing was sent, for 3 reasons:",
        "  3 of 5 records were rejected; limits.rejections allows 50%.",
        "  Vendor groups: 1 of 2 records was rejected; rejections of the mapping allows 49.9%.",
        "  Vendors V2: 2 of 3 records were rejected; rejections of the mapping allows 1.",
      ].join("\n"),
    );
  });

  test("a check ends as it would without them, and says that a load would be stopped", async () => {
    const { result } = await run(projectWith(files), "check");
    expect(result.error).toBeUndefined();
    expect(result.summary).toMatchObject({ exitCode: 4, status: "finished with rejections" });
    expect(result.summary.objections).toMatchObject([
      { code: "DMFP-ERROR-BUDGET", entity: "Vendor groups" },
      { code: "DMFP-ERROR-BUDGET", entity: "Vendors V2" },
    ]);
  });

  test("numbers that are not those declared come before budgets", async () => {
    const declared = { "mappings/vendors.yaml": `${vendors}rejections: 1\ndeclared: { records: 4 }\n` };
    const { result } = await run(projectWith({ ...files, ...declared }));
    expect(result.summary).toMatchObject({ exitCode: 3, status: "failed" });
    expect(result.summary.objections?.map(({ code }) => code)).toEqual([
      "DMFP-SOURCE-DECLARED",
      "DMFP-ERROR-BUDGET",
      "DMFP-ERROR-BUDGET",
    ]);
  });
});

describe("expectations of the mapping", () => {
  const expecting = `${vendors}expect:
  - field: CREDITLIMIT
    between: [0, 20]
    message: Ask treasury first.
  - field: TAXEXEMPTNUMBER
    unique: true
  - field: CREDITLIMIT
    filled: true
`;

  test.each(["check", "build"] as const)("are enforced by %s, with everything else", async (command) => {
    const root = projectWith({
      "mappings/vendors.yaml": expecting,
      "data/vendors.csv": `${twoVendors}USMF,V3,Three,G,1,t1\nUSMF,V4,,G,21,\nUSMF,V5,Five,G,x,\nUSMF,V6,Six,G,,\n`,
      "data/vendors2.csv": `${header}USMF,V7,Seven,G,1,T1\n`,
    });
    const { result, rejections } = await run(root, command);
    expect(
      rejections.map(({ position, stage, reasons }) => [
        position.line,
        stage,
        reasons.map(({ code, message }) => (code === "DMFP-EXPECTATION" ? message : code)),
      ]),
    ).toEqual([
      [3, "validation", ["Ask treasury first."]],
      [4, "validation", ['TAXEXEMPTNUMBER holds "t1", and so does the record on line 2.']],
      [5, "validation", ["Ask treasury first."]],
      // A field whose step failed is empty for that reason, which is no second problem.
      [6, "mapping", ["DMFP-MAP-NUMBER"]],
      [7, "validation", ["CREDITLIMIT is empty, and is expected to be filled in."]],
      [
        2,
        "validation",
        ['TAXEXEMPTNUMBER holds "T1", and so does the record on line 2 of data/vendors.csv.'],
      ],
    ]);
    expect(result.summary.rejections.byCode["DMFP-EXPECTATION"]).toBe(5);
  });
});
