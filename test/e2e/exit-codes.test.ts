import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { dmfpipe, latestRun, start, summaryOf } from "./command-line.ts";
import {
  cleanVendors,
  smallProject,
  startEnvironment,
  vendorsMapping,
  vendorsWithOneRefused,
  type RunningEnvironment,
  type SmallProject,
} from "./small-project.ts";

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

function project(options: Parameters<typeof smallProject>[0] = {}): SmallProject {
  const made = smallProject(options);
  cleanUp.push(made.remove);
  return made;
}

async function environment(
  settings: Partial<SandboxSettings> = {},
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<RunningEnvironment> {
  const running = await startEnvironment(settings, overrides);
  cleanUp.push(running.stop);
  return running;
}

describe("exit codes of the contract, each from a real process", () => {
  test("0: all records loaded; again: all updated, and --quiet says nothing", async () => {
    const { root } = project({ vendors: cleanVendors });
    const first = await dmfpipe(root, ["load"]);
    expect(first.code, first.stderr).toBe(0);
    expect(summaryOf(latestRun(root))).toMatchObject({ status: "succeeded", exitCode: 0, balanced: true });
    const second = await dmfpipe(root, ["load", "--quiet"]);
    expect(second).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const totals = summaryOf(latestRun(root)).entities.map(({ created, updated }) => ({ created, updated }));
    expect(totals).toEqual([
      { created: 0, updated: 2 },
      { created: 0, updated: 2 },
    ]);
  });

  test("1: a defect says so, with its stack", async () => {
    const { root } = project();
    const breaks = "data:text/javascript,process.cwd = () => { throw new TypeError('broken on purpose') }";
    const result = await dmfpipe(root, ["check"], { nodeOptions: ["--import", breaks] });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("DMFP-BUG: broken on purpose");
    expect(result.stderr).toContain("TypeError");
  });

  test("2: usage", async () => {
    const { root } = project();
    const result = await dmfpipe(root, ["lood"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/DMFP-USAGE: unknown command 'lood'[^]*Next: /);
  });

  test("3: a source is missing", async () => {
    const { root, write } = project();
    write("mappings/vendors.yaml", vendorsMapping.replace("vendors.csv", "vendor.csv"));
    const result = await dmfpipe(root, ["load"]);
    expect(result.code).toBe(3);
    expect(result.stderr).toContain("DMFP-SOURCE-MISSING");
    expect(existsSync(path.join(root, ".dmfpipe", "runs"))).toBe(false);
  });

  test("4: finished, one record rejected by F&O, with its source row and the reason", async () => {
    const { root } = project();
    const result = await dmfpipe(root, ["load"]);
    expect(result.code, result.stderr).toBe(4);
    expect(result.stderr.trimEnd().split("\n").at(-1)).toMatch(/^Next: dmfpipe resubmit --from \S+$/);
    const csv = readFileSync(path.join(latestRun(root), "rejections", "vendors-v2.rejected.csv"), "utf8");
    const [header, row, ...rest] = csv.replace("\uFEFF", "").trimEnd().split("\r\n");
    expect(header).toMatch(/^NO;NAME;GROUP;TERM;_reject_stage;_reject_code/);
    expect(row).toMatch(
      /^V3;Nobody knows my term;LOCAL;NET99;target;DMFP-FNO-REFERENCE;.*;data\/vendors\.csv;4;$/,
    );
    expect(rest).toEqual([]);
  });

  test("5: the host cannot be reached", async () => {
    const { environments, variables, stop } = await startEnvironment();
    const { root } = project({ environments });
    await stop();
    const result = await dmfpipe(root, ["load"], { variables });
    expect(result.code).toBe(5);
    expect(result.stderr).toContain("DMFP-HOST-UNREACHABLE");
    expect(existsSync(path.join(root, ".dmfpipe", "runs"))).toBe(false);
  });

  test("6: a wrong secret, before anything is read or sent", async () => {
    const { environments } = await environment();
    const { root } = project({ environments });
    const result = await dmfpipe(root, ["load"], { variables: { FNO_SECRET: "not the secret" } });
    expect(result.code).toBe(6);
    expect(result.stderr).toContain("DMFP-AUTH-REFUSED");
    expect(result.stderr).toContain("AADSTS7000215");
    expect(result.stderr).toMatch(/\n  The client secret is wrong\..*\nNext: dmfpipe doctor --env uat\n$/);
    expect(result.stderr).not.toContain("not the secret");
    expect(existsSync(path.join(root, ".dmfpipe", "runs"))).toBe(false);
  });

  test("7: the answer to the import is lost and a person wants to look; resume asks, and sends nothing twice", async () => {
    const { environments, variables, sandbox } = await environment(
      { faults: [{ on: "ImportFromPackage", nth: 2, when: "after", drop: true }] },
      { onInDoubt: "stop" },
    );
    const { root } = project({ environments });
    const stopped = await dmfpipe(root, ["load"], { variables });
    expect(stopped.code, stopped.stderr).toBe(7);
    expect(stopped.stderr).toContain("DMFP-IN-DOUBT");
    expect(stopped.stderr.trimEnd().split("\n").at(-1)).toMatch(/^Next: dmfpipe resume \S+$/);
    const resumed = await dmfpipe(root, ["resume"], { variables });
    expect(resumed.code, resumed.stderr).toBe(4);
    expect(summaryOf(latestRun(root)).entities).toMatchObject([
      { entity: "Vendor groups", created: 2, balanced: true },
      { entity: "Vendors V2", created: 2, updated: 0, rejectedTarget: 1, balanced: true },
    ]);
    expect(sandbox.firedFaults()).toHaveLength(1);
  });

  test("8 and 10: interrupted while F&O works, a second run meets the lock; resume finishes", async () => {
    const { environments, variables } = await environment({ targetDelayMs: 3_000 });
    const { root } = project({ environments });
    const first = start(root, ["load"], { variables });
    await first.said("executing");
    const second = await dmfpipe(root, ["load"], { variables });
    expect(second.code).toBe(10);
    expect(second.stderr).toMatch(
      /DMFP-LOCKED: Another run is loading into uat \(run \S+, process \d+, since /,
    );
    first.process.kill("SIGTERM");
    const interrupted = await first.finished;
    expect(interrupted.code, interrupted.stderr).toBe(8);
    expect(summaryOf(latestRun(root))).toMatchObject({ status: "interrupted", balanced: true });
    const resumed = await dmfpipe(root, ["resume"], { variables });
    expect(resumed.code, resumed.stderr).toBe(4);
    expect(summaryOf(latestRun(root))).toMatchObject({ status: "finished with rejections", balanced: true });
  });

  test("9: only headers in the sources, and nothing to resume", async () => {
    const { root, write } = project({ vendors: "NO;NAME;GROUP;TERM\n" });
    write("data/groups.csv", "CODE;TEXT\n");
    const result = await dmfpipe(root, ["load"]);
    expect(result.code, result.stderr).toBe(9);
    expect((await dmfpipe(root, ["resume"])).code).toBe(9);
  });

  test("11: F&O says it succeeded, and its counts say that it did nothing", async () => {
    const empty = JSON.stringify({ value: [] });
    const { environments, variables } = await environment({
      faults: [
        { on: "odata", nth: 1, times: 100, status: 200, body: empty, contentType: "application/json" },
      ],
    });
    const { root } = project({ environments, vendors: cleanVendors });
    const result = await dmfpipe(root, ["load"], { variables });
    expect(result.code, result.stderr).toBe(11);
    expect(result.stderr).toContain("DMFP-UNBALANCED");
    expect(summaryOf(latestRun(root))).toMatchObject({ status: "unbalanced", balanced: false });
  });

  test("12: stopped by the error budget before anything was sent", async () => {
    const bad = `${vendorsWithOneRefused}V4;No group;;Net10\nV5;No group;;Net10\n`;
    const { root } = project({ vendors: bad, limits: { rejections: 1 } });
    const result = await dmfpipe(root, ["load"]);
    expect(result.code, result.stderr).toBe(12);
    expect(result.stderr).toContain("2 of 7 records were rejected");
    const summary = summaryOf(latestRun(root));
    expect(summary.packages.map((pack) => pack.status)).toEqual(["built", "built"]);
    expect(summary.balanced).toBe(true);
  });
});

describe("a clear error, nothing sent, nothing half-written", () => {
  test.each([
    ["a column the source does not have", [": NAME", ": NAMEN"], "DMFP-MAPPING-COLUMN", 2],
    ["a field the entity does not have", ["VENDORGROUPID:", "VENDORGROUPIT:"], "DMFP-MAPPING-FIELD", 2],
    ["an entity the catalogue does not have", ["Vendors V2", "Vendors V3"], "DMFP-MAPPING-ENTITY", 2],
    [
      "a step that does not exist",
      ["VENDORACCOUNTNUMBER: NO", "VENDORACCOUNTNUMBER: NO | trimm"],
      "DMFP-MAPPING-EXPRESSION",
      2,
    ],
    ["a lookup that does not exist", [": GROUP", ": GROUP | lookup(groups)"], "DMFP-LOOKUP-MISSING", 2],
    ["a setting that does not exist", ["delimiter:", "delimitor:"], "DMFP-MAPPING-INVALID", 2],
    ["a path out of the project", ["data/vendors.csv", "../../etc/passwd"], "DMFP-PATH-OUTSIDE", 2],
  ])("%s", async (_name, [from = "", to = ""], code, exitCode) => {
    const { root, write } = project();
    write("mappings/vendors.yaml", vendorsMapping.replace(from, to));
    const result = await dmfpipe(root, ["load"]);
    expect(result.code, result.stderr).toBe(exitCode);
    expect(result.stderr).toContain(`${code}: `);
    expect(result.stderr).toMatch(/at {3}mappings\/vendors\.yaml:\d+:\d+/);
    expect(result.stderr).toMatch(/\nNext: \S/);
    expect(existsSync(path.join(root, ".dmfpipe"))).toBe(false);
  });

  test.each([
    ["an empty file", "", "DMFP-SOURCE-EMPTY"],
    ["two columns of one name", "NO;NAME;GROUP;TERM;NO\n", "DMFP-SOURCE-HEADER"],
  ])("%s", async (_name, content, code) => {
    const { root, write } = project();
    write("data/vendors.csv", content);
    const result = await dmfpipe(root, ["load"]);
    expect(result.code, result.stderr).toBe(3);
    expect(result.stderr).toContain(`${code}: `);
    expect(existsSync(path.join(root, ".dmfpipe", "runs"))).toBe(false);
  });

  test("a company that may not be written to", async () => {
    const { environments, variables, sandbox } = await environment({}, { writes: ["DEMF"] });
    const { root } = project({ environments });
    const result = await dmfpipe(root, ["load"], { variables });
    expect(result.code, result.stderr).toBe(2);
    expect(result.stderr).toContain("DMFP-COMPANY-NOT-WRITABLE");
    expect(sandbox.firedFaults()).toEqual([]);
  });

  test("a variable that is not set", async () => {
    const { environments } = await environment();
    const { root } = project({ environments });
    const result = await dmfpipe(root, ["load"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("DMFP-SECRET-MISSING: The environment variable FNO_SECRET is not set.");
  });

  test("an environment project.yaml does not have", async () => {
    const { root } = project();
    const result = await dmfpipe(root, ["load", "--env", "sandbocks"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("Did you mean sandbox?");
  });

  test("a folder that is no project; --json says it for machines", async () => {
    const { root } = project();
    const result = await dmfpipe(path.join(root, "data"), ["check", "--json"]);
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: "DMFP-PROJECT-MISSING", exitCode: 2 } });
  });

  test("a source that breaks off in the middle: the packages begun are gone again", async () => {
    const { root, write } = project();
    write(
      "mappings/vendors.yaml",
      vendorsMapping
        .replace('vendors.csv, delimiter: ";"', "vendors.xml, record: /All/V")
        .replace(": NO", ': "@no"')
        .replace(": NAME", ": Name")
        .replace(": GROUP", ": Group")
        .replace(": TERM", ": Term"),
    );
    write(
      "data/vendors.xml",
      '<All><V no="1"><Name>a</Name><Group>LOCAL</Group><Term>Net10</Term></V><V no="2"><Na',
    );
    const result = await dmfpipe(root, ["load"]);
    expect(result.code, result.stderr).toBe(3);
    expect(result.stderr).toContain("DMFP-SOURCE-INVALID");
    const run = latestRun(root);
    expect(summaryOf(run)).toMatchObject({ status: "failed", exitCode: 3, packages: [] });
    expect(existsSync(path.join(run, "packages"))).toBe(false);
  });

  test("a ledger of a newer dmfpipe is left alone", async () => {
    const { root } = project({ vendors: cleanVendors });
    expect((await dmfpipe(root, ["check"])).code).toBe(0);
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path.join(root, ".dmfpipe", "ledger.db"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    const result = await dmfpipe(root, ["load"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("DMFP-LEDGER-NEWER");
  });

  test("resume after the mapping changed", async () => {
    const { environments, variables } = await environment({ targetDelayMs: 3_000 });
    const { root, write } = project({ environments });
    const first = start(root, ["load"], { variables });
    await first.said("executing");
    first.process.kill("SIGTERM");
    expect((await first.finished).code).toBe(8);
    write("mappings/vendors.yaml", vendorsMapping.replace(": NAME", ": NAME | upper"));
    const resumed = await dmfpipe(root, ["resume"], { variables });
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain("these changed: mappings/vendors.yaml.");
  });
});

test("no secret reaches a file or the screen", async () => {
  const { environments, variables } = await environment();
  const { root } = project({ environments });
  const result = await dmfpipe(root, ["load"], { variables });
  const run = latestRun(root);
  const everything = [
    result.stdout,
    result.stderr,
    ...["log.ndjson", "summary.json", "report.html"].map((name) =>
      readFileSync(path.join(run, name), "utf8"),
    ),
    readFileSync(path.join(root, ".dmfpipe", "ledger.db"), "latin1"),
  ].join("\n");
  expect(everything).not.toMatch(/sig=(?!\*\*\*)/);
  expect(everything).not.toContain(variables["FNO_SECRET"]);
  expect(everything).not.toMatch(/eyJ[\w-]{10,}\./);
});

test("what F&O remarks about a record that it loaded is no rejection", async () => {
  const said = [
    { RecordId: "V1", Field: "", ErrorMessage: "Warning: the name is unusual" },
    { RecordId: "V3", Field: "", ErrorMessage: "The value 'NET99' is not known" },
  ];
  const body = JSON.stringify({ value: JSON.stringify(said) });
  const { environments, variables } = await environment({
    faults: [{ on: "GetExecutionErrors", status: 200, body, contentType: "application/json" }],
  });
  const { root } = project({ environments });
  const result = await dmfpipe(root, ["load"], { variables });
  expect(result.code, result.stderr).toBe(4);
  expect(result.stderr).toMatch(/warning: F&O had remarks about 1 record of \S+ that it loaded all the same/);
  const listed = await dmfpipe(root, ["rejections"], { variables });
  expect(listed.stdout).toContain("NET99");
  expect(listed.stdout).not.toContain("unusual");
});
