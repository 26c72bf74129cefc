import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { changedParts, type FingerprintParts } from "./fingerprint.ts";
import type { LedgerRun } from "./ledger.ts";

/** Throws DMFP-RUN-CHANGED, naming what changed, when the run's sources or configuration are not what they were. */
export function assertResumable(run: LedgerRun, now: FingerprintParts): void {
  const before = z.record(z.string(), z.string()).parse(JSON.parse(run.fingerprintParts));
  const changed = changedParts(before, now);
  if (changed.length === 0) return;
  throw new DmfpipeError(
    "DMFP-RUN-CHANGED",
    `Since run ${run.id} began, these changed: ${changed.join(", ")}.`,
  );
}
