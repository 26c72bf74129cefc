import { globSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import { SandboxClient } from "../sandbox/sandbox-client.ts";
import { dmfpipe, latestRun, summaryOf } from "./command-line.ts";
import { smallProject, startEnvironment, vendorsWithOneRefused } from "./small-project.ts";

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

/** Names that need care in every format: umlauts, markup, a delimiter, a quote doubled. */
const vendors = `${vendorsWithOneRefused}V4;A name of more than thirty chars;LOCAL;Net30
V5;"A & B <""C""> Ltd";ABROAD;Net30
`;

const settings = { sourceFormats: { "CSV-UTF8": { codePage: 65_001, delimiter: "," } } } as const;
const setup = { fieldSizes: { "Vendors V2": { VENDORORGANIZATIONNAME: 30 } } };

const everyFormat = [
  { format: "CSV-Unicode" },
  { format: "CSV-UTF8" },
  { format: "XML-Element" },
  { format: "XML-Attribute" },
].flatMap((packages) => [
  { ...packages, entities: "one" },
  { ...packages, entities: "all" },
]);

test.each(everyFormat)(
  "a load as $format, packages of $entities: the same rows and rejections",
  async (packages) => {
    const { environments, variables, sandbox, stop } = await startEnvironment(settings, {}, setup);
    cleanUp.push(stop);
    const { root, remove } = smallProject({ environments, vendors, packages });
    cleanUp.push(remove);
    const result = await dmfpipe(root, ["load"], { variables });
    expect(result.code, result.stdout + result.stderr).toBe(4);
    const run = latestRun(root);
    const summary = summaryOf(run);
    expect(summary).toMatchObject({ balanced: true, rejections: { total: 2, unattributed: 0 } });
    expect(summary.packages).toHaveLength(packages.entities === "one" ? 2 : 1);
    expect(globSync("*.zip", { cwd: path.join(run, "packages") })).toHaveLength(summary.packages.length);
    const found = await Array.fromAsync(readRejections(path.join(run, "rejections", "rejections.ndjson")));
    expect(found.map(({ position, stage, key, raw }) => ({ line: position.line, stage, key, raw }))).toEqual([
      { line: 4, stage: "target", key: ["V3"], raw: "V3;Nobody knows my term;LOCAL;NET99" },
      { line: 5, stage: "staging", key: ["V4"], raw: "V4;A name of more than thirty chars;LOCAL;Net30" },
    ]);
    const rows = await new SandboxClient(sandbox).rows("/data/VendorsV2");
    expect(rows.map((row) => row["VendorOrganizationName"])).toEqual([
      "Müller & Söhne",
      "Smith; Jones",
      'A & B <"C"> Ltd',
    ]);
  },
);
