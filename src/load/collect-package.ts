import path from "node:path";
import type { Environment } from "../environment/environment.ts";
import type { JobDetail } from "../environment/job-details.ts";
import { asDmfpipeError } from "../errors/dmfpipe-error.ts";
import { publishText } from "../package/partial-file.ts";
import { refusedRows } from "../rejection/attribution.ts";
import { readStagingErrorFile, readTargetKeysFile, type ErrorFile } from "../rejection/error-file.ts";
import { parseExecutionErrors } from "../rejection/execution-errors.ts";
import { RejectedIds } from "../rejection/record-ids.ts";
import { RejectionNdjsonWriter } from "../rejection/rejection-ndjson.ts";
import type { UnattributedMessage } from "../rejection/rejection.ts";
import type { LedgerPackage, PackageCounts } from "./ledger.ts";
import type { PlannedLoad } from "./load-plan.ts";
import type { LoadSettings } from "./load-settings.ts";
import { poll } from "./polling.ts";
import type { RunFolder } from "./run-folder.ts";
import { SourceRows } from "./source-rows.ts";

export interface CollectOptions {
  readonly pack: LedgerPackage;
  readonly planned: PlannedLoad;
  readonly folder: RunFolder;
  readonly environment: Environment;
  readonly settings: LoadSettings;
  readonly signal: AbortSignal | undefined;
}

/** What a package came to. */
export interface CollectedPackage {
  readonly counts: PackageCounts;
  /** Whether F&O refused the package as a whole: nothing of it reached the target. */
  readonly failed: boolean;
  readonly message?: string;
  /** Records that F&O had something to say about and loaded all the same. */
  readonly remarks: number;
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
  const detail = details.find((candidate) => sameLabel(candidate.entity, pack.entity));
  const loaded = (detail?.created ?? 0) + (detail?.updated ?? 0);
  // When every record was created or updated there is nothing to explain, and nothing is asked.
  const complete = loaded === pack.records;
  const unattributed: UnattributedMessage[] = [];
  const ids = complete ? new RejectedIds() : await readChannels(options, unattributed);
  const remarks = dropRemarks(options, ids, pack.records - loaded);
  const rejected = await writeRejections(options, ids);
  for (const entry of ids.all()) {
    if (entry.matches > 0) continue;
    const channel = entry.inStagingFile
      ? "staging error file"
      : entry.inTargetFile
        ? "target error keys"
        : "execution errors";
    unattributed.push(message(pack, channel, entry.recordId, entry.messages.join("\n")));
  }
  await publishText(folder.unattributedMessages(pack.key), JSON.stringify(unattributed));
  return { ...outcome(pack, detail, rejected, unattributed), remarks };
}

/**
 * GetExecutionErrors also holds warnings about records that were loaded: users measured a third of its messages to
 * be harmless. Where the files of refused records name just as many as are missing from F&O's counts, they are the
 * refused ones, and whoever is only spoken of was loaded.
 *
 * Keys of several fields stand in the staging file field by field and in a message as one text, so there the ids
 * cannot be compared, and nothing is dropped.
 */
function dropRemarks(options: CollectOptions, ids: RejectedIds, missing: number): number {
  const comparable =
    options.planned.schema.keys.length === 1 || ![...ids.all()].some((entry) => entry.inStagingFile);
  return comparable && missing > 0 && ids.listed === missing ? ids.dropUnlisted() : 0;
}

function outcome(
  pack: LedgerPackage,
  detail: JobDetail | undefined,
  rejected: { readonly staging: number; readonly target: number },
  unattributed: readonly UnattributedMessage[],
): Omit<CollectedPackage, "remarks"> {
  const created = detail?.created ?? 0;
  const updated = detail?.updated ?? 0;
  const staged = detail?.staged ?? 0;
  // F&O gave the package up before or in the middle of it: what it did not say anything about was not processed.
  // A run that ended well has processed everything, so there a gap stays a gap, and shows as unbalanced.
  const gaveUp = pack.environmentStatus === "Failed" || pack.environmentStatus === "Canceled";
  const rest = pack.records - rejected.staging - rejected.target - created - updated;
  const unprocessed = gaveUp ? Math.max(0, rest) : 0;
  const failed = gaveUp && created + updated + rejected.staging + rejected.target === 0;
  const words = unattributed
    .map((entry) => entry.message)
    .filter((text) => text !== "")
    .join(" ");
  const whole =
    words === "" ? `F&O says ${pack.environmentStatus ?? "nothing"}, and gives no reason.` : words;
  return {
    counts: {
      staged,
      created,
      updated,
      rejectedStaging: rejected.staging,
      rejectedTarget: rejected.target,
      unprocessed,
      unattributed: unattributed.length,
    },
    failed,
    ...(failed ? { message: whole } : {}),
  };
}

