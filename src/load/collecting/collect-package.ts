import { mkdir, rm } from "node:fs/promises";
import type { JobDetail } from "../../environment/job-details.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { reason, type Reason } from "../../errors/reason.ts";
import type { RefusedRow } from "../../rejection/attribution.ts";
import type { MessageMeaning } from "../../rejection/meaning/message-meaning.ts";
import { RejectedIds } from "../../rejection/record-ids.ts";
import { RejectionNdjsonWriter } from "../../rejection/rejection-ndjson.ts";
import { Statements, type PortionSize } from "../../rejection/statements.ts";
import { UnattributedWriter } from "../../rejection/unattributed-file.ts";
import type { Project } from "../../project/project.ts";
import { CompositeCollection, type PartOutcome } from "../composite/collect-composite.ts";
import { ErrorFileList, type ChannelSinks } from "./channel-sinks.ts";
import { readErrorChannels, type ChannelOptions } from "./error-channels.ts";
import { Refusals } from "./refusals.ts";
import type { LedgerPackage, LedgerPart, PartCounts } from "../ledger/ledger-rows.ts";
import { withLeanHeap } from "../lean-heap.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { notLoaded, stagedAsLoaded } from "./staging-only.ts";
import { SourceRows } from "../reading/source-rows.ts";

export interface CollectOptions extends ChannelOptions {
  /** The mappings of the package's entities, in its order. */
  readonly planned: readonly PlannedLoad[];
  readonly project: Project;
  /** The load goes no further than F&O's staging tables. */
  readonly stagingOnly?: boolean;
  /** How much of what was said is in memory at a time; default: see Statements. */
  readonly portion?: PortionSize;
  /** What F&O's messages mean; default: as dmfpipe's own rules say, and nothing is noise. */
  readonly meaning?: MessageMeaning;
}

/** Refused records of one entity, by the step that refused them. */
interface RejectedCounts {
  readonly staging: number;
  readonly target: number;
  /** Nobody can say which they are. */
  readonly unknown: number;
}

/** What a package came to. */
export interface CollectedPackage {
  /** In the order of the package's entities. */
  readonly counts: readonly PartCounts[];
  /** Messages that fit no record. */
  readonly unattributed: number;
  /** Whether F&O refused the package as a whole: nothing of it reached the target. */
  readonly failed: boolean;
  readonly message?: string;
  /** Records that F&O had something to say about and loaded all the same. */
  readonly remarks: number;
  /** What is doubtful about the counts. */
  readonly note?: string;
}

/**
 * Finds out what became of every record of a package whose execution is over: F&O's counts, and from its three
 * error channels the refused records, each written with its source row to the package's own rejections.
 *
 * All files are published before the ledger hears of the counts, so that a crash in between repeats the
 * collection and changes nothing.
 */
export async function collectPackage(options: CollectOptions): Promise<CollectedPackage> {
  return await withLeanHeap(() => collectWhole(options));
}

async function collectWhole(options: CollectOptions): Promise<CollectedPackage> {
  const { pack, folder } = options;
  const scratch = folder.scratch(pack.key);
  await emptyFolder(scratch);
  const sinks: ChannelSinks = {
    statements: new Statements(scratch, options.portion),
    unattributed: await UnattributedWriter.open(
      folder.unattributedMessages(pack.key),
      (message, entity) => options.meaning?.noiseOf(message, entity)?.reason,
    ),
    files: new ErrorFileList(folder, pack),
  };
  try {
    const collected = await collect(options, sinks, scratch);
    await sinks.files.publish();
    await sinks.unattributed.publish();
    return collected;
  } catch (thrown) {
    await sinks.unattributed.abort();
    throw thrown;
  } finally {
    sinks.statements.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function collect(
  options: CollectOptions,
  sinks: ChannelSinks,
  scratch: string,
): Promise<CollectedPackage> {
  const { pack, folder, environment } = options;
  const stagingOnly = options.stagingOnly === true;
  const counted = await environment.jobDetails(pack.executionId);
  const details = stagingOnly ? stagedAsLoaded(counted) : counted;
  const parts = pack.parts.map((part, index) => partOutcome(part, options.planned[index], details));
  const nesting = CompositeCollection.of(options, details);
  // When every record was created or updated there is nothing to explain, and nothing is asked.
  const incomplete = nesting?.incomplete(parts) ?? parts.filter((part) => !part.complete);
  await (nesting?.readChannels(incomplete, sinks) ?? readErrorChannels(options, incomplete, sinks));
  const refusals = await Refusals.find({
    pack,
    folder,
    incomplete,
    nesting,
    sinks,
    scratch,
    meaning: options.meaning,
  });
  const rejected: RejectedCounts[] = [];
  for (const part of parts) {
    const { staging, target } = await writeRejections(options, part, refusals.rows(incomplete.indexOf(part)));
    rejected.push({ staging, target, unknown: refusals.unknown(incomplete.indexOf(part)) });
  }
  await refusals.settle();
  const divided = nesting?.divided(rejected.map(({ staging, target }) => staging + target));
  const counts = parts.map((part, index) =>
    countsOf(
      pack,
      { ...part, detail: divided === undefined ? part.detail : divided.details[index] },
      rejected[index] ?? { staging: 0, target: 0, unknown: 0 },
    ),
  );
  return {
    ...wholePackage(pack, counts, sinks.unattributed.firstWords),
    counts: stagingOnly ? counts.map(notLoaded) : counts,
    unattributed: sinks.unattributed.count,
    remarks: refusals.remarks,
    ...(divided === undefined ? {} : { note: divided.note }),
  };
}

/** What an interrupted collection left there must not be taken for that of this one. */
async function emptyFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DmfpipeError("DMFP-FILE-WRITE", `${folder} could not be made: ${why}.`, {
      at: { file: folder },
      cause,
    });
  }
}

