import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import type { RunSummary } from "./summary.ts";

const count = z.number().int();

const entityShape = z.looseObject({
  entity: z.string(),
  legalEntity: z.string(),
  read: count,
  filtered: count,
  rejectedHere: count,
  packaged: count,
  staged: count,
  rejectedStaging: count,
  created: count,
  updated: count,
  rejectedTarget: count,
  unprocessed: count,
  balanced: z.boolean(),
  controlTotals: z.record(z.string(), z.string()),
});

// What is not named here is read as it is: it was written by this program or by an earlier version of it.
const summaryShape = z.looseObject({
  run: z.string(),
  project: z.string(),
  environment: z.string(),
  command: z.string(),
  status: z.string(),
  exitCode: count,
  startedAt: z.string(),
  finishedAt: z.string(),
  balanced: z.boolean(),
  entities: z.array(entityShape),
  packages: z.array(z.unknown()),
  rejections: z.looseObject({
    total: count,
    byStage: z.record(z.string(), count),
    byCode: z.record(z.string(), count),
    unattributed: count,
  }),
});

/**
 * Reads the summary.json of a run. Throws DMFP-NOTHING-TO-DO where the run has not written one yet, and DMFP-RUN-FILE
 * where it is not what dmfpipe writes.
 */
export function readSummary(file: string): RunSummary {
  if (!existsSync(file)) throw new DmfpipeError("DMFP-NOTHING-TO-DO", "The run has written no summary yet.");
  try {
    return summaryShape.parse(JSON.parse(readFileSync(file, "utf8"))) as unknown as RunSummary;
  } catch (cause) {
    throw new DmfpipeError("DMFP-RUN-FILE", `${file} is no summary as dmfpipe writes it.`, {
      at: { file },
      cause,
    });
  }
}
