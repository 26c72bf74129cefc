import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { exportProject, type ExportCommandOptions } from "../../src/cli/export.ts";
import { readManifest } from "../../src/package/read-manifest.ts";
import { folderWith } from "../project/temporary-project.ts";
import { buildPackage, type TestEntity } from "../sandbox/package-builder.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import type { Finished } from "./command-line.ts";
import { inProcess } from "./in-process.ts";
import { built, carried, pull } from "./pulled-package.ts";
import { startEnvironment, type RunningEnvironment } from "./small-project.ts";

let running: RunningEnvironment;
let client: SandboxClient;

beforeAll(async () => {
  running = await startEnvironment({
    sourceFormats: { "CSV-UTF8": { codePage: 65_001, delimiter: ";" } },
    targetDelayMs: 0,
  });
  client = new SandboxClient(running.sandbox);
});

afterAll(async () => {
  await running.stop();
});

const groups: TestEntity = {
  label: "Vendor groups",
  file: "groups.csv",
  rows: [
    ["VENDORGROUPID", "DESCRIPTION", "DEFAULTPAYMENTTERMNAME"],
    ["XP1", 'say "hi", there', "Net30"],
    ["XP2", "Große <Lieferanten> & Co", ""],
  ],
};

const vendors: TestEntity = {
  label: "Vendors V2",
  file: "vendors.csv",
  rows: [
    [
      "VENDORACCOUNTNUMBER",
      "VENDORORGANIZATIONNAME",
      "VENDORGROUPID",
      "CREDITLIMIT",
      "ADDRESSVALIDFROM",
      "ONHOLDSTATUS",
    ],
    ["XP-1", "One", "XP1", "1234.50", "2011-01-31 00:00:00", "Payment"],
    ["XP-2", "Two", "XP2", "", "", ""],
  ],
};

/** A data project with these entities, in a format of choice. */
async function dataProject(name: string, entities: readonly TestEntity[], format?: string): Promise<void> {
  const { status } = await client.load(await buildPackage(...entities), { definitionGroupId: name });
  expect(status).toBe("Succeeded");
  for (const { label } of format === undefined ? [] : entities) {
    const set = {
      DefinitionGroupId: name,
      EntityName: label,
      SourceFormat: format,
      AutoGenerateMapping: "Yes",
    };
    expect((await client.post("/data/DataManagementDefinitionGroupDetails", set)).status).toBe(201);
  }
}

function project(defaults: object = {}): string {
  return folderWith({
    "mappings/project.yaml": stringify({
      project: "exporting",
      entities: [],
      environments: running.environments,
      defaults: { environment: "uat", ...defaults },
    }),
  });
}

async function exported(
  root: string,
  name: string,
  options: Partial<ExportCommandOptions> = {},
  more: { readonly json?: true; readonly quiet?: true } = {},
): Promise<Finished> {
  return await inProcess(
    root,
    (context) => exportProject(context, name, { maxMegabytes: "5000", ...options }),
    { variables: running.variables, options: more },
  );
}

