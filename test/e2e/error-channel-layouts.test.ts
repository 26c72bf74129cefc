import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { load } from "../../src/cli/load.ts";
import { readRejections } from "../../src/rejection/rejection-ndjson.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox-settings.ts";
import { latestRun, summaryOf } from "./command-line.ts";
import { inProcess } from "./in-process.ts";
import { smallProject, startEnvironment, vendorsWithOneRefused } from "./small-project.ts";

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

/** Layouts nobody documents: whichever F&O uses, every refused record is found with its source row. */
interface Layout extends Partial<SandboxSettings> {
  /** Of the data files; default: CSV-Unicode. */
  readonly format?: string;
}

const layouts: readonly Layout[] = [
  { stagingErrorFile: "as input", targetKeysFile: "utf-8", executionErrorsJson: "malformed" },
  { stagingErrorFile: "without header", targetKeysFile: "utf-16", executionErrorsJson: "escaped" },
  { stagingErrorFile: "csv utf-8", targetKeysFile: "with header", stagingErrorsInExecutionErrors: true },
  { format: "XML-Element", stagingErrorFile: "as input" },
  { format: "XML-Attribute", stagingErrorFile: "as input", executionErrorField: "name" },
];

test.each(layouts)("%o", async ({ format, ...settings }) => {
  // V4 is too long for this environment's field alone, V3 names a term that it does not have.
  const setup = { fieldSizes: { "Vendors V2": { VENDORORGANIZATIONNAME: 30 } } };
  const { environments, variables, stop } = await startEnvironment(settings, {}, setup);
  cleanUp.push(stop);
  const vendors = `${vendorsWithOneRefused}V4;A name of more than thirty chars;LOCAL;Net10\n`;
  const packages = format === undefined ? {} : { packages: { format } };
  const { root, remove } = smallProject({ environments, vendors, ...packages });
  cleanUp.push(remove);
  const result = await inProcess(root, async (context) => await load(context, {}), { variables });
  expect(result.code, result.stderr).toBe(4);
  const run = latestRun(root);
  const found = await Array.fromAsync(readRejections(path.join(run, "rejections", "rejections.ndjson")));
  expect(found.map(({ position, stage, key }) => ({ line: position.line, stage, key }))).toEqual([
    { line: 4, stage: "target", key: ["V3"] },
    { line: 5, stage: "staging", key: ["V4"] },
  ]);
  const summary = summaryOf(run);
  expect(summary).toMatchObject({ balanced: true, rejections: { total: 2, unattributed: 0 } });
  const files = summary.packages.flatMap(({ errorFiles = [] }) => errorFiles);
  expect(files.map(({ channel }) => channel)).toEqual([
    "staging error file",
    "target error keys",
    "execution errors",
  ]);
  for (const { file, layout } of files) {
    expect(existsSync(path.join(run, file))).toBe(true);
    expect(layout).not.toContain("could not");
  }
});
