import type { DatabaseSync } from "node:sqlite";
import type { BatchQueue } from "./batch-queue.ts";
import { transaction } from "./database.ts";
import type { EnvironmentSetup } from "./environment-setup.ts";
import { outcome } from "./execution-outcome.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { canonicalKey } from "./record-key.ts";
import type { RowStore } from "./row-store.ts";

/** Puts the records of the set-up in place; one that stands there already keeps what later imports made of it. */
export function seedReferenceData(database: DatabaseSync, setup: EnvironmentSetup, rows: RowStore): void {
  transaction(database, () => {
    for (const { label, company, values } of setup.referenceRows()) {
      const keys = setup.tableKeys(label)?.keys ?? [];
      const key = canonicalKey(
        keys.length === 0 ? Object.values(values) : keys.map((name) => values[name] ?? ""),
      );
      rows.insert(label, company, key, values);
    }
  });
}

/**
 * What becomes of executions that were running when the process died. Staging that was cut off is reported as
 * failed with no row staged, since its package is gone; a target step goes on after its last committed rows.
 */
export function recoverExecutions(
  database: DatabaseSync,
  stores: { readonly executions: ExecutionStore; readonly rows: RowStore },
  queue: BatchQueue,
): void {
  const { executions, rows } = stores;
  for (const execution of executions.executions("Executing")) {
    transaction(database, () => {
      for (const run of executions.runs(execution.number)) {
        if (run.stagingStatus === "Finished" || run.stagingStatus === "Error") continue;
        rows.unstage(run.number);
        executions.change(run.number, { stagingStatus: "Error", staged: 0 });
        executions.log(
          execution.number,
          run.label,
          "The service was restarted while the file was being staged.",
        );
      }
    });
    if (execution.executeTarget) queue.takeUp(execution);
    else executions.setStatus(execution.number, outcome(executions.runs(execution.number), false));
  }
}
