import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import ExcelJS from "exceljs";
import { describe, expect, test } from "vitest";
import type { LoadOptions, RunResult } from "../../../src/load/load-options.ts";
import { resumeLoad, runLoad } from "../../../src/load/run-load.ts";
import { smallProject } from "../../e2e/small-project.ts";
import { failureOf } from "../../environment/failure.ts";
import { loadScene, type LoadScene } from "../load-scene.ts";
import { correct, rejectedTable, rejectionsOf, resubmit, saveTable, storyOf } from "./resubmit-scene.ts";

const vendors = `NO;NAME;GROUP;TERM
V1;Müller & Söhne;LOCAL;Net30
0002;Nobody knows my term;LOCAL;NET99
0003;"Smith; Jones";GONE;Net10
0004;=cmd;LOCAL;NET99
`;

/** Vendors of which F&O takes one. */
async function refusedVendors(settings: Parameters<typeof loadScene>[0] = {}): Promise<LoadScene> {
  return await loadScene(settings, (environments) => smallProject({ environments, vendors }));
}

function offline(scene: LoadScene): LoadOptions {
  const options: LoadOptions & { connection?: unknown } = { ...scene.options() };
  delete options.connection;
  return options;
}

/** Whatever is wrong with a corrected file, it is refused as a whole, and everything is named. */
async function expectRefusals(scene: LoadScene, first: RunResult): Promise<void> {
  const imports = scene.imports();
  const table = rejectedTable(first, "vendors-v2");
  const [header = [], ...rows] = table;
  const changed = (row: readonly string[] | undefined, name: string, value: string): string[] =>
    (row ?? []).with(header.indexOf(name), value);
  const refusal = async (all: readonly string[][]): Promise<string> => {
    const error = await failureOf(resubmit(scene, [saveTable(scene, "vendors-v2.csv", [header, ...all])]));
    expect(error.code).toBe("DMFP-CORRECTED-FILE");
    return error.message;
  };
  const added = changed(rows[0], "_source_line", "");
  expect(await refusal([...rows, rows[0] ?? [], added, changed(rows[1], "_source_line", "2")])).toBe(
    `3 things speak against it:
  vendors-v2.csv, row 5 is for line 3 of data/vendors.csv once more (vendors-v2.csv, row 2, is the first): a row may stand there only once.
  vendors-v2.csv, row 6 has no _source_file and _source_line: rows cannot be added here, only in the source.
  vendors-v2.csv, row 7 is for line 2 of data/vendors.csv, which run ${first.summary.run} did not reject. Nothing was sent.`,
  );
  const doubtful = changed(rows[0], "NO", "22");
  expect(await refusal([doubtful])).toBe(
    'vendors-v2.csv, row 2 (line 3 of data/vendors.csv): NO was "0002" and is "22": leading zeros may be lost. Nothing was sent.',
  );
  const without = table.map((row) => row.toSpliced(1, 1));
  const error = await failureOf(resubmit(scene, [saveTable(scene, "vendors-v2.csv", without)]));
  expect(error.message).toMatch(/lacks the column NAME/);
  const file = saveTable(scene, "vendors-v2.csv", [header, doubtful]);
  for (const choice of ["accept", "repair"] as const) {
    const dry = await resubmit(scene, [file], { doubtful: choice }, offline(scene));
    expect(dry.summary).toMatchObject({ exitCode: 0, entities: [{ read: 1 }] });
  }
  expect(scene.imports()).toBe(imports);
}

