import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { pulledSchemaPath } from "../../entity/pulled-schema.ts";
import { overridesPath } from "../../entity/schema-overrides.ts";
import type { Project } from "../../project/project.ts";
import type { BuildCounts, LedgerPackage, LedgerRun } from "./ledger-rows.ts";
import type { Ledger } from "./ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";

/** What an earlier run counted when it read the very sources that are there now. */
export interface LastReading {
  readonly run: LedgerRun;
  readonly counts: readonly BuildCounts[];
  /** The packages it built; empty for a dry run. */
  readonly packages: readonly LedgerPackage[];
}

/** Names of files, relative to the root, that changed since a run began. */
export interface StaleReading {
  readonly run: LedgerRun;
  readonly changed: readonly string[];
}

/**
 * The newest run (check, build or load) that read all sources, if nothing it read has changed since it began;
 * otherwise, what has changed since then. Undefined where there is no such run.
 *
 * Whether a file changed is told by the time of its last change as the file system keeps it (ctime), which copying
 * and unpacking cannot set back: reading the sources to compare them is just what is not wanted here.
 */
export function lastReading(
  project: Project,
  planned: readonly PlannedLoad[],
  ledger: Ledger,
): LastReading | StaleReading | undefined {
  for (const run of ledger.runs()) {
    if (run.phase === "building" || run.project !== project.name) continue;
    // It read no more than what an earlier one rejected.
    if (run.choices.resubmissionOf !== undefined) continue;
    const counts = ledger.counts(run.id);
    if (counts.length === 0) continue;
    const begun = Date.parse(run.startedAt);
    const changed = filesOf(project, planned).filter((file) => statSync(file).ctimeMs >= begun);
    const labels = new Set(counts.map(({ entity }) => entity));
    // An entity that was added since then comes with a changed project.yaml, so this is of no more than the last resort.
    const whole = planned.every(({ schema }) => labels.has(schema.label));
    // It was stopped before it had read everything.
    if (!whole && run.choices.sending !== undefined) continue;
    if (changed.length === 0 && whole) return { run, counts, packages: ledger.packages(run.id) };
    return { run, changed: changed.map((file) => path.relative(project.root, file)) };
  }
  return undefined;
}

/** Whatever the records of a load depend on, absolute. */
function filesOf(project: Project, planned: readonly PlannedLoad[]): string[] {
  const files = planned.flatMap(({ definition, sources, resourceFiles, declared }) => [
    path.join(project.root, definition.file),
    ...[...sources, ...resourceFiles, ...declared.files].map((file) => file.path),
  ]);
  const schemas = [pulledSchemaPath(project.root), overridesPath(project.root)];
  return [...new Set([project.file, ...schemas.filter((file) => existsSync(file)), ...files])].sort();
}
