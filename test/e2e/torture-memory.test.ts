import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { runCli } from "../../bench/cli-run.ts";
import { writeFlatProject } from "../../bench/flat-project.ts";
import { thorough } from "./torture-scene.ts";

/**
 * Building with a heap of 96 MB: the memory of a source of two gigabytes is that of one a tenth as large, and so is the
 * memory of one of which every record is rejected, a third of a million of them. Only with TORTURE=1: the large source takes minutes.
 */
const heap = "--max-old-space-size=96";
const hourMs = 3_600_000;
/** Peaks of two runs differ by so much. */
const spread = 1.1;

const folders: string[] = [];
afterEach(() => {
  delete process.env["NODE_OPTIONS"];
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe.runIf(thorough)("the memory of a build with 96 MB of heap", () => {
  test(
    "is the same for two gigabytes as for a tenth of them",
    async () => {
      const small = await peakBytes({ megabytes: 200, rejectOneIn: 100 });
      const large = await peakBytes({ megabytes: 2000, rejectOneIn: 100 });
      expect(large / small, `${large} and ${small} bytes`).toBeLessThan(spread);
    },
    hourMs,
  );

  test(
    "is the same when every record is rejected",
    async () => {
      const some = await peakBytes({ megabytes: 50, rejectOneIn: 100 });
      const all = await peakBytes({ megabytes: 50, rejectOneIn: 1 });
      expect(all / some, `${all} and ${some} bytes`).toBeLessThan(spread);
    },
    hourMs,
  );
});

async function peakBytes(project: { megabytes: number; rejectOneIn: number }): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-torture-"));
  folders.push(folder);
  const { records, rejected } = await writeFlatProject(folder, project);
  process.env["NODE_OPTIONS"] = heap;
  const { output, peakRssBytes } = await runCli(folder, ["build", "--json", "--quiet"]);
  const { entities } = JSON.parse(output) as { entities: { read: number; rejectedHere: number }[] };
  const sum = (of: (counts: { read: number; rejectedHere: number }) => number): number =>
    entities.reduce((total, counts) => total + of(counts), 0);
  expect([sum(({ read }) => read), sum(({ rejectedHere }) => rejectedHere)]).toEqual([records, rejected]);
  rmSync(folder, { recursive: true, force: true });
  return peakRssBytes;
}