describe("a corrected file", () => {
  test("is loaded once, whatever Excel did to it, and names the source", { timeout: 30_000 }, async () => {
    const scene = await refusedVendors();
    const first = await runLoad(scene.options());
    expect(first.summary.exitCode).toBe(4);
    await expectRefusals(scene, first);
    const table = rejectedTable(first, "vendors-v2");
    correct(table, "0002", "TERM", "Net30");
    correct(table, "0003", "GROUP", "ALSO GONE");
    correct(table, "0004", "TERM", "Net10");
    // As Excel leaves them: numbers without their zeros, a formula that was run, a column moved, rows without anything.
    correct(table, "0004", "NAME", "#NAME?");
    for (const row of table.slice(1)) row[0] = String(Number(row[0]));
    const file = saveTable(scene, "fixed.txt", [
      ...table.map((row) => [...row.slice(2), row[0] ?? "", row[1] ?? "", ""]),
      table[0]?.map(() => "") ?? [],
    ]);

    const dry = await resubmit(scene, [file], {}, offline(scene));
    expect(dry.summary).toMatchObject({ command: "check", exitCode: 0, resubmissionOf: first.summary.run });
    expect(dry.summary.rejections.trend).toBeUndefined();
    const second = await resubmit(scene, [file]);
    expect(second.summary).toMatchObject({
      command: "resubmit",
      resubmissionOf: first.summary.run,
      exitCode: 4,
      balanced: true,
      entities: [{ entity: "Vendors V2", read: 3, packaged: 3, created: 2, rejectedTarget: 1 }],
    });
    expect(scene.events.flatMap((event) => ("text" in event ? [event.text] : []))).toEqual(
      expect.arrayContaining([
        `resubmission of run ${first.summary.run}: 3 records, 3 of them corrected`,
        "corrected: TERM 2, GROUP 1",
        "put back as it was: NO, 3 values (leading zeros)",
        "put back as it was: NAME, 1 value (run as a formula)",
      ]),
    );
    expect(second.summary.rejections.trend?.records).toMatchObject({
      before: 3,
      known: 1,
      fixed: 2,
      open: 1,
    });
    const [rejection, ...others] = await rejectionsOf(second);
    expect(others).toEqual([]);
    expect(rejection).toMatchObject({
      position: { file: "data/vendors.csv", line: 4, record: 3 },
      corrected: { file: "fixed.txt", row: 3 },
      raw: '0003;"Smith; Jones";GONE;Net10',
      values: ["0003", "Smith; Jones", "ALSO GONE", "Net10"],
      key: ["0003"],
    });

    // The file it wrote itself is as good as the first one; what is loaded is left alone.
    const again = rejectedTable(second, "vendors-v2");
    expect(again).toHaveLength(2);
    correct(again, "0003", "GROUP", "ABROAD");
    const third = await resubmit(scene, [saveTable(scene, "vendors-v2.csv", again)]);
    expect(third.summary).toMatchObject({ exitCode: 0, entities: [{ read: 1, created: 1 }] });
    expect(third.summary.rejections.trend?.records).toMatchObject({ before: 1, fixed: 1, open: 0 });

    const imports = scene.imports();
    for (const files of [[file], [saveTable(scene, "again.csv", again)], []]) {
      const error = await failureOf(resubmit(scene, files));
      expect(error.code).toBe("DMFP-NOTHING-TO-DO");
      expect(error.message).toContain(`2 records loaded by run ${second.summary.run}`);
      expect(error.message).toContain(`1 record loaded by run ${third.summary.run}`);
    }
    expect(scene.imports()).toBe(imports);

    const story = await storyOf(scene, {
      entity: "Vendors V2",
      file: "data/vendors.csv",
      line: 4,
      raw: '0003;"Smith; Jones";GONE;Net10',
    });
    expect(story).toMatchObject([
      {
        run: third.summary.run,
        outcome: "loaded",
        package: { row: 1, state: "done" },
        resubmission: {
          corrected: { file: "vendors-v2.csv", row: 2 },
          changes: [{ column: "GROUP", from: "ALSO GONE", to: "ABROAD" }],
        },
      },
      {
        run: second.summary.run,
        outcome: "rejected",
        rejection: { stage: "target" },
        resubmission: { changes: [{ column: "GROUP", from: "GONE", to: "ALSO GONE" }] },
      },
      { run: first.summary.run, outcome: "rejected", rejection: { stage: "target" } },
    ]);
    expect(story.map(({ changed }) => changed)).toEqual([false, false, false]);
  });

  test("may be the workbook of the report, with a row taken out", { timeout: 30_000 }, async () => {
    const scene = await refusedVendors();
    const first = await runLoad(scene.options());
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(path.join(first.folder.path, "report.xlsx"));
    const sheet = workbook.getWorksheet("Vendors V2");
    if (sheet === undefined) throw new Error("no sheet of vendors");
    const rowOf = (number: string): ExcelJS.Row => {
      const row = sheet.getRows(2, 3)?.find((candidate) => candidate.getCell(1).text === number);
      if (row === undefined) throw new Error(number);
      return row;
    };
    rowOf("0002").getCell(4).value = "Net30";
    rowOf("0003").getCell(3).value = "LOCAL";
    rowOf("0003").getCell(1).value = 3;
    sheet.spliceRows(rowOf("0004").number, 1);
    const file = path.join(scene.project.root, "fixed.xlsx");
    await workbook.xlsx.writeFile(file);
    const second = await resubmit(scene, [file]);
    expect(second.summary).toMatchObject({ exitCode: 0, entities: [{ read: 2, created: 2 }] });
    expect(scene.events).toContainEqual(
      expect.objectContaining({ text: "left out: 1 record, no longer in the corrected file" }),
    );
    // What was taken out is still rejected, and can still be loaded.
    const third = await resubmit(scene);
    expect(third.summary).toMatchObject({ exitCode: 4, entities: [{ read: 1, rejectedTarget: 1 }] });
  });
});