/** Downloads and reads the three channels. What cannot be understood is kept as a file and said to be so. */
async function readChannels(
  options: CollectOptions,
  unattributed: UnattributedMessage[],
): Promise<RejectedIds> {
  const { pack, planned, folder, environment } = options;
  const ids = new RejectedIds();
  const file = (suffix: string): string => path.join(folder.errorChannels, `${pack.key}.${suffix}`);
  const layout = { schema: planned.schema, fields: planned.mapping.targetFields };

  const stagingUrl = await environment.api.getImportStagingErrorFileUrl(pack.executionId, pack.entity);
  if (stagingUrl !== "") {
    const staging = file("staging-errors");
    await environment.blobs.download(stagingUrl, staging);
    const content = await readStagingErrorFile({ path: staging, ...layout });
    await addIds(options, "staging error file", content, unattributed, (id) => {
      ids.entry(id).inStagingFile = true;
    });
  }
  const keysUrl = await targetKeysUrl(options, unattributed);
  if (keysUrl !== "") {
    const keys = file("target-keys");
    await environment.blobs.download(keysUrl, keys);
    const content = await readTargetKeysFile({ path: keys, ...layout });
    await addIds(options, "target error keys", content, unattributed, (id) => {
      ids.entry(id).inTargetFile = true;
    });
  }
  const errors = await environment.api.getExecutionErrors(pack.executionId);
  await publishText(file("execution-errors.json"), errors);
  for (const { recordId, message: text } of parseExecutionErrors(errors)) {
    if (recordId === "") unattributed.push(message(pack, "execution errors", "", text.trim()));
    else ids.entry([recordId]).messages.push(text);
  }
  return ids;
}

async function addIds(
  options: CollectOptions,
  channel: UnattributedMessage["channel"],
  content: ErrorFile,
  unattributed: UnattributedMessage[],
  add: (id: readonly string[]) => void,
): Promise<void> {
  if (!content.understood) {
    unattributed.push(
      message(options.pack, channel, "", `The file could not be understood: ${content.why}.`),
    );
    return;
  }
  for await (const id of content.ids) add(id);
}

/** F&O writes the file after it was asked to; the address is empty until it is there. */
async function targetKeysUrl(options: CollectOptions, unattributed: UnattributedMessage[]): Promise<string> {
  const { pack, environment, settings, signal } = options;
  const { api } = environment;
  if (!(await api.generateImportTargetErrorKeysFile(pack.executionId, pack.entity))) return "";
  const url = await poll(
    async () => {
      const answer = await api.getImportTargetErrorKeysFileUrl(pack.executionId, pack.entity);
      return answer === "" ? undefined : answer;
    },
    {
      signal,
      firstMs: settings.firstPollMs,
      longestMs: settings.longestPollMs,
      deadlineMs: settings.keysFileMs,
    },
  );
  if (url !== undefined) return url;
  const why = "F&O said it would write the file of target error keys, but it did not come in time.";
  unattributed.push(message(pack, "target error keys", "", why));
  return "";
}

async function writeRejections(
  options: CollectOptions,
  ids: RejectedIds,
): Promise<{ staging: number; target: number }> {
  const { pack, planned, folder } = options;
  const counts = { staging: 0, target: 0 };
  const writer = new RejectionNdjsonWriter(folder.packageRejections(pack.key));
  const rows = new SourceRows(planned, folder.rowIndexFile(pack.key));
  try {
    const packageFile = folder.packageFile(pack.key);
    for await (const row of refusedRows({
      schema: planned.schema,
      packageFile,
      dataFile: pack.dataFile,
      ids,
    })) {
      const original = await rows.read(row.row);
      counts[row.stage]++;
      await writer.write({
        entity: pack.entity,
        legalEntity: pack.legalEntity,
        stage: row.stage,
        key: row.key,
        reasons: row.reasons,
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

function message(
  pack: LedgerPackage,
  channel: UnattributedMessage["channel"],
  recordId: string,
  text: string,
): UnattributedMessage {
  const { entity, legalEntity, executionId } = pack;
  return { entity, legalEntity, executionId, channel, recordId, message: text };
}

function sameLabel(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
