import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { isSending, type LedgerRun } from "./ledger/ledger-rows.ts";

/**
 * DMFP-NOTHING-TO-DO for who wants to go on with a load, or to give one up, where none waits for it in the environment.
 * Most often another environment was meant, so one that waits there is named.
 *
 * @param runs all runs, the latest first
 */
export function noneWaits(
  runs: readonly LedgerRun[],
  { environment, command }: { readonly environment: string; readonly command: "resume" | "abandon" },
): DmfpipeError {
  const message = `No load waits to be resumed in ${environment}.`;
  const elsewhere = runs.find((run) => isSending(run) && run.phase !== "finished");
  if (elsewhere === undefined) return new DmfpipeError("DMFP-NOTHING-TO-DO", message);
  const { id, environment: other } = elsewhere;
  return new DmfpipeError("DMFP-NOTHING-TO-DO", `${message} One into ${other} does: run ${id}.`, {
    next: `If that is meant: dmfpipe ${command} ${id} --env ${other}`,
  });
}