describe("as they are", () => {
  test(
    "records are read from their source, and from the run where that is gone",
    { timeout: 30_000 },
    async () => {
      const scene = await refusedVendors();
      expect((await failureOf(resubmit(scene))).code).toBe("DMFP-NOTHING-TO-DO");
      const first = await runLoad(scene.options());
      expect((await failureOf(resubmit(scene, [], { run: "nobody" }))).code).toBe("DMFP-RUN-UNKNOWN");
      scene.project.write("data/vendors.csv", "NO;NAME;GROUP;TERM\n");
      const second = await resubmit(scene, [], { code: "DMFP-FNO-REFERENCE" });
      expect(second.summary).toMatchObject({ resubmissionOf: first.summary.run, entities: [{ read: 3 }] });
      expect(scene.events).toContainEqual(
        expect.objectContaining({
          text: expect.stringContaining("as they were then: data/vendors.csv") as string,
        }),
      );
      rmSync(path.join(scene.project.root, "data/vendors.csv"));
      expect((await resubmit(scene, [], { entity: "vendors v2" })).summary).toMatchObject({
        entities: [{ read: 3 }],
      });
      expect((await failureOf(resubmit(scene, [], { entity: "Vendor groups" }))).code).toBe(
        "DMFP-NOTHING-TO-DO",
      );
      expect((await failureOf(resubmit(scene, [], { entity: "Vendors V3" }))).message).toContain(
        "Vendors V2",
      );
      // Nothing goes over what a later load has loaded, unless its run is named.
      scene.project.write("data/vendors.csv", vendors.replaceAll("NET99", "Net30").replace("GONE", "LOCAL"));
      expect((await runLoad(scene.options())).summary.exitCode).toBe(0);
      const { run } = first.summary;
      expect(await failureOf(resubmit(scene))).toMatchObject({
        code: "DMFP-NOTHING-TO-DO",
        next: `If that is meant: dmfpipe resubmit ${run}`,
      });
      const named = await resubmit(scene, [], { run }, offline(scene));
      expect(named.summary).toMatchObject({ resubmissionOf: run, entities: [{ read: 3 }] });
    },
  );

  test(
    "a mapping that was corrected counts, and a record whose key is taken is left alone",
    { timeout: 30_000 },
    async () => {
      const scene = await loadScene({}, (environments) =>
        smallProject({
          environments,
          vendors: "NO;NAME;GROUP;TERM\nV1;a;LOCAL;30\nV2;b;LOCAL;10\nV1;c;LOCAL;Net30\n",
        }),
      );
      const first = await runLoad(scene.options());
      expect(first.summary.entities[1]).toMatchObject({ rejectedHere: 1, rejectedTarget: 2 });
      scene.project.write(
        "mappings/vendors.yaml",
        `entity: Vendors V2
source: { file: data/vendors.csv, delimiter: ";" }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: NO
  VENDORORGANIZATIONNAME: NAME
  VENDORGROUPID: GROUP
  DEFAULTPAYMENTTERMSNAME: TERM | map("30" -> Net30, "10" -> Net10, "Net30" -> Net30)
`,
      );
      const second = await resubmit(scene);
      expect(second.summary).toMatchObject({ exitCode: 0, entities: [{ read: 2, created: 2 }] });
      const table = rejectedTable(first, "vendors-v2");
      const duplicate = (key: string): string[][] => [
        table[0] ?? [],
        (table.find(([, name]) => name === "c") ?? []).with(0, key),
      ];
      // It would go over V2, which the second run has loaded.
      const third = await resubmit(scene, [saveTable(scene, "v2.csv", duplicate("v2"))]);
      expect((await rejectionsOf(third))[0]?.reasons).toMatchObject([
        {
          code: "DMFP-KEY-DUPLICATE",
          message: `The record on line 3, loaded by run ${second.summary.run} has the same key, v2.`,
        },
      ]);
      const error = await failureOf(resubmit(scene));
      expect(error.message).toContain("1 record still has the key of another record");
    },
  );
});

