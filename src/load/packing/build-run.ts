import { deflatePool } from "../../package/deflate-pool.ts";
import type { Project } from "../../project/project.ts";
import type { SourceProfiles } from "../../source/source-profile.ts";
import { CompositeSet } from "../composite/composite-set.ts";
import type { BuildCounts } from "../ledger/ledger-rows.ts";
import type { NewPackage } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { HeldBackReferences } from "../reading/held-back-references.ts";
import type { ReferenceCheck } from "../reading/reference-check.ts";
import type { RunFolder } from "../run-folder.ts";
import type { LoadEvent } from "../run-log.ts";
import { buildEntity } from "./build-packages.ts";
import type { PackageSet } from "./package-set.ts";

/** With so many to read, it is worth starting a thread to deflate before there is anything to deflate. */
const manyBytes = 4 * 1024 * 1024;

export interface BuildRunOptions {
  readonly project: Project;
  /** All entities of the load, in its order. */
  readonly planned: readonly PlannedLoad[];
  /** Labels of those that were read by an earlier process, packages and all. */
  readonly alreadyRead?: ReadonlySet<string>;
  readonly folder: RunFolder;
  readonly packages: PackageSet;
  readonly signal: AbortSignal;
  readonly references?: ReferenceCheck;
  readonly profiles?: SourceProfiles;
  readonly log: (event: LoadEvent) => void;
  /**
   * Takes the packages of entities that were read to their ends, as soon as no open package can take anything more of
   * them; the next entity is read when it returns. Absent: everything is returned at the end.
   */
  readonly onRead?: (built: BuiltEntities) => Promise<void>;
}

/** What became of some entities of a load. */
export interface BuiltEntities {
  /** In the order in which they are to be sent. */
  readonly packages: readonly NewPackage[];
  readonly counts: readonly BuildCounts[];
}

/**
 * Reads the sources of all entities in the order of loading and packs them. Returns what `onRead` was not given.
 *
 * Throws what buildEntity throws, DMFP-DOCUMENT-TORN, and whatever `onRead` throws; open packages are given up then.
 */
export async function buildRun(options: BuildRunOptions): Promise<BuiltEntities> {
  const { project, planned, alreadyRead, folder, packages, signal, references, onRead } = options;
  const unread = planned.filter(({ schema }) => alreadyRead?.has(schema.label) !== true);
  const heldBack = references === undefined ? undefined : new HeldBackReferences(references, folder);
  const composites = new CompositeSet({
    ...packages.options,
    planned,
    signal,
    deliver: async (built) => {
      await packages.insert(built);
    },
  });
  // A package that holds all entities is open until the last of them was read.
  const apart = project.packages.entities !== "all";
  let counts: BuildCounts[] = [];
  try {
    if (packages.options.write && sizeBytesOf(unread) >= manyBytes) deflatePool.prepare();
    for (const entity of unread) {
      counts.push(
        ...(await buildEntity({ ...options, planned: entity, nested: composites.sinkOf(entity), heldBack })),
      );
      // Parts of a composite entity lie in a spool that a crash would lose; they count as read when they are packed.
      if (onRead === undefined || !apart || composites.isMidway) continue;
      await onRead({ packages: packages.take(), counts });
      counts = [];
    }
    const settled = (await heldBack?.settle(counts, signal)) ?? counts;
    return { packages: await packages.close(), counts: settled };
  } catch (thrown) {
    composites.abort();
    await packages.abort();
    throw thrown;
  } finally {
    deflatePool.rest();
  }
}

function sizeBytesOf(planned: readonly PlannedLoad[]): number {
  return planned.flatMap(({ sources }) => sources).reduce((sum, { source }) => sum + source.sizeBytes, 0);
}