async function plan(...faults: readonly object[]): Promise<void> {
  await fetch(`${running.sandbox.url}/__sandbox/faults`, { method: "DELETE" });
  const answer = await fetch(`${running.sandbox.url}/__sandbox/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(faults),
  });
  expect(answer.status).toBeLessThan(300);
}

/** The records of the entities as the environment holds them. */
async function target(): Promise<unknown> {
  const sets = ["VendorGroups", "VendorsV2"];
  const rows = await Promise.all(
    sets.map(async (set) => await client.rows(`/data/${set}?cross-company=true`)),
  );
  // The etag tells writes apart that changed nothing, such as 2.50 into 2.500000.
  return rows.map((records) => records.map((record) => ({ ...(record as object), "@odata.etag": "" })));
}

describe("there and back again", () => {
  test.each(["CSV-Unicode", "CSV-UTF8", "XML-Element", "XML-Attribute"])(
    "%s: what is exported, pulled, built and loaded again changes nothing",
    async (format) => {
      const name = `back-${format}`;
      await dataProject(name, [groups, vendors], format);
      const root = project();
      const done = await exported(root, name);
      expect(done, done.stderr).toMatchObject({ code: 0 });
      const folder = `extracts/back-${format.toLowerCase()}`;
      expect(done.stderr.trimEnd().split("\n").at(-1)).toBe(
        `Next: dmfpipe package pull ${folder} --company USMF --add`,
      );
      expect(await pull(root, folder, { company: "USMF", add: true })).toMatchObject({ code: 0 });

      const packages = await built(root);
      const original = readManifest(readFileSync(path.join(root, folder, "Manifest.xml"))).manifest;
      for (const entity of original.entities) {
        const again = packages.get(entity.label);
        expect(again === undefined ? undefined : carried(again.entity)).toEqual(carried(entity));
      }

      const before = await target();
      for (const [label, { content }] of packages) {
        const loaded = await client.load(content, { definitionGroupId: `${name}-again-${label}` });
        expect(loaded.status).toBe("Succeeded");
        const [detail] = await client.details(loaded.id);
        expect(detail).toMatchObject({ TargetRecordsCreatedCount: 0 });
        expect(detail?.TargetRecordsUpdatedCount).toBeGreaterThan(1);
      }
      expect(await target()).toEqual(before);
    },
  );
});

describe("an export", () => {
  test("tells what is in it, for people and for machines", async () => {
    await dataProject("told", [groups]);
    const root = project();
    const done = await exported(root, "told");
    expect(done.stdout).toMatch(/^extracts\/told: data project told of USMF, \d+ kB packed\n/);
    expect(done.stdout).toMatch(/Vendor groups +CSV-Unicode +\d+ +\d+ kB +Vendor groups\.csv/);
    expect(done.stderr).toMatch(/^Ordering the export told-export-\S+\n/);
    expect(readdirSync(path.join(root, "extracts/told")).sort()).toEqual([
      "Manifest.xml",
      "PackageHeader.xml",
      "Vendor groups.csv",
    ]);
    // Nothing else is left behind.
    expect(readdirSync(path.join(root, "extracts"))).toEqual(["told"]);
    const again = await exported(root, "told", { force: true }, { json: true });
    const value = JSON.parse(again.stdout) as { executionId: string };
    expect(value).toMatchObject({
      dataProject: "told",
      company: "USMF",
      environment: "uat",
      status: "Succeeded",
      folder: "extracts/told",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      entities: [{ entity: "Vendor groups", format: "CSV-Unicode", file: "Vendor groups.csv" }],
      next: "dmfpipe package pull extracts/told --company USMF --add",
    });
    expect(done.stderr).not.toContain(value.executionId);
    const entity = (JSON.parse(again.stdout) as { entities: { records: number; exportedByFno: number }[] })
      .entities[0];
    expect(entity?.records).toBe(entity?.exportedByFno);
    expect(await exported(root, "told", { force: true }, { quiet: true })).toMatchObject({
      stdout: "",
      stderr: "",
    });
  });

  test("replaces nothing unasked, and no folder that is no export", async () => {
    await dataProject("kept", [groups]);
    const root = project();
    await exported(root, "kept");
    const again = await exported(root, "kept");
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toMatch(/DMFP-FILE-EXISTS: extracts\/kept is there already[\s\S]*--force/);
    writeFileSync(path.join(root, "extracts/kept/my notes.txt"), "mine");
    const forced = await exported(root, "kept", { force: true });
    expect(forced.stderr).toMatch(/extracts\/kept is no export: it has my notes\.txt/);
    const whole = await exported(root, "kept", { force: true, out: "." });
    expect(whole.stderr).toMatch(/is no export: it has /);
    expect(existsSync(path.join(root, "mappings/project.yaml"))).toBe(true);
  });

  test("can be kept as the zip it came as, of which a mapping is made as well", async () => {
    await dataProject("raw", [groups]);
    const root = project();
    const done = await exported(root, "raw", { raw: true });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(root, "extracts/raw.zip")).subarray(0, 2).toString()).toBe("PK");
    expect(await pull(root, "extracts/raw.zip", { company: "USMF" })).toMatchObject({ code: 0 });
    expect(existsSync(path.join(root, "extracts/raw/Vendor groups.csv"))).toBe(true);
    expect(await exported(root, "raw", { raw: true })).toMatchObject({ code: 2 });
  });

  test("is of one legal entity: that which is named, or the only one it can be", async () => {
    await dataProject("company", [groups]);
    const other = await exported(project(), "company", { company: "demf" });
    expect(other.stdout).toMatch(/of DEMF/);
    expect(other.stdout).toMatch(/Vendor groups +CSV-Unicode +0 /);
    expect((await exported(project({ legalEntity: "demf" }), "company")).stdout).toMatch(/of DEMF/);
    const bad = await exported(project(), "company", { company: "NOSUCHCOMPANY" });
    expect(bad).toMatchObject({ code: 2 });
    expect(bad.stderr).toMatch(/NOSUCHCOMPANY is no legal entity/);
    const unknown = await exported(project(), "company", { company: "QQQQ" });
    expect(unknown).toMatchObject({ code: 6 });
    expect(unknown.stderr).toMatch(/DMFP-EXPORT-FAILED: .*QQQQ/);
  });

  test("of a project that is not there, or has no entities", async () => {
    const root = project();
    const none = await exported(root, "nothing there");
    expect(none).toMatchObject({ code: 6 });
    expect(none.stderr).toMatch(/DMFP-EXPORT-FAILED: .*Data project nothing there does not exist/);
    expect(existsSync(path.join(root, "extracts/nothing-there"))).toBe(false);
    expect(readdirSync(path.join(root, "extracts"))).toEqual([]);
    await client.post("/data/DataManagementDefinitionGroups", { Name: "hollow", OperationType: "Export" });
    const hollow = await exported(root, "hollow");
    expect(hollow, hollow.stderr).toMatchObject({ code: 9 });
    expect(hollow.stderr).toContain("no entities");
  });
});

describe("an export that goes wrong", () => {
  test("and never ends: whoever stops waiting is told how to go on", async () => {
    const set = { DefinitionGroupId: "endless", EntityName: "Vendor groups", SourceFormat: "CSV-Unicode" };
    await client.post("/data/DataManagementDefinitionGroups", { Name: "endless", OperationType: "Export" });
    // Nobody mapped it, so it stays at Executing.
    await client.post("/data/DataManagementDefinitionGroupDetails", set);
    const root = project();
    const stop = new AbortController();
    let said = "";
    const done = await inProcess(
      root,
      (context) =>
        exportProject(
          {
            ...context,
            signal: stop.signal,
            tell: (text) => {
              said += text;
              if (text.includes("Executing")) stop.abort();
            },
          },
          "endless",
          { maxMegabytes: "5000" },
        ),
      { variables: running.variables },
    );
    expect(done).toMatchObject({ code: 8 });
    const id = /Ordering the export (\S+)/.exec(said)?.[1] ?? "none";
    expect(done.stderr).toContain(`Next: dmfpipe export endless --execution ${id}\n`);
    expect(readdirSync(path.join(root, "extracts"))).toEqual([]);
  });

  test("whose answer was lost is found again by its id, and not ordered twice", async () => {
    await dataProject("lost", [groups]);
    await plan({ on: "ExportToPackage", when: "after", drop: true });
    const done = await exported(project(), "lost", {}, { json: true });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const { executionId } = JSON.parse(done.stdout) as { executionId: string };
    expect(await client.details(executionId)).toHaveLength(1);
  });

  test("and failed in F&O: its words", async () => {
    await dataProject("failed", [groups]);
    await plan(
      { on: "GetExecutionSummaryStatus", value: "Failed" },
      { on: "GetExecutionErrors", value: '[{"RecordId":"","Field":null,"ErrorMessage":"No room."}]' },
    );
    const done = await exported(project(), "failed");
    expect(done).toMatchObject({ code: 6 });
    expect(done.stderr).toMatch(/DMFP-EXPORT-FAILED: The export of failed ended as Failed\. No room\./);
  });

  test("in part: what there is is fetched, and exit code 4 says that it is not all", async () => {
    await dataProject("partly", [groups]);
    await plan(
      { on: "GetExecutionSummaryStatus", value: "PartiallySucceeded" },
      { on: "GetExecutionErrors", value: '[{"RecordId":"","Field":null,"ErrorMessage":"Half of it."}]' },
    );
    const root = project();
    const done = await exported(root, "partly");
    expect(done).toMatchObject({ code: 4 });
    expect(done.stderr).toMatch(/F&O says PartiallySucceeded\.\n {2}Half of it\./);
    expect(existsSync(path.join(root, "extracts/partly/Manifest.xml"))).toBe(true);
  });

  test("because the address leads elsewhere: nothing is fetched, and nothing left behind", async () => {
    await dataProject("elsewhere", [groups]);
    const root = project();
    await plan({ on: "GetExportedPackageUrl", value: `${running.sandbox.url}/not-a-blob` });
    const elsewhere = await exported(root, "elsewhere");
    expect(elsewhere).toMatchObject({ code: 6 });
    expect(elsewhere.stderr).toMatch(/DMFP-BLOB-HOST/);
    expect(readdirSync(path.join(root, "extracts"))).toEqual([]);
  });

  test("an address that has run out can be asked for again, by the id", async () => {
    await dataProject("late", [groups]);
    const root = project();
    await plan({ on: "GetExportedPackageUrl", urlLifetimeSeconds: -1 });
    const failed = await exported(root, "late");
    expect(failed).toMatchObject({ code: 5 });
    const next = /Next: dmfpipe export late --execution (\S+)\n$/.exec(failed.stderr)?.[1] ?? "";
    expect(next).toMatch(/^late-export-/);
    const again = await exported(root, "late", { execution: next });
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stderr).not.toContain("Ordering");
  });
});
