import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import type { LintedPackage } from "../../src/package/lint/lint-finding.ts";
import { lintPackage } from "../../src/package/lint/lint-package.ts";
import { lintRules } from "../../src/package/lint/rules/all-rules.ts";
import { corpus } from "./lint-corpus.ts";
import { packageFiles, packageZip } from "./foreign-package.ts";
import { makeZip } from "./zip-maker.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dmfpipe-lint-"));
const catalogue = EntityCatalogue.builtIn();

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function lintFile(file: string): Promise<LintedPackage> {
  return await lintPackage(file, { catalogue, shownAs: file, signal: new AbortController().signal });
}

async function lintZip(zip: Buffer): Promise<LintedPackage> {
  const file = path.join(folder, "package.zip");
  writeFileSync(file, zip);
  return await lintFile(file);
}

test("a good package has nothing to be found", async () => {
  const { readable, entities, findings } = await lintZip(packageZip());
  expect(findings).toEqual([]);
  expect(readable).toBe(true);
  expect(entities).toEqual([
    { label: "Customer groups", file: "Customer groups.csv", format: "CSV-Unicode", records: 2 },
  ]);
});

test("Zip64 is read like any other zip", async () => {
  expect((await lintZip(makeZip(packageFiles(), { zip64: true }))).findings).toEqual([]);
});

test.each(corpus)("$rule $how", async ({ rule, zip, companions = [] }) => {
  const { findings } = await lintZip(zip);
  expect(new Set(findings.map((finding) => finding.rule))).toEqual(new Set([rule, ...companions]));
  const finding = findings.find((candidate) => candidate.rule === rule);
  expect(finding?.severity).toBe(lintRules[rule].severity);
  expect(finding?.message).toMatch(/\.$|!$|\?$/);
});

test("a file that is not there is a finding, not a failure", async () => {
  const { readable, findings } = await lintFile(path.join(folder, "nowhere.zip"));
  expect(readable).toBe(false);
  expect(findings.map(({ rule }) => rule)).toEqual(["DMFP-LINT-FILE"]);
});

test("every rule has a package that breaks it", () => {
  const broken = new Set([...corpus.map(({ rule }) => rule), "DMFP-LINT-FILE"]);
  expect([...broken].toSorted()).toEqual(Object.keys(lintRules).toSorted());
});