describe("what depends on what is loaded again", () => {
  const dependent = "NO;NAME;GROUP;TERM\nV1;a;LOCAL;Net30\nV2;b;NEW;Net30\nV3;c;NEW;NET99\nV4;;GONE;Net30\n";

  test("is taken along, unless only that is asked for", { timeout: 30_000 }, async () => {
    const scene = await loadScene({}, (environments) => smallProject({ environments, vendors: dependent }));
    scene.project.write("data/groups.csv", `CODE;TEXT\nLOCAL;x\nNEW;y\n`);
    scene.project.write(
      "mappings/vendor-groups.yaml",
      `entity: Vendor groups
source: { file: data/groups.csv, delimiter: ";" }
legalEntity: USMF
fields:
  VENDORGROUPID: CODE
  DESCRIPTION: TEXT | map("x" -> "Local", "z" -> "New")
`,
    );
    const first = await runLoad(scene.options());
    expect(first.summary.entities).toMatchObject([{ rejectedHere: 1 }, { rejectedTarget: 3 }]);
    const groups = rejectedTable(first, "vendor-groups");
    const unchanged = saveTable(scene, "unchanged.csv", groups);
    const only = await resubmit(scene, [unchanged], { only: true });
    expect(only.summary.entities).toMatchObject([{ entity: "Vendor groups", read: 1, rejectedHere: 1 }]);
    correct(groups, "NEW", "TEXT", "z");
    const along = await resubmit(scene, [saveTable(scene, "groups.csv", groups)]);
    // V3 was also rejected for a term that nobody knows, and still is; V4 was rejected for a group that nobody has.
    expect(along.summary.entities).toMatchObject([
      { entity: "Vendor groups", read: 1, created: 1 },
      { entity: "Vendors V2", read: 2, created: 1, rejectedTarget: 1 },
    ]);
  });
});

describe("a resubmission that is interrupted", () => {
  test(
    "goes on where it stopped, whatever became of the files; until then nothing else is resubmitted",
    { timeout: 30_000 },
    async () => {
      const scene = await refusedVendors({
        faults: [{ on: "GetAzureWriteUrl", nth: 3, times: 3, status: 503 }],
      });
      const first = await runLoad(scene.options());
      const table = rejectedTable(first, "vendors-v2");
      for (const number of ["0002", "0004"]) correct(table, number, "TERM", "Net10");
      correct(table, "0003", "GROUP", "LOCAL");
      const file = saveTable(scene, "fixed.csv", table);
      const stopped = await resubmit(scene, [file]);
      expect(stopped).toMatchObject({ resumable: true, error: { code: "DMFP-HTTP-TEMPORARY" } });
      const { run } = stopped.summary;
      const error = await failureOf(resubmit(scene, [file]));
      expect(error).toMatchObject({ code: "DMFP-RESUBMIT-OPEN", next: `dmfpipe resume ${run}` });
      rmSync(file);
      writeFileSync(path.join(scene.project.root, "data/vendors.csv"), "something else");
      const resumed = await resumeLoad(scene.options(), undefined);
      expect(resumed.summary).toMatchObject({
        run,
        command: "resubmit",
        resubmissionOf: first.summary.run,
        exitCode: 0,
        entities: [{ read: 3, created: 3 }],
      });
      expect((await failureOf(resubmit(scene))).message).toContain(`3 records loaded by run ${run}`);
    },
  );
});
