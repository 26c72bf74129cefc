import type { JobDetail } from "../../environment/job-details.ts";
import { asDmfpipeError, DmfpipeError } from "../../errors/dmfpipe-error.ts";
import { reason, type Reason } from "../../errors/reason.ts";
import { publishText } from "../../package/partial-file.ts";
import { countMatches, refusedRows, type AttributionOptions } from "../../rejection/attribution.ts";
import { RejectedIds, type RejectedId } from "../../rejection/record-ids.ts";
import { RejectionNdjsonWriter } from "../../rejection/rejection-ndjson.ts";
import type { UnattributedMessage } from "../../rejection/rejection.ts";
import type { Project } from "../../project/project.ts";
import { CompositeCollection, type PartOutcome } from "../composite/collect-composite.ts";
import {
  readErrorChannels,
  unattributedMessage,
  type ChannelOptions,
  type IncompletePart,
} from "./error-channels.ts";
import type { LedgerPackage, LedgerPart, PartCounts } from "../ledger/ledger-rows.ts";
import type { PlannedLoad } from "../load-plan.ts";
import { SourceRows } from "../reading/source-rows.ts";

export interface CollectOptions extends ChannelOptions {
  /** The mappings of the package's entities, in its order. */
  readonly planned: readonly PlannedLoad[];
  readonly project: Project;
}

/** Refused records of one entity, by the step that refused them. */
interface RejectedCounts {
  readonly staging: number;
  readonly target: number;
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
 * Both files are published before the ledger hears of the counts, so that a crash in between repeats the
 * collection and changes nothing.
 */
export async function collectPackage(options: CollectOptions): Promise<CollectedPackage> {
  const { pack, folder, environment } = options;
  const details = await environment.jobDetails(pack.executionId);
  const parts = pack.parts.map((part, index) => partOutcome(part, options.planned[index], details));
  const nesting = CompositeCollection.of(options, details);
  // When every record was created or updated there is nothing to explain, and nothing is asked.
  const incomplete = nesting?.incomplete(parts) ?? parts.filter((part) => !part.complete);
  const unattributed = await (nesting?.readChannels(incomplete) ?? readErrorChannels(options, incomplete));
  let remarks = 0;
  if (nesting?.countsParts !== false) for (const part of incomplete) remarks += dropRemarks(part);
  // All are counted before the first is written: only then it is known which message fits several records.
  for (const part of incomplete) await countMatches(attribution(options, part, nesting));
  await nesting?.findRefusals(incomplete);
  const rejected: RejectedCounts[] = [];
  for (const part of parts) rejected.push(await writeRejections(options, part, nesting));
  nesting?.settle();
  const divided = nesting?.divided(rejected.map(({ staging, target }) => staging + target));
  const counts = parts.map((part, index) =>
    countsOf(
      pack,
      { ...part, detail: divided === undefined ? part.detail : divided.details[index] },
      { ...(rejected[index] ?? { staging: 0, target: 0 }), unknown: nesting?.unknown(part) ?? 0 },
    ),
  );
  unattributed.push(...unmatched(pack, incomplete));
  await publishText(folder.unattributedMessages(pack.key), JSON.stringify(unattributed));
  return {
    ...wholePackage(pack, counts, unattributed),
    counts,
    unattributed: unattributed.length,
    remarks,
    ...(divided === undefined ? {} : { note: divided.note }),
  };
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

/**
 * GetExecutionErrors also holds warnings about records that were loaded: users measured a third of its messages to
 * be harmless. Where the files of refused records name just as many as are missing from F&O's counts, they are the
 * refused ones, and whoever is only spoken of was loaded.
 *
 * Keys of several fields stand in the staging file field by field and in a message as one text, so there the ids
 * cannot be compared, and nothing is dropped.
 */
function dropRemarks({ part, planned, detail, ids }: PartOutcome): number {
  const missing = part.records - (detail?.created ?? 0) - (detail?.updated ?? 0);
  const comparable = planned.schema.keys.length === 1 || ![...ids.all()].some((entry) => entry.inStagingFile);
  return comparable && missing > 0 && ids.listed === missing ? ids.dropUnlisted() : 0;
}

/** Steps of F&O that did not take place, or not to their end, though the execution as a whole ended. */
const notDone = /^(NotRun|NotStarted|Waiting|Canceled|Cancelling)$/i;

function countsOf(
  pack: LedgerPackage,
  { part, detail }: PartOutcome,
  rejected: RejectedCounts & { readonly unknown: number },
): PartCounts {
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
  unattributed: readonly UnattributedMessage[],
): Pick<CollectedPackage, "failed" | "message"> {
  const processed = counts.some(
    (part) => part.created + part.updated + part.rejectedStaging + part.rejectedTarget > 0,
  );
  if (!gaveUp(pack) || processed) return { failed: false };
  const words = unattributed
    .map((entry) => entry.message)
    .filter((text) => text !== "")
    .join(" ");
  const whole =
    words === "" ? `F&O says ${pack.environmentStatus ?? "nothing"}, and gives no reason.` : words;
  return { failed: true, message: whole };
}

/** What was said of ids that fit no record of any entity of the package. */
function unmatched(pack: LedgerPackage, parts: readonly IncompletePart[]): UnattributedMessage[] {
  const entries = new Map<RejectedId, string | undefined>();
  for (const { part, ids } of parts) {
    for (const entry of ids.all()) {
      // An entry that several entities share is of none of them.
      entries.set(entry, entries.has(entry) ? undefined : part.entity);
    }
  }
  return [...entries]
    .filter(([entry]) => entry.matches === 0)
    .map(([entry, entity]) => {
      const channel = entry.inStagingFile
        ? "staging error file"
        : entry.inTargetFile
          ? "target error keys"
          : "execution errors";
      return unattributedMessage(pack, channel, entry.recordId, entry.messages.join("\n"), entity);
    });
}

function attribution(
  { folder, pack }: CollectOptions,
  part: IncompletePart,
  nesting: CompositeCollection | undefined,
): AttributionOptions {
  const { planned, ids } = part;
  return {
    schema: planned.schema,
    packageFile: folder.packageFile(pack.key),
    dataFile: part.part.dataFile,
    ids,
    ...nesting?.attribution(part),
  };
}

async function writeRejections(
  options: CollectOptions,
  outcome: PartOutcome,
  nesting: CompositeCollection | undefined,
): Promise<RejectedCounts> {
  const { pack, folder } = options;
  const { part, planned } = outcome;
  const counts = { staging: 0, target: 0 };
  const writer = new RejectionNdjsonWriter(folder.packageRejections(pack.key, planned.position));
  const rows = new SourceRows(planned, folder.rowIndexFile(pack.key, planned.position));
  try {
    for await (const row of refusedRows(attribution(options, outcome, nesting))) {
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
