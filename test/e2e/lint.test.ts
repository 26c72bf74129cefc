import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { XMLParser } from "fast-xml-parser";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LintedPackage } from "../../src/package/lint/lint-finding.ts";
import { csv, packageZip } from "../package/foreign-package.ts";
import { dmfpipe } from "./command-line.ts";

// There is no project in this folder: lint needs none.
const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-lint-"));

beforeAll(() => {
  writeFileSync(path.join(folder, "good.zip"), packageZip());
  writeFileSync(path.join(folder, "warned.zip"), packageZip({ more: [{ name: "left.txt", data: "x" }] }));
  writeFileSync(path.join(folder, "bad.zip"), packageZip({ data: csv.replaceAll("\r\n", "\n") }));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("a good package ends with 0, and is quiet when asked", async () => {
  const { code, stdout, stderr } = await dmfpipe(folder, ["lint", "good.zip"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "1 package judged: nothing found.\n" });
  expect(stdout).toContain("Customer groups ← Customer groups.csv (CSV-Unicode), 2 records");
  const quiet = await dmfpipe(folder, ["lint", "good.zip", "--quiet"]);
  expect(quiet).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

test("warnings end with 0, with --strict with 4", async () => {
  expect((await dmfpipe(folder, ["lint", "warned.zip"])).code).toBe(0);
  const { code, stdout, stderr } = await dmfpipe(folder, ["lint", "warned.zip", "--strict", "--quiet"]);
  expect(code).toBe(4);
  expect(stdout).toContain("DMFP-LINT-FILE-UNUSED  left.txt");
  expect(stderr).toMatch(/Next: dmfpipe lint --explain DMFP-LINT-FILE-UNUSED\n$/);
});

test("errors end with 4, with what to type next", async () => {
  const { code, stdout, stderr } = await dmfpipe(folder, ["lint", "bad.zip", "good.zip"]);
  expect(code).toBe(4);
  expect(stdout).toContain("error  DMFP-LINT-CSV-LINE-END  Customer groups.csv:1");
  expect(stderr).toBe("2 packages judged: 1 error.\nNext: dmfpipe lint --explain DMFP-LINT-CSV-LINE-END\n");
});

test("the rule can be looked up, in short too", async () => {
  const { code, stdout } = await dmfpipe(folder, ["lint", "--explain", "csv-line-end"]);
  expect(code).toBe(0);
  expect(stdout).toContain("the mapping is incorrect for entity");
  const unknown = await dmfpipe(folder, ["lint", "--explain", "DMFP-LINT-CSV-LINEEND"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("Did you mean DMFP-LINT-CSV-LINE-END?");
});

test("a file that is no zip ends with 3; the others are judged all the same", async () => {
  writeFileSync(path.join(folder, "extract.csv"), csv);
  const { code, stdout } = await dmfpipe(folder, ["lint", "extract.csv", "nowhere.zip", "bad.zip", "--json"]);
  expect(code).toBe(3);
  const { packages, exitCode } = JSON.parse(stdout) as { packages: LintedPackage[]; exitCode: number };
  expect(exitCode).toBe(3);
  expect(packages.map(({ file, readable, findings }) => [file, readable, findings[0]?.rule])).toEqual([
    ["extract.csv", false, "DMFP-LINT-ZIP"],
    ["nowhere.zip", false, "DMFP-LINT-FILE"],
    ["bad.zip", true, "DMFP-LINT-CSV-LINE-END"],
  ]);
});

test("no package at all is a mistake of the command line", async () => {
  const { code, stderr } = await dmfpipe(folder, ["lint"]);
  expect(code).toBe(2);
  expect(stderr).toContain("There is no package to be judged.");
});

test("findings go into SARIF and JUnit files", async () => {
  const args = [
    "lint",
    "bad.zip",
    "warned.zip",
    "--quiet",
    "--sarif",
    "out/lint.sarif",
    "--junit",
    "lint.xml",
  ];
  expect((await dmfpipe(folder, args)).code).toBe(4);
  const sarif = JSON.parse(readFileSync(path.join(folder, "out", "lint.sarif"), "utf8")) as {
    runs: { results: { ruleId: string; level: string; locations: unknown[] }[] }[];
  };
  expect(sarif.runs[0]?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
    ["DMFP-LINT-CSV-LINE-END", "error"],
    ["DMFP-LINT-FILE-UNUSED", "warning"],
  ]);
  expect(JSON.stringify(sarif.runs[0]?.results[0]?.locations)).toContain('"uri":"bad.zip"');
  const junit = new XMLParser({ ignoreAttributes: false }).parse(
    readFileSync(path.join(folder, "lint.xml"), "utf8"),
  ) as { testsuites: { "@_tests": string; "@_failures": string; testsuite: unknown[] } };
  expect(junit.testsuites).toMatchObject({ "@_tests": "3", "@_failures": "1" });
  expect(junit.testsuites.testsuite).toHaveLength(2);
});
