import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { metricsText, type Metric } from "./metrics-text.ts";

/** Absolute path of the metrics file of an environment. `configured`: relative to the project's folder, or absolute. */
export function metricsFile(root: string, configured: string, environment: string): string {
  const name = environment.replace(/[^A-Za-z0-9_-]/g, "_");
  return path.resolve(root, configured.replaceAll("{environment}", name));
}

/**
 * Replaces the metrics file as a whole: the collector never sees half of it. Unlike everything else dmfpipe writes it
 * can be read by all, for the collector is another user; it holds counts and names, and nothing of any record.
 *
 * Throws DMFP-FILE-WRITE.
 */
export function writeMetricsFile(file: string, metrics: readonly Metric[]): void {
  // The collector reads what ends in .prom, which this does not.
  const partial = `${file}.${process.pid}.partial`;
  try {
    writeFileSync(partial, metricsText(metrics));
    chmodSync(partial, 0o644);
    renameSync(partial, file);
  } catch (thrown) {
    rmSync(partial, { force: true });
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new DmfpipeError("DMFP-FILE-WRITE", `The metrics file could not be written: ${why}.`, {
      at: { file },
      cause: thrown,
    });
  }
}