function partOutcome(
  part: LedgerPart,
  planned: PlannedLoad | undefined,
  details: readonly JobDetail[],
): PartOutcome {
  if (planned === undefined) throw new DmfpipeError("DMFP-BUG", `No mapping is for ${part.entity}.`);
  const detail = details.find((candidate) => sameLabel(candidate.entity, part.entity));
  const complete = (detail?.created ?? 0) + (detail?.updated ?? 0) === part.records;
  return { part, planned, detail, complete, ids: new RejectedIds() };
}

/** Steps of F&O that did not take place, or not to their end, though the execution as a whole ended. */
const notDone = /^(NotRun|NotStarted|Waiting|Canceled|Cancelling)$/i;

function countsOf(pack: LedgerPackage, { part, detail }: PartOutcome, rejected: RejectedCounts): PartCounts {
  const created = detail?.created ?? 0;
  const updated = detail?.updated ?? 0;
  // F&O gave the package up before or in the middle of it, or did not run this entity because an earlier one failed:
  // what it did not say anything about was not processed. What ended well has been processed, so there a gap stays
  // a gap, and shows as unbalanced.
  const rest = part.records - rejected.staging - rejected.target - created - updated;
  const left =
    gaveUp(pack) || notDone.test(detail?.stagingStatus ?? "") || notDone.test(detail?.targetStatus ?? "");
  return {
    staged: detail?.staged ?? 0,
    created,
    updated,
    rejectedStaging: rejected.staging,
    rejectedTarget: rejected.target,
    unprocessed: Math.max(0, left ? rest : Math.min(rest, rejected.unknown)),
  };
}

function gaveUp(pack: LedgerPackage): boolean {
  return pack.environmentStatus === "Failed" || pack.environmentStatus === "Canceled";
}

function wholePackage(
  pack: LedgerPackage,
  counts: readonly PartCounts[],
  words: string,
): Pick<CollectedPackage, "failed" | "message"> {
  const processed = counts.some(
    (part) => part.created + part.updated + part.rejectedStaging + part.rejectedTarget > 0,
  );
  if (!gaveUp(pack) || processed) return { failed: false };
  const whole =
    words === "" ? `F&O says ${pack.environmentStatus ?? "nothing"}, and gives no reason.` : words;
  return { failed: true, message: whole };
}

async function writeRejections(
  options: CollectOptions,
  { part, planned }: PartOutcome,
  refused: AsyncIterable<RefusedRow>,
): Promise<Omit<RejectedCounts, "unknown">> {
  const { pack, folder } = options;
  const counts = { staging: 0, target: 0 };
  const writer = new RejectionNdjsonWriter(folder.packageRejections(pack.key, planned.position));
  const rows = new SourceRows(planned, folder.rowIndexFile(pack.key, planned.position));
  try {
    for await (const row of refused) {
      const original = await rows.read(row.row);
      counts[row.stage]++;
      await writer.write({
        entity: part.entity,
        legalEntity: pack.legalEntity,
        stage: row.stage,
        key: row.key,
        reasons: [...row.reasons, ...laterReasons(planned)],
        ...original,
        mapped: Object.fromEntries(row.fields.map((field, index) => [field, row.values[index] ?? ""])),
        executionId: pack.executionId,
        ...(row.ambiguous ? { ambiguous: true } : {}),
      });
    }
    await writer.close();
  } catch (thrown) {
    await writer.abort();
    throw asDmfpipeError(thrown);
  } finally {
    await rows.close();
  }
  return counts;
}

/** Of a record that is in F&O since the first pass, nobody should think that it is not. */
function laterReasons({ pass, secondPass }: PlannedLoad): Reason[] {
  if (pass !== 2 || secondPass === undefined) return [];
  const fields = secondPass.heldBack.join(", ");
  const message = `The record was loaded in the first pass; only ${fields} could not be filled in the second.`;
  return [reason("DMFP-SECOND-PASS", { field: fields, message })];
}

function sameLabel(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
