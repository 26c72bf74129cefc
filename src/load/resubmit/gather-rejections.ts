import { existsSync } from "node:fs";
import { readRejections } from "../../rejection/rejection-ndjson.ts";
import type { Rejection } from "../../rejection/rejection.ts";
import type { Attempt } from "../ledger/ledger-attempts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RunFolder } from "../run-folder.ts";
import type { RejectedRun } from "./rejected-run.ts";
import { ResubmissionStore } from "./resubmission-store.ts";

/**
 * Puts every record that a load rejected into the store, as the latest run that tried it left it: what was corrected then
 * stays corrected. Records that a later run has loaded, or of which it is not known whether it did, are settled.
 *
 * Throws DMFP-RUN-FILE for files of a run that are broken.
 */
export async function gatherRejections(
  { root, chain, only }: RejectedRun,
  {
    store,
    ledger,
    projectRoot,
  }: {
    readonly store: ResubmissionStore;
    readonly ledger: Ledger;
    readonly projectRoot: string;
  },
): Promise<void> {
  for (const run of chain) {
    const folder = new RunFolder(projectRoot, run.id);
    if (existsSync(folder.rejectionsFile)) {
      for await (const rejection of readRejections(folder.rejectionsFile))
        store.put(recordOf(rejection, run.id));
    }
    if (run === root || !existsSync(folder.resubmissionFile)) continue;
    const sent = ResubmissionStore.open(folder.resubmissionFile);
    try {
      for (const attempt of ledger.attempts.ofRun(run.id)) note(attempt, store, sent);
    } finally {
      sent.close();
    }
  }
  if (only !== undefined) store.keepOnly(only);
}

/** What an attempt means for a record; the latest attempt has the last word. `sent`: the records of its run. */
function note(attempt: Attempt, store: ResubmissionStore, sent: ResubmissionStore): void {
  const { entity, file, record, run, outcome } = attempt;
  const stored = store.find(entity, file, record);
  if (stored === undefined) return;
  switch (outcome) {
    case "rejected":
      store.unsettle(stored.id);
      return;
    case "not processed": {
      // It stands in no list of rejections, and what was corrected only there.
      const last = sent.find(entity, file, record);
      if (last !== undefined) store.replace(stored.id, last.columns, last.values);
      store.unsettle(stored.id);
      return;
    }
    case "loaded":
    case "left out":
    case "not known":
    case "pending":
      store.settle(stored.id, run, outcome);
      return;
    default:
      outcome satisfies never;
  }
}

function recordOf(rejection: Rejection, run: string): Parameters<ResubmissionStore["put"]>[0] {
  const { entity, legalEntity, position, raw, columns, values, stage, reasons, key, mapped } = rejection;
  return { entity, legalEntity, position, raw, columns, values, stage, reasons, key, mapped, run };
}
