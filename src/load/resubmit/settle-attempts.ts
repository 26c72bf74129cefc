import { existsSync } from "node:fs";
import { readRejections } from "../../rejection/rejection-ndjson.ts";
import type { Reason } from "../../errors/reason.ts";
import type { AttemptOutcome } from "../ledger/ledger-attempts.ts";
import type { LedgerPackage, LedgerPart, LedgerRun } from "../ledger/ledger-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RowIndex } from "../reading/row-index.ts";
import { RunFolder } from "../run-folder.ts";
import { ResubmissionStore } from "./resubmission-store.ts";

/**
 * Notes in the ledger what became of every record of the resubmissions that are over and of which nobody did so yet: a
 * crash between the end of a run and this loses nothing. Throws DMFP-RUN-FILE for files of a run that are broken.
 */
export async function settleAttempts(ledger: Ledger, projectRoot: string): Promise<void> {
  for (const id of ledger.attempts.unsettledRuns()) {
    const run = ledger.run(id);
    if (run !== undefined) await settleRun(ledger, run, new RunFolder(projectRoot, id));
  }
}

/** Codes and fields of reasons, each once: enough to tell two rejections apart, and no value in it. */
export function reasonMarks(reasons: readonly Reason[]): string[] {
  return [...new Set(reasons.map(({ code, field }) => (field === undefined ? code : `${code} ${field}`)))];
}

async function settleRun(ledger: Ledger, run: LedgerRun, folder: RunFolder): Promise<void> {
  const { attempts } = ledger;
  await attempts.settle(run.id, async (note) => {
    // Without its files nobody can tell any more which record was in which package.
    if (run.purgedAt !== null || !existsSync(folder.resubmissionFile)) {
      note.others("not known");
      return;
    }
    const counts = ledger.counts(run.id);
    const positions = new Map(counts.map(({ entity, position }) => [entity, position]));
    const store = ResubmissionStore.open(folder.resubmissionFile);
    try {
      for (const pack of ledger.packages(run.id)) {
        if (pack.pass === 2) continue;
        for (const part of pack.parts) {
          const file = folder.rowIndexFile(pack.key, positions.get(part.entity) ?? 0);
          if (!existsSync(file)) continue;
          const outcome = outcomeOf(run, pack, part);
          const files = store.files(part.entity);
          const index = await RowIndex.open(file);
          try {
            for (let row = 1; row <= part.records; row++) {
              const { position, fileNumber } = await index.find(row);
              const record = { entity: part.entity, file: files[fileNumber] ?? "", record: position.record };
              note.outcome(record, outcome, pack);
            }
          } finally {
            await index.close();
          }
        }
      }
    } finally {
      store.close();
    }
    if (existsSync(folder.rejectionsFile)) {
      for await (const { entity, position, reasons } of readRejections(folder.rejectionsFile)) {
        note.rejected({ entity, file: position.file, record: position.record }, reasonMarks(reasons));
      }
    }
    // What is in no package and was not rejected, the mapping left out; unless nothing was read to its end.
    note.others(counts.length === 0 ? "not processed" : "left out");
  });
}

/** What became of the records of a package that were not rejected. */
function outcomeOf(run: LedgerRun, pack: LedgerPackage, part: LedgerPart): AttemptOutcome {
  if (pack.state !== "done" || run.choices.stagingOnly === true) return "not processed";
  if (part.unprocessed === part.records) return "not processed";
  const accounted = part.created + part.updated + part.rejectedStaging + part.rejectedTarget;
  return accounted === part.records ? "loaded" : "not known";
}
