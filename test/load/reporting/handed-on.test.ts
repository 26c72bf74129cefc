import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../../src/entity/catalogue.ts";
import { reason } from "../../../src/errors/reason.ts";
import { finishRun } from "../../../src/load/finish-run.ts";
import type { LedgerRun } from "../../../src/load/ledger/ledger-rows.ts";
import { redactionKey } from "../../../src/load/reporting/redaction-key.ts";
import { shareRejections } from "../../../src/load/reporting/share-rejections.ts";
import { RunFolder } from "../../../src/load/run-folder.ts";
import { readProject, type Project } from "../../../src/project/project.ts";
import { Redactor } from "../../../src/rejection/redact/redactor.ts";
import { rejectionLine } from "../../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../../src/rejection/rejection.ts";
import type { RunSummary } from "../../../src/rejection/summary.ts";
import { folderWith } from "../../project/temporary-project.ts";
import { entitySummary, vendorRejection } from "../../rejection/report-fixture.ts";
import { allTexts, partsOf, readWorkbook, sheetOf } from "../../rejection/workbook/workbook-reading.ts";

const stewards = `stewards:
  - { owner: Müller, match: { stage: source } }
  - { owner: Muller, name: Mia Muller, match: { legalEntity: DEMF } }
`;

function projectWith(settings: string): Project {
  const root = folderWith({
    "mappings/project.yaml": `project: small
entities: [vendors.yaml]
environments:
  sandbox: { kind: sandbox }
${settings}`,
    "mappings/vendors.yaml": `entity: Vendors V2
source: { file: data/vendors.csv, delimiter: ";" }
legalEntity: USMF
fields:
  VENDORACCOUNTNUMBER: LIFNR
  VENDORGROUPID: KTOKK | upper
`,
  });
  return readProject("mappings/project.yaml", root);
}

const rejections: readonly Rejection[] = [
  vendorRejection(1, { stage: "source", columns: [], values: [], raw: '0000000001;"open' }),
  vendorRejection(2),
  vendorRejection(3, { legalEntity: "USMF" }),
  vendorRejection(4, {
    values: ["0000000004", "=HYPERLINK(1)", "ZX", "-12,50"],
    reasons: [reason("DMFP-FNO-RULE", { message: "https://x/?sv=1&sig=SECRET of 0000000002" })],
  }),
];

/** Ends a run that has rejected these; returns its folder and summary. */
async function ended(
  project: Project,
  rejected: readonly Rejection[],
): Promise<{ folder: RunFolder; summary: RunSummary }> {
  const folder = new RunFolder(project.root, "r1");
  for (const made of [folder.rejections, folder.rejectionParts])
    mkdirSync(made, { recursive: true, mode: 0o700 });
  writeFileSync(folder.ownRejections(1), rejected.map(rejectionLine).join(""));
  const [definition] = project.mappings;
  if (definition === undefined) throw new Error("The project has no mapping.");
  const schema = EntityCatalogue.builtIn().find("Vendors V2");
  if (schema === undefined) throw new Error("The catalogue has no vendors.");
  const run = {
    id: "r1",
    project: "small",
    environment: "sandbox",
    command: "load",
    startedAt: "2026-03-02T14:03:11Z",
    choices: {},
  } as LedgerRun;
  const summary = await finishRun({
    run,
    folder,
    project,
    planned: [
      {
        position: 1,
        schema,
        definition,
        sources: [{ source: { columns: vendorRejection(1).columns } }],
        mapping: { columnsOfField: new Map([["VENDORGROUPID", ["KTOKK"]]]) },
      },
    ],
    entities: [entitySummary({ read: 4, rejectedHere: rejected.length, controlTotals: { sum: "4711.00" } })],
    packages: [],
    status: "finished with rejections",
    exitCode: 4,
    finishedAt: "2026-03-02T14:07:23Z",
  });
  return { folder, summary };
}

/** Every file below a folder, relative to it, and the texts that are in them. */
async function contentOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const content = new Map<string, string>();
  for (const entry of names.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const text = file.endsWith(".xlsx")
      ? [...(await partsOf(file)).values()].join("\n")
      : readFileSync(file, "utf8");
    content.set(path.relative(folder, file), text);
  }
  return content;
}

