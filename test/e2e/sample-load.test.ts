import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExpectedRun } from "../../samples/generator/expected.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import type { RunSummary } from "../../src/rejection/summary.ts";
import { dmfpipe, latestRun, summaryOf, type Finished } from "./command-line.ts";

const project = path.join(import.meta.dirname, "..", "..");
const expected = JSON.parse(readFileSync(path.join(project, "samples/expected.json"), "utf8")) as ExpectedRun;

/** The sample project in a folder of its own. */
function copyOfSamples(): string {
  const root = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-samples-"));
  for (const folder of ["mappings", "samples"]) {
    cpSync(path.join(project, folder), path.join(root, folder), { recursive: true });
  }
  return root;
}

describe("the sample extracts, loaded into the embedded sandbox by the command line", () => {
  let root = "";
  let result: Finished;
  let run = "";
  let summary: RunSummary;
  let rejections: Rejection[];

  beforeAll(async () => {
    root = copyOfSamples();
    result = await dmfpipe(root, ["load"]);
    run = latestRun(root);
    summary = summaryOf(run);
    rejections = await Array.fromAsync(readRejections(path.join(run, "rejections", "rejections.ndjson")));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  test("ends with exit code 4: finished, some records rejected", () => {
    expect(result.code, result.stderr).toBe(4);
    expect(summary).toMatchObject({ status: "finished with rejections", exitCode: 4, balanced: true });
  });

  test("every count is the one the generator meant", () => {
    const counts = summary.entities.map((row) => ({
      entity: row.entity,
      legalEntity: row.legalEntity,
      read: row.read,
      filtered: row.filtered,
      rejectedHere: row.rejectedHere,
      packaged: row.packaged,
      rejectedStaging: row.rejectedStaging,
      rejectedTarget: row.rejectedTarget,
      created: row.created,
      updated: row.updated,
    }));
    const wanted = expected.entities.map((row) => ({
      entity: row.entity,
      legalEntity: row.legalEntity,
      read: row.read,
      filtered: row.filtered,
      rejectedHere: row.rejectedHere,
      packaged: row.packaged,
      rejectedStaging: row.rejected.staging,
      rejectedTarget: row.rejected.target,
      created: row.loaded,
      updated: 0,
    }));
    const byPlace = (
      a: { entity: string; legalEntity: string },
      b: { entity: string; legalEntity: string },
    ) => (`${a.entity}|${a.legalEntity}` < `${b.entity}|${b.legalEntity}` ? -1 : 1);
    expect(counts.toSorted(byPlace)).toEqual(wanted.toSorted(byPlace));
  });

  test("both equations hold for every row of the summary", () => {
    for (const row of summary.entities) {
      expect(row.read).toBe(row.filtered + row.rejectedHere + row.packaged);
      expect(row.packaged).toBe(
        row.rejectedStaging + row.created + row.updated + row.rejectedTarget + row.unprocessed,
      );
    }
  });

  test("every rejected record is found with its file, line, stage and reason, and no other", () => {
    const place = (file: string, line: number, stage: string): string => `${file}:${line} ${stage}`;
    expect(
      rejections.map(({ position, stage }) => place(position.file, position.line, stage)).toSorted(),
    ).toEqual(expected.rejections.map(({ file, line, stage }) => place(file, line, stage)).toSorted());
    const byPlace = new Map(rejections.map((row) => [`${row.position.file}:${row.position.line}`, row]));
    for (const { file, line, code, kind } of expected.rejections) {
      const found = byPlace.get(`${file}:${line}`);
      expect(
        found?.reasons.map((reason) => reason.code),
        `${kind} at ${file}:${line}`,
      ).toContain(code);
    }
  });

  test("the raw text of a rejection is the very bytes of the source at its offset", () => {
    const bytes = readFileSync(path.join(root, "samples/vendors.csv"));
    const vendors = rejections.filter((row) => row.position.file === "samples/vendors.csv");
    expect(vendors.length).toBeGreaterThan(20);
    const windows1252 = new TextDecoder("windows-1252");
    for (const { position, raw } of vendors) {
      const slice = bytes.subarray(position.byteOffset, position.byteOffset + position.byteLength);
      expect(windows1252.decode(slice)).toBe(raw);
    }
  });

  test("groups went before vendors and headers before lines, one company a package", () => {
    const order = summary.packages.map((pack) => `${pack.entity} ${pack.legalEntity}`);
    const at = (name: string): number => order.indexOf(name);
    for (const company of ["USMF", "DEMF"]) {
      expect(at(`Vendor groups ${company}`)).toBeLessThan(at(`Vendors V2 ${company}`));
      expect(at(`Customer groups ${company}`)).toBeLessThan(at(`Customers V3 ${company}`));
      expect(at(`Customers V3 ${company}`)).toBeLessThan(at(`Sales order headers V2 ${company}`));
      expect(at(`Sales order headers V2 ${company}`)).toBeLessThan(at(`Sales order lines V2 ${company}`));
    }
    expect(new Set(summary.packages.map((pack) => pack.legalEntity))).toEqual(new Set(["USMF", "DEMF"]));
  });

  test("piped output is one line per change, results alone on standard output", () => {
    expect(result.stderr).not.toContain("\r");
    expect(result.stderr).toMatch(
      /^002-vendor-groups-demf-001 \(15 records\): executing · F&O accepted it$/m,
    );
    expect(result.stdout).toContain("285 records rejected");
    expect(result.stdout).not.toContain("executing");
  });

  test("the same sources give the same packages, and loading them again creates nothing", async () => {
    const again = await dmfpipe(root, ["load", "--json"]);
    expect(again.code, again.stderr).toBe(4);
    const second = JSON.parse(again.stdout) as RunSummary;
    expect(second.packages.map((pack) => pack.sha256)).toEqual(summary.packages.map((pack) => pack.sha256));
    expect(second.entities.map((row) => row.updated)).toEqual(summary.entities.map((row) => row.created));
    const { trend: firstTrend, ...firstRejections } = summary.rejections;
    const { trend, ...rejections } = second.rejections;
    expect(rejections).toEqual(firstRejections);
    expect(firstTrend?.records).toMatchObject({ before: 0, new: 285, open: 285 });
    expect(trend?.records).toMatchObject({ before: 285, known: 285, new: 0, open: 285 });
    expect(new Set([...second.packages, ...summary.packages].map((pack) => pack.executionId)).size).toBe(
      second.packages.length + summary.packages.length,
    );
  });

  test("build writes the same packages", async () => {
    const build = await dmfpipe(root, ["build", "--json"]);
    const built = JSON.parse(build.stdout) as RunSummary;
    expect(build.code).toBe(4);
    expect(built.packages.map((pack) => pack.sha256)).toEqual(summary.packages.map((pack) => pack.sha256));
  });

  test("nothing half-written is left anywhere", () => {
    const names = readdirSync(path.join(root, ".dmfpipe"), { recursive: true, encoding: "utf8" });
    expect(names.filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

describe("the sample extracts, checked against a snapshot of the sandbox", () => {
  let root = "";

  beforeAll(() => {
    root = copyOfSamples();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  /** What only the environment can know: its own field sizes, its business rules, and what follows from them. */
  const onlyThere = new Set([
    "longer than the environment's field",
    "business rule",
    "missing value only the environment wants",
  ]);

  test("check finds before a load all that can be known before it, and nothing else", async () => {
    expect((await dmfpipe(root, ["snapshot"])).code).toBe(0);
    const check = await dmfpipe(root, ["check", "--json"]);
    expect(check.code, check.stderr).toBe(4);
    expect((JSON.parse(check.stdout) as RunSummary).packages).toEqual([]);
    const file = path.join(latestRun(root), "rejections", "rejections.ndjson");
    const found = new Set<string>();
    for await (const { position } of readRejections(file)) found.add(`${position.file}:${position.line}`);
    const wanted = new Map(expected.rejections.map((row) => [`${row.file}:${row.line}`, row]));
    expect([...found].filter((place) => !wanted.has(place))).toEqual([]);
    const unseen = [...wanted].filter(([place]) => !found.has(place)).map(([, row]) => row.kind);
    const consequences = unseen.filter((kind) => !onlyThere.has(kind));
    expect(new Set(consequences)).toEqual(new Set(["refers to a rejected record"]));
    expect(found.size).toBeGreaterThan(200);
  });

  test("without a snapshot, what follows from a rejected record is still told apart from its cause", async () => {
    rmSync(path.join(root, ".dmfpipe", "snapshots"), { recursive: true });
    await dmfpipe(root, ["check"]);
    const listed = await dmfpipe(root, ["rejections", "--code", "DMFP-REFERENCE-REJECTED"]);
    expect(listed.stdout).toMatch(
      /refers to C\d+ of Customers V3, which is rejected itself \(line \d+ of samples\/customers\.xml\)/,
    );
    expect(listed.stdout).not.toContain("DMFP-REFERENCE-MISSING");
  });
});
