import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { dmfpipe, latestRun } from "./command-line.ts";
import { cleanVendors, smallProject, vendorsMapping, type SmallProject } from "./small-project.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const work of cleanUp.splice(0)) work();
});

function project(vendors: string): SmallProject {
  const made = smallProject({ vendors });
  cleanUp.push(made.remove);
  return made;
}

interface SarifRun {
  readonly results: readonly {
    readonly ruleId: string;
    readonly locations: readonly [
      {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      },
    ];
  }[];
  readonly invocations: readonly { readonly executionSuccessful: boolean; readonly exitCode: number }[];
}

function readSarif(root: string, name: string): SarifRun {
  const log = JSON.parse(readFileSync(path.join(root, name), "utf8")) as { runs: readonly [SarifRun] };
  return log.runs[0];
}

const tooLong = `${cleanVendors}V3;${"Long ".repeat(60)};LOCAL;Net30\n`;

describe("check writes what it found for CI systems", () => {
  test("rejected records, with file and line; the exit code stays 4", async () => {
    const { root } = project(tooLong);
    const result = await dmfpipe(root, ["check", "--sarif", "ci/check.sarif", "--junit", "ci/check.xml"]);
    expect(result.code, result.stderr).toBe(4);
    expect(result.stderr).toContain("written: ci/check.sarif, ci/check.xml");
    const { results, invocations } = readSarif(root, "ci/check.sarif");
    expect(results.map(({ ruleId, locations }) => [ruleId, locations[0].physicalLocation])).toEqual([
      [
        "DMFP-VALUE-LENGTH",
        {
          artifactLocation: { uri: "data/vendors.csv", uriBaseId: "%SRCROOT%" },
          region: { startLine: 4 },
        },
      ],
    ]);
    expect(invocations).toEqual([{ executionSuccessful: true, exitCode: 4 }]);
    const xml = readFileSync(path.join(root, "ci", "check.xml"), "utf8");
    expect(xml).toContain('<testsuites name="dmfpipe check" tests="3" failures="1" errors="0" skipped="0">');
    expect(xml).toContain("data/vendors.csv:4 V3:");
  });

  test("mistakes of a mapping, with the line of the YAML, though there is no run", async () => {
    const { root, write } = project(cleanVendors);
    write(
      "mappings/vendors.yaml",
      vendorsMapping.replace("NAME\n", "NAME | trmi\n").replace(": GROUP", ": GRUOP"),
    );
    const result = await dmfpipe(root, ["check", "--sarif", "check.sarif", "--junit", "check.xml"]);
    expect(result.code).toBe(2);
    const { results, invocations } = readSarif(root, "check.sarif");
    const lines = results.map(({ locations }) => [
      locations[0].physicalLocation.artifactLocation.uri,
      locations[0].physicalLocation.region.startLine,
    ]);
    expect(lines).toContainEqual(["mappings/vendors.yaml", 6]);
    expect(invocations).toMatchObject([{ executionSuccessful: false, exitCode: 2 }]);
    expect(readFileSync(path.join(root, "check.xml"), "utf8")).toMatch(/tests="1" failures="0" errors="1"/);
  });

  test("even a project.yaml that cannot be read", async () => {
    const { root, write } = project(cleanVendors);
    write("mappings/project.yaml", "project: [\n");
    const result = await dmfpipe(root, ["check", "--sarif", "check.sarif"]);
    expect(result.code).toBe(2);
    expect(readSarif(root, "check.sarif").results).toMatchObject([{ ruleId: "DMFP-PROJECT-INVALID" }]);
  });
});

describe("check knows what the sources hold", () => {
  test("profile.json always, a table with --profile, and a section of the report", async () => {
    const { root } = project(cleanVendors);
    const result = await dmfpipe(root, ["check", "--profile"]);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/data\/vendors\.csv \(2 records; Vendors V2\)\ncolumn +filled +holds/);
    expect(result.stdout).toMatch(/^GROUP +all +text +all +5–6 +ABROAD +LOCAL/m);
    const file = JSON.parse(readFileSync(path.join(latestRun(root), "profile.json"), "utf8")) as {
      sources: readonly { readonly file: string; readonly columns: readonly { readonly name: string }[] }[];
    };
    expect(file.sources.map(({ file: name, columns }) => [name, columns.length])).toEqual([
      ["data/groups.csv", 2],
      ["data/vendors.csv", 4],
    ]);
    expect(readFileSync(path.join(latestRun(root), "report.html"), "utf8")).toContain(
      "What the sources hold",
    );
  });

  test("--json prints one object, with the profile where it is asked for", async () => {
    const { root } = project(cleanVendors);
    const { stdout } = await dmfpipe(root, ["check", "--profile", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: "check",
      profile: [{ file: "data/groups.csv" }, {}],
    });
  });

  test("a load does not profile", async () => {
    const { root } = project(cleanVendors);
    const result = await dmfpipe(root, ["build"]);
    expect(result.code, result.stderr).toBe(0);
    expect(existsSync(path.join(latestRun(root), "profile.json"))).toBe(false);
  });
});

describe("check says how old the snapshots are", () => {
  test("a stale one is warned of, in the progress, the summary and the report", async () => {
    const { root, write } = project(cleanVendors);
    const head = { entity: "Vendor groups", environment: "sandbox", takenAt: "2020-01-01T00:00:00.000Z" };
    write(
      ".dmfpipe/snapshots/sandbox/vendor-groups.ndjson",
      `${JSON.stringify(head)}\n${JSON.stringify(["USMF", "OLD"])}\n`,
    );
    const result = await dmfpipe(root, ["check"]);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toMatch(
      /warning: the snapshot of Vendor groups is \d+ days old \(limits\.snapshotDays is 7\)/,
    );
    expect(result.stdout).toMatch(
      /references: held against a snapshot of Vendor groups, \d+ days old\. Fetch it again/,
    );
    const summary = JSON.parse(readFileSync(path.join(latestRun(root), "summary.json"), "utf8")) as object;
    expect(summary).toMatchObject({ snapshots: [{ entity: "Vendor groups", records: 1, stale: true }] });
    expect(readFileSync(path.join(latestRun(root), "report.html"), "utf8")).toMatch(
      /days old: fetch it again/,
    );
  });
});
