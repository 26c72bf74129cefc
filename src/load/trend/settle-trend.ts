import { existsSync, rmSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RunFolder } from "../run-folder.ts";
import { TrendFile } from "./trend-file.ts";

/** Reasons that are noted in one transaction: other loads write to the same ledger, and wait at most some seconds. */
const portion = 20_000;

/**
 * Notes in the ledger what the runs that are over found, in their order. A run of which only a part is noted, because the
 * process died, is noted once more: it changes nothing that is noted already. Returns the runs whose file cannot be read.
 *
 * Throws what SQLite throws.
 */
export async function settleTrend(ledger: Ledger, projectRoot: string): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const run of ledger.trend.pending()) {
    const path = new RunFolder(projectRoot, run.run).trendFile;
    try {
      // Where somebody has removed the folder, nobody knows any more what that run found.
      if (existsSync(path)) await noteRun(ledger, run, path);
    } catch (thrown) {
      if (!(thrown instanceof DmfpipeError) || thrown.code !== "DMFP-RUN-FILE") throw thrown;
      lost.push(run.run);
    }
    ledger.trend.markNoted(run.number);
    rmSync(path, { force: true });
  }
  return lost;
}

async function noteRun(
  ledger: Ledger,
  run: { readonly number: number; readonly series: number },
  path: string,
): Promise<void> {
  const file = TrendFile.open(path);
  try {
    for (const reasons of file.foundPortions(portion)) {
      ledger.trend.note(run, reasons);
      await setImmediate();
    }
    for (const reasons of file.overPortions(portion)) {
      ledger.trend.close(run, reasons);
      await setImmediate();
    }
  } finally {
    file.close();
  }
}
