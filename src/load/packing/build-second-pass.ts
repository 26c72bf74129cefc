import { interrupted } from "../../errors/interruption.ts";
import type { Project } from "../../project/project.ts";
import { FirstPassOutcome } from "../collecting/first-pass-outcome.ts";
import type { LedgerPackage } from "../ledger/ledger-rows.ts";
import type { NewPackage } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { PackageSet } from "./package-set.ts";
import { hasHeldBack, secondPassOf } from "./pass-fields.ts";
import { EntityReader } from "../reading/read-entity.ts";
import { RecordChecks } from "../reading/record-checks.ts";
import type { RunFolder } from "../run-folder.ts";

interface SecondPassOptions {
  readonly project: Project;
  readonly planned: PlannedLoad;
  readonly folder: RunFolder;
  /** Packages of the first passes, as far as they have come. */
  readonly firstPackages: readonly LedgerPackage[];
  /** Where the records go; made for the second pass. */
  readonly packages: PackageSet;
  /** false: nothing was sent (`build`), and every record is taken to be good. */
  readonly sent: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Packs the second passes of all entities that have one; its packages come behind all that the run has. Throws what
 * reading the sources throws, and DMFP-INTERRUPTED; open packages are given up then.
 */
export async function packSecondPasses(
  options: Omit<SecondPassOptions, "planned"> & { readonly planned: readonly PlannedLoad[] },
): Promise<readonly NewPackage[]> {
  const { packages } = options;
  try {
    for (const planned of options.planned) await buildSecondPass({ ...options, planned });
    return await packages.close();
  } catch (thrown) {
    await packages.abort();
    throw thrown;
  }
}

/**
 * Packs the second pass of an entity: of each record that F&O took in the first pass and that has a held-back field,
 * its key, its mandatory fields and those fields. Nothing for an entity without a second pass.
 *
 * The sources are read and judged once more: the verdicts are those of the first time, so nothing is counted or
 * rejected here, and nothing had to be kept since then. Throws what reading them throws, and DMFP-INTERRUPTED.
 */
async function buildSecondPass(options: SecondPassOptions): Promise<void> {
  const { planned, packages, signal } = options;
  const second = secondPassOf(planned);
  const toFill = hasHeldBack(planned);
  if (second === undefined || toFill === undefined) return;
  const checks = new RecordChecks(options.project, planned);
  const reader = new EntityReader(planned, { checks });
  const outcome = new FirstPassOutcome({ ...options, packages: options.firstPackages });
  packages.beginEntity(second);
  for (const [fileNumber, source] of planned.sources.entries()) {
    for await (const items of source.source.batches()) {
      if (signal?.aborted === true) throw interrupted();
      for (const item of items) {
        const verdict = reader.judge(source, item);
        if (verdict.kind !== "packaged") continue;
        const took = await outcome.took(verdict.legalEntity, {
          file: source.name,
          record: item.position.record,
        });
        if (took && toFill(verdict.values)) await packages.add(verdict, fileNumber);
      }
    }
  }
  await packages.endEntity();
}
