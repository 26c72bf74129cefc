import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { Mistakes } from "../../src/errors/mistakes.ts";
import { reason } from "../../src/errors/reason.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import { writeSarif, type CheckSarifOptions } from "../../src/rejection/sarif.ts";
import { lookupReason, runSummary, stream, temporaryFolder, vendorRejection } from "./report-fixture.ts";

const root = "/data/contoso";

// The members that SARIF 2.1.0 demands of what is written here, and the forms it gives them (sections 3.13 to 3.58).
const message = z.strictObject({ text: z.string().min(1) });
const whole = z.number().int();
const resultShape = z.strictObject({
  ruleId: z.string(),
  ruleIndex: whole.min(0),
  level: z.enum(["none", "note", "warning", "error"]),
  message,
  locations: z
    .array(
      z.strictObject({
        physicalLocation: z
          .strictObject({
            artifactLocation: z.strictObject({
              uri: z.string().regex(/^[A-Za-z0-9._~%/:!'()*-]+$/),
              uriBaseId: z.literal("%SRCROOT%").optional(),
            }),
            region: z
              .strictObject({
                startLine: whole.min(1),
                startColumn: whole.min(1).optional(),
                endLine: whole.min(1).optional(),
              })
              .optional(),
          })
          .optional(),
        logicalLocations: z
          .array(z.strictObject({ name: z.string(), fullyQualifiedName: z.string() }))
          .optional(),
      }),
    )
    .optional(),
  partialFingerprints: z.record(z.string(), z.string().min(1)),
  properties: z.record(z.string(), z.unknown()).optional(),
});
const logShape = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.literal("dmfpipe"),
          version: z.string(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              shortDescription: message,
              help: message,
              defaultConfiguration: z.strictObject({ level: z.literal("error") }),
            }),
          ),
        }),
      }),
      automationDetails: z.strictObject({ id: z.string() }),
      originalUriBaseIds: z.record(
        z.string(),
        z.strictObject({ uri: z.string().regex(/^file:\/\/\/.*\/$/) }),
      ),
      columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
      results: z.array(resultShape),
      invocations: z.array(
        z.strictObject({
          executionSuccessful: z.boolean(),
          exitCode: whole,
          toolExecutionNotifications: z
            .array(z.strictObject({ level: z.literal("error"), message }))
            .optional(),
        }),
      ),
      properties: z.record(z.string(), z.unknown()).optional(),
    }),
  ]),
});
type Run = z.infer<typeof logShape>["runs"][0];

async function sarif(
  rejections: readonly Rejection[],
  changes: Partial<CheckSarifOptions> = {},
): Promise<Run> {
  const folder = temporaryFolder();
  const codes = rejections.flatMap(({ reasons }) => reasons.map(({ code }) => code));
  const byCode = Object.fromEntries(codes.map((code) => [code, 1]));
  const { rejections: counts, ...rest } = runSummary({ command: "check" }, { mapping: rejections.length });
  const written = await writeSarif({
    file: path.join(folder, "ci", "check.sarif"),
    version: "1.2.3",
    root,
    environment: "uat",
    summary: { ...rest, rejections: { ...counts, byCode } },
    rejections: stream(rejections),
    ...changes,
  });
  expect(readdirSync(path.join(folder, "ci"))).toEqual(["check.sarif"]);
  const log = logShape.parse(JSON.parse(readFileSync(path.join(folder, "ci", "check.sarif"), "utf8")));
  const [run] = log.runs;
  expect(run.results).toHaveLength(written);
  for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
  return run;
}

function fingerprints(run: Run): string[] {
  return run.results.map((result) => result.partialFingerprints["dmfpipe/v1"] ?? "");
}