describe("when a run ends", () => {
  test("each owner gets a folder with just that owner's rows, and together they are all", async () => {
    const project = projectWith(stewards);
    const { folder, summary } = await ended(project, rejections);
    expect(summary.stewards).toEqual([
      { owner: "Müller", records: 1, folder: "stewards/muller" },
      { owner: "Muller", name: "Mia Muller", records: 2, folder: "stewards/muller-2" },
      { owner: "Unassigned", records: 1, folder: "stewards/unassigned" },
    ]);
    const content = await contentOf(folder.stewards);
    const files = ["report.html", "report.xlsx", "vendors-v2.rejected.csv"];
    const folders = ["muller", "muller-2", "unassigned"];
    expect([...content.keys()].sort()).toEqual(
      folders.flatMap((name) => files.map((file) => `${name}/${file}`)).sort(),
    );
    const csv = content.get("muller-2/vendors-v2.rejected.csv") ?? "";
    expect(csv.match(/samples\/vendors\.csv/g)).toHaveLength(2);
    expect(csv).not.toContain("0000000003");
    const page = content.get("muller-2/report.html") ?? "";
    expect(page).toContain("2 of 4 rejected records of run r1");
    expect(page).not.toContain("This report is partial");
    const workbook = await readWorkbook(path.join(folder.stewards, "muller-2", "report.xlsx"));
    const text = allTexts(sheetOf(workbook, "Summary"));
    expect(text).toContain("For Muller: 2 of the 4 rejected records of run r1.");
    expect(text).toContain("Vendors V2\tDEMF\t2\t0\t2\t0\t0\t0\t0\t0\t0\tyes");
    expect(readFileSync(folder.reportFile, "utf8")).toContain('href="stewards/muller-2/report.html"');
    expect(readdirSync(folder.rejectionParts)).toEqual(["001.own.ndjson"]);
  });

  test("no file has a secret, and only the owner of the machine's account can read any", async () => {
    const { folder } = await ended(projectWith(stewards), rejections);
    for (const [name, text] of await contentOf(folder.path)) {
      if (!name.startsWith("work/")) expect(text, name).not.toContain("SECRET");
    }
    for (const entry of readdirSync(folder.path, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (file.startsWith(folder.rejectionParts)) continue;
      expect(statSync(file).mode & 0o777, file).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }
  });

  test("there is no workbook where nothing was rejected, or it is switched off, and an old one goes", async () => {
    const project = projectWith("");
    const { folder, summary } = await ended(project, rejections);
    expect(readdirSync(folder.path)).toContain("report.xlsx");
    expect(readdirSync(folder.path)).not.toContain("stewards");
    expect(summary.stewards).toBeUndefined();
    await ended(project, []);
    expect(readdirSync(folder.path)).not.toContain("report.xlsx");
    const without = await ended(projectWith(`${stewards}reports: { excel: false }\n`), rejections);
    const names = [...(await contentOf(without.folder.path)).keys()];
    expect(names.filter((name) => name.endsWith(".xlsx"))).toEqual([]);
    expect(readFileSync(without.folder.reportFile, "utf8")).not.toContain("report.xlsx");
    expect(without.summary.excelLeftOut).toBeUndefined();
  });

  test("past reports.excelRecords there is no workbook, which is said, and owners with few records have theirs", async () => {
    const { folder, summary } = await ended(
      projectWith(`${stewards}reports: { excelRecords: 3 }\n`),
      rejections,
    );
    expect(summary).toMatchObject({ excelLeftOut: 3, rejections: { total: 4 } });
    const names = [...(await contentOf(folder.path)).keys()].filter((name) => name.endsWith(".xlsx"));
    expect(names.sort()).toEqual(
      ["muller-2", "muller", "unassigned"].map((name) => `stewards/${name}/report.xlsx`),
    );
    const page = readFileSync(folder.reportFile, "utf8").replaceAll(/\s+/g, " ");
    expect(page).toContain("4 rejected records are more than the 3 of reports.excelRecords");
    expect(page).toContain("<code>dmfpipe rejections r1 --to FOLDER</code>");
  });
});

describe("a copy to hand on", () => {
  test("has no value of the source any more, and the same shape, when it is redacted", async () => {
    const project = projectWith(stewards);
    const { folder } = await ended(project, rejections);
    const to = path.join(project.root, "out");
    const share = { project, catalogue: EntityCatalogue.builtIn(), run: folder, to, force: false };
    const key = await redactionKey(project.root);
    const shared = await shareRejections({ ...share, redactor: new Redactor(key) });
    expect(shared).toEqual({
      records: 4,
      files: ["rejections.ndjson", "report.html", "report.xlsx", "vendors-v2.rejected.csv"],
    });
    const values = rejections.flatMap(({ values: own, raw, legalEntity = "" }) => [...own, raw, legalEntity]);
    const secrets = [...new Set(values)].filter((value) => value.length >= 4);
    expect(secrets).toContain("Müller & Söhne");
    for (const [name, text] of await contentOf(to)) {
      for (const secret of [...secrets, "4711.00", "SECRET"]) expect(text, name).not.toContain(secret);
      expect(text).toContain(name.endsWith(".html") ? "redacted" : "DMFP-MAP-LOOKUP");
    }
    expect(statSync(path.join(project.root, ".dmfpipe", "redaction.key")).mode & 0o777).toBe(0o600);
    expect(await redactionKey(project.root)).toEqual(key);
    await expect(shareRejections(share)).rejects.toMatchObject({ code: "DMFP-FILE-EXISTS" });
  });

  test("has only the rejections that fit, with their cells marked as the mappings say", async () => {
    const project = projectWith(stewards);
    const { folder } = await ended(project, rejections);
    const to = path.join(project.root, "out");
    const only = { fits: ({ legalEntity }: Rejection) => legalEntity === "USMF", called: "USMF" };
    const catalogue = EntityCatalogue.builtIn();
    await shareRejections({ project, catalogue, run: folder, to, force: false, only });
    const workbook = await readWorkbook(path.join(to, "report.xlsx"));
    const sheet = sheetOf(workbook, "Vendors V2");
    expect(sheet.rowCount).toBe(2);
    expect(JSON.stringify(sheet.getRow(2).getCell(3).fill)).toContain("solid");
    expect(JSON.stringify(sheet.getRow(2).getCell(2).fill)).not.toContain("solid");
    expect(readFileSync(path.join(to, "report.html"), "utf8")).toContain("1 of 4 rejected records of run r1");
    const nothing = { fits: () => false, called: "nothing" };
    const again = { project, catalogue, run: folder, to, force: true };
    await expect(shareRejections({ ...again, only: nothing })).rejects.toMatchObject({
      code: "DMFP-NOTHING-TO-DO",
    });
    expect((await shareRejections(again)).records).toBe(4);
  });
});
