import { z } from "zod";
import { DmfpipeError } from "../errors/dmfpipe-error.ts";
import { flagsToGoOn } from "../project/production.ts";
import type { Project } from "../project/project.ts";
import { changedParts, type FingerprintParts } from "./packing/fingerprint.ts";
import { standing } from "./sending/environment-budget.ts";
import type { LedgerPackage, LedgerRun } from "./ledger/ledger-rows.ts";
import type { PackageState } from "./ledger/package-state.ts";

/** F&O has it, or may have it, and is not known to be done with it. */
const atWork: ReadonlySet<PackageState> = new Set<PackageState>(["importing", "in doubt", "executing"]);

/**
 * Throws DMFP-RUN-CHANGED when the run's sources or configuration are not what they were: what changed, what of the run
 * is in F&O already, and what can be done now. `project`: as it is now, to say how the run is resumed.
 */
export function assertResumable(
  run: LedgerRun,
  now: FingerprintParts,
  {
    packages,
    project,
  }: {
    readonly packages: readonly LedgerPackage[];
    readonly project: Pick<Project, "environments" | "defaultEnvironment">;
  },
): void {
  const before = z.record(z.string(), z.string()).parse(JSON.parse(run.fingerprintParts));
  const changed = changedParts(before, now);
  if (changed.length === 0) return;
  throw new DmfpipeError(
    "DMFP-RUN-CHANGED",
    `Since run ${run.id} began, these changed: ${changed.join(", ")}. ${standing(packages)}${inFlight(packages)}`,
    { next: nextStep(run, packages, flagsToGoOn(project, run.environment)) },
  );
}

function inFlight(packages: readonly LedgerPackage[]): string {
  const count = packages.filter(({ state }) => atWork.has(state)).length;
  if (count === 0) return "";
  return ` F&O works, or may work, on ${count === 1 ? "1 package" : `${count} packages`} of it.`;
}

function nextStep(run: LedgerRun, packages: readonly LedgerPackage[], flags: string): string {
  const restore = `Put back what changed, then: dmfpipe resume ${run.id}${flags}`;
  const sent = packages.some(({ state }) => atWork.has(state) || state === "done" || state === "collecting");
  const again = sent
    ? "or begin anew with dmfpipe load, which sends everything once more: F&O updates what it finds by its key, and makes a second record of what has no key of its own"
    : "or begin anew with dmfpipe load: nothing of this run was sent";
  return `${restore} (${again}). dmfpipe abandon ${run.id} ends this run, should nobody resume it.`;
}