describe("results", () => {
  test("one for each reason, with file, line, field and what to do", async () => {
    const length = reason("DMFP-VALUE-LENGTH", { field: "NAME", message: "Too long." });
    const run = await sarif([vendorRejection(1203, { reasons: [lookupReason("ZX"), length] })]);
    expect(run.results).toMatchObject([
      {
        ruleId: "DMFP-MAP-LOOKUP",
        level: "error",
        message: { text: 'The lookup vendor-groups has no entry for "ZX". Add "ZX" to the lookup file.' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "samples/vendors.csv", uriBaseId: "%SRCROOT%" },
              region: { startLine: 1204 },
            },
            logicalLocations: [
              { name: "VENDORGROUPID", fullyQualifiedName: "Vendors V2/DEMF/VENDORGROUPID" },
            ],
          },
        ],
        properties: { key: ["0000001203"], value: "ZX", stage: "mapping" },
      },
      { ruleId: "DMFP-VALUE-LENGTH", properties: { field: "NAME" } },
    ]);
    expect(run.originalUriBaseIds["%SRCROOT%"]?.uri).toBe(`${pathToFileURL(root).href}/`);
    expect(run.invocations).toEqual([{ executionSuccessful: true, exitCode: 4 }]);
  });

  test("a record of several lines has its last one", async () => {
    const run = await sarif([vendorRejection(1, { raw: '1;"a\r\nb\nc"' })]);
    expect(run.results[0]?.locations?.[0]?.physicalLocation?.region).toEqual({ startLine: 2, endLine: 4 });
  });

  test("paths: blanks are escaped, and a source outside the project has an address of its own", async () => {
    const at = (file: string): Partial<Rejection> => ({ position: { ...vendorRejection(1).position, file } });
    const run = await sarif([
      vendorRejection(1, at("samples/a b/é#.csv")),
      vendorRejection(2, at("../erp/v.csv")),
    ]);
    const places = run.results.map((result) => result.locations?.[0]?.physicalLocation?.artifactLocation);
    expect(places).toEqual([
      { uri: "samples/a%20b/%C3%A9%23.csv", uriBaseId: "%SRCROOT%" },
      { uri: "file:///data/erp/v.csv" },
    ]);
  });

  test("nothing found is a good log without results", async () => {
    const run = await sarif([]);
    expect(run.results).toEqual([]);
    expect(run.tool.driver.rules).toEqual([]);
  });

  test("all of them are written, however many", async () => {
    const many = Array.from({ length: 30_000 }, (_, index) => vendorRejection(index + 1));
    expect((await sarif(many)).results).toHaveLength(30_000);
  });

  test("any text comes through, and secrets do not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        const run = await sarif([vendorRejection(1, { reasons: [lookupReason(text)] })]);
        expect(run.results[0]?.properties?.["value"]).toBe(text);
      }),
      { numRuns: 25 },
    );
    const leak = reason("DMFP-FNO-RULE", { message: "https://x/?sv=1&sig=abcdef failed." });
    const run = await sarif([vendorRejection(1, { reasons: [leak] })]);
    expect(JSON.stringify(run)).not.toContain("abcdef");
  });
});

describe("fingerprints", () => {
  test("stay when lines move and other columns change", async () => {
    const before = await sarif([vendorRejection(7)]);
    const after = await sarif([
      vendorRejection(7, { position: { ...vendorRejection(9).position }, raw: "corrected", values: ["x"] }),
    ]);
    expect(fingerprints(after)).toEqual(fingerprints(before));
  });

  test("differ by record, code, field, and for records that share a key", async () => {
    const duplicate = [reason("DMFP-KEY-DUPLICATE")];
    const run = await sarif([
      vendorRejection(1),
      vendorRejection(2),
      vendorRejection(1, { reasons: [reason("DMFP-VALUE-MISSING", { field: "VENDORGROUPID" })] }),
      vendorRejection(1, { reasons: [{ ...lookupReason("ZX"), field: "OTHER" }] }),
      vendorRejection(1, { legalEntity: "USMF" }),
      vendorRejection(1, { reasons: [lookupReason("A"), lookupReason("B")] }),
      vendorRejection(3, { reasons: duplicate, raw: "first" }),
      vendorRejection(3, { reasons: duplicate, raw: "second" }),
    ]);
    const all = fingerprints(run);
    // The sixth record is the first one once more; only its second reason is another finding.
    expect(new Set(all).size).toBe(all.length - 1);
  });
});

describe("what stopped the check", () => {
  const mistake = (line: number): DmfpipeError =>
    new DmfpipeError("DMFP-MAPPING-FIELD", `Mistake of line ${line}.`, {
      at: { file: "mappings/vendors.yaml", line, column: 3 },
    });

  test("every mistake of the mappings has its line", async () => {
    const mistakes = new Mistakes([mistake(4), mistake(9)]);
    let error: DmfpipeError | undefined;
    try {
      mistakes.demandNone();
    } catch (thrown) {
      error = thrown as DmfpipeError;
    }
    const run = await sarif([], error === undefined ? {} : { error });
    const places = run.results.map((result) => result.locations?.[0]?.physicalLocation?.region);
    expect(places).toEqual([
      { startLine: 4, startColumn: 3 },
      { startLine: 9, startColumn: 3 },
    ]);
    expect(run.invocations).toMatchObject([{ executionSuccessful: false, exitCode: 2 }]);
    expect(run.invocations[0]?.toolExecutionNotifications).toHaveLength(2);
  });

  test("a check that came to its end and would stop a load was successful", async () => {
    const error = new DmfpipeError("DMFP-SOURCE-DECLARED", "Three differ.");
    const summary = runSummary({
      objections: [{ code: "DMFP-SOURCE-DECLARED", entity: "Vendors V2", message: "One differs." }],
    });
    const run = await sarif([], { error, summary });
    expect(run.results).toMatchObject([
      { ruleId: "DMFP-SOURCE-DECLARED", message: { text: "One differs." } },
    ]);
    expect(run.invocations).toEqual([{ executionSuccessful: true, exitCode: 3 }]);
  });
});

test("when reading the rejections fails, no half-written file is left", async () => {
  const folder = temporaryFolder();
  async function* failing(): AsyncGenerator<Rejection> {
    yield await Promise.resolve(vendorRejection(1));
    throw new DmfpipeError("DMFP-RUN-FILE", "The file is cut off.");
  }
  const writing = writeSarif({
    file: path.join(folder, "check.sarif"),
    version: "1",
    root,
    environment: "uat",
    rejections: failing(),
  });
  await expect(writing).rejects.toMatchObject({ code: "DMFP-RUN-FILE" });
  expect(readdirSync(folder)).toEqual([]);
});
