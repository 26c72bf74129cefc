import { readFileSync } from "node:fs";
import path from "node:path";
import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { reason } from "../../src/errors/reason.ts";
import { writeJunit, type CheckJunitOptions } from "../../src/rejection/junit.ts";
import type { Rejection } from "../../src/rejection/rejection.ts";
import {
  entitySummary,
  lookupReason,
  runSummary,
  stream,
  temporaryFolder,
  vendorRejection,
} from "./report-fixture.ts";

const problem = z.object({ type: z.string(), message: z.string(), "#text": z.string() });
const numbers = {
  name: z.string(),
  tests: z.coerce.number(),
  failures: z.coerce.number(),
  errors: z.coerce.number(),
};
const caseShape = z.object({
  classname: z.string(),
  name: z.string(),
  file: z.string().optional(),
  failure: z.array(problem).length(1).optional(),
  error: z.array(problem).length(1).optional(),
});
const suiteShape = z.object({ ...numbers, testcase: z.array(caseShape) });
const reportShape = z.object({
  testsuites: z.tuple([z.object({ ...numbers, testsuite: z.array(suiteShape).default([]) })]),
});
type Report = z.infer<typeof reportShape>["testsuites"][0];

async function junit(
  rejections: readonly Rejection[],
  changes: Partial<CheckJunitOptions> = {},
): Promise<Report> {
  const file = path.join(temporaryFolder(), "check.xml");
  const found = stream(rejections);
  await writeJunit({ file, rejections: found, fullList: "runs/1/rejections.ndjson", ...changes });
  const xml = readFileSync(file, "utf8");
  expect(() => new SaxesParser().write(xml).close()).not.toThrow();
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseTagValue: false,
    trimValues: false,
    htmlEntities: true,
    isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
  });
  const { testsuites } = reportShape.parse(parser.parse(xml));
  const [report] = testsuites;
  // What CI systems show: numbers that add up from the cases to the whole.
  const sums = { tests: 0, failures: 0, errors: 0 };
  for (const suite of report.testsuite) {
    expect(suite.tests).toBe(suite.testcase.length);
    expect(suite.failures).toBe(suite.testcase.filter((one) => one.failure !== undefined).length);
    expect(suite.errors).toBe(suite.testcase.filter((one) => one.error !== undefined).length);
    sums.tests += suite.tests;
    sums.failures += suite.failures;
    sums.errors += suite.errors;
  }
  expect(report).toMatchObject(sums);
  return report;
}

const summary = runSummary({
  command: "check",
  entities: [
    entitySummary({ read: 100, rejectedHere: 31, packaged: 69 }),
    entitySummary({ legalEntity: "USMF", read: 5, packaged: 5 }),
    entitySummary({ legalEntity: "", read: 1, rejectedHere: 1 }),
  ],
});

describe("suites", () => {
  test("one for each entity and company; where nothing was found, one case that passes", async () => {
    const report = await junit([], { summary });
    expect(report.testsuite.map(({ name, testcase }) => [name, testcase.map((one) => one.name)])).toEqual([
      ["Vendors V2 DEMF", ["every record is accounted for"]],
      ["Vendors V2 USMF", ["every record is accounted for"]],
      ["Vendors V2 (no company)", ["every record is accounted for"]],
    ]);
    expect(report).toMatchObject({ tests: 3, failures: 0, errors: 0 });
  });

  test("one case fails for each code, names its first rows, says how many there are and where all are", async () => {
    const many = Array.from({ length: 1_030 }, (_, index) => vendorRejection(index + 1));
    const missing = vendorRejection(7, {
      reasons: [
        lookupReason("ZX"),
        reason("DMFP-VALUE-MISSING", { field: "NAME", message: "NAME is empty." }),
      ],
    });
    const report = await junit([...many, missing], { summary });
    const [suite] = report.testsuite;
    expect(suite?.testcase.map((one) => [one.name.split(" ")[0], one.failure?.[0]?.message])).toEqual([
      ["every", undefined],
      ["DMFP-MAP-LOOKUP", "1,031 records: The lookup has no entry for the value."],
      ["DMFP-VALUE-MISSING", "1 record: A value that must be filled in is empty."],
    ]);
    const text = suite?.testcase[1]?.failure?.[0]?.["#text"] ?? "";
    expect(text.match(/samples\/vendors\.csv:/g)).toHaveLength(20);
    expect(text).toContain(
      'samples/vendors.csv:2 0000000001: The lookup vendor-groups has no entry for "ZX".',
    );
    expect(text).toContain("and 1,011 more.");
    expect(text).toContain("runs/1/rejections.ndjson");
  });

  test("counts that do not balance fail", async () => {
    const unbalanced = runSummary({ entities: [entitySummary({ read: 3, packaged: 2, balanced: false })] });
    const report = await junit([], { summary: unbalanced });
    expect(report.testsuite[0]?.testcase[0]?.failure?.[0]).toMatchObject({
      type: "DMFP-UNBALANCED",
      message: "The counts do not balance: 3 read = 0 left out + 0 rejected + 2 ready.",
    });
  });

  test("a record without a company is found in the suite without one", async () => {
    const { legalEntity, ...nowhere } = vendorRejection(1);
    expect(legalEntity).toBe("DEMF");
    const report = await junit([nowhere], { summary });
    expect(report.testsuite.map(({ failures }) => failures)).toEqual([0, 0, 1]);
  });
});

describe("what stopped the check", () => {
  test("is an error with its place", async () => {
    const error = new DmfpipeError("DMFP-MAPPING-FIELD", "There is no field NAEM.", {
      at: { file: "mappings/vendors.yaml", line: 12, column: 3 },
    });
    const report = await junit([], { error });
    expect(report.testsuite).toMatchObject([
      {
        name: "what stopped the check",
        testcase: [
          {
            name: "DMFP-MAPPING-FIELD mappings/vendors.yaml:12:3",
            file: "mappings/vendors.yaml",
            error: [{ message: "There is no field NAEM." }],
          },
        ],
      },
    ]);
  });

  test("objections to a load are failures of a suite of their own", async () => {
    const objections = [{ code: "DMFP-ERROR-BUDGET" as const, message: "31 of 106 records were rejected." }];
    const report = await junit([], { summary: runSummary({ objections }) });
    expect(report.testsuite[0]).toMatchObject({ name: "what would stop a load", failures: 1 });
  });
});

test("any text makes well-formed XML and is read back, but for what XML cannot carry", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 20 }), async (text) => {
      const reasons = [reason("DMFP-MAP-RULE", { message: `<${text}>` })];
      const file = path.join(temporaryFolder(), "check.xml");
      const rejections = stream([vendorRejection(1, { reasons })]);
      await writeJunit({ file, rejections, fullList: "", summary });
      let read = "";
      const parser = new SaxesParser();
      parser.on("text", (part) => (read += part));
      parser.write(readFileSync(file, "utf8")).close();
      const carried = text.toWellFormed().replace(/[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
      expect(read).toContain(`samples/vendors.csv:2 0000000001: <${carried}>`);
    }),
    { numRuns: 60 },
  );
});
