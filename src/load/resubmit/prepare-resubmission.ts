import { rm } from "node:fs/promises";
import { DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { didYouMean } from "../../errors/suggestion.ts";
import type { Project } from "../../project/project.ts";
import type { NewAttempt } from "../ledger/ledger-attempts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlannedLoad } from "../load-plan.ts";
import type { RunFolder } from "../run-folder.ts";
import { gatherRejections } from "./gather-rejections.ts";
import { matchCorrections, type DoubtfulChoice, type MatchedCorrections } from "./match-corrections.ts";
import { findRejectedRun, type RejectedRun } from "./rejected-run.ts";
import { noteRecordsBefore, rereadRecords, UnchangedSources } from "./reread-records.ts";
import { ResubmissionStore } from "./resubmission-store.ts";
import type { StoredRecord } from "./stored-record.ts";
import { selectDependents } from "./select-records.ts";
import { reasonMarks, settleAttempts } from "./settle-attempts.ts";
import { takeParents } from "./take-parents.ts";
import { noteTakenKeys } from "./taken-keys.ts";

/** What somebody wants to be loaded again. */
export interface ResubmitRequest {
  /** A load or a resubmission; absent: the latest load of the environment. */
  readonly run?: string | undefined;
  /** Corrected files; without them the records are loaded as they are. */
  readonly corrected: readonly { readonly path: string; readonly name: string }[];
  /** Only records of this entity (DMF label), and what depends on them. */
  readonly entity?: string | undefined;
  /** Only records with a reason of this code, and what depends on them. */
  readonly code?: string | undefined;
  /** Takes along nothing that depends on what is asked for. */
  readonly only?: true | undefined;
  readonly doubtful: DoubtfulChoice;
}

/** What is loaded again, counted. */
export interface PreparedResubmission {
  /** The load that rejected the records. */
  readonly root: string;
  /** How many are loaded again in all. */
  readonly records: number;
  /** How many of them have other values than before. */
  readonly changed: number;
  readonly changesByColumn: ReadonlyMap<string, number>;
  /** Taken along: what refers to the others, and what they are nested in. */
  readonly dependents: number;
  readonly parents: number;
  /** Not loaded again, because their key is still that of another record. */
  readonly duplicates: number;
  /** Settled by later runs. */
  readonly settled: ReturnType<ResubmissionStore["settled"]>;
  readonly corrections?: MatchedCorrections;
  /** Sources that changed since the load, so that records are taken as they were noted then. */
  readonly asNoted: readonly string[];
  /** Such sources that would have what records are nested in. */
  readonly notSearched: readonly string[];
  /** Runs whose packages are gone, so that corrected keys could not be held against them. */
  readonly notChecked: readonly string[];
}

/**
 * Finds out which rejected records are loaded again, and with which values, and leaves them in the folder of the run that
 * will do it. To be called under the lock of the environment: what was loaded already is not loaded once more.
 *
 * Throws what findRejectedRun and matchCorrections throw, DMFP-USAGE, and DMFP-NOTHING-TO-DO where no record is left.
 */
export async function prepareResubmission(
  request: ResubmitRequest,
  about: {
    readonly project: Project;
    readonly environment: string;
    /** All entities of the project, their sources not opened. */
    readonly planned: readonly PlannedLoad[];
    readonly ledger: Ledger;
    /** Of the run that will load them. */
    readonly folder: RunFolder;
  },
): Promise<PreparedResubmission> {
  const { project, environment, planned, ledger, folder } = about;
  const { root: projectRoot } = project;
  demandEntity(request.entity, planned);
  await settleAttempts(ledger, projectRoot);
  const rejected = findRejectedRun(ledger, { project, environment, run: request.run });
  const store = await ResubmissionStore.create(folder.resubmissionFile);
  try {
    await gatherRejections(rejected, { store, ledger, projectRoot });
    const prepared = await select(request, { project, planned, store, rejected, ledger });
    await store.publish(folder.resubmissionFile);
    return prepared;
  } catch (thrown) {
    store.close();
    await rm(folder.path, { recursive: true, force: true });
    throw thrown;
  }
}

/** The attempts that a resubmission begins, and the rejections before them. */
export function* newAttempts(
  project: Project,
  ledger: Ledger,
  about: { readonly run: string; readonly root: string; readonly file: string },
): Generator<NewAttempt> {
  const { run, root, file: storeFile } = about;
  const rootRun = ledger.run(root);
  const sources = rootRun === undefined ? undefined : new UnchangedSources(project, rootRun);
  const store = ResubmissionStore.open(storeFile);
  try {
    for (const label of store.entities()) {
      for (const { because, position, entity, run: before, reasons } of store.records(label)) {
        // What was loaded, and is only taken along, has no rejection whose story could be told.
        if (because === "belongs" && reasons.length === 0) continue;
        const { file, record, line } = position;
        const place = { root, entity, file, fileSha256: sources?.hashOf(file) ?? "", record, line };
        yield { ...place, run: before, outcome: "rejected", reasons: reasonMarks(reasons) };
        yield { ...place, run, outcome: "pending", reasons: [] };
      }
    }
  } finally {
    store.close();
  }
}

async function select(
  request: ResubmitRequest,
  about: {
    readonly project: Project;
    readonly planned: readonly PlannedLoad[];
    readonly store: ResubmissionStore;
    readonly rejected: RejectedRun;
    readonly ledger: Ledger;
  },
): Promise<PreparedResubmission> {
  const { project, planned, store, rejected } = about;
  const { root } = rejected;
  const run = rejected.only ?? root.id;
  const { corrected, doubtful } = request;
  const corrections =
    corrected.length === 0 ? undefined : await matchCorrections(corrected, { store, planned, doubtful, run });
  let duplicates = 0;
  for (const label of store.entities()) {
    for (const record of store.records(label)) {
      if (!isAskedFor(record, request)) continue;
      // Loaded as it is, it would go over the record that has the key.
      if (isDuplicate(record)) duplicates++;
      else store.select(record.id, "rejected");
    }
  }
  const dependents = request.only === true ? 0 : selectDependents(planned, store);
  const sources = new UnchangedSources(project, root);
  const asNoted = await rereadRecords(planned, store, { sources, root });
  const { taken: parents, notSearched } = await takeParents(planned, store, { sources, run: root.id });
  const settled = store.settled();
  const records = store.count("rejected") + store.count("depends") + store.count("belongs");
  if (records === 0)
    throw nothingLeft(request, { run, duplicates, corrections, settled, known: store.count() });
  await noteRecordsBefore(planned, store, sources);
  const { chain } = rejected;
  const notChecked = await noteTakenKeys(planned, store, {
    chain,
    ledger: about.ledger,
    project,
  });
  return {
    root: root.id,
    records,
    changed: store.changedCount,
    changesByColumn: store.changesByColumn(),
    dependents,
    parents,
    duplicates,
    settled,
    ...(corrections === undefined ? {} : { corrections }),
    asNoted,
    notSearched,
    notChecked,
  };
}

function isAskedFor(record: StoredRecord, { corrected, entity, code }: ResubmitRequest): boolean {
  const same = (wanted: string | undefined, value: string): boolean =>
    wanted === undefined || wanted.toLowerCase() === value.toLowerCase();
  return (
    (corrected.length === 0 || record.corrected !== undefined) &&
    !record.leftOut &&
    same(entity, record.entity) &&
    (code === undefined || record.reasons.some((reason) => same(code, reason.code)))
  );
}

function isDuplicate({ reasons, changes }: StoredRecord): boolean {
  return changes.length === 0 && reasons.some(({ code }) => code === "DMFP-KEY-DUPLICATE");
}

function demandEntity(entity: string | undefined, planned: readonly PlannedLoad[]): void {
  if (entity === undefined) return;
  const labels = planned.map(({ schema }) => schema.label);
  if (labels.some((label) => label.toLowerCase() === entity.toLowerCase())) return;
  throw new DmfpipeError(
    "DMFP-USAGE",
    `No mapping of the project is for ${entity}.${didYouMean(entity, labels)}`,
    {
      next: `The mappings are for ${labels.join(", ")}.`,
    },
  );
}

function nothingLeft(
  { entity, code, corrected }: ResubmitRequest,
  found: {
    readonly run: string;
    readonly duplicates: number;
    readonly corrections: MatchedCorrections | undefined;
    readonly settled: PreparedResubmission["settled"];
    /** Records that are still rejected. */
    readonly known: number;
  },
): DmfpipeError {
  const { run, duplicates, corrections, settled, known } = found;
  const words = [
    ...settled.map(({ run: later, outcome, records }) => settledText(later, outcome, records)),
    ...(duplicates === 0
      ? []
      : [`${recordCount(duplicates)} still ${duplicates === 1 ? "has" : "have"} the key of another record`]),
    ...(corrections === undefined || corrections.leftOut === 0
      ? []
      : [`${recordCount(corrections.leftOut)} taken out of the corrected file`]),
  ];
  const filtered = entity !== undefined || code !== undefined || corrected.length > 0;
  const none = known > 0 && filtered ? "what was asked for" : "its rejected records";
  const why = words.length === 0 ? "" : ` ${words.join("; ")}.`;
  const next = known > 0 ? `What is still rejected: dmfpipe rejections ${run}` : "Nothing.";
  return new DmfpipeError("DMFP-NOTHING-TO-DO", `Of run ${run}, nothing is left to load of ${none}.${why}`, {
    next,
  });
}

/** What became of records that are not loaded again, for people. */
export function settledText(run: string, outcome: string, records: number): string {
  const many = recordCount(records);
  switch (outcome) {
    case "loaded":
      return `${many} loaded by run ${run}`;
    case "left out":
      return `${many} left out by the mapping's where in run ${run}`;
    default:
      return `${many} of which it is not known whether run ${run} loaded them`;
  }
}

function recordCount(records: number): string {
  return records === 1 ? "1 record" : `${records} records`;
}
